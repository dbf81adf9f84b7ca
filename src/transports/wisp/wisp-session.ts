import type { DuplexStream } from '../../connection/duplex-stream.js'
import { TlsError } from '../../errors/tls-error.js'
import { asciiHost, checkHostGiven } from '../relay-url.js'
import { drained, messageBytes, readyState, type WebSocketLike } from '../web-socket-like.js'
import {
  closePacket,
  connectPacket,
  maxHostnameBytes,
  parseWispPacket,
  type WispPacket,
  wispHeaderLength,
  writeDataHeader,
} from './packets.js'
import { closeReasonError, WispError, wispFailed } from './wisp-error.js'
import { WispStream } from './wisp-stream.js'

export interface WispTarget {
  /** The target's name or address as the server is to see it; an IPv6 address with or without brackets. */
  readonly host: string
  readonly port: number
  /** Ends the stream whenever it is aborted, with the code `aborted`. */
  readonly signal?: AbortSignal
}

/** One WebSocket to a Wisp server, for any number of TCP connections. */
export interface WispSession {
  /**
   * Opens a TCP connection: a transport for `connectTls`. It can be handed on as it is, `{ dial: session.dial }`. A server says nothing of one that it has made, only of one
   * that it could not make; so this resolves at once, and such a failure errors the stream.
   * @throws TlsError `invalid_argument`, `aborted`; what ended the session when it has ended
   */
  dial(target: WispTarget): Promise<DuplexStream>
  /** Streams that are open now. */
  readonly streams: number
  /** Resolves after `close`; rejects with the TlsError that ended it otherwise. Marked handled. */
  readonly closed: Promise<void>
  /** Ends it, and with it the streams that are open. Without effect when it has ended. */
  close(): void
}

export interface WispSessionOptions {
  /** How many received bytes may wait for the reader of one stream before it is given up. Default 64 MiB. */
  readonly maxBufferedBytes?: number
  /** The same for all streams together: the one with the most is given up. Default 128 MiB. */
  readonly maxSessionBufferedBytes?: number
  /** How many bytes the WebSocket may hold unsent before writes wait. Default 4 MiB. */
  readonly sendBufferBytes?: number
}

/** The client's side of Wisp 1.2 over a WebSocket. */
export class ClientSession implements WispSession {
  readonly closed: Promise<void>
  /** The server has said how much it takes: streams may be opened. Rejects with the reason why not. */
  readonly opened: Promise<void>
  readonly #socket: WebSocketLike
  readonly #maxBuffered: number
  readonly #maxSessionBuffered: number
  readonly #sendBuffer: number
  /** By their number, those that have not ended. */
  readonly #streams = new Map<number, WispStream>()
  /** Those that hold something for their reader, ended or not. */
  readonly #holding = new Set<WispStream>()
  #settleClosed: { resolve(): void; reject(error: TlsError): void } = { resolve() {}, reject() {} }
  #settleOpened: { resolve(): void; reject(error: TlsError): void } = { resolve() {}, reject() {} }
  /** Packets that each stream may send to begin with; `undefined` before the server has said so. */
  #initialCredit: number | undefined
  #failure: TlsError | undefined
  #held = 0
  #packet = new Uint8Array(0)

  /** @param lost what a WebSocket that closes means */
  constructor(
    socket: WebSocketLike,
    options: WispSessionOptions,
    lost: (event: { readonly code: number; readonly reason: string }, isOpen: boolean) => TlsError,
  ) {
    this.#socket = socket
    const { maxBufferedBytes, maxSessionBufferedBytes, sendBufferBytes } = checkedLimits(options)
    this.#maxBuffered = maxBufferedBytes
    this.#maxSessionBuffered = maxSessionBufferedBytes
    this.#sendBuffer = sendBufferBytes
    this.opened = new Promise((resolve, reject) => {
      this.#settleOpened = { resolve, reject }
    })
    this.closed = new Promise((resolve, reject) => {
      this.#settleClosed = { resolve, reject }
    })
    // so that they can be handed on, as in `createConnect({ dial: session.dial })`
    this.dial = this.dial.bind(this)
    this.close = this.close.bind(this)
    this.opened.catch(() => undefined)
    this.closed.catch(() => undefined)
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('message', ({ data }) => this.#received(data))
    // `ws` throws an error that nobody listens to; the close that follows says what there is to say
    socket.addEventListener('error', () => undefined)
    socket.addEventListener('close', (event) => this.end(lost(event, this.#initialCredit !== undefined)))
  }

  get streams(): number {
    return this.#streams.size
  }

  async dial({ host, port, signal }: WispTarget): Promise<DuplexStream> {
    const hostname = targetHostname(host)
    if (!Number.isInteger(port) || port < 1 || port > 65535) {
      throw new TlsError('invalid_argument', `a port is 1 to 65535, not ${port}`)
    }
    if (signal?.aborted) throw aborted(signal)
    if (this.#failure !== undefined) throw this.#failure
    const id = this.#unusedId()
    const onAbort = () => stream.abort(aborted(signal))
    const stream: WispStream = new WispStream(
      {
        sendData: (data) => this.#sendData(id, data),
        sendClose: (reason) => this.#send(closePacket(id, reason)),
        drained: (over) =>
          this.#socket.bufferedAmount > this.#sendBuffer ? drained(this.#socket, this.#sendBuffer, over) : undefined,
        held: (bytes) => this.#account(stream, bytes),
        ended: () => {
          signal?.removeEventListener('abort', onAbort)
          this.#streams.delete(id)
        },
      },
      { credit: this.#initialCredit ?? 0, maxBufferedBytes: this.#maxBuffered },
    )
    this.#streams.set(id, stream)
    this.#send(connectPacket(id, hostname, port))
    signal?.addEventListener('abort', onAbort)
    return { readable: stream.readable, writable: stream.writable }
  }

  close(): void {
    this.end(undefined)
  }

  /** Ends it with this error, or as its user has asked. */
  end(error: TlsError | undefined): void {
    if (this.#failure !== undefined) return
    const failure = error ?? new TlsError('closed', 'the Wisp session was closed')
    this.#failure = failure
    this.#settleOpened.reject(failure)
    if (error === undefined) this.#settleClosed.resolve()
    else this.#settleClosed.reject(failure)
    for (const stream of [...this.#streams.values()]) stream.lost(failure)
    this.#socket.close(1000)
  }

  #received(data: unknown): void {
    if (this.#failure !== undefined) return
    const bytes = messageBytes(data)
    try {
      if (bytes === undefined) throw new WispError('protocol_error', 'a text message')
      this.#take(parseWispPacket(bytes))
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause)
      const message = `the server sent what it must not, is it a Wisp server? ${what}`
      this.end(wispFailed(new WispError('protocol_error', message, { cause })))
    }
  }

  #take(packet: WispPacket): void {
    // a server of a later version may say more, and does before it knows this client's
    if (packet.type === 'unknown') return
    if (packet.type === 'connect') throw new WispError('protocol_error', 'a CONNECT packet, which only clients send')
    // what is on its way to a stream that has ended here means nothing any more
    const stream = this.#streams.get(packet.stream)
    if (packet.stream === 0) this.#takeOwn(packet)
    else if (packet.type === 'data') stream?.receive(packet.data)
    else if (packet.type === 'continue') stream?.continue(packet.packets)
    else stream?.closedByServer(packet.reason)
  }

  /** Stream 0 is the session. */
  #takeOwn(packet: Exclude<WispPacket, { type: 'connect' | 'unknown' }>): void {
    if (packet.type === 'close') {
      const { code, reason, message } = closeReasonError(packet.reason)
      const what = `the server ended the session: ${message}`
      this.end(wispFailed(new WispError(code, what, reason === undefined ? {} : { reason })))
    } else if (packet.type === 'continue' && this.#initialCredit === undefined) {
      this.#initialCredit = packet.packets
      this.#settleOpened.resolve()
    }
  }

  #unusedId(): number {
    for (;;) {
      const [id = 0] = crypto.getRandomValues(new Uint32Array(1))
      if (id !== 0 && !this.#streams.has(id)) return id
    }
  }

  #send(packet: Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState === readyState.open) this.#socket.send(packet)
  }

  #sendData(id: number, data: Uint8Array): void {
    const length = wispHeaderLength + data.byteLength
    if (this.#packet.byteLength < length) this.#packet = new Uint8Array(length)
    writeDataHeader(this.#packet, id)
    this.#packet.set(data, wispHeaderLength)
    // send() copies, so the one buffer serves all packets
    this.#send(this.#packet.subarray(0, length))
  }

  #account(stream: WispStream, bytes: number): void {
    this.#held += bytes
    if (stream.heldBytes === 0) this.#holding.delete(stream)
    else this.#holding.add(stream)
    while (bytes > 0 && this.#held > this.#maxSessionBuffered) {
      const [most] = [...this.#holding].sort((one, other) => other.heldBytes - one.heldBytes)
      if (most === undefined) return
      most.overflow(`most of the ${this.#maxSessionBuffered} bytes of the session`)
    }
  }
}

/** A limit that is no number would be none. */
function checkedLimits(options: WispSessionOptions): Required<WispSessionOptions> {
  const limits = {
    maxBufferedBytes: options.maxBufferedBytes ?? 64 * 1024 * 1024,
    maxSessionBufferedBytes: options.maxSessionBufferedBytes ?? 128 * 1024 * 1024,
    sendBufferBytes: options.sendBufferBytes ?? 4 * 1024 * 1024,
  }
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new TlsError('invalid_argument', `${name} is a whole number of bytes, 1 or more, not ${value}`)
    }
  }
  return limits
}

function aborted(signal: AbortSignal | undefined): TlsError {
  return new TlsError('aborted', 'the connection through the Wisp server was aborted', { cause: signal?.reason })
}

/** Servers hand it to their resolver: no brackets, and a name in ASCII. */
function targetHostname(host: string): string {
  checkHostGiven(host)
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  const wrong = (cause?: unknown) =>
    new TlsError('invalid_argument', `not a host: "${host.slice(0, 100)}"`, cause === undefined ? {} : { cause })
  if (bare === '' || bare.length > maxHostnameBytes || /[/?#\s@%\\[\]]/.test(bare)) throw wrong()
  try {
    return bare.includes(':') ? new URL(`http://[${bare}]`).hostname.slice(1, -1) : asciiHost(bare)
  } catch (cause) {
    throw wrong(cause)
  }
}
