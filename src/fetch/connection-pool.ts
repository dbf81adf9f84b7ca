import { TlsError } from '../errors/tls-error.js'
import type { HttpConnection } from './http-connection.js'

export interface PoolOptions {
  readonly maxConnections: number
  readonly idleTimeoutMs: number
  /** Opens another connection. */
  readonly open: (signal: AbortSignal) => Promise<HttpConnection>
}

/** The connections to one origin. Who waits is served in order. */
export class ConnectionPool {
  readonly #options: PoolOptions
  readonly #idle = new Map<HttpConnection, ReturnType<typeof setTimeout>>()
  readonly #waiting: (() => void)[] = []
  readonly #busy = new Set<HttpConnection>()
  readonly #opening = new Set<AbortController>()
  #isClosed = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  get isEmpty(): boolean {
    return this.#count === 0 && this.#waiting.length === 0
  }

  get #count(): number {
    return this.#idle.size + this.#busy.size + this.#opening.size
  }

  /**
   * A connection for one exchange, to be given back by `release` or `discard`. `isFresh`: one that was never used.
   * @throws what opening it failed with, or the signal's reason
   */
  async acquire(signal: AbortSignal, isFresh = false): Promise<HttpConnection> {
    for (;;) {
      signal.throwIfAborted()
      if (this.#isClosed) throw new TlsError('closed', 'this fetch was closed')
      const kept = isFresh ? undefined : this.#takeIdle()
      if (kept) return kept
      if (isFresh && this.#count >= this.#options.maxConnections) this.#takeIdle()?.close()
      if (this.#count < this.#options.maxConnections) return await this.#open(signal)
      await this.#turn(signal)
      // it is not taken: whoever waits behind has no other that wakes it
      if (signal.aborted) this.#next()
    }
  }

  /** After an exchange that left it at the next message. */
  release(connection: HttpConnection): void {
    this.#busy.delete(connection)
    const idleMs = Math.min(this.#options.idleTimeoutMs, connection.keepAliveMs)
    if (this.#isClosed || !connection.isUsable || idleMs <= 0) connection.close()
    else {
      connection.wasUsed = true
      this.#idle.set(
        connection,
        setTimeout(() => this.#dropIdle(connection), idleMs),
      )
      // a server that ends it, or says what nobody asked for, while it waits: it must not be used again
      const drop = () => this.#dropIdle(connection)
      connection.source.hasAny().then(drop, drop)
    }
    this.#next()
  }

  /** After an exchange that failed, or was not finished. */
  discard(connection: HttpConnection, reason: unknown): void {
    this.#busy.delete(connection)
    connection.destroy(reason)
    this.#next()
  }

  /** Ends what is idle, refuses what waits and, with a reason, cuts what is under way. */
  close(reason?: unknown): void {
    this.#isClosed = true
    for (const connection of [...this.#idle.keys()]) this.#dropIdle(connection)
    if (reason !== undefined) {
      for (const connection of this.#busy) connection.destroy(reason)
      for (const opening of this.#opening) opening.abort(reason)
    }
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** The one used last: the others may then grow old and go. */
  #takeIdle(): HttpConnection | undefined {
    for (const connection of [...this.#idle.keys()].reverse()) {
      clearTimeout(this.#idle.get(connection))
      this.#idle.delete(connection)
      if (connection.isUsable) {
        this.#busy.add(connection)
        return connection
      }
      connection.close()
    }
    return undefined
  }

  async #open(signal: AbortSignal): Promise<HttpConnection> {
    const opening = new AbortController()
    const onAbort = () => opening.abort(signal.reason)
    signal.addEventListener('abort', onAbort)
    this.#opening.add(opening)
    try {
      const connection = await this.#options.open(opening.signal)
      if (opening.signal.aborted) {
        connection.destroy(opening.signal.reason)
        throw opening.signal.reason
      }
      this.#busy.add(connection)
      return connection
    } catch (error) {
      queueMicrotask(() => this.#next())
      throw error
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#opening.delete(opening)
    }
  }

  /** Waits until something was given back. */
  async #turn(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const wake = () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(wake), 1)
        reject(signal.reason)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(wake)
    })
  }

  #dropIdle(connection: HttpConnection): void {
    const timer = this.#idle.get(connection)
    // in use again: the byte that woke the watcher is that of an answer
    if (timer === undefined) return
    clearTimeout(timer)
    this.#idle.delete(connection)
    connection.close()
    this.#next()
  }

  #next(): void {
    this.#waiting.shift()?.()
  }
}
