import type { Bytes } from './bytes.js'

/** What a codec throws; `decode` turns it into a TlsError with the path of the field. */
export class WireFormatError extends Error {
  readonly path: string[] = []
}

/** A cursor over received bytes. It never reads past the end and hands out views, so it allocates nothing. */
export class ByteReader {
  readonly #bytes: Bytes
  #offset = 0

  constructor(bytes: Bytes) {
    this.#bytes = bytes
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  get isAtEnd(): boolean {
    return this.remaining === 0
  }

  uint(byteLength: 1 | 2 | 3 | 4): number {
    const bytes = this.view(byteLength)
    let value = 0
    // multiplication, since a shift would make the fourth byte a sign
    for (const byte of bytes) value = value * 256 + byte
    return value
  }

  view(byteLength: number): Bytes {
    if (byteLength > this.remaining) {
      throw new WireFormatError(`${byteLength} bytes are announced, ${this.remaining} are there`)
    }
    const view = this.#bytes.subarray(this.#offset, this.#offset + byteLength)
    this.#offset += byteLength
    return view
  }

  /** A reader over the next `byteLength` bytes alone. */
  sub(byteLength: number): ByteReader {
    return new ByteReader(this.view(byteLength))
  }
}
