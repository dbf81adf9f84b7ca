/**
 * Why a relay did not make a connection, or ended one: docs/relay-protocol.md, "Reasons". The numbers go over the
 * wire, in RESET frames and, with 4000 added, as WebSocket close codes.
 */
export const relayReasons = {
  failed: 1,
  protocol_error: 2,
  bad_target: 3,
  unauthorized: 4,
  forbidden_origin: 5,
  blocked: 6,
  limit: 7,
  unresolvable: 8,
  refused: 9,
  unreachable: 10,
  timed_out: 11,
  reset: 12,
  idle: 13,
  shutting_down: 14,
  name_taken: 15,
} as const

export type RelayReason = keyof typeof relayReasons

/** `relay_unreachable`, `relay_lost` and `overflow` are found on the client's side and never sent. */
export type RelayErrorCode = RelayReason | 'relay_unreachable' | 'relay_lost' | 'overflow'

/** A failure of a relay or of the way to it: the `cause` of a TlsError with code `transport_failed`. */
export class RelayError extends Error {
  override readonly name = 'RelayError'
  readonly code: RelayErrorCode

  constructor(code: RelayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The first of the 4000s that RFC 6455 section 7.4.2 leaves to applications; a reason's number is added. */
export const closeCodeBase = 4000

const reasonsByNumber: ReadonlyMap<number, RelayReason> = new Map(
  Object.entries(relayReasons).map(([reason, number]) => [number, reason as RelayReason]),
)

/** A number that this version does not know means no more than that it failed. */
export function relayReason(number: number): RelayReason {
  return reasonsByNumber.get(number) ?? 'failed'
}

export function closeCode(reason: RelayReason): number {
  return closeCodeBase + relayReasons[reason]
}
