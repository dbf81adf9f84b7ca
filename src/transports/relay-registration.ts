import type { DuplexStream } from '../connection/duplex-stream.js'
import type { TlsError } from '../errors/tls-error.js'
import { closeCode, RelayError } from './relay-error.js'
import { initialCredit } from './relay-frames.js'
import { type RelayedStream, relayedStream } from './relayed-stream.js'
import {
  parseReverseFrame,
  pingFrame,
  type Registration,
  type ReverseFrame,
  readArrival,
  readRegistration,
  reverseCreditFrame,
  reverseEndFrame,
  reverseHeaderLength,
  reverseResetFrame,
  writeDataHeader,
} from './reverse-frames.js'
import { SendBudget } from './send-budget.js'
import {
  closeError,
  closeReason,
  messageBytes,
  readyState,
  relayFailed,
  type WebSocketLike,
} from './web-socket-like.js'

/** A TCP client's connection, as the relay hands it to the page. */
export interface ArrivingConnection extends DuplexStream {
  /** The relay's name for it, as its log and its tap have it. */
  readonly connectionId: string
  /** Of the client, as the relay saw it. */
  readonly remoteAddress: string
  readonly remotePort: number
}

export interface RegistrationSettings {
  readonly receiveWindow: number
  /** How often the relay is asked for a sign of life, in milliseconds. */
  readonly pingIntervalMs: number
  /** `false`: there is no place for it. */
  onConnection(connection: ArrivingConnection): boolean
  /** A connection, or the registration itself, has ended. */
  onChange(): void
}

/** One registration of a name: one WebSocket, on which each stream is one TCP connection. */
export class RelayRegistration {
  /** Rejects with the reason why not. */
  readonly registered: Promise<Registration>
  /** Why it has ended; never rejects. */
  readonly ended: Promise<TlsError>
  readonly #socket: WebSocketLike
  readonly #settings: RegistrationSettings
  readonly #streams = new Map<number, RelayedStream>()
  readonly #settle: { registered(registration: Registration): void; refused(error: TlsError): void }
  readonly #settleEnded: (error: TlsError) => void
  #budget = new SendBudget(0, initialCredit)
  #lastStream = 0
  #isOver = false
  #frame = new Uint8Array(reverseHeaderLength)
  #unanswered = 0
  #pings: ReturnType<typeof setInterval> | undefined

  /** @param socket not yet open */
  constructor(socket: WebSocketLike, settings: RegistrationSettings, unreachable: () => TlsError) {
    this.#socket = socket
    this.#settings = settings
    let settle: { registered(registration: Registration): void; refused(error: TlsError): void } | undefined
    this.registered = new Promise((registered, refused) => {
      settle = { registered, refused }
    })
    this.registered.catch(() => undefined)
    let settleEnded: ((error: TlsError) => void) | undefined
    this.ended = new Promise((resolve) => {
      settleEnded = resolve
    })
    this.#settle = settle ?? { registered() {}, refused() {} }
    this.#settleEnded = settleEnded ?? (() => undefined)
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('message', ({ data }) => this.#received(data))
    // a failure to connect is an error without a word, then a close with 1006
    socket.addEventListener('error', () => undefined)
    socket.addEventListener('close', (event) => {
      const lost = () => relayFailed('relay_lost', 'the relay ended the registration')
      this.#end(event.code === 1006 ? unreachable() : (closeError(event) ?? lost()))
    })
  }

  get connections(): number {
    return this.#streams.size
  }

  /** The relay sends no further connections, and gives the name to whoever asks next. */
  stopArrivals(): void {
    this.#send(reverseEndFrame(0))
  }

  /** Ends it with all of its connections. */
  close(error: TlsError): void {
    this.#socket.close(1000)
    this.#end(error)
  }

  #received(data: unknown): void {
    if (this.#isOver) return
    // whatever comes is a sign of life
    this.#unanswered = 0
    const bytes = messageBytes(data)
    try {
      if (bytes === undefined) throw new RelayError('protocol_error', 'a text message')
      this.#take(parseReverseFrame(bytes))
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause)
      const error = relayFailed('protocol_error', `the relay sent what it must not: ${what}`)
      this.#send(reverseResetFrame(0, 'protocol_error', what))
      this.#socket.close(closeCode('protocol_error'), closeReason(what))
      this.#end(error)
    }
  }

  #take({ stream, frame }: ReverseFrame): void {
    if (stream === 0) this.#takeOwn(frame)
    else if (frame.type === 'open') this.#arrived(stream, frame)
    else if (stream > this.#lastStream) throw new RelayError('protocol_error', `stream ${stream} was not opened`)
    else if (frame.type === 'ping' || frame.type === 'pong')
      throw new RelayError('protocol_error', 'a ping in a stream')
    // what is on its way to a stream that has ended here means nothing any more
    else this.#streams.get(stream)?.take(frame)
  }

  #takeOwn(frame: ReverseFrame['frame']): void {
    switch (frame.type) {
      case 'open': {
        if (this.#pings !== undefined) throw new RelayError('protocol_error', 'a second registration')
        const registration = readRegistration(frame)
        this.#budget = new SendBudget(registration.credit, Math.min(initialCredit, registration.maxDataLength))
        this.#pings = setInterval(() => this.#ping(), this.#settings.pingIntervalMs)
        this.#settle.registered(registration)
        break
      }
      case 'credit':
        this.#budget.add(frame.bytes)
        break
      case 'reset':
        this.#end(relayFailed(frame.reason, frame.message))
        this.#socket.close(1000)
        break
      case 'pong':
        break
      default:
        throw new RelayError('protocol_error', `a ${frame.type} frame in stream 0`)
    }
  }

  #arrived(stream: number, frame: Extract<ReverseFrame['frame'], { type: 'open' }>): void {
    if (this.#pings === undefined) throw new RelayError('protocol_error', 'a connection before the registration')
    if (stream <= this.#lastStream) throw new RelayError('protocol_error', `stream ${stream} was opened before`)
    this.#lastStream = stream
    const { id, remoteAddress, remotePort } = readArrival(frame)
    const relayed = this.#stream(stream)
    this.#streams.set(stream, relayed)
    const { readable, writable } = relayed
    if (this.#settings.onConnection({ readable, writable, connectionId: id, remoteAddress, remotePort })) return
    relayed.reset('limit', relayFailed('limit', 'the page has no place left for a connection'))
  }

  #stream(stream: number): RelayedStream {
    return relayedStream(
      {
        claim: (wanted, signal) => this.#budget.claim(wanted, signal),
        unclaim: (bytes) => this.#budget.add(bytes),
        sendData: (bytes) => {
          const length = reverseHeaderLength + bytes.byteLength
          if (this.#frame.byteLength < length) this.#frame = new Uint8Array(length)
          writeDataHeader(this.#frame, stream)
          this.#frame.set(bytes, reverseHeaderLength)
          // send() copies, so the one buffer serves all frames
          this.#send(this.#frame.subarray(0, length))
        },
        sendCredit: (bytes) => this.#send(reverseCreditFrame(stream, bytes)),
        sendEnd: () => this.#send(reverseEndFrame(stream)),
        sendReset: (reason, message) => this.#send(reverseResetFrame(stream, reason, message)),
        finished: (how) => {
          if (!this.#streams.delete(stream)) return
          // after END it drops nothing: the client is sent all that was written, and its own bytes go nowhere
          if (how === 'unread') this.#send(reverseResetFrame(stream, 'reset', 'the rest is not wanted'))
          this.#settings.onChange()
        },
      },
      this.#settings.receiveWindow,
    )
  }

  /**
   * A WebSocket whose network is gone stays open for minutes. Two intervals without a word end it: timers of a page in
   * the background are late, and what has arrived meanwhile is handed out only after them.
   */
  #ping(): void {
    if (this.#unanswered >= 2) {
      this.close(
        relayFailed('relay_lost', `the relay gave no sign of life for ${2 * this.#settings.pingIntervalMs} ms`),
      )
      return
    }
    this.#unanswered += 1
    this.#send(pingFrame())
  }

  #send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState === readyState.open) this.#socket.send(frame)
  }

  #end(error: TlsError): void {
    if (this.#isOver) return
    this.#isOver = true
    clearInterval(this.#pings)
    this.#settle.refused(error)
    for (const stream of this.#streams.values()) stream.fail(error)
    this.#streams.clear()
    this.#settleEnded(error)
    this.#settings.onChange()
  }
}
