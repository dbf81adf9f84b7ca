import type { Bytes } from '../wire/bytes.js'
import type { HandshakeResult } from './handshake-result.js'

/** A NewSessionTicket, with the key that it stands for: RFC 9846 section 4.7.1. */
export interface ReceivedTicket {
  readonly ticket: Bytes
  readonly secret: Bytes
  readonly ticketAgeAdd: number
  readonly lifetimeSeconds: number
  readonly maxEarlyDataSize: number
  readonly result: HandshakeResult
}
