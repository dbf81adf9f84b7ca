import { domainToASCII } from 'node:url'
import { RelayError, type RelayReason } from '../../transports/relay-error.js'
import { WispCloseReason } from '../../transports/wisp/close-reason.js'
import { parseHost, parseIpv6, type Target } from '../target.js'
import { sentReason } from '../tunnel.js'

/**
 * The token in a path that is Wisp's, `wisp/<token>/` below the base path; a path with no token in it gives
 * `undefined`. The specification leaves the prefix to servers, and its clients can say a URL and nothing else.
 */
export function wispToken(path: string): string | undefined {
  if (path === '') return undefined
  const match = /^([^/?]+)\/$/.exec(path)
  if (match === null) throw new RelayError('bad_target', 'Wisp is at wisp/, or at wisp/<token>/')
  try {
    return decodeURIComponent(match[1] ?? '')
  } catch (cause) {
    throw new RelayError('bad_target', 'the token in the path is escaped wrongly', { cause })
  }
}

/** What a CONNECT packet asks for, as strictly as a path is read. Throws a RelayError `bad_target`. */
export function wispTarget(hostname: string | undefined, port: number): Target {
  if (hostname === undefined) throw new RelayError('bad_target', 'the hostname is missing, too long, or no UTF-8')
  if (port < 1) throw new RelayError('bad_target', 'no port')
  const bare = hostname.replace(/^\[(.*)\]$/, '$1')
  if (bare.includes(':')) return { ...parseIpv6(bare), port }
  return { ...parseHost(/^[!-~]*$/.test(bare) ? bare : domainToASCII(bare)), port }
}

/** The one byte that Wisp has for what went wrong. */
export function wispReason(error: RelayError): WispCloseReason {
  return closeReasons[sentReason(error)]
}

const closeReasons: { readonly [R in RelayReason]: WispCloseReason } = {
  failed: WispCloseReason.unspecified,
  protocol_error: WispCloseReason.invalidInformation,
  bad_target: WispCloseReason.invalidInformation,
  unauthorized: WispCloseReason.blocked,
  forbidden_origin: WispCloseReason.blocked,
  blocked: WispCloseReason.blocked,
  limit: WispCloseReason.throttled,
  unresolvable: WispCloseReason.unreachable,
  refused: WispCloseReason.refused,
  unreachable: WispCloseReason.unreachable,
  timed_out: WispCloseReason.timedOut,
  reset: WispCloseReason.networkError,
  idle: WispCloseReason.transferTimedOut,
  // the nearest there is: come again later
  shutting_down: WispCloseReason.throttled,
  name_taken: WispCloseReason.unspecified,
}
