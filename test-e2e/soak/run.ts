/**
 * Many connections through one server process, and what stays of them: `npm run soak -- --connections 10000`.
 * Options: --idle N, --at-once N, --samples N. Ends with 1 when memory or handles grow, or a connection went wrong.
 */
import { readOptions } from '../../scripts/read-options.js'
import { judge } from './judge.js'
import type { MemorySample } from './memory.js'
import { soak } from './soak.js'

const values = readOptions(import.meta.url, {
  connections: { type: 'string', default: '10000' },
  idle: { type: 'string', default: '1000' },
  'at-once': { type: 'string', default: '24' },
  samples: { type: 'string', default: '20' },
})
const started = Date.now()
console.log('connections   server heap    rss   client heap    rss (MB)   handles of the server')
const report = await soak({
  warmUp: Math.max(500, Math.round(Number(values.connections) / 10)),
  connections: Number(values.connections),
  samples: Number(values.samples),
  atOnce: Number(values['at-once']),
  idle: Number(values.idle),
  onSample(server, client) {
    console.log(`${line(server, client)}   ${JSON.stringify(server.handles)}`)
  },
})

console.log(`\nconnections by what they did: ${JSON.stringify(report.counts.done)}`)
console.log(`what failed at the server, by code: ${JSON.stringify(report.serverFailures)}`)
console.log(`heap that stays, bytes a connection: ${figures(report.growth.server, report.growth.client)}`)
console.log(`${values.idle} idle connections at once, bytes each:`)
console.log(`  heap and buffers: ${figures(report.idle.server.heap, report.idle.client.heap)}`)
console.log(`  rss:              ${figures(report.idle.server.rss, report.idle.client.rss)}`)
console.log(`after them: heap ${megabytes(report.afterIdle.heap)} MB, ${JSON.stringify(report.afterIdle.handles)}`)
console.log(`${((Date.now() - started) / 1000).toFixed(0)} s`)
const complaints = judge(report)
for (const complaint of complaints) console.error(`NOT FLAT: ${complaint}`)
process.exitCode = complaints.length > 0 ? 1 : 0

function line(server: MemorySample, client: MemorySample): string {
  const column = (bytes: number, width: number) => megabytes(bytes).padStart(width)
  return [
    String(server.connections).padStart(11),
    column(server.heap, 13),
    column(server.rss, 6),
    column(client.heap, 13),
    column(client.rss, 6),
  ].join(' ')
}

function figures(server: number, client: number): string {
  return `server ${Math.round(server)}, client ${Math.round(client)}`
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}
