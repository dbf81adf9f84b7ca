import { PskKeyExchangeMode } from '../../messages/code-points.js'
import { earlyData } from '../../messages/extensions/early-data.js'
import { makeExtension } from '../../messages/extensions/extension.js'
import { encodeMessage } from '../../messages/handshake-message.js'
import { greaseExtension } from '../grease.js'
import { type HandshakeResult, maxAuthenticationSeconds } from '../handshake-result.js'
import type { EncodedMessage, MessageChannel } from '../message-channel.js'
import type { OfferedHello } from './offered-hello.js'
import type { ServerParameters } from './server-parameters.js'

/** Tickets right after the handshake: RFC 9846 section 4.7.1. */
export async function sendTickets(
  channel: MessageChannel,
  { provider, tickets, grease }: ServerParameters,
  hello: OfferedHello,
  result: HandshakeResult,
): Promise<void> {
  const { resumptionSecret } = result
  // a client that says nothing of psk_dhe_ke could not use one
  //= rfc9846#section-4.3.9 4.3.9-5
  //= rfc9846#section-4.7.1 4.7.1-1
  if (!tickets || !resumptionSecret || !hello.pskModes?.includes(PskKeyExchangeMode.psk_dhe_ke)) return
  // section 4.7.1: a session must not renew itself for ever
  const untilProof = (result.authenticatedAt - provider.now()) / 1000 + maxAuthenticationSeconds
  //= rfc9846#section-4.7.1 4.7.1-12 4.7.1-21
  const lifetimeSeconds = Math.min(tickets.lifetimeSeconds, Math.floor(untilProof))
  if (lifetimeSeconds <= 0) return
  //= rfc9846#section-4.7.1 4.7.1-5
  //= rfc9846#section-C.4 C.4-2 C.4-3
  const messages: EncodedMessage[] = []
  for (let index = 0; index < tickets.count; index++) {
    const ticketNonce = Uint8Array.of(index)
    const secret = await resumptionSecret.expandLabel('resumption', ticketNonce, result.suite.hash.length)
    //= rfc9846#section-4.7.1 4.7.1-16
    const [ticketAgeAdd = 0] = new Uint32Array(provider.getRandomValues(new Uint8Array(4)).buffer)
    //= rfc9846#section-4.7.1 4.7.1-17
    const ticket = await tickets.seal({ secret, ticketAgeAdd, lifetimeSeconds, result })
    // no key may make tickets at the moment, or the client's certificates are too long for one
    if (!ticket) break
    const { maxEarlyDataSize } = tickets
    const extensions = grease ? [greaseExtension(provider)] : []
    //= rfc9846#section-4.3 4.3-4
    if (maxEarlyDataSize > 0) extensions.push(makeExtension(earlyData, earlyData.newSessionTicket, maxEarlyDataSize))
    const body = { ticketLifetime: lifetimeSeconds, ticketAgeAdd, ticketNonce, ticket, extensions }
    messages.push({ name: 'new_session_ticket', bytes: encodeMessage('new_session_ticket', body) })
  }
  channel.sendTogether(messages)
}
