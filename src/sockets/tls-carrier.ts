import type { TlsSocket } from '../connection/tls-socket.js'
import type { Carrier } from './carrier.js'
import type { SocketInfo } from './socket.js'
import { asTlsFailure, type SocketError } from './socket-error.js'

/** A TLS connection whose handshake is done. */
export class TlsCarrier implements Carrier {
  readonly info: SocketInfo
  readonly isSecure = true
  readonly failed: Promise<SocketError>
  readonly #tls: TlsSocket
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>

  constructor(tls: TlsSocket, info: SocketInfo) {
    this.info = info
    this.#tls = tls
    this.#reader = tls.readable.getReader()
    this.#writer = tls.writable.getWriter()
    for (const promise of [this.#reader.closed, this.#writer.closed, this.#writer.ready]) promise.catch(() => undefined)
    this.failed = new Promise((resolve) => {
      tls.closed.catch((cause: unknown) => resolve(asTlsFailure(cause)))
    })
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      return (await this.#reader.read()).value
    } catch (cause) {
      throw asTlsFailure(cause)
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#writer.write(bytes)
    } catch (cause) {
      throw asTlsFailure(cause)
    }
  }

  async end(): Promise<void> {
    try {
      await this.#writer.close()
    } catch (cause) {
      throw asTlsFailure(cause)
    }
  }

  stopReading(reason: unknown): void {
    this.#reader.cancel(reason).catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.#tls.close().catch(() => undefined)
  }

  abort(reason: unknown): void {
    this.#tls.close(reason ?? 'the socket was closed').catch(() => undefined)
  }
}
