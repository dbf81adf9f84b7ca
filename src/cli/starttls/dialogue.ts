import type { DuplexStream } from '../../connection/duplex-stream.js'

/** The server did not go over to TLS, or did not speak the protocol that was expected. */
export class StartTlsError extends Error {
  override readonly name = 'StartTlsError'
}

/**
 * The talk in plaintext that some protocols have before TLS. Bytes may come in any portions; a line has a limit, and
 * nothing may come after the server's last word.
 */
export class Dialogue {
  readonly #stream: DuplexStream
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>
  #received: Uint8Array = new Uint8Array(0)

  constructor(stream: DuplexStream) {
    this.#stream = stream
    this.#reader = stream.readable.getReader()
    this.#writer = stream.writable.getWriter()
  }

  async byte(): Promise<number> {
    while (this.#received.length === 0) await this.#more()
    const byte = this.#received[0] ?? 0
    this.#received = this.#received.subarray(1)
    return byte
  }

  /** Without its end, which is LF or CRLF; as Latin-1. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#received.indexOf(lineFeed)
      if (end > maxLineLength || (end < 0 && this.#received.length > maxLineLength)) {
        throw new StartTlsError(`the server sent a line of more than ${maxLineLength} bytes`)
      }
      if (end >= 0) {
        const line = latin1.decode(this.#received.subarray(0, end))
        this.#received = this.#received.subarray(end + 1)
        return line.endsWith('\r') ? line.slice(0, -1) : line
      }
      await this.#more()
    }
  }

  async send(data: string | Uint8Array): Promise<void> {
    await this.#writer.write(typeof data === 'string' ? new TextEncoder().encode(data) : data)
  }

  /**
   * Gives the stream back, for TLS. What someone on the way put behind the server's last word would be taken for what
   * came through TLS (CVE-2011-0411, CVE-2021-23222): nothing may be there, as in TLS the client speaks first.
   */
  finish(): DuplexStream {
    if (this.#received.length > 0) {
      throw new StartTlsError('the server sent more plaintext after its consent to TLS: someone may have put it there')
    }
    this.#reader.releaseLock()
    this.#writer.releaseLock()
    return this.#stream
  }

  /** Ends the connection of a talk that failed. */
  abandon(reason: unknown): void {
    this.#reader.cancel(reason).catch(() => undefined)
    this.#writer.abort(reason).catch(() => undefined)
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#reader.read()
    if (done) throw new StartTlsError('the server closed the connection before TLS began')
    const joined = new Uint8Array(this.#received.length + value.length)
    joined.set(this.#received)
    joined.set(value, this.#received.length)
    this.#received = joined
  }
}

const latin1 = new TextDecoder('latin1')
const lineFeed = 0x0a
/** SMTP's replies have 512 bytes at most, IMAP's capabilities some more. */
const maxLineLength = 8192
