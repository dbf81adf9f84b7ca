/**
 * Runs in Node, Deno and Bun alike, on the built library: two requests to a real server, the result as JSON.
 *
 * Plain JavaScript, since each runtime has its own idea of which TypeScript it runs.
 */
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import process from 'node:process'
import { Duplex } from 'node:stream'
import { connectTls } from '../../dist/index.js'

const { host, port, serverName, trustAnchors, paths } = JSON.parse(process.argv[2])

const results = []
for (const path of paths) results.push(await get(path))
console.log(JSON.stringify(results))

async function get(path) {
  const socket = connectTls(openTransport(), { serverName, trustAnchors })
  const info = await socket.opened
  const writer = socket.writable.getWriter()
  await writer.write(
    new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: ${serverName}\r\nConnection: close\r\n\r\n`),
  )
  const received = await readAll(socket.readable)
  await writer.close()
  await socket.closed
  const headEnd = received.indexOf('\r\n\r\n')
  const body = received.subarray(headEnd + 4)
  return {
    cipherSuite: info.cipherSuite,
    group: info.group,
    status: received.subarray(0, received.indexOf('\r\n')).toString('latin1'),
    length: body.length,
    sha256: createHash('sha256').update(body).digest('hex'),
  }
}

/** Deno's own connection has the shape of a transport; elsewhere a socket of node:net is made into one. */
async function openTransport() {
  if (globalThis.Deno !== undefined) return globalThis.Deno.connect({ hostname: host, port })
  const socket = connect({ host, port, allowHalfOpen: true })
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return Duplex.toWeb(socket)
}

async function readAll(readable) {
  const chunks = []
  const reader = readable.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks)
    chunks.push(value)
  }
}
