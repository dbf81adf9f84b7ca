import { TlsError } from '../errors/tls-error.js'
import type { HandshakeResult } from '../handshake/handshake-result.js'
import type { ReceivedTicket } from '../handshake/received-ticket.js'
import { earlyData } from '../messages/extensions/early-data.js'
import { readExtension } from '../messages/extensions/extension.js'
import { checkExtensionPlaces } from '../messages/extensions/permitted.js'
import { decodeMessage } from '../messages/handshake-message.js'
import type { Bytes } from '../wire/bytes.js'

/** RFC 9846 section 4.7.1: seven days, in seconds. */
const maxTicketLifetime = 604_800
/** No honest server sends more; each costs the client work. */
const maxTickets = 1000

/** What a server may send after the handshake beside KeyUpdate: RFC 9846 section 4.7. */
export function clientPostHandshake(
  keepTicket: () => Promise<((ticket: ReceivedTicket) => Promise<void>) | undefined>,
): (name: string, bytes: Bytes, result: HandshakeResult) => Promise<void> {
  let tickets = 0
  return async (name, bytes, result) => {
    if (name !== 'new_session_ticket') {
      // also a certificate_request, since post_handshake_auth was not offered (section 4.7.2)
      throw new TlsError('unexpected_message', `${name} after the handshake`)
    }
    if (++tickets > maxTickets) throw new TlsError('too_many_messages', `more than ${maxTickets} session tickets`)
    const { body } = decodeMessage('new_session_ticket', bytes)
    checkExtensionPlaces(body.extensions, 'newSessionTicket')
    const maxEarlyDataSize = readExtension(body.extensions, earlyData, earlyData.newSessionTicket) ?? 0
    if (body.ticketLifetime > maxTicketLifetime) {
      throw new TlsError(
        'illegal_parameter',
        `new_session_ticket: a lifetime of ${body.ticketLifetime} s, where ${maxTicketLifetime} is the most`,
      )
    }
    const keep = await keepTicket()
    if (!keep) return
    const { ticket, ticketNonce, ticketAgeAdd, ticketLifetime: lifetimeSeconds } = body
    const secret = await result.resumptionSecret.expandLabel('resumption', ticketNonce, result.suite.hash.length)
    await keep({ ticket, secret, ticketAgeAdd, lifetimeSeconds, maxEarlyDataSize, result })
  }
}
