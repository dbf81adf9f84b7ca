/**
 * Handshake latency and bulk throughput of webtls, on Node's WebCrypto and with nodeProvider, against node:tls, as
 * clients of the same node:tls server on loopback, in turns within one run: `npm run bench`. Options: --rounds N,
 * --megabytes N, --handshakes N, --suite NAME, --json FILE
 */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { readOptions } from '../scripts/read-options.js'
import { nodeProvider } from '../src/node.js'
import { type BenchClient, nodeTlsClient, type Target, webtlsClient } from './support/clients.js'

const values = readOptions(import.meta.url, {
  rounds: { type: 'string', default: '5' },
  megabytes: { type: 'string', default: '256' },
  handshakes: { type: 'string', default: '100' },
  suite: { type: 'string', default: 'TLS_AES_128_GCM_SHA256' },
  json: { type: 'string' },
})

const server = spawn(
  process.execPath,
  ['--import', 'tsx', fileURLToPath(new URL('support/tls-server.ts', import.meta.url)), values.suite],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
const target = await new Promise<Target>((resolve, reject) => {
  server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
  createInterface({ input: server.stdout }).once('line', (line) => resolve(JSON.parse(line) as Target))
})

const clients: readonly BenchClient[] = [
  await webtlsClient(target),
  await webtlsClient(target, 'webtls, nodeProvider', nodeProvider),
  nodeTlsClient(target),
]
const bytes = Number(values.megabytes) * 1_000_000
const figures = new Map(
  clients.map(({ name }) => [name, { handshakeMs: [], downloadMBs: [], uploadMBs: [] } as Figures]),
)

interface Figures {
  readonly handshakeMs: number[]
  readonly downloadMBs: number[]
  readonly uploadMBs: number[]
}

for (const client of clients) for (let index = 0; index < 20; index++) await client.handshake()
for (let round = 0; round < Number(values.rounds); round++) {
  // in turns, so that what else the machine does falls on both
  for (const client of clients) {
    const figure = figures.get(client.name)
    for (let index = 0; index < Number(values.handshakes) / 5; index++)
      figure?.handshakeMs.push(await client.handshake())
    figure?.downloadMBs.push(bytes / 1e6 / (await client.download(bytes)))
    figure?.uploadMBs.push(bytes / 1e6 / (await client.upload(bytes)))
  }
}
server.kill()

const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
const spread = (numbers: readonly number[], digits: number) =>
  `${median(numbers).toFixed(digits)} (${Math.min(...numbers).toFixed(digits)} to ${Math.max(...numbers).toFixed(digits)})`
const report = {
  date: new Date().toISOString(),
  node: process.version,
  suite: values.suite,
  megabytes: Number(values.megabytes),
  clients: Object.fromEntries(figures),
}
console.log(`Node ${process.version}, ${values.suite}, ${values.megabytes} MB a transfer; median (least to most)`)
console.table(
  Object.fromEntries(
    [...figures].map(([name, { handshakeMs, downloadMBs, uploadMBs }]) => [
      name,
      {
        'handshake, ms': spread(handshakeMs, 2),
        'download, MB/s': spread(downloadMBs, 0),
        'upload, MB/s': spread(uploadMBs, 0),
      },
    ]),
  ),
)
if (values.json) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
