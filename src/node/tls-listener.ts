import type { Server, Socket } from 'node:net'
import type { TlsServerConfig } from '../connection/server-config.js'
import { asTlsError, TlsError } from '../errors/tls-error.js'
import { Arrival, refuse } from './arrival.js'
import type {
  AcceptedTlsSocket,
  ConnectionAddress,
  ListenAddress,
  ListenLimits,
  ListenOptions,
} from './listen-options.js'
import { transportFailed } from './socket-errors.js'

/** A server at work. Leaving the loop over it stops listening and refuses what was not taken yet. */
export interface TlsListener extends AsyncIterable<AcceptedTlsSocket> {
  /** `undefined` until a `net.Server` of yours listens, and after closing. */
  readonly address: ListenAddress | undefined
  status(): ListenerStatus
  /**
   * Takes no more connections at once. Handshakes under way may still end, and be iterated; sockets that were taken
   * have `graceMs` (default 10 000) to close and are then cut. A second call can only shorten that. Resolves when
   * nothing is left.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

/** Connections by what they do. */
export interface ListenerStatus {
  readonly waiting: number
  readonly handshakes: number
  readonly ready: number
  /** All of them, those in use too. */
  readonly connections: number
}

interface Settings extends ListenOptions {
  readonly limits: ListenLimits
}

type Result = IteratorResult<AcceptedTlsSocket, undefined>

export class SocketListener implements TlsListener {
  readonly #server: Server
  readonly #config: TlsServerConfig
  readonly #settings: Settings
  readonly #tcp = new Set<Socket>()
  readonly #waiting = new Set<Arrival>()
  readonly #handshakes = new Set<Arrival>()
  readonly #ready: AcceptedTlsSocket[] = []
  /** Opened, and their TCP connection not closed yet. */
  readonly #open = new Set<AcceptedTlsSocket>()
  readonly #takers: ((result: Result) => void)[] = []
  readonly #emptied: (() => void)[] = []
  #isClosing = false

  constructor(server: Server, config: TlsServerConfig, settings: Settings) {
    this.#server = server
    this.#config = config
    this.#settings = settings
    server.on('connection', (tcp) => this.#arrived(tcp))
    server.on('error', (cause) => this.#report(transportFailed('a connection could not be accepted', cause), undefined))
    server.once('close', () => this.#stop())
    settings.signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  get address(): ListenAddress | undefined {
    const address = this.#server.address()
    if (address === null) return undefined
    return typeof address === 'string' ? { path: address } : { host: address.address, port: address.port }
  }

  status(): ListenerStatus {
    return {
      waiting: this.#waiting.size,
      handshakes: this.#handshakes.size,
      ready: this.#ready.length,
      connections: this.#tcp.size,
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<AcceptedTlsSocket, undefined> {
    return {
      next: () => this.#next(),
      return: async () => {
        // the consumer wants no more: what it has taken is its own, the rest would wait for no one
        this.#stop()
        this.#endUntaken()
        return { done: true, value: undefined }
      },
    }
  }

  async close({ graceMs = 10_000 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#stop()
    const deadline = setTimeout(() => this.#endAll(), graceMs)
    deadline.unref()
    if (graceMs <= 0) this.#endAll()
    await new Promise<void>((resolve) => {
      this.#emptied.push(resolve)
      this.#settle()
    })
    clearTimeout(deadline)
  }

  #arrived(tcp: Socket): void {
    const { limits } = this.#settings
    if (this.#isClosing) {
      refuse(tcp)
      return
    }
    const arrival = new Arrival(tcp, limits.handshakeTimeoutMs, (error) => {
      this.#waiting.delete(arrival)
      refuse(tcp)
      this.#report(error, arrival.address)
    })
    if (this.#tcp.size >= limits.connections) {
      const tooMany = new TlsError('transport_failed', `refused: there are ${limits.connections} connections already`)
      arrival.end(tooMany)
      this.#report(tooMany, arrival.address)
      return
    }
    this.#tcp.add(tcp)
    tcp.once('close', () => {
      this.#tcp.delete(tcp)
      this.#settle()
    })
    this.#waiting.add(arrival)
    this.#begin()
  }

  /** As many handshakes as may be: who is opened must find a place among the ready. */
  #begin(): void {
    const { limits } = this.#settings
    for (const arrival of this.#waiting) {
      const untaken = this.#handshakes.size + this.#ready.length - this.#takers.length
      if (this.#handshakes.size >= limits.handshakes || untaken >= limits.ready) return
      this.#waiting.delete(arrival)
      this.#handshakes.add(arrival)
      void this.#handshake(arrival)
    }
  }

  async #handshake(arrival: Arrival): Promise<void> {
    try {
      const socket = await arrival.handshake(this.#config)
      this.#open.add(socket)
      const forget = () => this.#open.delete(socket)
      socket.closed.then(forget, forget)
      const taker = this.#takers.shift()
      if (taker) taker({ done: false, value: socket })
      else this.#ready.push(socket)
    } catch (error) {
      this.#report(asTlsError(error), arrival.address)
    } finally {
      this.#handshakes.delete(arrival)
      this.#begin()
      this.#settle()
    }
  }

  async #next(): Promise<Result> {
    const socket = this.#ready.shift()
    if (!socket) {
      return await new Promise<Result>((resolve) => {
        this.#takers.push(resolve)
        this.#begin()
        this.#settle()
      })
    }
    this.#begin()
    this.#settle()
    return { done: false, value: socket }
  }

  #stop(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#settings.signal?.removeEventListener('abort', this.#onAbort)
    if (this.#server.listening) this.#server.close()
    // they have waited in vain, but another server may take them
    for (const arrival of this.#waiting) arrival.end(closing)
    this.#waiting.clear()
    this.#settle()
  }

  #endUntaken(): void {
    for (const arrival of this.#handshakes) arrival.end(closing)
    for (const socket of this.#ready.splice(0)) void socket.close(closing)
    this.#settle()
  }

  #endAll(): void {
    this.#endUntaken()
    for (const socket of this.#open) void socket.close(closing)
    // a peer that does not take its alert
    const timer = setTimeout(() => {
      for (const tcp of this.#tcp) tcp.destroy()
    }, farewellMs)
    timer.unref()
  }

  /** Tells those who wait for the end, when it has come. */
  #settle(): void {
    if (!this.#isClosing) return
    if (this.#handshakes.size + this.#ready.length === 0) {
      for (const taker of this.#takers.splice(0)) taker({ done: true, value: undefined })
    }
    if (this.#tcp.size === 0 && this.#handshakes.size === 0) {
      for (const resolve of this.#emptied.splice(0)) resolve()
    }
  }

  #report(error: TlsError, address: ConnectionAddress | undefined): void {
    try {
      // it may be an async function whatever its type says
      const told: unknown = this.#settings.onError?.(error, address)
      if (told instanceof Promise) told.catch(warn)
    } catch (thrown) {
      warn(thrown)
    }
  }

  readonly #onAbort = (): void => {
    void this.close({ graceMs: 0 })
  }
}

/** The callback's own bug: it must show, and must not end the server. */
const warn = (thrown: unknown) => process.emitWarning(thrown instanceof Error ? thrown : String(thrown))

const closing = new TlsError('closed', 'the server shuts down')
/** How long a peer may take its alert after the deadline. */
const farewellMs = 500
