import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface TapOptions {
  /** Ends the connection towards the client after so many bytes from the server, as if the server had died. */
  readonly cut?: { readonly afterBytes: number; readonly how: 'end' | 'reset' }
}

export interface TapSegment {
  readonly from: 'client' | 'server'
  readonly bytes: Buffer
}

/** A TCP proxy before a server that keeps what passes through: what anyone on the way sees. */
export interface Tap {
  readonly host: string
  readonly port: number
  /** All that clients have sent, and all that the server has answered. */
  fromClient(): Buffer
  fromServer(): Buffer
  /** The same in the order in which it passed. */
  segments(): readonly TapSegment[]
  stop(): Promise<void>
}

export async function startTap(
  target: { readonly host: string; readonly port: number },
  options: TapOptions = {},
): Promise<Tap> {
  const segments: TapSegment[] = []
  const sockets = new Set<Socket>()
  let received = 0

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ host: target.host, port: target.port, allowHalfOpen: true })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      socket.on('error', () => {
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (chunk: Buffer) => {
      segments.push({ from: 'client', bytes: chunk })
      pass(client, upstream, chunk)
    })
    client.on('end', () => upstream.end())
    upstream.on('data', (chunk: Buffer) => {
      const { cut } = options
      const allowed = cut === undefined ? chunk.length : Math.max(0, cut.afterBytes - received)
      received += chunk.length
      const part = chunk.subarray(0, allowed)
      segments.push({ from: 'server', bytes: part })
      pass(upstream, client, part)
      if (cut === undefined || received < cut.afterBytes) return
      upstream.destroy()
      // Node reports a reset that comes right behind data as an end: the data must have been read before
      if (cut.how === 'reset') setTimeout(() => reset(client), 200)
      else client.end()
    })
    upstream.on('end', () => client.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')

  const bytesFrom = (end: TapSegment['from']) =>
    Buffer.concat(segments.filter(({ from }) => from === end).map(({ bytes }) => bytes))
  return {
    host: '127.0.0.1',
    port: address.port,
    fromClient: () => bytesFrom('client'),
    fromServer: () => bytesFrom('server'),
    segments: () => segments,
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Node's `resetAndDestroy` says FIN first, and the peer may take that for the end. */
function reset(socket: Socket): void {
  const { _handle: handle } = socket as unknown as { _handle: { reset(done: () => void): void } | null }
  handle?.reset(() => socket.destroy())
}

/** With backpressure: a tap must not be a hop with unbounded memory. */
function pass(from: Socket, to: Socket, chunk: Buffer): void {
  if (chunk.length === 0 || !to.writable || to.write(chunk)) return
  from.pause()
  to.once('drain', () => from.resume())
}
