import type { Bytes } from './bytes.js'

/** Collects what codecs write. */
export class ByteWriter {
  #bytes: Bytes = new Uint8Array(256)
  #length = 0

  uint(byteLength: 1 | 2 | 3 | 4, value: number): void {
    if (!Number.isInteger(value) || value < 0 || value >= 256 ** byteLength) {
      throw new RangeError(`${value} does not fit into ${byteLength} bytes`)
    }
    this.#reserve(byteLength)
    for (let shift = byteLength - 1; shift >= 0; shift--) {
      this.#bytes[this.#length++] = Math.floor(value / 256 ** shift) & 0xff
    }
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
  }

  /** Writes a length of `lengthBytes` bytes in front of what `body` writes; its limits are in bytes. */
  withLength(lengthBytes: 1 | 2 | 3, min: number, max: number, body: () => void): void {
    const start = this.#length
    this.uint(lengthBytes, 0)
    body()
    const length = this.#length - start - lengthBytes
    if (length < min || length > max) throw new RangeError(`${length} bytes, where ${min} to ${max} may stand`)
    const end = this.#length
    this.#length = start
    this.uint(lengthBytes, length)
    this.#length = end
  }

  /** A copy of what was written. */
  finish(): Bytes {
    return this.#bytes.slice(0, this.#length)
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}
