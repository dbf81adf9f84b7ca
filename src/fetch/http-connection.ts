import type { TlsClientConfig } from '../connection/client-config.js'
import { connectTls } from '../connection/connect-tls.js'
import type { TlsSocket, TlsSocketInfo } from '../connection/tls-socket.js'
import { TlsError } from '../errors/tls-error.js'
import { ByteSource } from '../http/byte-source.js'
import { HttpError } from '../http/http-error.js'
import type { FetchSettings } from './fetch-options.js'
import { TimeLimit } from './time-limit.js'

/** A TLS connection on which requests go one after another; never two at once (no pipelining). */
export class HttpConnection {
  readonly info: TlsSocketInfo
  readonly source: ByteSource
  readonly writer: WritableStreamDefaultWriter<Uint8Array>
  /** Whether an exchange was done on it before: the server may be about to close it. */
  wasUsed = false
  /** How long the server says that it keeps it, in milliseconds. */
  keepAliveMs = Number.POSITIVE_INFINITY
  readonly #socket: TlsSocket
  readonly #listeners = new Set<(reason: unknown) => void>()
  #isDestroyed = false

  private constructor(socket: TlsSocket, info: TlsSocketInfo) {
    this.#socket = socket
    this.info = info
    this.source = new ByteSource(socket.readable)
    this.writer = socket.writable.getWriter()
    // a failure is met by whoever reads or writes
    this.writer.closed.catch(() => undefined)
    this.writer.ready.catch(() => undefined)
  }

  /** @throws TlsError, or the signal's reason */
  static async open(
    settings: FetchSettings,
    target: { readonly host: string; readonly port: number },
    config: TlsClientConfig,
    signal: AbortSignal,
  ): Promise<HttpConnection> {
    const ended = new AbortController()
    const onAbort = () => ended.abort(signal.reason)
    if (signal.aborted) throw signal.reason
    signal.addEventListener('abort', onAbort)
    const limit = new TimeLimit(settings.connectTimeoutMs, () => {
      ended.abort(new HttpError('timed_out', `no connection to ${target.host} in ${settings.connectTimeoutMs} ms`))
    })
    limit.start()
    try {
      // a function that throws is a failure to dial like one that rejects
      const dialled = (async () => await settings.dial({ ...target, signal: ended.signal }))()
      const socket = connectTls(dialled, config, { signal: ended.signal })
      return new HttpConnection(socket, await socket.opened)
    } catch (error) {
      throw ended.signal.aborted ? ended.signal.reason : error
    } finally {
      // the connection outlives the request that it was opened for
      limit.stop()
      signal.removeEventListener('abort', onAbort)
    }
  }

  get isDestroyed(): boolean {
    return this.#isDestroyed
  }

  get isUsable(): boolean {
    return !this.#isDestroyed && this.source.heldBytes === 0
  }

  /** Says close_notify: nothing is under way. */
  close(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    this.source.fail(new TlsError('closed', 'the connection is closed'))
    this.#socket.close().catch(() => undefined)
  }

  /** Cuts it: whoever reads or writes gets the reason. */
  destroy(reason: unknown): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    this.source.fail(reason)
    this.#socket.close(reason ?? 'no longer wanted').catch(() => undefined)
    for (const tell of this.#listeners) tell(reason)
  }

  /** Told when it is cut, though nobody reads or writes. @returns takes the listener away */
  onDestroyed(listener: (reason: unknown) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
