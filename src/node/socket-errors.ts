import { TlsError } from '../errors/tls-error.js'

/** What TCP failed at, as a TlsError with the operating system's error as its cause. */
export function transportFailed(what: string, cause: unknown): TlsError {
  return new TlsError('transport_failed', `${what}: ${describe(cause)}`, { cause })
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const { code } = cause as { code?: string }
  // a name with several addresses fails with one error for all of them, whose message is empty
  const detail = cause instanceof AggregateError ? cause.errors.map(messageOf).join('; ') : cause.message
  const reason = reasons.get(code ?? '')
  return reason === undefined ? detail || code || cause.name : `${reason} (${detail || code})`
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const reasons: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'not allowed: ports below 1024 often need more rights'],
  ['EADDRINUSE', 'the port is taken by another program'],
  ['EADDRNOTAVAIL', 'this machine does not have that address'],
  ['ECONNREFUSED', 'nothing listens there'],
  ['ECONNRESET', 'the peer reset the connection'],
  ['EHOSTUNREACH', 'there is no route to the host'],
  ['EMFILE', 'this process has too many open files'],
  ['ENETUNREACH', 'there is no route to the network'],
  ['ENOTFOUND', 'the name does not resolve'],
  ['EAI_AGAIN', 'the name server does not answer'],
  ['ETIMEDOUT', 'it timed out'],
])
