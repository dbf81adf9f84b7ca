/**
 * A socket's `readable`. Nothing is read ahead: a chunk is fetched when someone asks for it, so that the peer's end is
 * noticed by who reads, and nothing of plaintext waits here when TLS begins.
 */
export class ReadSide {
  readonly readable: ReadableStream<Uint8Array>
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #isEnded = false

  constructor(handler: { pull(): Promise<void>; cancel(reason: unknown): void }) {
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => handler.pull(),
        cancel: (reason) => {
          this.#isEnded = true
          handler.cancel(reason)
        },
      },
      { highWaterMark: 0 },
    )
  }

  /** Whether a chunk waits: its reader gave the lock back before it came. */
  get hasUnread(): boolean {
    return (this.#controller?.desiredSize ?? 0) < 0
  }

  deliver(chunk: Uint8Array): void {
    if (!this.#isEnded) this.#controller?.enqueue(chunk)
  }

  /** What was delivered can still be read. */
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
