import { once } from 'node:events'
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import type { Relay, RelayOptions } from '../../../src/relay.js'
import { connectPacket, parseWispPacket, type WispPacket } from '../../../src/transports/wisp/packets.js'
import { type ConnectWispOptions, connectWisp, type WispSession } from '../../../src/wisp.js'
import { relayFor, until, whenDone } from '../relay-support.js'

/** A relay that speaks Wisp and reaches loopback; `url` is that of its Wisp. */
export async function wispRelay(options: RelayOptions = {}): Promise<{ relay: Relay; url: string }> {
  const { relay, url } = await relayFor({ wisp: true, ...options })
  return { relay, url: `${url}wisp/` }
}

export async function wispSession(url: string, options: ConnectWispOptions = {}): Promise<WispSession> {
  const session = await connectWisp(url, { WebSocket, ...options })
  whenDone(() => session.close())
  return session
}

/** A client that sends what it likes. */
export class RawClient {
  readonly packets: WispPacket[] = []
  closeCode: number | undefined
  readonly socket: WebSocket

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (message: Buffer) => this.packets.push(parseWispPacket(Uint8Array.from(message))))
    socket.on('close', (code) => {
      this.closeCode = code
    })
    socket.on('error', () => undefined)
  }

  /** Packets of one stream. */
  of(stream: number): readonly WispPacket[] {
    return this.packets.filter((packet) => packet.stream === stream)
  }

  send(...packets: readonly (Uint8Array | string)[]): void {
    for (const packet of packets) this.socket.send(packet)
  }

  /** Bytes that are frames already, past the WebSocket: many small ones at once. */
  sendRaw(frames: Buffer): void {
    this.#raw.write(frames)
  }

  get #raw(): Socket {
    return (this.socket as unknown as { readonly _socket: Socket })._socket
  }

  connect(stream: number, port: number, hostname = '127.0.0.1'): void {
    this.send(connectPacket(stream, hostname, port))
  }

  async reasonOf(stream: number): Promise<number> {
    let reason: number | undefined
    await until(() => {
      const close = this.of(stream).find(({ type }) => type === 'close')
      reason = close?.type === 'close' ? close.reason : undefined
      return reason !== undefined
    })
    return reason ?? 0
  }
}

/** The message as a client's frame, with a mask of zeros, `count` times. */
export function maskedFrames(message: Uint8Array, count: number): Buffer {
  const { length } = message
  const size =
    length < 126
      ? [0x80 | length]
      : length < 65536
        ? [0xfe, length >> 8, length & 0xff]
        : [0xff, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff]
  const frame = Buffer.from([0x82, ...size, 0, 0, 0, 0, ...message])
  return Buffer.concat(Array.from({ length: count }, () => frame))
}

export async function rawClient(url: string, protocols: string[] = []): Promise<RawClient> {
  const socket = new WebSocket(url, protocols)
  const client = new RawClient(socket)
  whenDone(() => socket.terminate())
  await once(socket, 'open')
  return client
}
