import { TlsError } from '../errors/tls-error.js'
import { HandshakeType } from '../messages/code-points.js'
import { headerLength, messageName } from '../messages/handshake-message.js'
import { type Bytes, concatBytes, noBytes } from '../wire/bytes.js'

/**
 * Puts handshake messages together: they may be split over records and joined in one (RFC 9846 section 5.1). A
 * message's type and length are judged as soon as its header is there, before the rest is waited for.
 */
export class MessageJoiner {
  readonly #maxCertificateLength: number
  #pending: Bytes = noBytes
  #fragments: Bytes[] = []
  #fragmentsLength = 0

  /** @param maxCertificateLength of a Certificate message, in bytes; other messages have limits of their own */
  constructor(maxCertificateLength: number) {
    this.#maxCertificateLength = maxCertificateLength
  }

  /** Nothing of a message is waiting: what keys may be changed at, and other records may stand between. */
  get isEmpty(): boolean {
    return this.#pending.length + this.#fragmentsLength === 0
  }

  push(fragment: Bytes): void {
    // section 5.1: "Implementations MUST NOT send zero-length fragments of Handshake types"
    if (fragment.length === 0) throw new TlsError('unexpected_message', 'an empty record of type handshake')
    this.#fragments.push(fragment)
    this.#fragmentsLength += fragment.length
  }

  /** The next whole message, header included, or `undefined` while it is not complete. @throws TlsError */
  take(): Bytes | undefined {
    const available = this.#pending.length + this.#fragmentsLength
    if (available < headerLength) return undefined
    if (this.#pending.length < headerLength) this.#join()
    const length = headerLength + this.#bodyLength()
    if (available < length) return undefined
    if (this.#pending.length < length) this.#join()
    const message = this.#pending.subarray(0, length)
    this.#pending = this.#pending.subarray(length)
    return message
  }

  /** Only once the header and once the whole are there, so that tiny fragments cost no more than their bytes. */
  #join(): void {
    this.#pending = concatBytes(this.#pending, ...this.#fragments)
    this.#fragments = []
    this.#fragmentsLength = 0
  }

  #bodyLength(): number {
    const [type = 0, high = 0, middle = 0, low = 0] = this.#pending
    const name = messageName(type)
    const length = high * 65536 + middle * 256 + low
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
