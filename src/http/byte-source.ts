import { HttpError, type HttpErrorCode } from './http-error.js'

/**
 * A stream of bytes, read by lines and by pieces. It holds what was read of a line that is not whole, or one chunk of
 * the stream, never more: nothing is read ahead of what is asked for.
 */
export class ByteSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  /** Bytes `#start` to `#end` of it are held. What lies before was handed out and is never written again. */
  #buffer: Uint8Array = new Uint8Array(0)
  #start = 0
  #end = 0
  #ownBuffer: Uint8Array | undefined
  #reading: Promise<boolean> | undefined
  #failure: { readonly error: unknown } | undefined

  constructor(readable: ReadableStream<Uint8Array>) {
    this.#reader = readable.getReader()
  }

  /** Bytes that came and were not asked for yet. */
  get heldBytes(): number {
    return this.#end - this.#start
  }

  /**
   * Up to CRLF, which is left out; each byte is one code unit. A bare CR or LF is refused: two readers could disagree
   * about it (RFC 9112 section 2.2).
   * @param limit in bytes, without the CRLF. @param tooLong the code for a line beyond it
   */
  async line(limit: number, tooLong: HttpErrorCode): Promise<string> {
    for (let searched = 0; ; ) {
      const held = this.#buffer.subarray(this.#start, this.#end)
      const end = held.indexOf(lineFeed, searched)
      if (end >= 0 ? end - 1 > limit : held.length > limit + 1) {
        throw new HttpError(tooLong, `a line is longer than ${limit} bytes`)
      }
      if (end >= 0) {
        const line = held.subarray(0, end - 1)
        if (held[end - 1] !== carriageReturn || line.includes(carriageReturn)) {
          throw new HttpError('malformed', 'a line ends without CR LF, or has a CR within')
        }
        this.#start += end + 1
        return latin1(line)
      }
      searched = held.length
      if (!(await this.hasMore())) throw new HttpError('incomplete', 'the connection ended within a message')
    }
  }

  /** The next bytes, at least one and at most `limit`; `undefined` at the end of the stream. */
  async some(limit: number): Promise<Uint8Array | undefined> {
    if (!(await this.hasAny())) return undefined
    const piece = this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + limit))
    this.#start += piece.length
    return piece
  }

  /** Whether a byte is there, or comes: false at the end of the stream. Takes nothing. */
  async hasAny(): Promise<boolean> {
    while (this.heldBytes === 0) if (!(await this.hasMore())) return false
    this.#throwFailure()
    return true
  }

  /** Waits for bytes beyond those held: false at the end of the stream. Takes nothing. */
  async hasMore(): Promise<boolean> {
    this.#throwFailure()
    // one read at a time, shared by those who wait: what watches an idle connection and what then reads from it
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    const cameMore = await this.#reading
    this.#throwFailure()
    return cameMore
  }

  /** Ends it: whoever reads, or will, gets the error. */
  fail(error: unknown): void {
    if (this.#failure) return
    this.#failure = { error }
    this.#reader.cancel(error).catch(() => undefined)
  }

  /** What is held, and then the rest of the stream: for what follows an upgrade. The source cannot be used any more. */
  intoReadable(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const piece = await this.some(Number.POSITIVE_INFINITY)
          if (piece === undefined) controller.close()
          else controller.enqueue(piece)
        },
        cancel: (reason) => this.#reader.cancel(reason),
      },
      { highWaterMark: 0 },
    )
  }

  async #read(): Promise<boolean> {
    const { done, value } = await this.#reader.read()
    if (done) return false
    if (this.heldBytes === 0) {
      this.#buffer = value
      this.#start = 0
      this.#end = value.length
    } else this.#append(value)
    return true
  }

  /** Doubles the room when there is none, so that a line that comes byte by byte costs what its length says. */
  #append(chunk: Uint8Array): void {
    // the stream's chunks belong to others: only a buffer of our own is written to
    if (this.#buffer !== this.#ownBuffer || this.#end + chunk.length > this.#buffer.length) {
      const held = this.#buffer.subarray(this.#start, this.#end)
      this.#ownBuffer = new Uint8Array(Math.max(held.length + chunk.length, 2 * held.length))
      this.#ownBuffer.set(held)
      this.#buffer = this.#ownBuffer
      this.#start = 0
      this.#end = held.length
    }
    this.#buffer.set(chunk, this.#end)
    this.#end += chunk.length
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error
  }
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += maxArguments) {
    text += String.fromCharCode(...bytes.subarray(at, at + maxArguments))
  }
  return text
}

const lineFeed = 10
const carriageReturn = 13
/** Engines limit the arguments of a call. */
const maxArguments = 4096
