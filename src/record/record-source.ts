import { tagLength } from '../crypto/aead/aead.js'
import { TlsError } from '../errors/tls-error.js'
import { ContentType, nameOf, ProtocolVersion } from '../messages/code-points.js'
import { type Bytes, chunkBytes } from '../wire/bytes.js'
import { cryptoWindow, maxInnerPlaintextLength, maxPlaintextLength, recordHeaderLength } from './limits.js'
import { RecordFramer } from './record-framer.js'
import type { RecordKeys } from './record-keys.js'
import { yieldToEventLoop } from './yield-to-event-loop.js'

/** A record after its protection was removed. */
export interface InboundRecord {
  /** ContentType, the inner one where there is protection. */
  readonly type: number
  readonly fragment: Bytes
  readonly isProtected: boolean
  /** On the wire, header and padding included. */
  readonly wireLength: number
}

type Queued =
  | {
      readonly type: number
      readonly version: number
      readonly fragment: Bytes
      opened: Promise<ArrayBuffer> | undefined
    }
  | { readonly failure: TlsError }

/** No more than this is read ahead of the one who takes records; one chunk of the transport may exceed it. */
const readAheadBytes = 16 * (maxPlaintextLength + 256)

/**
 * Records from the transport, in order. It reads and decrypts ahead: up to `cryptoWindow` records are with the engine
 * at once. Ciphertext is kept until its record is taken, so that after a change of keys what was opened ahead with
 * the old ones is opened again with the new (RFC 9846 section 4.7.3).
 */
export class RecordSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #framer = new RecordFramer()
  readonly #queue: Queued[] = []
  #queuedBytes = 0
  #inFlight = 0
  #keys: RecordKeys | undefined
  #innerLimit = maxInnerPlaintextLength
  #acceptsChangeCipherSpec = true
  #acceptsPlaintextAlert = false
  #skippableBytes = 0
  #isEnded = false
  #isForgotten = false
  #takenSinceYield = 0
  #wakeConsumer: (() => void) | undefined
  #wakeReader: (() => void) | undefined

  constructor(readable: ReadableStream<Uint8Array>) {
    this.#reader = readable.getReader()
    void this.#readAhead()
  }

  /**
   * New keys for all records that have not been taken yet.
   * @param options.acceptsPlaintextAlert a server's client may fail on ServerHello and say so without keys
   */
  installKeys(keys: RecordKeys, options: { readonly acceptsPlaintextAlert?: boolean } = {}): void {
    if (this.#isForgotten) return
    this.#keys = keys
    this.#acceptsPlaintextAlert = options.acceptsPlaintextAlert ?? false
    this.#forgetOpenedAhead()
    this.#openAhead()
  }

  /** Nothing more is taken: for the one who takes records the transport has ended. */
  forgetKeys(): void {
    this.#isForgotten = true
    this.#keys = undefined
    this.#queue.length = 0
    this.#inFlight = 0
    this.#wakeConsumer?.()
  }

  /** RFC 9846 section 5: before the first ClientHello and after the peer's Finished it is an error. */
  refuseChangeCipherSpec(): void {
    this.#acceptsChangeCipherSpec = false
  }

  acceptChangeCipherSpec(): void {
    this.#acceptsChangeCipherSpec = true
  }

  /** @param limit of TLSInnerPlaintext, in bytes: RFC 8449 */
  limitInnerPlaintext(limit: number): void {
    this.#innerLimit = Math.min(limit, maxInnerPlaintextLength)
  }

  /**
   * Rejected early data cannot be opened and is skipped: RFC 9846 section 4.3.10.
   * @param maxBytes of ciphertext; beyond it a record that does not open is bad_record_mac as ever
   */
  skipUndecryptable(maxBytes: number): void {
    this.#skippableBytes = maxBytes
    // what was opened ahead counted on every record's taking a number
    this.#keys?.rewind(this.#keys.sequenceNumber - this.#inFlight)
    this.#forgetOpenedAhead()
    this.#openAhead()
  }

  /** The next record, or `undefined` at the end of the transport. @throws TlsError */
  async next(): Promise<InboundRecord | undefined> {
    for (;;) {
      if (this.#isForgotten) return undefined
      const head = this.#queue[0]
      if (!head) {
        if (this.#isEnded) return undefined
        await new Promise<void>((resolve) => {
          this.#wakeConsumer = resolve
        })
        continue
      }
      if ('failure' in head) throw head.failure
      const record = await this.#take(head)
      if (record) {
        await this.#yieldSometimes()
        return record
      }
    }
  }

  /** Stops reading; the transport is told why. */
  async cancel(reason: unknown): Promise<void> {
    this.#isEnded = true
    this.#wakeReader?.()
    this.#wakeConsumer?.()
    await this.#reader.cancel(reason)
  }

  async #take(head: Exclude<Queued, { failure: TlsError }>): Promise<InboundRecord | undefined> {
    const wireLength = head.fragment.length + recordHeaderLength
    const isProtected = this.#keys !== undefined && head.type === ContentType.application_data
    if (!isProtected) {
      this.#shift(head)
      // early data that a HelloRetryRequest has rejected: before there are any keys
      if (head.type === ContentType.application_data && !this.#keys && this.#skip(head.fragment.length))
        return undefined
      if (head.type === ContentType.handshake) this.#skippableBytes = 0
      if (head.type === ContentType.change_cipher_spec) this.#checkChangeCipherSpec(head.fragment)
      else this.#checkUnprotected(head)
      return { type: head.type, fragment: head.fragment, isProtected, wireLength }
    }
    if (!head.opened) this.#openAhead()
    let inner: Bytes
    try {
      inner = new Uint8Array(await this.#opened(head))
    } catch (cause) {
      //= rfc9846#section-4.3.10 4.3.10-6 4.3.10-11
      const isSkipped = this.#skip(head.fragment.length)
      this.#shift(head)
      if (isSkipped) return undefined
      //= rfc9846#section-5.2 5.2-3
      //= rfc9846#section-4.3.10 4.3.10-12 4.3.10-13
      //= rfc9846#section-4.7.3 4.7.3-8
      throw new TlsError('bad_record_mac', 'a record could not be decrypted: its authentication tag is wrong', {
        cause,
      })
    }
    this.#shift(head)
    this.#skippableBytes = 0
    this.#acceptsPlaintextAlert = false
    return { ...this.#removePadding(inner), isProtected, wireLength }
  }

  /** RFC 9846 sections 5.2 and 5.4: the last byte that is not zero is the content type. */
  #removePadding(inner: Bytes): { type: number; fragment: Bytes } {
    //= rfc9846#section-5.4 5.4-7
    if (inner.length > this.#innerLimit) {
      throw new TlsError(
        'record_overflow',
        `${inner.length} bytes in a record, where at most ${this.#innerLimit} may be`,
      )
    }
    let end = inner.length - 1
    //= rfc9846#section-5.4 5.4-5
    while (end >= 0 && inner[end] === 0) end--
    const type = inner[end]
    //= rfc9846#section-5.4 5.4-6
    if (type === undefined)
      throw new TlsError('unexpected_message', 'a record of padding alone, without a content type')
    // whoever keeps the content must not keep the padding, or a peer could fill the memory with a few bytes
    return { type, fragment: end < inner.length / 2 ? inner.slice(0, end) : inner.subarray(0, end) }
  }

  #checkUnprotected({ type, fragment }: { type: number; fragment: Bytes }): void {
    const what = nameOf(ContentType, type)
    if (this.#keys && !(this.#acceptsPlaintextAlert && type === ContentType.alert)) {
      throw new TlsError('unexpected_message', `an unprotected record of type ${what} after protection has begun`)
    }
    if (type === ContentType.application_data) {
      throw new TlsError('unexpected_message', 'application data before protection has begun')
    }
    //= rfc9846#section-5.1 5.1-17
    if (fragment.length > maxPlaintextLength) {
      throw new TlsError('record_overflow', `${fragment.length} bytes in an unprotected record of type ${what}`)
    }
  }

  /** RFC 9846 section 5: the single byte 0x01, unprotected, until the peer's Finished; and then dropped. */
  #checkChangeCipherSpec(fragment: Bytes): void {
    //= rfc9846#section-5 5-2 5-3
    if (!this.#acceptsChangeCipherSpec || fragment.length !== 1 || fragment[0] !== 1) {
      throw new TlsError('unexpected_message', 'a change_cipher_spec record that may not stand here')
    }
    if (++this.#changeCipherSpecs > maxChangeCipherSpecs) {
      throw new TlsError('too_many_messages', `more than ${maxChangeCipherSpecs} change_cipher_spec records`)
    }
  }
  #changeCipherSpecs = 0

  #skip(length: number): boolean {
    // a small record costs as much work as a larger one
    const cost = Math.max(length, leastSkippedBytes)
    if (this.#skippableBytes < cost) return false
    this.#skippableBytes -= cost
    // the record took no sequence number; nothing behind it has been opened
    this.#keys?.rewind(0)
    return true
  }

  #shift(head: Queued): void {
    this.#queue.shift()
    if ('fragment' in head) {
      this.#queuedBytes -= head.fragment.length + recordHeaderLength
      if (head.opened) this.#inFlight--
    }
    this.#openAhead()
    if (this.#queuedBytes < readAheadBytes) this.#wakeReader?.()
  }

  #forgetOpenedAhead(): void {
    for (const queued of this.#queue) if ('opened' in queued) queued.opened = undefined
    this.#inFlight = 0
  }

  #openAhead(): void {
    if (!this.#keys) return
    for (const queued of this.#queue) {
      // while records may have to be skipped, each one's number depends on the one before it
      if (this.#inFlight >= (this.#skippableBytes > 0 ? 1 : cryptoWindow)) return
      // the failure is met when the records before it are taken
      if ('failure' in queued) return
      if (queued.opened || queued.type !== ContentType.application_data) continue
      //= rfc9846#section-5.5 5.5-3
      queued.opened = this.#open(queued.fragment, queued.version)
      this.#inFlight++
    }
  }

  /** The window always has room for the record at the head. */
  #opened({ opened }: { opened: Promise<ArrayBuffer> | undefined }): Promise<ArrayBuffer> {
    return opened ?? Promise.reject(new TlsError('internal', 'a record was not opened'))
  }

  #open(fragment: Bytes, version: number): Promise<ArrayBuffer> {
    if (fragment.length < shortestCiphertext) return tooShort
    // it is part of the additional data, which has the one value that it may have
    //= rfc9846#section-E E-2 E-3
    if (version !== ProtocolVersion['TLSv1.2']) return ofAnotherVersion
    const opened = this.#keys?.open(fragment) ?? Promise.reject(new TlsError('internal', 'no keys to open a record'))
    // it counts only at the head of the queue; before that, or never, it must not show up as unhandled
    opened.catch(() => undefined)
    return opened
  }

  async #readAhead(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read()
        if (done || this.#isEnded) break
        const chunk = chunkBytes(value)
        if (!chunk)
          throw new TlsError('transport_failed', `the transport gave a value of type ${typeof value}, not bytes`)
        this.#frame(chunk)
        while (this.#queuedBytes >= readAheadBytes && !this.#isEnded) {
          await new Promise<void>((resolve) => {
            this.#wakeReader = resolve
          })
        }
      }
      if (!this.#framer.isAtBoundary && !this.#isEnded) {
        this.#queue.push({ failure: new TlsError('truncated', 'the transport ended within a record') })
      }
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      this.#queue.push({
        failure:
          cause instanceof TlsError
            ? cause
            : new TlsError('transport_failed', `the transport failed: ${message}`, { cause }),
      })
    }
    this.#isEnded = true
    this.#wakeConsumer?.()
  }

  #frame(chunk: Bytes): void {
    // a failure in the middle must not lose the records in front of it
    for (const { type, version, fragment } of this.#framer.push(chunk)) {
      this.#queue.push({ type, version, fragment, opened: undefined })
      this.#queuedBytes += fragment.length + recordHeaderLength
    }
    this.#openAhead()
    this.#wakeConsumer?.()
  }

  async #yieldSometimes(): Promise<void> {
    if (!yieldToEventLoop || ++this.#takenSinceYield < cryptoWindow) return
    this.#takenSinceYield = 0
    await yieldToEventLoop()
  }
}

/** A content type and its tag: RFC 9846 section 5.2. What is shorter needs no engine to be refused. */
const shortestCiphertext = 1 + tagLength
const tooShort = Promise.reject(new Error('the record is shorter than its authentication tag'))
tooShort.catch(() => undefined)
const ofAnotherVersion = Promise.reject(new Error('legacy_record_version of a protected record is not 0x0303'))
ofAnotherVersion.catch(() => undefined)

/** What each skipped record counts for at least: it bounds how many are decrypted in vain. */
const leastSkippedBytes = 256

/** Enough for any honest peer, which sends one. */
const maxChangeCipherSpecs = 32
