import type { EarlyDataSink } from '../handshake/server/server-parameters.js'
import type { Bytes } from '../wire/bytes.js'

/**
 * A server's 0-RTT data as a stream of its own: data that an attacker may have sent once already, at another server,
 * must not be taken for ordinary data by oversight (RFC 9846 section 8).
 */
export class EarlyDataStream implements EarlyDataSink {
  readonly readable: ReadableStream<Uint8Array>
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #isEnded = false

  /** It holds as much as a ticket allows, so that the handshake never waits for whoever reads it. */
  constructor() {
    this.readable = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller
      },
      cancel: () => {
        this.#isEnded = true
      },
    })
  }

  async deliver(data: Bytes): Promise<void> {
    if (!this.#isEnded && data.length > 0) this.#controller?.enqueue(data)
  }

  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#controller?.close()
  }

  fail(reason: unknown): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#controller?.error(reason)
  }
}
