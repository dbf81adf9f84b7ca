import { HttpError } from './http-error.js'

/** A stream of bytes, read by lines and by pieces. */
export class ByteSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  #held: Uint8Array = new Uint8Array(0)

  constructor(readable: ReadableStream<Uint8Array>) {
    this.#reader = readable.getReader()
  }

  /** Up to CRLF, which is left out. A bare CR or LF is refused: two readers could disagree about it (RFC 9112 section 2.2). */
  async line(limit: number): Promise<string> {
    let searched = 0
    for (;;) {
      const end = this.#held.indexOf(lineFeed, searched)
      if (end >= 0) {
        if (end > limit) throw tooLong(limit)
        if (this.#held[end - 1] !== carriageReturn) throw new HttpError('malformed', 'a line ends without CR LF')
        const text = latin1(this.#held.subarray(0, end - 1))
        this.#held = this.#held.subarray(end + 1)
        if (text.includes('\r')) throw new HttpError('malformed', 'a line has a CR within')
        return text
      }
      if (this.#held.length > limit) throw tooLong(limit)
      searched = this.#held.length
      if (!(await this.#more())) throw new HttpError('incomplete', 'the connection ended within the head of the answer')
    }
  }

  /** The next bytes, at most `limit`; `undefined` at the end of the stream. */
  async some(limit: number): Promise<Uint8Array | undefined> {
    while (this.#held.length === 0) if (!(await this.#more())) return undefined
    const piece = this.#held.subarray(0, limit)
    this.#held = this.#held.subarray(piece.length)
    return piece
  }

  async cancel(reason?: unknown): Promise<void> {
    await this.#reader.cancel(reason)
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#reader.read()
    if (done) return false
    if (this.#held.length === 0) this.#held = value
    else {
      const joined = new Uint8Array(this.#held.length + value.length)
      joined.set(this.#held)
      joined.set(value, this.#held.length)
      this.#held = joined
    }
    return true
  }
}

const lineFeed = 10
const carriageReturn = 13
const tooLong = (limit: number) => new HttpError('too_large', `a line is longer than ${limit} bytes`)

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
}
