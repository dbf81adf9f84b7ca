import { connect, createServer, type Socket } from 'node:net'
import { closeServer, listenFrom } from './listen.js'

export interface TamperingPath {
  readonly port: number
  close(): Promise<void>
}

/** How far into the server's answer the bit is changed: well behind the handshake. */
const tamperedOffset = 40_000

/** A hop on the way to the target that changes a single bit of what the server sends: what TLS is there to notice. */
export async function startTamperingPath(targetPort: number, port: number): Promise<TamperingPath> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect({ host: '127.0.0.1', port: targetPort })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      socket.on('error', () => undefined)
    }
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
    client.pipe(upstream)
    let passed = 0
    upstream.on('data', (chunk: Buffer) => {
      const place = tamperedOffset - passed
      passed += chunk.length
      if (place >= 0 && place < chunk.length) chunk[place] = (chunk[place] ?? 0) ^ 1
      if (client.write(chunk)) return
      upstream.pause()
      client.once('drain', () => upstream.resume())
    })
    upstream.on('end', () => client.end())
  })
  return { port: await listenFrom(server, port), close: () => closeServer(server, sockets) }
}
