import { tagLength } from '../crypto/aead/aead.js'
import { TlsError } from '../errors/tls-error.js'
import { ContentType, ProtocolVersion } from '../messages/code-points.js'
import { type Bytes, noBytes } from '../wire/bytes.js'
import { cryptoWindow, maxPlaintextLength, recordHeaderLength, recordsPerWrite } from './limits.js'
import { type RecordKeys, recordHeader } from './record-keys.js'
import { yieldToEventLoop } from './yield-to-event-loop.js'

/**
 * How long a protected record's content is made to look, in bytes: RFC 9846 section 5.4.
 * @returns the length with padding; less than `contentLength` means none
 */
export type PaddingPolicy = (contentLength: number) => number

/** Told of a record: its content type, its length on the wire with the header, the length of its content. */
export type RecordListener = (type: number, wireLength: number, contentLength: number) => void

interface Outgoing {
  readonly header: Bytes
  readonly wireLength: number
  /** Settles when the engine is done; `body` is there then. */
  readonly done: Promise<void> | undefined
  body: Bytes | undefined
}

/**
 * Records to the transport, in order. Up to `cryptoWindow` are with the engine at once; those that are ready go out
 * together in one write.
 */
export class RecordSink {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>
  readonly #queue: Outgoing[] = []
  #keys: RecordKeys | undefined
  /**
   * One buffer for all records in flight, larger than any, so that no engine takes the buffer itself for the record.
   * It is let go when all is sent: most connections of a server are idle, and it would be the largest part of them.
   */
  #scratch: Bytes | undefined
  #fragmentLimit = maxPlaintextLength
  #padding: PaddingPolicy | undefined
  #failure: TlsError | undefined
  #isEnded = false
  #isFlushing = false
  #waiting: (() => void)[] = []
  #sentSinceYield = 0
  #batchesTaken = 0
  readonly #onRecord: RecordListener
  /** Resolves when the transport refuses what was sent, or never. */
  readonly refused: Promise<TlsError>
  #tellRefused: (failure: TlsError) => void = () => undefined

  /** @param onRecord told of each record as it is queued */
  constructor(writable: WritableStream<Uint8Array>, onRecord: RecordListener = () => {}) {
    this.#onRecord = onRecord
    this.#writer = writable.getWriter()
    this.refused = new Promise((resolve) => {
      this.#tellRefused = resolve
    })
    // without it nobody would notice while nothing is sent, once the peer has said close_notify
    this.#writer.closed.catch((cause) => this.#failTransport(cause))
  }

  /** What follows is protected by `keys`, or not at all. */
  installKeys(keys: RecordKeys | undefined): void {
    if (!this.#isEnded) this.#keys = keys
  }

  /** Nothing more may be sent, or it would go out in the clear. What was queued is sealed already and goes out. */
  forgetKeys(): void {
    this.#keys = undefined
    this.#isEnded = true
  }

  get keys(): RecordKeys | undefined {
    return this.#keys
  }

  /** @param limit of a record's content, in bytes: RFC 8449, RFC 6066 section 4 */
  limitFragments(limit: number): void {
    this.#fragmentLimit = Math.min(limit, this.#fragmentLimit)
  }

  get fragmentLimit(): number {
    return this.#fragmentLimit
  }

  setPadding(padding: PaddingPolicy | undefined): void {
    this.#padding = padding
  }

  /**
   * Queues `content` as one or more records of a type, under the keys of this moment; waits for nothing.
   * @param version for the first ClientHello, whose records say TLS 1.0 (RFC 9846 section 5.1)
   */
  send(type: number, content: Bytes, version: number = ProtocolVersion['TLSv1.2']): void {
    let offset = 0
    do {
      // also in between: who is told of a record may end the connection, and what is left must not go out in the clear
      if (this.#failure) throw this.#failure
      if (this.#isEnded) throw hasEnded()
      //= rfc9846#section-5.1 5.1-12 5.1-16
      //= rfc9846#section-5.2 5.2-1
      const fragment = content.subarray(offset, offset + this.#fragmentLimit)
      const outgoing = this.#protect(type, fragment, version)
      this.#queue.push(outgoing)
      offset += fragment.length
      // behind it in the queue is what the listener sends
      this.#onRecord(type, outgoing.wireLength, fragment.length)
    } while (offset < content.length)
    void this.#flushQueue()
  }

  /** Grows whenever the transport takes something. */
  get batchesTaken(): number {
    return this.#batchesTaken
  }

  /** Resolves when another record may be sent: the way for application data. @throws TlsError of the transport */
  async ready(): Promise<void> {
    while (this.#queue.length >= cryptoWindow && !this.#failure) await this.#nextChange()
    if (this.#failure) throw this.#failure
  }

  /** Resolves when all that was sent until now is on its way, whatever is sent behind it. @throws TlsError of the transport */
  async handedOver(): Promise<void> {
    const last = this.#queue.at(-1)
    while (last && this.#queue.includes(last) && !this.#failure) await this.#nextChange()
    if (this.#failure) throw this.#failure
  }

  /** Resolves when the transport has taken all that was sent. @throws TlsError of the transport */
  async flushed(): Promise<void> {
    while ((this.#queue.length > 0 || this.#isFlushing) && !this.#failure) await this.#nextChange()
    if (this.#failure) throw this.#failure
  }

  /** After what was sent, ends the transport's writing side. */
  async close(): Promise<void> {
    await this.flushed()
    await this.#writer.close()
  }

  /** Drops what was not sent. */
  async abort(reason: unknown): Promise<void> {
    this.#fail(new TlsError('closed', 'the connection is closed'))
    await this.#writer.abort(reason)
  }

  #protect(type: number, fragment: Bytes, version: number): Outgoing {
    if (!this.#keys || type === ContentType.change_cipher_spec) {
      // a copy, since the caller may go on to use its buffer
      //= rfc9846#section-5.1 5.1-13
      //= rfc9846#section-E.5 E.5-10
      const header = recordHeader(fragment.length, type, version)
      return { header, wireLength: header.length + fragment.length, body: fragment.slice(), done: undefined }
    }
    const padded = this.#paddedLength(fragment.length)
    // the policy is the application's, which may have ended the connection
    if (!this.#keys) throw hasEnded()
    const innerLength = padded + 1
    const scratch = this.#scratch ?? new Uint8Array(maxPlaintextLength + 512)
    this.#scratch = scratch
    scratch.set(fragment)
    scratch[fragment.length] = type
    //= rfc9846#section-5.4 5.4-1 5.4-2
    scratch.fill(0, fragment.length + 1, innerLength)
    const length = innerLength + tagLength
    // the engine copies its input at the call: one buffer serves every record in flight
    const sealed = this.#keys.seal(scratch.subarray(0, innerLength), length)
    const outgoing: Outgoing = {
      header: recordHeader(length),
      wireLength: recordHeaderLength + length,
      body: undefined,
      done: sealed.then((buffer) => {
        outgoing.body = new Uint8Array(buffer)
      }),
    }
    // met when its turn comes
    outgoing.done?.catch(() => undefined)
    return outgoing
  }

  #paddedLength(contentLength: number): number {
    const wanted = this.#padding?.(contentLength)
    // the policy is the application's own: what is no length means no padding
    const padded = typeof wanted === 'number' && Number.isFinite(wanted) ? Math.floor(wanted) : 0
    //= rfc9846#section-5.4 5.4-7
    return Math.min(Math.max(padded, contentLength), this.#fragmentLimit)
  }

  async #flushQueue(): Promise<void> {
    if (this.#isFlushing) return
    this.#isFlushing = true
    try {
      for (let head = this.#queue[0]; head && !this.#failure; head = this.#queue[0]) {
        await head.done
        // first the room, then the batch: it is as large as it can be by then
        await this.#writer.ready
        const batch = this.#takeReady()
        this.#batchesTaken++
        const written = this.#writer.write(batch)
        written.catch((cause) => this.#failTransport(cause))
        this.#notify()
        if (this.#queue.length === 0) await written
        await this.#yieldSometimes()
      }
    } catch (cause) {
      this.#failTransport(cause)
    }
    this.#isFlushing = false
    if (this.#queue.length === 0) this.#scratch = undefined
    this.#notify()
  }

  /** The records at the head that are ready, joined: a socket's cost is per message. */
  #takeReady(): Bytes {
    let count = 0
    let length = 0
    for (const { header, body } of this.#queue) {
      if (!body || count === recordsPerWrite) break
      length += header.length + body.length
      count++
    }
    const batch = new Uint8Array(length)
    let offset = 0
    for (const { header, body = noBytes } of this.#queue.splice(0, count)) {
      batch.set(header, offset)
      batch.set(body, offset + header.length)
      offset += header.length + body.length
    }
    return batch
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  #notify(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  #failTransport(cause: unknown): void {
    const message = cause instanceof Error ? cause.message : String(cause)
    const failure =
      cause instanceof TlsError
        ? cause
        : new TlsError('transport_failed', `the transport failed: ${message}`, { cause })
    this.#fail(failure)
    this.#tellRefused(failure)
  }

  #fail(failure: TlsError): void {
    this.#failure ??= failure
    this.#queue.length = 0
    this.#notify()
  }

  async #yieldSometimes(): Promise<void> {
    if (!yieldToEventLoop || ++this.#sentSinceYield < cryptoWindow / 2) return
    this.#sentSinceYield = 0
    await yieldToEventLoop()
  }
}

const hasEnded = () => new TlsError('closed', 'the connection has ended')
