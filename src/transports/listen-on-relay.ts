import { reportError } from '../errors/report-error.js'
import { TlsError } from '../errors/tls-error.js'
import { RelayError, type RelayErrorCode } from './relay-error.js'
import { initialCredit, tokenSubprotocolPrefix } from './relay-frames.js'
import { type ArrivingConnection, RelayRegistration } from './relay-registration.js'
import { asciiHost, base64url, unreachable, webSocketConstructor, webSocketUrl } from './relay-url.js'
import {
  type Registration,
  resumeSubprotocolPrefix,
  resumptionKeyLength,
  reverseSubprotocol,
} from './reverse-frames.js'
import { relayFailed, type WebSocketConstructor } from './web-socket-like.js'

export interface ListenOnRelayOptions {
  /** The name to serve: what clients send as SNI. */
  readonly name: string
  /** The token that the relay asks for this name. */
  readonly token: string
  /** Ends the listener whenever it is aborted, with all of its connections. */
  readonly signal?: AbortSignal
  /** How long a registration may take, in milliseconds. Default 30 000. */
  readonly timeoutMs?: number
  /** How many bytes a client may send ahead of the reader, in each connection. Default 256 KiB, at least 64 KiB. */
  readonly receiveWindowBytes?: number
  /** Connections that may wait to be taken; one more is refused. Default 64. */
  readonly backlog?: number
  /** How often the relay is asked for a sign of life, in milliseconds; two without end the WebSocket. Default 15 000. */
  readonly pingIntervalMs?: number
  /**
   * How long to wait before registering again when the relay was lost, in milliseconds: `min` at first, then twice as
   * long each time up to `max`, each with a random part. Default 500 to 30 000. `false`: the listener ends.
   */
  readonly reconnect?: { readonly minDelayMs?: number; readonly maxDelayMs?: number } | false
  /** Told of each change, with the error that led to it when there is one. */
  readonly onStatus?: (status: RelayListenerStatus, error: TlsError | undefined) => void
  /** npm's `ws` on Node 20, which has no WebSocket. Default: the platform's. */
  readonly WebSocket?: unknown
}

/** `closing`: no connections arrive any more, those there are have time to end. */
export type RelayListenerStatus = 'listening' | 'reconnecting' | 'closing' | 'closed'

/** A name that a page serves. Leaving the loop over it closes it; connections that were taken go on for `graceMs`. */
export interface RelayListener extends AsyncIterable<ArrivingConnection> {
  /** As it was registered, in lower case. */
  readonly name: string
  /** Where clients come to, if the relay told. */
  readonly port: number | undefined
  readonly status: RelayListenerStatus
  /** Now, those that wait to be taken included. */
  readonly connections: number
  /** Resolves after `close`; rejects with what ended it otherwise. Marked handled. */
  readonly closed: Promise<void>
  /** Gives the name back at once and cuts what has not ended after `graceMs` (default 10 000). */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

/**
 * Serves a name through a relay: an async iterable of the TCP connections that clients make to it, as pairs of byte
 * streams, for `acceptTls`. It resolves when the name is registered. When the relay is lost the connections fail with
 * `transport_failed`, and the name is registered again until that is refused.
 *
 * @param relayUrl for example `wss://relay.example.com/`
 * @throws TlsError `transport_failed` whose cause is a RelayError (`unauthorized`, `name_taken`, `relay_unreachable`, …),
 *   `invalid_argument`, `aborted`
 * @example
 * const listener = await listenOnRelay('wss://relay.example.com/', { name: 'tab.example.com', token })
 * for await (const connection of listener) serve(acceptTls(connection, config))
 */
export async function listenOnRelay(relayUrl: string | URL, options: ListenOnRelayOptions): Promise<RelayListener> {
  const listener = new NameListener(relayUrl, options)
  await listener.begin()
  return listener
}

type Result = IteratorResult<ArrivingConnection, undefined>

class NameListener implements RelayListener {
  readonly name: string
  readonly closed: Promise<void>
  readonly #url: URL
  readonly #options: ListenOnRelayOptions
  readonly #Constructor: WebSocketConstructor
  readonly #waiting: ArrivingConnection[] = []
  readonly #takers: { resolve(result: Result): void; reject(error: TlsError): void }[] = []
  /** The relay may not know yet that the WebSocket before is gone: this shows that it is the same page. */
  readonly #resume = resumeSubprotocolPrefix + base64url(crypto.getRandomValues(new Uint8Array(resumptionKeyLength)))
  #settleClosed: { resolve(): void; reject(error: TlsError): void } = { resolve() {}, reject() {} }
  #status: RelayListenerStatus | undefined
  #failure: TlsError | undefined
  #registration: RelayRegistration | undefined
  #registered: Registration | undefined
  #failures = 0
  #retry: (() => void) | undefined
  readonly #emptied = new Set<() => void>()

  constructor(relayUrl: string | URL, options: ListenOnRelayOptions) {
    this.#options = options
    this.#Constructor = webSocketConstructor(options.WebSocket)
    this.name = listenerName(options.name)
    if (options.token === '') throw new TlsError('invalid_argument', 'the token is empty')
    this.#url = webSocketUrl(relayUrl)
    this.#url.pathname += this.name
    this.closed = new Promise((resolve, reject) => {
      this.#settleClosed = { resolve, reject }
    })
    // so that it can be handed on, as to an event
    this.close = this.close.bind(this)
    this.closed.catch(() => undefined)
  }

  get port(): number | undefined {
    return this.#registered?.port || undefined
  }

  get status(): RelayListenerStatus {
    return this.#status ?? 'reconnecting'
  }

  get connections(): number {
    return this.#registration?.connections ?? 0
  }

  async begin(): Promise<void> {
    const { signal } = this.#options
    if (signal?.aborted) throw aborted(signal)
    signal?.addEventListener('abort', this.#onAbort)
    try {
      await this.#register()
    } catch (error) {
      signal?.removeEventListener('abort', this.#onAbort)
      throw signal?.aborted ? aborted(signal) : error
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<ArrivingConnection, undefined> {
    return {
      next: () => this.#next(),
      return: async () => {
        void this.close()
        return { done: true, value: undefined }
      },
    }
  }

  async close({ graceMs = 10_000 }: { readonly graceMs?: number } = {}): Promise<void> {
    if (this.#status === 'closed') return
    const registration = this.#registration
    if (this.#status !== 'closing') {
      this.#tell('closing')
      registration?.stopArrivals()
      for (const connection of this.#waiting.splice(0)) refuse(connection)
      for (const taker of this.#takers.splice(0)) taker.resolve({ done: true, value: undefined })
    }
    if (this.connections > 0 && graceMs > 0) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer)
          this.#emptied.delete(done)
          resolve()
        }
        const timer = setTimeout(done, graceMs)
        this.#emptied.add(done)
      })
    }
    this.#finish(undefined)
    registration?.close(new TlsError('closed', 'the listener was closed'))
  }

  async #register(): Promise<void> {
    const { token, timeoutMs = 30_000 } = this.#options
    const protocols = [reverseSubprotocol, tokenSubprotocolPrefix + base64url(token), this.#resume]
    const socket = new this.#Constructor(this.#url.href, protocols)
    const registration = new RelayRegistration(
      socket,
      {
        receiveWindow: Math.max(this.#options.receiveWindowBytes ?? 256 * 1024, initialCredit),
        pingIntervalMs: this.#options.pingIntervalMs ?? 15_000,
        onConnection: (connection) => this.#arrived(connection),
        onChange: () => {
          if (this.connections === 0) this.#letClose()
        },
      },
      () => unreachable(this.#url, socket),
    )
    this.#registration = registration
    const timer = setTimeout(
      () => registration.close(relayFailed('timed_out', `no registration within ${timeoutMs} ms`)),
      timeoutMs,
    )
    try {
      this.#registered = await registration.registered
    } finally {
      clearTimeout(timer)
    }
    if (this.#status === 'closing' || this.#status === 'closed') {
      registration.close(new TlsError('closed', 'the listener was closed'))
      return
    }
    const since = Date.now()
    registration.ended.then((error) => {
      if (Date.now() - since > lastingMs) this.#failures = 0
      this.#lost(error)
    })
    this.#tell('listening')
  }

  #arrived(connection: ArrivingConnection): boolean {
    if (this.#status === 'closing' || this.#status === 'closed') return false
    const taker = this.#takers.shift()
    if (taker !== undefined) taker.resolve({ done: false, value: connection })
    else if (this.#waiting.length < (this.#options.backlog ?? 64)) this.#waiting.push(connection)
    else return false
    return true
  }

  #next(): Promise<Result> {
    const connection = this.#waiting.shift()
    if (connection !== undefined) return Promise.resolve({ done: false, value: connection })
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#status === 'closing' || this.#status === 'closed')
      return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }))
  }

  #lost(error: TlsError): void {
    if (this.#status === 'closing') this.#letClose()
    if (this.#status === 'closing' || this.#status === 'closed') return
    // they failed with the relay
    this.#waiting.length = 0
    if (this.#options.reconnect === false || isFinal(error)) {
      this.#finish(error)
      return
    }
    this.#tell('reconnecting', error)
    const { minDelayMs = 500, maxDelayMs = 30_000 } = this.#options.reconnect ?? {}
    const longest = Math.min(maxDelayMs, minDelayMs * 2 ** this.#failures)
    this.#failures += 1
    // a relay that comes back must not meet all its pages in one moment
    const delay = longest * (0.5 + Math.random() / 2)
    const retry = () => {
      clearTimeout(timer)
      globalThis.removeEventListener?.('online', retry)
      this.#retry = undefined
      this.#register().catch((reason) => this.#lost(reason as TlsError))
    }
    const timer = setTimeout(retry, delay)
    // the network is back: no reason to wait
    globalThis.addEventListener?.('online', retry)
    this.#retry = () => {
      clearTimeout(timer)
      globalThis.removeEventListener?.('online', retry)
    }
  }

  #finish(error: TlsError | undefined): void {
    if (this.#status === 'closed') return
    this.#failure = error
    this.#retry?.()
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    this.#tell('closed', error)
    this.#letClose()
    for (const connection of this.#waiting.splice(0)) refuse(connection)
    for (const taker of this.#takers.splice(0)) {
      if (error === undefined) taker.resolve({ done: true, value: undefined })
      else taker.reject(error)
    }
    if (error === undefined) this.#settleClosed.resolve()
    else this.#settleClosed.reject(error)
  }

  #tell(status: RelayListenerStatus, error?: TlsError): void {
    if (this.#status === status) return
    this.#status = status
    try {
      this.#options.onStatus?.(status, error)
    } catch (thrown) {
      reportError(thrown, 'onStatus')
    }
  }

  /** Nothing is left that a `close` would wait for. */
  #letClose(): void {
    for (const done of [...this.#emptied]) done()
  }

  readonly #onAbort = (): void => {
    const error = aborted(this.#options.signal)
    this.#finish(error)
    this.#registration?.close(error)
  }
}

function listenerName(name: string): string {
  let ascii: string
  try {
    ascii = asciiHost(name).toLowerCase()
  } catch (cause) {
    throw new TlsError('invalid_argument', `not a name: "${name}"`, { cause })
  }
  if (
    ascii.length > 253 ||
    !ascii.split('.').every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  ) {
    throw new TlsError('invalid_argument', `not a name: "${name}"; letters, digits and hyphens in labels of 1 to 63`)
  }
  return ascii
}

/** Whether asking again would be answered the same. */
function isFinal(error: TlsError): boolean {
  return error.cause instanceof RelayError ? finalReasons.has(error.cause.code) : error.code !== 'transport_failed'
}

function refuse({ readable, writable }: ArrivingConnection): void {
  const reason = new TlsError('closed', 'the listener was closed')
  readable.cancel(reason).catch(() => undefined)
  writable.abort(reason).catch(() => undefined)
}

function aborted(signal: AbortSignal | undefined): TlsError {
  return new TlsError('aborted', 'listening on the relay was aborted', { cause: signal?.reason })
}

const finalReasons: ReadonlySet<RelayErrorCode> = new Set([
  'unauthorized',
  'forbidden_origin',
  'bad_target',
  'name_taken',
  'protocol_error',
])
/** A registration that lasted so long, in milliseconds, was a good one: the next waits are short again. */
const lastingMs = 10_000
