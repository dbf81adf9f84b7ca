import { deferred } from '../connection/deferred.js'
import { within } from '../connection/within.js'
import { WriteSide } from '../connection/write-side.js'
import type { Carrier, Opening } from './carrier.js'
import { ReadSide } from './read-side.js'
import type { SecureTransportKind, Socket, SocketInfo, StartTlsOptions } from './socket.js'
import { asSocketError, SocketError } from './socket-error.js'
import { bytesToWrite, piecesOf } from './written-bytes.js'

export interface StreamSocketSettings<C extends Carrier> {
  readonly secureTransport: SecureTransportKind
  readonly allowHalfOpen: boolean
  /** Where `startTls()` may be called: checks its options, before anything has changed. */
  readonly startTls?: (options: StartTlsOptions | undefined) => (handOver: HandOver<C>) => Socket
}

/** A connection on its way from one socket to another. */
export interface HandOver<C extends Carrier> {
  /** Resolves when the last plaintext has gone; rejects with the SocketError why it has not. Marked handled. */
  readonly carrier: Promise<C>
  /** Whether bytes came that nobody read. */
  hasUnread(): boolean
  /** It is not wanted, or cannot be used: ends what has not been handed over. */
  giveUp(reason: unknown): void
}

/** A socket of the Sockets API over what carries its bytes. The first end counts, whichever it is. */
export class StreamSocket<C extends Carrier> implements Socket {
  readonly secureTransport: SecureTransportKind
  readonly #settings: StreamSocketSettings<C>
  readonly #opening: Opening<C>
  readonly #opened = deferred<SocketInfo>()
  readonly #closed = deferred<void>()
  readonly #readSide: ReadSide
  readonly #writeSide: WriteSide
  #carrier: C | undefined
  #failure: SocketError | undefined
  /** What the streams were told once it was over. */
  #because: unknown
  #piecesTaken = 0
  #hasLateBytes = false
  #upgraded = false
  #isReadEnded = false
  #isWriteEnded = false
  #wasClosedHere = false
  #isClosing = false
  #isOver = false

  constructor(opening: Opening<C>, settings: StreamSocketSettings<C>) {
    this.#opening = opening
    this.#settings = settings
    this.secureTransport = settings.secureTransport
    this.#readSide = new ReadSide({
      pull: () => this.#pull(),
      cancel: (reason) => this.#stopReading(reason),
    })
    this.#writeSide = new WriteSide({
      toBytes: bytesToWrite,
      write: (bytes) => this.#write(bytes),
      close: () => this.#endWriting(),
      abort: (cause) => this.#fail(new SocketError('closed', 'the writable was aborted', { cause })),
      fail: (cause) => this.#fail(asSocketError(cause, 'invalid_argument')),
    })
    void this.#run()
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#readSide.readable
  }

  get writable(): Socket['writable'] {
    return this.#writeSide.writable
  }

  get opened(): Promise<SocketInfo> {
    return this.#opened.promise
  }

  get closed(): Promise<void> {
    return this.#closed.promise
  }

  get upgraded(): boolean {
    return this.#upgraded
  }

  close(reason?: unknown): Promise<void> {
    // the connection of an upgraded socket is another's
    if (this.#isOver || this.#upgraded) return this.closed
    this.#wasClosedHere = true
    const because = reason === undefined ? new SocketError('closed', 'the socket was closed') : reason
    this.#cancelReading(because)
    if (this.#carrier === undefined || reason !== undefined) this.#cut(because)
    else void this.#shut(this.#carrier, because)
    return this.closed
  }

  startTls(options?: StartTlsOptions): Socket {
    const { startTls } = this.#settings
    if (startTls === undefined) {
      const why = `this socket's secureTransport is "${this.secureTransport}", which must be "starttls"`
      throw new SocketError('invalid_state', `startTls() cannot be called: ${why}`)
    }
    if (this.#upgraded) throw new SocketError('invalid_state', 'startTls() was called before')
    if (this.#wasClosedHere) {
      throw new SocketError('invalid_state', 'startTls() cannot be called: this socket is closed')
    }
    const begin = startTls(options)
    this.#upgraded = true
    return begin(this.#handOver())
  }

  async #run(): Promise<void> {
    try {
      const carrier = await this.#opening.carrier
      if (this.#isOver) return
      this.#carrier = carrier
      this.#opened.resolve(carrier.info)
      this.#fail(await carrier.failed)
    } catch (error) {
      this.#fail(asSocketError(error, 'connection_failed'))
    }
  }

  async #pull(): Promise<void> {
    try {
      const carrier = await this.#opening.carrier
      if (this.#isOver || this.#upgraded) return
      const bytes = await carrier.read()
      if (this.#upgraded) this.#hasLateBytes ||= bytes !== undefined
      else if (bytes === undefined) this.#readEnded(carrier)
      else this.#readSide.deliver(bytes)
    } catch (error) {
      this.#fail(asSocketError(error, 'connection_lost'))
    }
  }

  #readEnded(carrier: C): void {
    this.#isReadEnded = true
    this.#readSide.end()
    if (this.#settings.allowHalfOpen && !this.#isWriteEnded) return
    // a writer that is locked can only be told by an error
    if (!this.writable.locked) this.writable.close().catch(() => undefined)
    void this.#shut(carrier, new SocketError('closed', 'the peer closed the connection'))
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      const carrier = await this.#opening.carrier
      for (const piece of piecesOf(bytes)) {
        await carrier.write(piece)
        this.#piecesTaken++
      }
    } catch (error) {
      this.#fail(asSocketError(error, 'connection_lost'))
      throw this.#because
    }
  }

  /** The application has closed its `writable`: the peer may go on. */
  async #endWriting(): Promise<void> {
    const carrier = await this.#opening.carrier
    if (this.#upgraded) throw wasUpgraded()
    await carrier.end()
    this.#isWriteEnded = true
    if (this.#isReadEnded) void this.#shut(carrier, new SocketError('closed', 'the connection has ended'))
  }

  #stopReading(reason: unknown): void {
    const stop = (carrier: C) => (this.#upgraded ? undefined : carrier.stopReading(reason))
    this.#opening.carrier.then(stop, () => undefined)
  }

  #cancelReading(reason: unknown): void {
    if (this.readable.locked) {
      this.#readSide.end()
      this.#stopReading(reason)
    } else {
      this.readable.cancel(reason).catch(() => undefined)
    }
  }

  /** In good order: what was written is sent first, as long as anything of it is taken. */
  async #shut(carrier: C, reason: unknown): Promise<void> {
    if (this.#isClosing || this.#isOver) return
    this.#isClosing = true
    const writtenOut = this.#writeSide.drain(reason)
    for (let before = -1; !(await within(closeMilliseconds, writtenOut)); before = this.#piecesTaken) {
      if (before === this.#piecesTaken) return this.#cut(reason)
    }
    if (this.#isOver) return
    this.#because = reason
    await carrier.close()
    this.#isOver = true
    this.#closed.resolve()
  }

  /** At once, by this side. */
  #cut(reason: unknown): void {
    this.#isOver = true
    this.#because = reason
    this.#opened.reject(reason)
    this.#closed.resolve()
    this.#writeSide.fail(reason)
    this.#opening.abort(reason)
  }

  #fail(failure: SocketError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#failure = failure
    this.#because = failure
    this.#readSide.fail(failure)
    this.#writeSide.fail(failure)
    // "the remote connection sends a FIN packet (graceful closure) or a RST packet": in plaintext both are an end
    if (this.#isClosing || this.#carrier?.isSecure === false) this.#closed.resolve()
    this.#closed.reject(failure)
    this.#opened.reject(failure)
    this.#opening.abort(failure)
  }

  #handOver(): HandOver<C> {
    this.#readSide.end()
    const lastPlaintext = this.#writeSide.drain(wasUpgraded())
    const carrier = this.#whenHandedOver(lastPlaintext)
    carrier.catch(() => undefined)
    return {
      carrier,
      hasUnread: () => this.#readSide.hasUnread || this.#hasLateBytes,
      giveUp: (reason) => {
        this.#fail(asSocketError(reason, 'closed'))
        this.#opening.abort(reason)
      },
    }
  }

  /**
   * `closed` must not be heard of before the caller of startTls() has looked at what it got: libraries go by that, and
   * each await puts it behind what they await.
   */
  async #whenHandedOver(lastPlaintext: Promise<void>): Promise<C> {
    const carrier = await this.#opening.carrier
    await lastPlaintext
    if (this.#failure) throw this.#failure
    if (this.#isClosing || this.#isOver) throw new SocketError('connection_lost', 'the peer closed the connection')
    this.#isOver = true
    this.#closed.resolve()
    return carrier
  }
}

const wasUpgraded = () =>
  new SocketError('invalid_state', 'startTls() was called: the socket that it returned has the connection')

/** How long a peer may take nothing of what was written before the end, in milliseconds. */
const closeMilliseconds = 30_000
