import type { TlsClientOptions } from '../connection/client-config.js'
import type { DuplexStream } from '../connection/duplex-stream.js'
import type { TlsSocketInfo } from '../connection/tls-socket.js'
import { TlsError } from '../errors/tls-error.js'
import { defaultHttpLimits, type HttpLimits } from '../http/limits.js'
import type { CookieJar } from './cookies/cookie-jar.js'

/** What a connection is opened to. */
export interface FetchTarget {
  /** As in the URL: a name in A-label form, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string
  readonly port: number
  /** Ends the dialling: the request was aborted, or it takes longer than `connectTimeoutMs`. */
  readonly signal: AbortSignal
}

/** The client's options of TLS; `serverName` is the URL's host unless it is said. */
export type FetchTlsOptions = Omit<TlsClientOptions, 'serverName' | 'alpnProtocols' | 'signal'> &
  Partial<Pick<TlsClientOptions, 'serverName'>>

export interface FetchOptions {
  /** Opens the transport to a server: through a relay by `dialWebSocketRelay`, in Node by `dial`, or any other way. */
  readonly dial: (target: FetchTarget) => DuplexStream | Promise<DuplexStream>
  /**
   * How servers are judged and what is offered to them: options, or a function of the origin's URL, asked once for
   * each. Without a `sessionStore` sessions are kept in memory.
   */
  readonly tls: FetchTlsOptions | ((origin: URL) => FetchTlsOptions | Promise<FetchTlsOptions>)
  /** Where cookies are kept. None are kept or sent when it is absent. */
  readonly cookieJar?: CookieJar
  /** Open connections to an origin; what is more waits. Default 6. */
  readonly maxConnectionsPerOrigin?: number
  /** How long a connection is kept that nobody uses, in milliseconds; 0 closes it at once. Default 30 000. */
  readonly idleTimeoutMs?: number
  /** For transport and handshake together, in milliseconds. Default 30 000. */
  readonly connectTimeoutMs?: number
  /** How long a server may take to answer, once the request or the last part of its body was sent. Default 60 000. */
  readonly headersTimeoutMs?: number
  /** How long a server may send nothing while the body is read, in milliseconds. Default 60 000. */
  readonly bodyTimeoutMs?: number
  /** Redirects that are followed before it is an error. Default 20, as the fetch standard has it. */
  readonly maxRedirects?: number
  /** Bytes of a decoded body; one that decompresses to more fails. Default: no limit, the reader's pace holds it. */
  readonly maxDecodedLength?: number
  /** What a server may make us hold. */
  readonly limits?: Partial<HttpLimits>
  /** Told of each connection when its handshake is done. */
  readonly onConnection?: (origin: string, info: TlsSocketInfo) => void
}

export interface FetchSettings {
  readonly dial: FetchOptions['dial']
  readonly tls: FetchOptions['tls']
  readonly cookieJar: CookieJar | undefined
  readonly maxConnectionsPerOrigin: number
  readonly idleTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly headersTimeoutMs: number
  readonly bodyTimeoutMs: number
  readonly maxRedirects: number
  readonly maxDecodedLength: number
  readonly limits: HttpLimits
  readonly onConnection: NonNullable<FetchOptions['onConnection']>
}

/** @throws TlsError `invalid_argument` for an option that is unknown, or cannot be right */
export function resolveFetchOptions(options: FetchOptions): FetchSettings {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(optionNames, name)) throw invalid(`there is no option ${JSON.stringify(name)}`)
  }
  if (typeof options.dial !== 'function') throw invalid('dial is missing: a function that opens the transport')
  if (typeof options.tls !== 'object' && typeof options.tls !== 'function') {
    throw invalid('tls is missing: the options of the client, with trustAnchors at least')
  }
  return Object.freeze({
    dial: options.dial,
    tls: options.tls,
    cookieJar: options.cookieJar,
    maxConnectionsPerOrigin: whole('maxConnectionsPerOrigin', options.maxConnectionsPerOrigin ?? 6, 1),
    idleTimeoutMs: whole('idleTimeoutMs', options.idleTimeoutMs ?? 30_000, 0),
    connectTimeoutMs: whole('connectTimeoutMs', options.connectTimeoutMs ?? 30_000, 1),
    headersTimeoutMs: whole('headersTimeoutMs', options.headersTimeoutMs ?? 60_000, 1),
    bodyTimeoutMs: whole('bodyTimeoutMs', options.bodyTimeoutMs ?? 60_000, 1),
    maxRedirects: whole('maxRedirects', options.maxRedirects ?? 20, 0),
    maxDecodedLength:
      options.maxDecodedLength === undefined
        ? Number.POSITIVE_INFINITY
        : whole('maxDecodedLength', options.maxDecodedLength, 0, Number.MAX_SAFE_INTEGER),
    limits: resolveLimits(options.limits ?? {}),
    onConnection: options.onConnection ?? (() => undefined),
  })
}

function resolveLimits(limits: Partial<HttpLimits>): HttpLimits {
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(defaultHttpLimits, name)) throw invalid(`there is no limit ${JSON.stringify(name)}`)
    whole(`limits.${name}`, value, 0)
  }
  return { ...defaultHttpLimits, ...limits }
}

function whole(name: string, value: number, least: number, most = 2 ** 31 - 1): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  throw invalid(`${name} is a whole number from ${least} to ${most}, not ${value}`)
}

const invalid = (message: string) => new TlsError('invalid_argument', message)

/** Each name once, held to the interface by its type. */
const optionNames: Readonly<Record<keyof FetchOptions, true>> = {
  dial: true,
  tls: true,
  cookieJar: true,
  maxConnectionsPerOrigin: true,
  idleTimeoutMs: true,
  connectTimeoutMs: true,
  headersTimeoutMs: true,
  bodyTimeoutMs: true,
  maxRedirects: true,
  maxDecodedLength: true,
  limits: true,
  onConnection: true,
}
