import { TlsError } from '../errors/tls-error.js'
import { HttpError } from '../http/http-error.js'

/** As fetch rejects: a TypeError, whose `cause` is the TlsError or HttpError that says what happened. */
export function fetchError(cause: unknown, what = 'fetch failed'): TypeError {
  if (cause instanceof TypeError && isKnown(cause.cause)) return cause
  const detail = cause instanceof Error ? cause.message : String(cause)
  return new TypeError(`${what}: ${detail}`, { cause })
}

const isKnown = (cause: unknown): boolean => cause instanceof TlsError || cause instanceof HttpError
