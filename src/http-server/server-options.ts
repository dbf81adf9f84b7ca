import type { DuplexStream } from '../connection/duplex-stream.js'
import type { TlsServerConfig, TlsServerOptions } from '../connection/server-config.js'
import type { TlsSocketInfo } from '../connection/tls-socket.js'
import { TlsError } from '../errors/tls-error.js'
import { defaultHttpLimits, type HttpLimits } from '../http/limits.js'

/** Answers one request. What it throws is answered with 500, without a word of it to the client. */
export type HttpHandler = (request: Request, info: HttpRequestInfo) => Response | Promise<Response>

/** What a Request cannot say. */
export interface HttpRequestInfo {
  /** The target as it came, where the Request's URL is what the platform made of it. */
  readonly target: string
  /** To be sent beside those of the Response: for Set-Cookie, which browsers drop from a Response's own. */
  readonly responseHeaders: Headers
  /** What was negotiated; `undefined` over a connection without TLS of ours. */
  readonly tls: TlsSocketInfo | undefined
  /** The connection as it was given, or as the listener gave it. */
  readonly connection: DuplexStream
  /** Of the client, where the connection says. */
  readonly remoteAddress: string | undefined
}

export interface HttpServerOptions {
  /**
   * Ends TLS on each connection before HTTP. `alpnProtocols` are `http/1.1` unless options say otherwise. Default: the
   * connections are TlsSockets already, or have no TLS.
   */
  readonly tls?: TlsServerConfig | TlsServerOptions
  readonly limits?: Partial<HttpServerLimits>
  /** Told of each answer when it is sent, or has failed. */
  readonly onResponse?: (event: HttpResponseEvent) => void
  /** Told of what a handler threw, and of connections that failed. */
  readonly onError?: (error: unknown, connection: DuplexStream) => void
  /** As `close({ graceMs: 0 })`. */
  readonly signal?: AbortSignal
}

export interface HttpResponseEvent {
  /** `-` for what was no request. */
  readonly method: string
  readonly target: string
  readonly status: number
  /** Of the body, as sent. */
  readonly bytes: number
  readonly durationMs: number
  /** Whether all of it was sent. */
  readonly isWhole: boolean
  readonly connection: DuplexStream
}

export interface HttpServerLimits extends HttpLimits {
  /** Connections at once; further ones are not taken from the listener. Default 1024. */
  readonly maxConnections: number
  /** Bytes of a request's body. Default: no limit, as they are not held. */
  readonly maxBodyBytes: number
  /** For the handshake, in milliseconds. Default 10 000. */
  readonly handshakeTimeoutMs: number
  /** For a head to come once it has begun, and for the first one to begin, in milliseconds. Default 10 000. */
  readonly headTimeoutMs: number
  /** Between two pieces of a request's body, in milliseconds. Default 30 000. */
  readonly bodyTimeoutMs: number
  /** Between an answer and the next request, in milliseconds. Default 60 000. */
  readonly keepAliveTimeoutMs: number
  /** For a client to take a piece of an answer, in milliseconds. Default 60 000. */
  readonly sendTimeoutMs: number
}

/** The limits of a server that is given none. */
export const defaultHttpServerLimits: HttpServerLimits = {
  ...defaultHttpLimits,
  maxConnections: 1024,
  maxBodyBytes: Number.POSITIVE_INFINITY,
  handshakeTimeoutMs: 10_000,
  headTimeoutMs: 10_000,
  bodyTimeoutMs: 30_000,
  keepAliveTimeoutMs: 60_000,
  sendTimeoutMs: 60_000,
}

/** @throws TlsError `invalid_argument` */
export function resolveHttpServerLimits(limits: Partial<HttpServerLimits> = {}): HttpServerLimits {
  const resolved = { ...defaultHttpServerLimits, ...limits }
  for (const [name, value] of Object.entries(resolved)) {
    if (!(name in defaultHttpServerLimits)) throw new TlsError('invalid_argument', `there is no limit "${name}"`)
    const isTime = name.endsWith('Ms')
    if (!(typeof value === 'number' && value > 0 && (!isTime || value < 2 ** 31))) {
      throw new TlsError('invalid_argument', `limits.${name} is a number above 0, not ${value}`)
    }
  }
  return resolved
}
