import { TlsError } from '../errors/tls-error.js'
import type { ClientParameters } from '../handshake/client/client-parameters.js'
import type { HandshakeResult } from '../handshake/handshake-result.js'
import { answerCertificateRequest } from '../handshake/post-handshake/answer-certificate-request.js'
import { earlyData } from '../messages/extensions/early-data.js'
import { readExtension } from '../messages/extensions/extension.js'
import { checkExtensionPlaces } from '../messages/extensions/permitted.js'
import { decodeMessage } from '../messages/handshake-message.js'
import type { Bytes } from '../wire/bytes.js'
import type { Established, PostHandshake } from './connection-settings.js'

/** No honest server sends more; each costs the client work. */
const maxTickets = 1000
const maxCertificateRequests = 100

/** What a server may send after the handshake beside KeyUpdate: RFC 9846 section 4.7. */
export function clientPostHandshake(parameters: () => Promise<ClientParameters>) {
  return ({ channel, result, keyUpdates }: Established): PostHandshake => {
    let tickets = 0
    let requests = 0
    return {
      async receive(name, bytes) {
        if (name === 'certificate_request' && result.postHandshakeTranscript) {
          if (++requests > maxCertificateRequests) {
            throw new TlsError('too_many_messages', `more than ${maxCertificateRequests} certificate requests`)
          }
          const known = await parameters()
          // a server that asks and does not read gets no more answers than the transport takes
          await channel.sink.ready()
          await keyUpdates.exclusively(async (writeSecret) => {
            //= rfc9846#section-4.7.2 4.7.2-2
            const answer = await answerCertificateRequest(known, result, bytes, writeSecret, channel.observer)
            // one behind the other, "with no intervening messages of other types" (section 4.7.2)
            // behind our close_notify nothing may go out (section 6.1): the request has no answer then
            if (keyUpdates.isEnded) return
            //= rfc9846#section-4.7.2 4.7.2-5
            channel.sendTogether(answer)
          })
          return
        }
        //= rfc9846#section-4.7.2 4.7.2-6
        if (name !== 'new_session_ticket') throw new TlsError('unexpected_message', `${name} after the handshake`)
        if (++tickets > maxTickets) throw new TlsError('too_many_messages', `more than ${maxTickets} session tickets`)
        await keepTicket(bytes, result, (await parameters()).keepTicket)
      },
      interrupted: () => undefined,
      requestClientCertificate: () =>
        Promise.reject(new TlsError('invalid_state', 'a client cannot ask for a certificate')),
    }
  }
}

async function keepTicket(bytes: Bytes, result: HandshakeResult, keep: ClientParameters['keepTicket']): Promise<void> {
  const { body } = decodeMessage('new_session_ticket', bytes)
  //= rfc9846#section-4.7.1 4.7.1-18
  //= rfc9846#section-9.3 9.3-6
  checkExtensionPlaces(body.extensions, 'newSessionTicket')
  const maxEarlyDataSize = readExtension(body.extensions, earlyData, earlyData.newSessionTicket) ?? 0
  //= rfc9846#section-4.7.1 4.7.1-3
  const { resumptionSecret } = result
  if (!keep || !resumptionSecret) return
  const { ticket, ticketNonce, ticketAgeAdd, ticketLifetime: lifetimeSeconds } = body
  const secret = await resumptionSecret.expandLabel('resumption', ticketNonce, result.suite.hash.length)
  await keep({ ticket, secret, ticketAgeAdd, lifetimeSeconds, maxEarlyDataSize, result })
}
