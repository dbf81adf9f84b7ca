import { TlsError } from '../errors/tls-error.js'
import { HandshakeType } from '../messages/code-points.js'
import { headerLength, type MessageName, messageName } from '../messages/handshake-message.js'
import { type Bytes, noBytes } from '../wire/bytes.js'

/**
 * Puts handshake messages together: they may be split over records and joined in one (RFC 9846 section 5.1). A
 * message's type and length are judged as soon as its header is there, before the rest is waited for.
 */
export class MessageJoiner {
  readonly #maxCertificateLength: number
  /** Fragments are copied here, so that a tiny one does not keep a whole record alive. */
  #buffer: Bytes = noBytes
  #start = 0
  #end = 0

  /** @param maxCertificateLength of a Certificate message, in bytes; other messages have limits of their own */
  constructor(maxCertificateLength: number) {
    this.#maxCertificateLength = maxCertificateLength
  }

  /** Nothing of a message is waiting: what keys may be changed at, and other records may stand between. */
  get isEmpty(): boolean {
    return this.#start === this.#end
  }

  push(fragment: Bytes): void {
    // section 5.1: "Implementations MUST NOT send zero-length fragments of Handshake types"
    //= rfc9846#section-5.4 5.4-4
    if (fragment.length === 0) throw new TlsError('unexpected_message', 'an empty record of type handshake')
    this.#reserve(fragment.length)
    this.#buffer.set(fragment, this.#end)
    this.#end += fragment.length
  }

  /**
   * The next whole message, header included, or `undefined` while it is not complete.
   * @param isExpected whether a message may come at all: of one that may not, the header alone is given, to be refused
   */
  take(isExpected: (name: MessageName) => boolean = () => true): Bytes | undefined {
    const available = this.#end - this.#start
    if (available < headerLength) return undefined
    const length = headerLength + this.#bodyLength(isExpected)
    if (available < length) return undefined
    const message = this.#buffer.slice(this.#start, this.#start + length)
    this.#start += length
    if (this.isEmpty) {
      this.#buffer = noBytes
      this.#start = 0
      this.#end = 0
    }
    return message
  }

  /** It grows with what has come, not with what was announced. */
  #reserve(extra: number): void {
    if (this.#end + extra <= this.#buffer.length) return
    const waiting = this.#buffer.subarray(this.#start, this.#end)
    const grown = new Uint8Array(Math.max(waiting.length + extra, 2 * waiting.length))
    grown.set(waiting)
    this.#buffer = grown
    this.#start = 0
    this.#end = waiting.length
  }

  #bodyLength(isExpected: (name: MessageName) => boolean): number {
    const [type = 0, high = 0, middle = 0, low = 0] = this.#buffer.subarray(this.#start)
    const name = messageName(type)
    const length = high * 65536 + middle * 256 + low
    // what may not come is refused as that, whatever length it announces
    if (!isExpected(name)) return 0
    const limit = limits.get(type) ?? this.#maxCertificateLength
    if (length > limit) {
      throw new TlsError('message_too_large', `${name} announces ${length} bytes, where at most ${limit} are taken`)
    }
    return length
  }
}

/** Generous for what honest peers send; a Certificate's limit is configured. */
const limits: ReadonlyMap<number, number> = new Map([
  [HandshakeType.client_hello, 2 ** 16],
  [HandshakeType.server_hello, 2 ** 14],
  [HandshakeType.new_session_ticket, 2 ** 17],
  [HandshakeType.end_of_early_data, 2 ** 8],
  [HandshakeType.encrypted_extensions, 2 ** 16],
  [HandshakeType.certificate_request, 2 ** 17],
  [HandshakeType.certificate_verify, 2 ** 14],
  [HandshakeType.finished, 2 ** 8],
  [HandshakeType.key_update, 2 ** 8],
])
