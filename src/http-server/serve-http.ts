import { acceptTls } from '../connection/accept-tls.js'
import type { DuplexStream } from '../connection/duplex-stream.js'
import { TlsServerConfig } from '../connection/server-config.js'
import { TlsError } from '../errors/tls-error.js'
import { ServerConnection } from './server-connection.js'
import {
  type HttpHandler,
  type HttpServerLimits,
  type HttpServerOptions,
  resolveHttpServerLimits,
} from './server-options.js'

/** A server at work. */
export interface HttpServer {
  /** Resolves when there is nothing left to serve; rejects with what ended the listener. Marked handled. */
  readonly finished: Promise<void>
  /** Connections now. */
  readonly connections: number
  /**
   * Takes no further connections and requests, answers those under way, and cuts what is not done after `graceMs`
   * (default 10 000).
   */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

/**
 * Answers HTTP/1.1 requests on a connection, or on all that a listener gives (`listen` of `webtls/node`,
 * `listenOnRelay` of `webtls/websocket`, any other), with the platform's Request and Response. Bodies stream both ways,
 * as fast as both sides take them.
 *
 * @param handler one call for each request
 * @example
 * const listener = await listenOnRelay('wss://relay.example.com/', { name: 'tab.example.com', token })
 * const server = serveHttp(listener, (request) => new Response(`Hello from ${request.url}`), { tls: config })
 */
export function serveHttp(
  what: DuplexStream | AsyncIterable<DuplexStream>,
  handler: HttpHandler,
  options: HttpServerOptions = {},
): HttpServer {
  return new ConnectionTaker(what, handler, options)
}

class ConnectionTaker implements HttpServer {
  readonly finished: Promise<void>
  readonly #handler: HttpHandler
  readonly #options: HttpServerOptions
  readonly #limits: HttpServerLimits
  readonly #tls: Promise<TlsServerConfig> | undefined
  /** Each with what ends it, before TLS and after. */
  readonly #open = new Set<Served>()
  #iterator: AsyncIterator<DuplexStream> | undefined
  #isClosing = false
  #roomMade: (() => void) | undefined

  constructor(what: DuplexStream | AsyncIterable<DuplexStream>, handler: HttpHandler, options: HttpServerOptions) {
    this.#handler = handler
    this.#options = options
    this.#limits = resolveHttpServerLimits(options.limits)
    const { tls, signal } = options
    if (tls instanceof TlsServerConfig) this.#tls = Promise.resolve(tls)
    else if (tls !== undefined) this.#tls = TlsServerConfig.create({ alpnProtocols: ['http/1.1'], ...tls })
    // met by each connection
    this.#tls?.catch(() => undefined)
    this.finished = this.#run(what)
    this.finished.catch(() => undefined)
    const onAbort = () => void this.close({ graceMs: 0 })
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort)
    const forget = () => signal?.removeEventListener('abort', onAbort)
    this.finished.then(forget, forget)
  }

  get connections(): number {
    return this.#open.size
  }

  async close({ graceMs = 10_000 }: { readonly graceMs?: number } = {}): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true
      this.#roomMade?.()
      this.#iterator?.return?.()?.catch(() => undefined)
      for (const { connection } of this.#open) connection?.stop()
    }
    const cutAll = () => {
      const error = new TlsError('closed', 'the server was closed')
      for (const each of this.#open) each.cut(error)
    }
    const timer = setTimeout(cutAll, graceMs)
    if (graceMs <= 0) cutAll()
    await this.finished.catch(() => undefined)
    clearTimeout(timer)
  }

  async #run(what: DuplexStream | AsyncIterable<DuplexStream>): Promise<void> {
    const serving = new Set<Promise<void>>()
    try {
      if (!(Symbol.asyncIterator in what)) {
        await this.#serve(what)
        return
      }
      this.#iterator = what[Symbol.asyncIterator]()
      while (!this.#isClosing) {
        const taken = await this.#iterator.next()
        if (taken.done) break
        const served = this.#serve(taken.value).finally(() => {
          serving.delete(served)
          this.#roomMade?.()
        })
        serving.add(served)
        while (serving.size >= this.#limits.maxConnections && !this.#isClosing) await this.#room()
      }
    } finally {
      await Promise.all(serving)
    }
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#roomMade = resolve
    })
  }

  /** Never rejects. */
  async #serve(connection: DuplexStream): Promise<void> {
    const { onResponse, onError } = this.#options
    const served: Served = { connection: undefined, cut: (error) => cutTransport(connection, error) }
    this.#open.add(served)
    try {
      const socket = this.#tls === undefined ? connection : acceptTls(connection, await this.#tls, this.#handshake)
      served.connection = new ServerConnection(socket, {
        handler: this.#handler,
        limits: this.#limits,
        connection,
        ...(onResponse && { onResponse }),
        ...(onError && { onError }),
      })
      served.cut = (error) => served.connection?.cut(error)
      if (this.#isClosing) served.connection.stop()
      await served.connection.run()
    } catch (error) {
      // the configuration could not be made
      cutTransport(connection, error)
      onError?.(error, connection)
    } finally {
      this.#open.delete(served)
    }
  }

  get #handshake() {
    return { handshakeTimeoutMilliseconds: this.#limits.handshakeTimeoutMs }
  }
}

interface Served {
  connection: ServerConnection | undefined
  cut: (error: unknown) => void
}

function cutTransport({ readable, writable }: DuplexStream, error: unknown): void {
  readable.cancel(error).catch(() => undefined)
  writable.abort(error).catch(() => undefined)
}
