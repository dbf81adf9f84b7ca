import { TlsError } from '../../errors/tls-error.js'
import { WispCloseReason } from './close-reason.js'

/** The reasons of the protocol, by the names that a RelayError has for the same where there are such. */
export type WispServerReason =
  | 'unspecified'
  | 'voluntary'
  | 'network_error'
  | 'bad_target'
  | 'unreachable'
  | 'timed_out'
  | 'refused'
  | 'transfer_timed_out'
  | 'blocked'
  | 'throttled'
  | 'client_error'

/** `server_unreachable`, `session_lost`, `overflow` and `protocol_error` are found on the client's side. */
export type WispErrorCode = WispServerReason | 'server_unreachable' | 'session_lost' | 'overflow' | 'protocol_error'

/** A failure of a Wisp server or of the way to it: the `cause` of a TlsError with code `transport_failed`. */
export class WispError extends Error {
  override readonly name = 'WispError'
  readonly code: WispErrorCode
  /** The number in the server's CLOSE packet; `undefined` when it sent none. */
  readonly reason: number | undefined

  constructor(code: WispErrorCode, message: string, options: ErrorOptions & { readonly reason?: number } = {}) {
    super(message, options)
    this.code = code
    this.reason = options.reason
  }
}

/** As the user of a stream or a session is told. */
export function wispFailed(error: WispError): TlsError {
  return new TlsError('transport_failed', `Wisp (${error.code}): ${error.message}`, { cause: error })
}

/** What a server's CLOSE says, and what can be done about it. A number that Wisp 1.2 does not have is `unspecified`. */
export function closeReasonError(reason: number): WispError {
  const known = closeReasons.get(reason)
  if (known === undefined) {
    const number = `0x${reason.toString(16).padStart(2, '0')}`
    return new WispError('unspecified', `the server closed the stream with the unknown reason ${number}: see its log`, {
      reason,
    })
  }
  const [code, message] = known
  return new WispError(code, message, { reason })
}

const closeReasons: ReadonlyMap<number, readonly [WispServerReason, string]> = new Map([
  [WispCloseReason.unspecified, ['unspecified', 'the server closed the stream without a reason: its log may have one']],
  [WispCloseReason.voluntary, ['voluntary', 'the target, or the server for it, ended the connection']],
  [
    WispCloseReason.networkError,
    ['network_error', "the connection between the server and the target failed: try again, or see the server's log"],
  ],
  [
    WispCloseReason.invalidInformation,
    ['bad_target', 'the server does not take this host and port: check their spelling, and that the address is public'],
  ],
  [
    WispCloseReason.unreachable,
    ['unreachable', 'the server does not reach the host: check the name, and whether it resolves where the server is'],
  ],
  [WispCloseReason.timedOut, ['timed_out', 'the target did not answer in time: is it up, is a firewall before it?']],
  [WispCloseReason.refused, ['refused', 'the target refused the connection: nothing listens on that port']],
  [WispCloseReason.transferTimedOut, ['transfer_timed_out', 'no data moved for too long: connect again']],
  [
    WispCloseReason.blocked,
    ['blocked', 'the server does not allow this target: its operator can, by its list of what may be reached'],
  ],
  [
    WispCloseReason.throttled,
    ['throttled', 'the server limits this client: use fewer connections at once, or try again later'],
  ],
  [WispCloseReason.clientError, ['client_error', 'the server says of itself what only a client may: see its log']],
])
