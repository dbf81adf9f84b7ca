import { TlsError } from '../errors/tls-error.js'
import { type Bytes, chunkBytes } from '../wire/bytes.js'

interface WriteSideHandler {
  /** Takes a chunk; resolves when the next may come. */
  write(data: Bytes): Promise<void>
  /** All is written: the write side ends. */
  close(): Promise<void>
  /** The application gave it up, with `abort()`. */
  abort(reason: unknown): void
  /** The application wrote what cannot be written. */
  fail(error: TlsError): void
  /** What a chunk is in bytes, `undefined` if it cannot be written. Default: the bytes of any view or ArrayBuffer. */
  readonly toBytes?: (chunk: unknown) => Bytes | undefined
}

/** The application's `writable`. */
export class WriteSide {
  readonly writable: WritableStream<Uint8Array>
  #controller: WritableStreamDefaultController | undefined
  #pendingWrites = 0
  #isEnded = false
  #isWriting = false
  /** Set once no more is taken: how many of the chunks that wait were written before, and what later ones are told. */
  #last: { chunks: number; readonly reason: unknown } | undefined
  #whenIdle: (() => void)[] = []

  constructor(handler: WriteSideHandler) {
    this.writable = new WritableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
          // the sink's own abort waits for the write in flight, which may wait for a peer that does not read
          controller.signal.addEventListener('abort', () => {
            // not at once: abort() would take the stream for one that has failed before, and reject
            queueMicrotask(() => this.#abort(handler, controller.signal.reason))
          })
        },
        write: async (chunk) => {
          if (this.#last && this.#last.chunks-- <= 0) {
            const { reason } = this.#last
            this.fail(reason)
            throw reason
          }
          this.#isWriting = true
          try {
            await handler.write(checkChunk(chunk, handler))
          } finally {
            this.#isWriting = false
            this.#pendingWrites--
            if (this.#pendingWrites === 0) this.#tellIdle()
          }
        },
        close: async () => {
          this.#isEnded = true
          this.#tellIdle()
          await handler.close()
        },
        abort: (reason) => this.#abort(handler, reason),
      },
      {
        highWaterMark: 1,
        // called at each write() of the application: so the chunks still in the stream's own queue are counted too
        size: () => {
          this.#pendingWrites++
          return 1
        },
      },
    )
  }

  /**
   * Takes what was written before this call and nothing of what is written after it. Resolves when that is done, and
   * the stream, unless it has ended by itself, has failed with `reason`.
   */
  async drain(reason: unknown): Promise<void> {
    this.#last ??= { chunks: this.#pendingWrites - (this.#isWriting ? 1 : 0), reason }
    if (this.#pendingWrites > 0 && !this.#isEnded) await new Promise<void>((resolve) => this.#whenIdle.push(resolve))
    if (!this.#isEnded) this.fail(reason)
  }

  /** No more can be written. */
  fail(reason: unknown): void {
    this.#isEnded = true
    this.#controller?.error(reason)
    this.#tellIdle()
  }

  #abort(handler: WriteSideHandler, reason: unknown): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#tellIdle()
    handler.abort(reason)
  }

  #tellIdle(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve()
  }
}

/** A write that fails makes the stream useless for good: the connection could not even say that it ends. */
function checkChunk(chunk: unknown, handler: WriteSideHandler): Bytes {
  const bytes = (handler.toBytes ?? chunkBytes)(chunk)
  if (bytes) return bytes
  const error = new TlsError('invalid_argument', `what is written must be a Uint8Array, not ${describe(chunk)}`)
  handler.fail(error)
  throw error
}

const describe = (value: unknown): string => (value === null ? 'null' : `a value of type ${typeof value}`)
