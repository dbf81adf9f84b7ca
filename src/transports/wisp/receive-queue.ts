import type { TlsError } from '../../errors/tls-error.js'

export interface ReceiveQueueEvents {
  /** So many bytes more, or fewer, are kept here. */
  held(bytes: number): void
  /** The reader wants no more. */
  cancelled(): void
  /** The reader has come to the end, or to the error. */
  ended(): void
}

/**
 * What has come for a reader that cannot be waited for. Unlike in a stream's own queue, an error comes after the bytes
 * that came before it, and its owner knows how much it holds.
 */
export class ReceiveQueue {
  readonly readable: ReadableStream<Uint8Array>
  readonly #events: ReceiveQueueEvents
  readonly #chunks: (Uint8Array | undefined)[] = []
  #first = 0
  #source: ReadableStreamDefaultController<Uint8Array> | undefined
  #heldBytes = 0
  #isAsked = false
  /** No more bytes come: an end, or an error. */
  #ending: { readonly error: TlsError | undefined } | undefined
  #isOver = false

  constructor(events: ReceiveQueueEvents) {
    this.#events = events
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#source = controller
        },
        pull: () => {
          this.#isAsked = true
          this.#deliver()
        },
        cancel: () => {
          this.#isOver = true
          this.#clear()
          events.cancelled()
        },
      },
      // asked only by a read: all that waits is counted here
      { highWaterMark: 0 },
    )
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /** Whether the reader may still get bytes, or an end. */
  get isWanted(): boolean {
    return !this.#isOver
  }

  add(chunk: Uint8Array): void {
    if (this.#isOver || this.#ending !== undefined || chunk.byteLength === 0) return
    if (this.#isAsked && this.#isEmpty) this.#hand(chunk)
    else {
      this.#chunks.push(chunk)
      this.#account(costOf(chunk))
    }
  }

  end(error: TlsError | undefined): void {
    if (this.#isOver) return
    this.#ending ??= { error }
    this.#deliver()
  }

  /** An error at once, in place of what waits. */
  drop(error: TlsError): void {
    if (this.#isOver) return
    this.#clear()
    this.#ending = { error }
    this.#deliver()
  }

  get #isEmpty(): boolean {
    return this.#first === this.#chunks.length
  }

  #deliver(): void {
    const chunk = this.#chunks[this.#first]
    if (chunk !== undefined && this.#isAsked) {
      this.#chunks[this.#first] = undefined
      this.#first += 1
      if (this.#isEmpty || this.#first === compactedAt) this.#forget(this.#first)
      this.#account(-costOf(chunk))
      this.#hand(chunk)
    }
    if (this.#ending === undefined || !this.#isEmpty || this.#isOver) return
    this.#isOver = true
    if (this.#ending.error === undefined) this.#source?.close()
    else this.#source?.error(this.#ending.error)
    this.#events.ended()
  }

  #hand(chunk: Uint8Array): void {
    this.#isAsked = false
    this.#source?.enqueue(chunk)
  }

  #clear(): void {
    this.#forget(this.#chunks.length)
    this.#account(-this.#heldBytes)
  }

  #forget(count: number): void {
    this.#chunks.splice(0, count)
    this.#first = 0
  }

  #account(bytes: number): void {
    if (bytes === 0) return
    this.#heldBytes += bytes
    this.#events.held(bytes)
  }
}

/** Many small packets take more memory than their bytes. */
const costOf = (chunk: Uint8Array): number => chunk.byteLength + chunkOverhead
const chunkOverhead = 256
/** Places of chunks that were read are given up in portions of so many. */
const compactedAt = 1024
