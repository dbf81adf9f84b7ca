import { createServer, type Server, type Socket } from 'node:net'
import { afterEach } from 'vitest'
import { WebSocket } from 'ws'
import { createRelay, type Relay, type RelayOptions } from '../../src/relay.js'
import { type DialRelayOptions, dialWebSocketRelay, type RelayStream } from '../../src/websocket.js'

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

export function whenDone(cleanup: () => unknown): void {
  cleanups.push(cleanup)
}

/** A TCP server on loopback that gives each connection to `serve`. */
export async function target(serve: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  whenDone(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { server, port: (server.address() as { port: number }).port }
}

export const echo = (socket: Socket): void => {
  socket.pipe(socket)
}

/** A relay that reaches loopback and serves programs, unless `options` say otherwise. */
export async function relayFor(options: RelayOptions = {}): Promise<{ relay: Relay; url: string }> {
  const relay = createRelay({ allow: ['127.0.0.1:*'], allowMissingOrigin: true, logger: false, ...options })
  const { url } = await relay.listen({ port: 0 })
  whenDone(() => relay.close({ graceMs: 0 }))
  return { relay, url }
}

export function dial(url: string, port: number, options: Partial<DialRelayOptions> = {}): Promise<RelayStream> {
  return dialWebSocketRelay(url, { host: '127.0.0.1', port, WebSocket, ...options })
}

/** A WebSocket constructor that sends headers, which a page cannot. */
export function withHeaders(headers: Record<string, string>) {
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { headers })
    }
  }
}

export async function readAll(readable: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of readable) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export async function until(holds: () => boolean, ms = 5000): Promise<void> {
  for (const end = Date.now() + ms; !holds(); await wait(5)) {
    if (Date.now() > end) throw new Error('what was waited for did not happen')
  }
}
