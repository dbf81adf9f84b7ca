import { TlsError } from '../errors/tls-error.js'

export type SocketErrorCode =
  /** An address or option that cannot be right. */
  | 'invalid_argument'
  /** `startTls()` where it cannot be, or the use of a socket that has ended or was upgraded. */
  | 'invalid_state'
  /** No transport came to be: `cause` says why. */
  | 'connection_failed'
  /** It was longer on its way than `connectTimeoutMs`. */
  | 'timed_out'
  /** The transport broke once it stood. */
  | 'connection_lost'
  /** The handshake failed, or TLS later: `cause` is the TlsError. */
  | 'tls_failed'
  /** Bytes came before TLS that nobody had read: someone on the way may have put them there. */
  | 'plaintext_before_tls'
  /** The socket was closed, by either side or by an abort of its `writable`. */
  | 'closed'

/**
 * A failure of a socket: a TypeError, as the Sockets API has it, whose message begins with `SocketError: `. `code` is
 * stable and meant for programs.
 */
export class SocketError extends TypeError {
  readonly code: SocketErrorCode

  constructor(code: SocketErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(`SocketError: ${message}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
  }
}

/** Anything that was thrown below a socket. @param code for what says nothing of itself */
export function asSocketError(thrown: unknown, code: SocketErrorCode): SocketError {
  if (thrown instanceof SocketError) return thrown
  // what a transport of ours failed with has been through TLS
  if (thrown instanceof TlsError && thrown.cause instanceof SocketError) return thrown.cause
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const isArgument = thrown instanceof TlsError && thrown.code === 'invalid_argument'
  return new SocketError(isArgument ? 'invalid_argument' : code, message, { cause: thrown })
}

/** What TLS failed with. */
export function asTlsFailure(cause: unknown): SocketError {
  const code = cause instanceof TlsError ? cause.code : undefined
  if (code === 'transport_failed') return asSocketError(cause, 'connection_lost')
  return asSocketError(cause, code === 'handshake_timeout' ? 'timed_out' : 'tls_failed')
}

export const invalidArgument = (message: string, cause?: unknown) =>
  new SocketError('invalid_argument', message, { cause })
