/**
 * Runs in Node, Deno and Bun alike, on the built library: requests to a real server, by hand, by createFetch and by
 * connect() of the Sockets API, the result as JSON.
 *
 * Plain JavaScript, since each runtime has its own idea of which TypeScript it runs.
 */
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import process from 'node:process'
import { Duplex } from 'node:stream'
import { createFetch } from '../../dist/fetch.js'
import { connectTls } from '../../dist/index.js'
import { createConnect } from '../../dist/sockets.js'

const { host, port, serverName, trustAnchors, paths } = JSON.parse(process.argv[2])

const results = []
for (const path of paths) results.push(await get(path))
const fetch = createFetch({ dial: openTransport, tls: { trustAnchors } })
for (const path of paths) results.push(await fetched(path))
for (const path of paths) results.push(await gotBySocket(path))
results.push(await uploaded(paths[0]))
fetch.close()
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
  return { cipherSuite: info.cipherSuite, group: info.group, ...answerIn(received) }
}

function answerIn(received) {
  const headEnd = received.indexOf('\r\n\r\n')
  const body = received.subarray(headEnd + 4)
  return {
    status: received.subarray(0, received.indexOf('\r\n')).toString('latin1'),
    length: body.length,
    sha256: createHash('sha256').update(body).digest('hex'),
  }
}

async function gotBySocket(path) {
  const connect = createConnect({ dial: openTransport, tls: { trustAnchors } })
  const socket = connect({ hostname: host, port }, { secureTransport: 'on', sni: serverName })
  const { tls } = await socket.opened
  const writer = socket.writable.getWriter()
  await writer.write(`GET ${path} HTTP/1.1\r\nHost: ${serverName}\r\nConnection: close\r\n\r\n`)
  const received = await readAll(socket.readable)
  await socket.closed
  return { cipherSuite: tls.cipherSuite, group: tls.group, ...answerIn(received) }
}

async function fetched(path) {
  const response = await fetch(`https://${serverName}${path}`)
  const body = Buffer.from(await response.arrayBuffer())
  return { status: response.status, length: body.length, sha256: createHash('sha256').update(body).digest('hex') }
}

/** A body that is a stream, and too long to be sent with its length. */
async function uploaded(path) {
  const body = new ReadableStream({
    start(controller) {
      for (let count = 0; count < 100; count++) controller.enqueue(new Uint8Array(10_000))
      controller.close()
    },
  })
  const response = await fetch(`https://${serverName}/upload${path}`, { method: 'PUT', body, duplex: 'half' })
  return { status: response.status }
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
