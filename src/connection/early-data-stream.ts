import type { EarlyDataSink } from '../handshake/server/server-parameters.js'
import { type Bytes, noBytes } from '../wire/bytes.js'

/**
 * A server's 0-RTT data as a stream of its own: data that an attacker may have sent once already, at another server,
 * must not be taken for ordinary data by oversight (RFC 9846 section 8).
 */
export class EarlyDataStream implements EarlyDataSink {
  readonly readable: ReadableStream<Uint8Array>
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  /** What nobody has read, joined: a chunk for each record would take many times what a ticket allows. */
  #buffer: Bytes = noBytes
  #length = 0
  #isWanted = false
  #isEnded = false

  /** It holds as much as a ticket allows, so that the handshake never waits for whoever reads it. */
  constructor() {
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => {
          this.#isWanted = true
          this.#handOut()
        },
        cancel: () => {
          this.#isEnded = true
          this.#forget()
        },
      },
      { highWaterMark: 0 },
    )
  }

  async deliver(data: Bytes): Promise<void> {
    if (this.#isEnded || data.length === 0) return
    const length = this.#length + data.length
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#length))
      grown.set(this.#buffer.subarray(0, this.#length))
      this.#buffer = grown
    }
    this.#buffer.set(data, this.#length)
    this.#length = length
    this.#handOut()
  }

  /** What was delivered can still be read. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    if (this.#length === 0) this.#controller?.close()
  }

  fail(reason: unknown): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#forget()
    this.#controller?.error(reason)
  }

  #handOut(): void {
    if (!this.#isWanted || this.#length === 0) return
    const chunk = this.#buffer.slice(0, this.#length)
    this.#forget()
    this.#isWanted = false
    this.#controller?.enqueue(chunk)
    if (this.#isEnded) this.#controller?.close()
  }

  #forget(): void {
    this.#buffer = noBytes
    this.#length = 0
  }
}
