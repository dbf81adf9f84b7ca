import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectTls, type DuplexStream, type TlsClientConfig, type TlsSocket } from '../../src/index.js'
import { socketStream } from '../../src/transports/node-socket.js'

export interface SoakContext {
  readonly port: number
  /** Without a store. */
  readonly fresh: TlsClientConfig
  /** With one that all connections share. */
  readonly resuming: TlsClientConfig
  /** From 0 to 1, the same in every run. */
  random(): number
}

/** What a client does with one connection. `false`: it is to fail, and how is the server's matter. */
export interface Scenario {
  readonly weight: number
  run(context: SoakContext): Promise<void>
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  full: { weight: 20, run: (context) => converse(context, context.fresh, {}) },
  resumed: { weight: 20, run: (context) => converse(context, context.resuming, {}) },
  earlyData: {
    weight: 8,
    run: (context) => converse(context, context.resuming, { earlyData: bytes(Math.ceil(context.random() * 900)) }),
  },
  large: { weight: 4, run: (context) => converse(context, context.fresh, { length: 200_000 }) },
  slowReader: { weight: 6, run: (context) => converse(context, context.fresh, { length: 300_000, readPauseMs: 3 }) },
  slowServer: { weight: 4, run: (context) => converse(context, context.resuming, { length: 100_000, wish: 's' }) },
  keyUpdates: { weight: 4, run: (context) => converse(context, context.fresh, { updatesKeys: true }) },
  serverHalfClose: { weight: 6, run: serverHalfClose },
  serverAborts: { weight: 4, run: serverAborts },
  clientAborts: { weight: 4, run: clientAborts },
  cutWhileReceiving: { weight: 8, run: cutWhileReceiving },
  cutWhileSending: { weight: 6, run: cutWhileSending },
  garbage: { weight: 3, run: garbage },
  silence: { weight: 3, run: silence },
}

interface Talk {
  readonly length?: number
  readonly wish?: string
  readonly readPauseMs?: number
  readonly updatesKeys?: boolean
  readonly earlyData?: Uint8Array
}

/** All that is sent comes back, then both sides close one after the other: each half on its own. */
async function converse(context: SoakContext, config: TlsClientConfig, talk: Talk): Promise<void> {
  const { earlyData, wish = 'e' } = talk
  const { transport, gone } = await dial(context.port)
  const socket = connectTls(transport, config, earlyData ? { earlyData } : {})
  const { earlyData: fate } = await socket.opened
  const length = talk.length ?? 1 + Math.floor(context.random() * 20_000)
  const receiving = count(socket, talk.readPauseMs)
  const writer = socket.writable.getWriter()
  for (let sent = 0; sent < length; sent += chunkLength) {
    await writer.write(bytes(Math.min(chunkLength, length - sent), wish))
    if (talk.updatesKeys) await socket.updateKeys({ requestPeer: context.random() < 0.5 })
  }
  await writer.close()
  const expected = length + (fate === 'accepted' ? (earlyData?.length ?? 0) : 0)
  const received = await receiving
  if (received !== expected) throw new Error(`${received} bytes came back, not ${expected}`)
  await socket.closed
  await gone
}

async function serverHalfClose({ port, fresh }: SoakContext): Promise<void> {
  const { transport, gone } = await dial(port)
  const socket = connectTls(transport, fresh)
  const writer = socket.writable.getWriter()
  await writer.write(bytes(10, 'h'))
  if ((await count(socket)) !== 10) throw new Error('the server did not end after its answer')
  // the other direction is still open
  await writer.write(bytes(5000))
  await writer.close()
  await socket.closed
  await gone
}

async function serverAborts({ port, resuming }: SoakContext): Promise<void> {
  const { transport, gone } = await dial(port)
  const socket = connectTls(transport, resuming)
  await socket.opened
  socket.writable.getWriter().write(bytes(10, 'a')).catch(ignore)
  await settled(socket)
  await gone
}

async function clientAborts({ port, fresh, random }: SoakContext): Promise<void> {
  const { transport, gone } = await dial(port)
  const socket = connectTls(transport, fresh)
  // in the middle of the handshake, or of a transfer that no one reads
  socket.writable.getWriter().write(bytes(100_000)).catch(ignore)
  await sleep(random() * 20)
  await socket.close(new Error('enough'))
  await settled(socket)
  await gone
}

/** The network fails after so many bytes of the server: in its handshake, its tickets or its data. */
async function cutWhileReceiving({ port, resuming, random }: SoakContext): Promise<void> {
  const { tcp, transport, gone } = await dial(port)
  let left = Math.floor(random() * 3000)
  const isReset = random() < 0.5
  tcp.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left <= 0) cut(tcp, isReset)
  })
  const socket = connectTls(transport, resuming)
  socket.writable.getWriter().write(bytes(5000)).catch(ignore)
  await settled(socket)
  await gone
}

/** The same after so many of ours. */
async function cutWhileSending({ port, fresh, random }: SoakContext): Promise<void> {
  const { tcp, transport, gone } = await dial(port)
  let left = Math.floor(random() * 3000)
  const isReset = random() < 0.5
  const write = tcp.write.bind(tcp) as (chunk: Uint8Array) => boolean
  tcp.write = ((chunk: Uint8Array) => {
    const part = chunk.subarray(0, left)
    left -= part.length
    const isTaken = write(part)
    if (left <= 0) setImmediate(() => cut(tcp, isReset))
    return isTaken
  }) as Socket['write']
  const socket = connectTls(transport, fresh)
  socket.writable.getWriter().write(bytes(5000)).catch(ignore)
  await settled(socket)
  await gone
}

async function garbage({ port, random }: SoakContext): Promise<void> {
  const { tcp, gone } = await dial(port)
  tcp.resume()
  tcp.write(Uint8Array.from({ length: 1 + Math.floor(random() * 400) }, () => random() * 256))
  // a short one is the start of a record that never ends
  setTimeout(() => tcp.destroy(), 100).unref()
  await gone
}

async function silence({ port, random }: SoakContext): Promise<void> {
  const { tcp, gone } = await dial(port)
  tcp.resume()
  await sleep(random() * 30)
  if (random() < 0.5) tcp.end()
  else cut(tcp, true)
  await gone
}

interface Dialled {
  readonly tcp: Socket
  readonly transport: DuplexStream
  /** When nothing is left of the TCP connection. */
  readonly gone: Promise<unknown>
}

export async function dial(port: number): Promise<Dialled> {
  const tcp = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  const gone = new Promise<void>((resolve) => tcp.once('close', () => resolve()))
  tcp.on('error', ignore)
  await once(tcp, 'connect')
  return { tcp, transport: socketStream(tcp), gone }
}

async function count(socket: TlsSocket, pauseMs?: number): Promise<number> {
  let received = 0
  for await (const chunk of socket.readable) {
    received += chunk.length
    if (pauseMs) await sleep(pauseMs)
  }
  return received
}

/** However it ends: no promise may stay pending. */
const settled = async ({ opened, closed }: TlsSocket) => {
  await Promise.allSettled([opened, closed])
}

function cut(tcp: Socket, isReset: boolean): void {
  if (isReset) tcp.resetAndDestroy()
  else tcp.destroy()
}

function bytes(length: number, first = 'e'): Uint8Array<ArrayBuffer> {
  const filled = new Uint8Array(length).fill(0x2e)
  filled[0] = first.charCodeAt(0)
  return filled
}

const ignore = () => undefined
const chunkLength = 16_384
