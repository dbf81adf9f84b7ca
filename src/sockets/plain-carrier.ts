import type { DuplexStream } from '../connection/duplex-stream.js'
import { within } from '../connection/within.js'
import { messageBytes } from '../transports/web-socket-like.js'
import type { Carrier } from './carrier.js'
import type { SocketInfo } from './socket.js'
import { asSocketError, SocketError } from './socket-error.js'
import { upgradedTransport } from './upgraded-transport.js'

/** The raw connection as it is. It keeps the transport's locks for good, also under TLS: no read is ever abandoned. */
export class PlainCarrier implements Carrier {
  readonly info: SocketInfo
  readonly isSecure = false
  readonly failed: Promise<SocketError>
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>
  /** The read in flight, which belongs to whoever takes its result. */
  #next: Promise<ReadableStreamReadResult<Uint8Array>> | undefined
  #isUpgraded = false

  constructor({ readable, writable }: DuplexStream, info: SocketInfo) {
    this.info = info
    this.#reader = readable.getReader()
    this.#writer = writable.getWriter()
    this.failed = new Promise((resolve) => {
      const onFailure = (cause: unknown) => resolve(lost(cause))
      this.#reader.closed.catch(onFailure)
      this.#writer.closed.catch(onFailure)
    })
    this.#writer.ready.catch(() => undefined)
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await this.#peek()
      // it came for TLS, which takes it from here
      if (this.#isUpgraded) return undefined
      this.#next = undefined
      if (done) return undefined
      const bytes = messageBytes(value)
      if (bytes) return bytes
      throw new SocketError('connection_failed', 'the transport gave something that is no bytes')
    } catch (cause) {
      throw lost(cause)
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      // a transport may keep what it was given; the caller may use its buffer again once the write is done
      await this.#writer.write(Uint8Array.from(bytes))
    } catch (cause) {
      throw lost(cause)
    }
  }

  async end(): Promise<void> {
    try {
      await this.#end()
    } catch (cause) {
      throw lost(cause)
    }
  }

  stopReading(reason: unknown): void {
    this.#reader.cancel(reason).catch(() => undefined)
  }

  async close(): Promise<void> {
    // before the end is said: a transport that must first get rid of what arrives can then see to both
    this.stopReading(undefined)
    if (!(await within(closeMilliseconds, this.#end()).catch(() => false))) this.abort(undefined)
  }

  abort(reason: unknown): void {
    this.#writer.abort(reason).catch(() => undefined)
    this.stopReading(reason)
  }

  /** Gives the connection to TLS. @param hasUnread whether plaintext is left that nobody read */
  upgrade(hasUnread: () => boolean): DuplexStream {
    this.#isUpgraded = true
    return upgradedTransport({
      hasUnread,
      writer: this.#writer,
      read: async () => {
        const result = await this.#peek()
        this.#next = undefined
        return result
      },
      cancel: (reason) => this.#reader.cancel(reason),
    })
  }

  #end(): Promise<void> {
    this.#ending ??= this.#writer.close()
    return this.#ending
  }
  #ending: Promise<void> | undefined

  #peek(): Promise<ReadableStreamReadResult<Uint8Array>> {
    this.#next ??= this.#reader.read()
    return this.#next
  }
}

const lost = (cause: unknown) => asSocketError(cause, 'connection_lost')

/** How long the transport may take to end, in milliseconds. */
const closeMilliseconds = 30_000
