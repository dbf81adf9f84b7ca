import { alertName } from './alert-description.js'
import { errorRules, type TlsErrorCategory, type TlsErrorCode } from './codes.js'

export interface TlsErrorOptions {
  /** What led to it: a transport's error, an abort reason, an engine's exception. */
  readonly cause?: unknown
  /** For `peer_alert`: the AlertDescription that the peer sent. */
  readonly receivedAlert?: number
}

/**
 * Every failure of this library. `code` is stable and meant for programs, `message` for people; `alert` is the name
 * of the TLS alert that was sent (or, for `peer_alert`, received) and `undefined` when none was.
 */
export class TlsError extends Error {
  override readonly name = 'TlsError'
  readonly code: TlsErrorCode
  readonly category: TlsErrorCategory
  /** The alert's IANA name (RFC 9846 section 6). */
  readonly alert: string | undefined
  /** The alert's number, for `peer_alert` the one received. */
  readonly alertDescription: number | undefined

  constructor(code: TlsErrorCode, message: string, options: TlsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    const rule = errorRules[code]
    this.code = code
    this.category = rule.category
    this.alertDescription = options.receivedAlert ?? rule.alert
    this.alert = this.alertDescription === undefined ? undefined : alertName(this.alertDescription)
  }
}

/** Anything thrown, as a TlsError: an unknown exception is ours and becomes `internal`. */
export function asTlsError(thrown: unknown, code: TlsErrorCode = 'internal', what = 'internal error'): TlsError {
  if (thrown instanceof TlsError) return thrown
  const detail = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  return new TlsError(code, `${what}: ${detail}`, { cause: thrown })
}
