/**
 * Throughput through the relay on loopback: `npx tsx bench/relay.ts [MiB]`. Target, relay and client share this one
 * process and its one thread, so the figures are a floor: each byte is sent and received twice here.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, connect as netConnect, type Socket } from 'node:net'
import { WebSocket } from 'ws'
import type { DuplexStream } from '../src/connection/duplex-stream.js'
import { createRelay } from '../src/relay.js'
import { socketStream } from '../src/transports/node-socket.js'
import { dialWebSocketRelay } from '../src/websocket.js'

const total = Number(process.argv[2] ?? 256) * 1024 * 1024
const chunk = new Uint8Array(64 * 1024)

/** Sends `total` bytes to who connects, and counts what it gets until the end. */
function source(socket: Socket): void {
  let left = total
  const more = () => {
    for (; left > 0; left -= chunk.byteLength) {
      if (!socket.write(chunk)) {
        left -= chunk.byteLength
        return
      }
    }
    socket.off('drain', more)
    socket.end()
  }
  socket.on('drain', more)
  socket.resume()
  more()
}

function sink(socket: Socket): void {
  socket.resume()
  socket.on('end', () => socket.end())
}

async function listen(serve: (socket: Socket) => void): Promise<{ port: number; close(): void }> {
  const server = createServer({ allowHalfOpen: true }, serve)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}

async function measure(name: string, dial: (port: number) => Promise<DuplexStream>): Promise<void> {
  const from = await listen(source)
  const down = await dial(from.port)
  const startDown = performance.now()
  let received = 0
  for await (const bytes of down.readable) received += bytes.byteLength
  const downMs = performance.now() - startDown
  if (received !== total) throw new Error(`${name}: ${received} of ${total} bytes`)
  await down.writable.close().catch(() => undefined)
  from.close()

  const to = await listen(sink)
  const up = await dial(to.port)
  const startUp = performance.now()
  const writer = up.writable.getWriter()
  for (let sent = 0; sent < total; sent += chunk.byteLength) {
    await writer.ready
    writer.write(chunk).catch(() => undefined)
  }
  const ending = writer.close()
  for await (const _ of up.readable);
  await ending.catch(() => undefined)
  const upMs = performance.now() - startUp
  to.close()
  const rate = (ms: number) => Math.round(total / ms / 1000)
  console.log(JSON.stringify({ name, downMBps: rate(downMs), upMBps: rate(upMs) }))
}

const relay = createRelay({ allow: ['127.0.0.1:*'], allowMissingOrigin: true, logger: false })
const { url } = await relay.listen({ port: 0 })
await measure('direct', async (port) => socketStream(netConnect({ host: '127.0.0.1', port, allowHalfOpen: true })))
await measure('framed', (port) => dialWebSocketRelay(url, { host: '127.0.0.1', port, WebSocket }))
const platform = (globalThis as { WebSocket?: unknown }).WebSocket
if (platform !== undefined) {
  await measure('framed, platform WebSocket', (port) => dialWebSocketRelay(url, { host: '127.0.0.1', port }))
}
await relay.close({ graceMs: 0 })
