import type { TlsServerSocket } from '../connection/tls-socket.js'
import { TlsError } from '../errors/tls-error.js'

/** Where to listen: a port, or the path of a Unix socket or Windows pipe. */
export type ListenAt =
  | {
      /** 0 for any that is free. */
      readonly port: number
      /** Default `127.0.0.1`: say `0.0.0.0` or `::` to serve others. */
      readonly host?: string
      /** Connections that the system holds before this process takes them. Default 511. */
      readonly backlog?: number
    }
  | { readonly path: string; readonly backlog?: number }

export interface ListenOptions {
  readonly limits?: Partial<ListenLimits>
  /**
   * Told of each connection that never became a TlsSocket: a handshake that failed or took too long
   * (`handshake_timeout`), a connection too many. None of them ends the iteration. Also told when accepting fails.
   */
  readonly onError?: (error: TlsError, connection: ConnectionAddress | undefined) => void
  /** As `close({ graceMs: 0 })`. */
  readonly signal?: AbortSignal
}

export interface ListenLimits {
  /** TCP connections at once, in whatever state; one more is reset. Default 10 000. */
  readonly connections: number
  /** Handshakes at once; further connections wait for their turn, unread. Default 64. */
  readonly handshakes: number
  /** From the arrival of a connection to the end of its handshake, waiting included, in milliseconds. Default 10 000. */
  readonly handshakeTimeoutMs: number
  /** Sockets whose handshake is done and that no one has taken yet; then no further handshake begins. Default 64. */
  readonly ready: number
}

/** The limits of a listener that is given none. */
export const defaultListenLimits: ListenLimits = {
  connections: 10_000,
  handshakes: 64,
  handshakeTimeoutMs: 10_000,
  ready: 64,
}

export interface ConnectionAddress {
  /** `undefined` for a pipe. */
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
}

/** A TlsSocket whose handshake is done, and where it comes from. */
export interface AcceptedTlsSocket extends TlsServerSocket, ConnectionAddress {}

/** Of TCP, or of a pipe. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string }

/** @throws TlsError `invalid_argument` */
export function resolveLimits(limits: Partial<ListenLimits> = {}): ListenLimits {
  const resolved = { ...defaultListenLimits, ...limits }
  for (const [name, value] of Object.entries(resolved)) {
    if (!(Number.isSafeInteger(value) && value > 0 && value < 2 ** 31)) {
      throw new TlsError('invalid_argument', `limits.${name} is a whole number above 0, not ${value}`)
    }
  }
  return resolved
}
