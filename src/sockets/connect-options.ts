import type { TlsClientOptions } from '../connection/client-config.js'
import type { DuplexStream } from '../connection/duplex-stream.js'
import { invalidArgument } from './socket-error.js'

/** What a transport is opened to. One function can serve here and as the `dial` of `createFetch`. */
export interface SocketTarget {
  /** A name in A-label form, an IPv4 address, or an IPv6 address without brackets. */
  readonly hostname: string
  /** The same, as `dial` of `webtls/node`, `dialWebSocketRelay` and `createFetch` call it. */
  readonly host: string
  readonly port: number
  /** Ends the dialling: the socket was closed, or it takes longer than `connectTimeoutMs`. */
  readonly signal: AbortSignal
}

/** A raw connection, with what it may tell of itself: another runtime's socket does by `opened`, others at once. */
export interface SocketTransport extends DuplexStream {
  /** When it stands, if it was returned before that. */
  readonly opened?: PromiseLike<Partial<TransportAddresses>>
  readonly remoteAddress?: string | null
  readonly localAddress?: string | null
}

/** `host:port` each, or an address with its port beside it, as in Direct Sockets. */
export interface TransportAddresses {
  readonly remoteAddress: string | null
  readonly remotePort: number
  readonly localAddress: string | null
  readonly localPort: number
}

/** The client's options of TLS; `serverName` is the address's host unless it is said. */
export type SocketTlsOptions = Omit<TlsClientOptions, 'serverName' | 'signal'> &
  Partial<Pick<TlsClientOptions, 'serverName'>>

export interface CreateConnectOptions {
  /**
   * Opens the raw connection, without TLS: through a relay by `dialWebSocketRelay`, in Node by `dial`, by another
   * runtime's `connect`, whose options are the second argument, or any other way.
   */
  readonly dial: (
    target: SocketTarget,
    options: { readonly secureTransport: 'off'; readonly allowHalfOpen: true },
  ) => SocketTransport | Promise<SocketTransport>
  /**
   * How servers are judged and what is offered to them: options, or a function of the address, asked once for each
   * address, name and `alpn`. Without `trustAnchors` and external PSKs, Mozilla's roots are loaded; without a
   * `sessionStore` sessions are kept in memory; `alpnProtocols` are for sockets without `alpn`.
   */
  readonly tls?:
    | SocketTlsOptions
    | ((address: { readonly hostname: string; readonly port: number }) => SocketTlsOptions | Promise<SocketTlsOptions>)
  /** For transport and handshake together, or for `startTls()`, in milliseconds. Default 30 000. */
  readonly connectTimeoutMs?: number
}

export interface ConnectSettings {
  readonly dial: CreateConnectOptions['dial']
  readonly tls: NonNullable<CreateConnectOptions['tls']>
  readonly connectTimeoutMs: number
}

/** @throws SocketError `invalid_argument` for an option that is unknown, or cannot be right */
export function resolveConnectOptions(options: CreateConnectOptions): ConnectSettings {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(optionNames, name)) continue
    const known = Object.keys(optionNames).join(', ')
    const where = `known are ${known}; what is of TLS goes under tls, as in { tls: { trustAnchors } }`
    throw invalidArgument(`there is no option ${JSON.stringify(name)}: ${where}`)
  }
  const { dial, tls = {}, connectTimeoutMs = 30_000 } = options
  if (typeof dial !== 'function') {
    const what = dial === undefined ? 'is missing' : `must be a function, not of type ${typeof dial}`
    throw invalidArgument(`dial ${what}: it opens the transport, like (target) => dialWebSocketRelay(relayUrl, target)`)
  }
  if (typeof tls !== 'object' && typeof tls !== 'function') {
    throw invalidArgument('tls is an object of options, or a function that gives one')
  }
  if (!(Number.isSafeInteger(connectTimeoutMs) && connectTimeoutMs >= 1 && connectTimeoutMs < 2 ** 31)) {
    throw invalidArgument(`connectTimeoutMs is a whole number from 1 to ${2 ** 31 - 1}, not ${connectTimeoutMs}`)
  }
  return Object.freeze({ dial, tls, connectTimeoutMs })
}

/** Each name once, held to the interface by its type. */
const optionNames: Readonly<Record<keyof CreateConnectOptions, true>> = {
  dial: true,
  tls: true,
  connectTimeoutMs: true,
}
