import { setTimeout as sleep } from 'node:timers/promises'
import type { acceptTls, TlsClientOptions, TlsServerOptions, TlsSocket, TlsSocketInfo } from '../../src/index.js'
import { connectTo } from '../node/connecting.js'
import { type RunningTlsServer, serveTls } from '../node/serving.js'
import type { KeyType } from '../support/pki.js'
import type { ProgramHandshake } from './program-peer.js'
import { fromClient, fromServer, type PeerConnection, type Stack } from './stack.js'

export interface OurClientOptions extends Partial<TlsClientOptions> {
  readonly earlyData?: Uint8Array
  /** Keys are changed so often while we send. */
  readonly keyUpdates?: number
  readonly requestKeyUpdates?: boolean
  /** Each write has so many bytes. */
  readonly writeSize?: number
  /** Gets the open connection before data is sent. */
  readonly onOpen?: (socket: TlsSocket) => Promise<void>
}

/** Our client says its part, hears the server's, and closes; both sides must have said close_notify. */
export async function dialPeer(
  stack: Stack,
  server: { readonly host: string; readonly port: number },
  { keyUpdates, requestKeyUpdates, writeSize, onOpen, ...options }: OurClientOptions = {},
): Promise<TlsSocketInfo> {
  const socket = connectTo(server, options)
  const info = await socket.opened
  await onOpen?.(socket)
  const sent = stack.payload(fromClient)
  await write(socket, sent, { keyUpdates, requestKeyUpdates, writeSize })
  await expectBytes(socket, stack.isEcho ? sent : stack.payload(fromServer))
  await socket.close()
  await socket.closed
  return info
}

export interface OurServerOptions extends Partial<TlsServerOptions> {
  readonly keyType?: KeyType
  readonly keyUpdates?: number
  readonly requestKeyUpdates?: boolean
  readonly writeSize?: number
  readonly onOpen?: (socket: TlsSocket) => Promise<void>
}

/** What the programs export too. */
export async function exporterOf(socket: TlsSocket): Promise<string> {
  const context = new TextEncoder().encode('context')
  return Buffer.from(await socket.exportKeyingMaterial('EXPORTER-webtls', context, 32)).toString('hex')
}

/** Our server hears the client's part, says its own, and answers close_notify. */
export function servePeer(
  stack: Stack,
  { keyUpdates, requestKeyUpdates, writeSize, onOpen, ...options }: OurServerOptions = {},
): Promise<RunningTlsServer> {
  return serveTls(options, async (socket) => {
    await socket.opened
    await onOpen?.(socket)
    await expectBytes(socket, stack.payload(fromClient))
    await write(socket, stack.payload(fromServer), { keyUpdates, requestKeyUpdates, writeSize })
    // until the client says close_notify
    for await (const _ of socket.readable);
    await socket.close()
  })
}

async function write(
  socket: TlsSocket,
  bytes: Uint8Array<ArrayBuffer>,
  how: { keyUpdates: number | undefined; requestKeyUpdates: boolean | undefined; writeSize: number | undefined },
): Promise<void> {
  const writer = socket.writable.getWriter()
  const updates = how.keyUpdates ?? 0
  const size = Math.min(how.writeSize ?? bytes.length, Math.ceil(bytes.length / (updates + 1)))
  for (let start = 0, done = 0; start < bytes.length; start += size) {
    if (done++ < updates) await socket.updateKeys({ requestPeer: how.requestKeyUpdates ?? false })
    await writer.write(bytes.subarray(start, start + size))
  }
  writer.releaseLock()
}

async function expectBytes(socket: TlsSocket, wanted: Uint8Array): Promise<void> {
  const reader = socket.readable.getReader()
  const parts: Uint8Array[] = []
  for (let length = 0; length < wanted.length; ) {
    const { done, value } = await reader.read()
    if (done) throw new Error(`the stream ended after ${length} of ${wanted.length} bytes`)
    parts.push(value)
    length += value.length
  }
  reader.releaseLock()
  if (!Buffer.concat(parts).equals(wanted)) throw new Error('other bytes came than the peer has sent')
}

/** The peer's part; returns what it says of its handshake. */
export async function exchangeOf(peer: PeerConnection): Promise<Partial<ProgramHandshake>> {
  const handshake = await peer.handshake()
  await peer.exchange()
  return handshake
}

/** The socket of the connection, when it has come. */
export async function connectionOf(server: RunningTlsServer, number: number): Promise<ReturnType<typeof acceptTls>> {
  for (let waited = 0; waited < 10_000; waited += 5) {
    const socket = server.sockets[number - 1]
    if (socket !== undefined) return socket
    await sleep(5)
  }
  throw new Error(`connection ${number} does not come`)
}
