import type { Bytes } from '../../wire/bytes.js'
import type { HandshakeResult } from '../handshake-result.js'
import type { MessageChannel } from '../message-channel.js'
import { sendClientFlight } from './client-flight.js'
import { makeOffer } from './client-offer.js'
import type { ClientParameters } from './client-parameters.js'
import { exchangeHellos } from './exchange-hellos.js'
import { enterHandshakeEpoch } from './handshake-epoch.js'
import { readServerFlight } from './server-flight.js'

/** A client's full handshake, from START to CONNECTED: RFC 9846 section 2 and appendix A.1. */
export async function clientHandshake(
  channel: MessageChannel,
  parameters: ClientParameters,
  earlyData: Bytes,
): Promise<HandshakeResult> {
  const started = performance.now()
  const offer = await makeOffer(parameters, channel.observer, earlyData)
  const clientHelloTime = performance.now()

  const hellos = await exchangeHellos(channel, offer)
  const serverHelloTime = performance.now()

  const epoch = await enterHandshakeEpoch(channel, hellos)
  const serverFlight = await readServerFlight(channel, epoch)
  const serverFinishedTime = performance.now()

  const { secrets, resumptionSecret, transcript } = await sendClientFlight(channel, epoch, serverFlight)
  const isExternalPsk = hellos.psk !== undefined && hellos.psk.session === undefined
  return {
    suite: hellos.suite,
    group: hellos.group,
    signatureScheme: serverFlight.signatureScheme,
    alpnProtocol: serverFlight.extensions.alpnProtocol,
    serverName: parameters.serverNameIndication,
    peerCertificates: serverFlight.peer.certificates,
    verifiedPath: serverFlight.peer.path,
    resumed: hellos.psk?.session !== undefined,
    authenticatedAt: hellos.psk?.session?.authenticatedAt ?? parameters.provider.now(),
    helloRetried: hellos.isRetried,
    // what was handed over and could not be offered is rejected as well: it must be sent again
    //= rfc9846#section-4.3.10 4.3.10-14 4.3.10-15 4.3.10-16
    //= rfc9846#section-F.5 F.5-4
    earlyData: earlyData.length === 0 ? 'none' : serverFlight.extensions.acceptsEarlyData ? 'accepted' : 'rejected',
    readSecret: secrets.server,
    writeSecret: secrets.client,
    exporterSecret: secrets.exporter,
    resumptionSecret,
    //= rfc9846#section-F.1 F.1-1
    postHandshakeTranscript: parameters.postHandshakeAuth && !isExternalPsk ? transcript : undefined,
    times: {
      started,
      clientHello: clientHelloTime,
      serverHello: serverHelloTime,
      serverFinished: serverFinishedTime,
      finished: performance.now(),
    },
  }
}
