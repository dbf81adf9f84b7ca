import { TlsError } from '../errors/tls-error.js'
import { asBytes, type Bytes } from '../wire/bytes.js'

interface WriteSideHandler {
  /** Takes a chunk; resolves when the next may come. */
  write(data: Bytes): Promise<void>
  /** All is written: the write side ends. */
  close(): Promise<void>
  abort(reason: unknown): void
}

/** The application's `writable`. */
export class WriteSide {
  readonly writable: WritableStream<Uint8Array>
  #controller: WritableStreamDefaultController | undefined
  #pendingWrites = 0
  #isEnded = false
  #whenIdle: (() => void)[] = []

  constructor(handler: WriteSideHandler) {
    this.writable = new WritableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        write: async (chunk) => {
          try {
            await handler.write(checkChunk(chunk))
          } finally {
            this.#pendingWrites--
            if (this.#pendingWrites === 0) this.#tellIdle()
          }
        },
        close: async () => {
          this.#isEnded = true
          await handler.close()
        },
        abort: (reason) => {
          this.#isEnded = true
          this.#tellIdle()
          handler.abort(reason)
        },
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

  /** Whether the application has closed it. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Resolves when nothing that the application wrote is waiting. */
  async idle(): Promise<void> {
    if (this.#pendingWrites === 0 || this.#isEnded) return
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve))
  }

  /** No more can be written. */
  fail(error: TlsError): void {
    this.#isEnded = true
    this.#controller?.error(error)
    this.#tellIdle()
  }

  #tellIdle(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve()
  }
}

function checkChunk(chunk: unknown): Bytes {
  if (chunk instanceof Uint8Array || chunk instanceof ArrayBuffer) return asBytes(chunk)
  if (ArrayBuffer.isView(chunk)) return asBytes(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))
  throw new TlsError('invalid_argument', `what is written must be a Uint8Array, not ${describe(chunk)}`)
}

const describe = (value: unknown): string => (value === null ? 'null' : `a value of type ${typeof value}`)
