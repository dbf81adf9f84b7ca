import { TlsError } from '../../errors/tls-error.js'
import { parseHost } from '../target.js'

/** Pages that serve: which names may be registered, by whom, and how much of it. */
export interface ReverseOptions {
  /**
   * Names that pages may serve, each with its token, or several any of which will do: `{ 'tab.example.com': token }`.
   * `*.example.com` is any one label before `example.com`.
   */
  readonly names?: Readonly<Record<string, string | readonly string[]>>
  /** Asked about registrations that `names` does not permit, for example by a database of users. */
  readonly authorize?: (request: RegistrationRequest) => boolean | Promise<boolean>
  readonly limits?: Partial<ReverseLimits>
}

export interface RegistrationRequest {
  /** In lower case. */
  readonly name: string
  /** As the page gave it; empty when it gave none. Compare it in constant time, or by its hash. */
  readonly token: string
  /** `undefined` for a program. */
  readonly origin: string | undefined
  readonly clientAddress: string
}

export interface ReverseLimits {
  /** Pages at once. Default 100. */
  readonly pages: number
  /** TCP connections to pages at once, those whose ClientHello is awaited included. Default 2000. */
  readonly connections: number
  /** TCP connections at once to one page. Default 256. */
  readonly connectionsPerPage: number
  /** TCP connections at once from one client address (IPv6: one /64 network). Default 256. */
  readonly connectionsPerClient: number
  /** TCP connections at once whose ClientHello is awaited. Default 1024. */
  readonly pendingHellos: number
  /** Of those, from one client address (IPv6: one /64 network): more where a proxy brings all clients. Default 128. */
  readonly pendingHellosPerClient: number
  /** How long a ClientHello may take to arrive, in milliseconds. Default 10 000. */
  readonly helloTimeoutMs: number
  /** The longest beginning that may come before the ClientHello is whole, in bytes: at most 65536. Default 16 384. */
  readonly helloBytes: number
  /** How long a name stays with a page whose WebSocket broke, in milliseconds. Default 30 000. */
  readonly reservedMs: number
  /** What one page may send that has not been taken from its WebSocket, in bytes, all connections together. Default 4 MiB. */
  readonly pageBytes: number
}

/** The limits of a reverse relay that is given none. */
export const defaultReverseLimits: ReverseLimits = {
  pages: 100,
  connections: 2000,
  connectionsPerPage: 256,
  connectionsPerClient: 256,
  pendingHellos: 1024,
  pendingHellosPerClient: 128,
  helloTimeoutMs: 10_000,
  helloBytes: 16_384,
  reservedMs: 30_000,
  pageBytes: 4 * 1024 * 1024,
}

export function resolveReverseLimits(limits: Partial<ReverseLimits> = {}): ReverseLimits {
  const resolved = { ...defaultReverseLimits, ...limits }
  for (const [name, value] of Object.entries(resolved)) {
    if (!(Number.isSafeInteger(value) && value > 0 && value < 2 ** 31)) {
      throw new TlsError('invalid_argument', `reverse.limits.${name} is a whole number above 0, not ${value}`)
    }
  }
  // what the page may be sent before it has given any credit
  if (resolved.helloBytes > 65_536) throw new TlsError('invalid_argument', 'reverse.limits.helloBytes is at most 65536')
  return resolved
}

/** A name that can be served: what SNI can carry (RFC 6066 section 3), in lower case; otherwise `undefined`. */
export function servedName(text: string): string | undefined {
  try {
    const { host, address } = parseHost(text)
    return address === undefined ? host : undefined
  } catch {
    return undefined
  }
}

/** A TCP port at which clients reach pages. */
export interface ReverseListenOptions {
  /** 0 for any that is free. */
  readonly port: number
  /** Default `127.0.0.1`: say `0.0.0.0` or `::` to serve others. */
  readonly host?: string
  /** The name whose page gets all connections of this port, unread. Default: what each ClientHello names. */
  readonly name?: string
}

export interface ReverseAddress {
  readonly host: string
  readonly port: number
}
