import type { TlsError } from '../errors/tls-error.js'
import type { Bytes } from '../wire/bytes.js'

/**
 * What is read ahead of the application, in bytes: enough that one who only writes still sees alerts and KeyUpdates,
 * little enough that a reader who stops is felt by the sender.
 */
const readAheadBytes = 64 * 1024
/** What a chunk counts for at least: one of a byte takes as much memory. */
const leastChunkBytes = 256

/** The application's `readable`. `deliver` waits while the application does not read: that is the backpressure. */
export class ReadSide {
  readonly readable: ReadableStream<Uint8Array>
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #wake: (() => void) | undefined
  #isEnded = false

  /** @param onCancel the application wants no more */
  constructor(onCancel: () => void) {
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => this.#wakeUp(),
        cancel: () => {
          this.#isEnded = true
          this.#wakeUp()
          onCancel()
        },
      },
      // what is held, not what was sent: else a peer that sends single bytes would have it all taken
      { highWaterMark: readAheadBytes, size: (chunk) => Math.max(chunk?.buffer.byteLength ?? 0, leastChunkBytes) },
    )
  }

  /** Data after the end, or after a cancel, is dropped. */
  async deliver(data: Bytes): Promise<void> {
    if (this.#isEnded || data.length === 0) return
    this.#controller?.enqueue(data)
    while (!this.#isEnded && (this.#controller?.desiredSize ?? 0) <= 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** What was delivered can still be read. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#controller?.close()
    this.#wakeUp()
  }

  fail(error: TlsError): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#controller?.error(error)
    this.#wakeUp()
  }

  #wakeUp(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}
