import { TlsError } from '../errors/tls-error.js'
import { ContentType } from '../messages/code-points.js'
import type { Bytes } from '../wire/bytes.js'
import { maxCiphertextLength, recordHeaderLength } from './limits.js'

/** A record as it stands on the wire: its header's type, and what follows the header. */
export interface RawRecord {
  readonly type: number
  /** legacy_record_version: no one looks at it, but it is authenticated where there is protection. */
  readonly version: number
  readonly fragment: Bytes
}

/**
 * Cuts a byte stream into records. What lies whole in a chunk is handed out as a view of it; only a record that is
 * split over chunks is copied, into a buffer of just its length, which was checked before.
 */
export class RecordFramer {
  readonly #header: Bytes = new Uint8Array(recordHeaderLength)
  #headerFilled = 0
  #body: Bytes | undefined
  #bodyFilled = 0

  /** Whether the stream could end here without cutting a record. */
  get isAtBoundary(): boolean {
    return this.#headerFilled === 0
  }

  /** @throws TlsError when a header cannot be that of a TLS record; records before it have been yielded */
  *push(chunk: Bytes): Generator<RawRecord> {
    let offset = 0
    while (offset < chunk.length) {
      if (this.#headerFilled < recordHeaderLength) {
        const taken = Math.min(recordHeaderLength - this.#headerFilled, chunk.length - offset)
        this.#header.set(chunk.subarray(offset, offset + taken), this.#headerFilled)
        this.#headerFilled += taken
        offset += taken
        // the first byte tells whether this is TLS at all: no need to wait for four more
        checkContentType(this.#header)
        if (this.#headerFilled < recordHeaderLength) return
      }
      const type = this.#header[0] ?? 0
      //= rfc9846#section-5.1 5.1-15
      //= rfc9846#section-E E-1
      //= rfc9846#section-E.2 E.2-4
      const version = versionOf(this.#header)
      const length = checkLength(this.#header)
      if (!this.#body && chunk.length - offset >= length) {
        this.#headerFilled = 0
        yield { type, version, fragment: chunk.subarray(offset, offset + length) }
        offset += length
        continue
      }
      this.#body ??= new Uint8Array(length)
      const taken = Math.min(length - this.#bodyFilled, chunk.length - offset)
      this.#body.set(chunk.subarray(offset, offset + taken), this.#bodyFilled)
      this.#bodyFilled += taken
      offset += taken
      if (this.#bodyFilled === length) {
        const fragment = this.#body
        this.#body = undefined
        this.#bodyFilled = 0
        this.#headerFilled = 0
        yield { type, version, fragment }
      }
    }
    // a header that announces nothing is a whole record
    if (this.#headerFilled === recordHeaderLength && !this.#body && checkLength(this.#header) === 0) {
      this.#headerFilled = 0
      yield { type: this.#header[0] ?? 0, version: versionOf(this.#header), fragment: new Uint8Array(0) }
    }
  }
}

/** RFC 9846 section 5: "If a TLS implementation receives an unexpected record type, it MUST terminate the connection". */
function checkContentType(header: Bytes): void {
  const type = header[0] ?? 0
  //= rfc9846#section-5 5-5
  //= rfc9846#section-E.5 E.5-6 E.5-7
  if (type < ContentType.change_cipher_spec || type > ContentType.application_data) {
    const hint = type >= 0x20 && type < 0x7f ? `: the other side does not speak TLS (its answer starts with text)` : ''
    throw new TlsError('unexpected_message', `a record of type ${type}${hint}`)
  }
}

function checkLength(header: Bytes): number {
  const length = ((header[3] ?? 0) << 8) | (header[4] ?? 0)
  //= rfc9846#section-5.2 5.2-2 5.2-5
  if (length > maxCiphertextLength) {
    throw new TlsError('record_overflow', `a record of ${length} bytes, where at most ${maxCiphertextLength} may stand`)
  }
  return length
}

const versionOf = (header: Bytes): number => ((header[1] ?? 0) << 8) | (header[2] ?? 0)
