import type { HandshakeResult, WriteState } from '../handshake-result.js'
import type { MessageChannel } from '../message-channel.js'
import { answerHellos } from './answer-hellos.js'
import { readClientFlight } from './client-flight.js'
import { sendTickets } from './send-tickets.js'
import { sendServerFlight } from './server-flight.js'
import type { EarlyDataSink, ServerParameters } from './server-parameters.js'

/** A server's handshake, from START to CONNECTED: RFC 9846 section 2 and appendix A.2. */
export async function serverHandshake(
  channel: MessageChannel,
  parameters: ServerParameters,
  earlyDataSink: EarlyDataSink,
  mayWrite: (state: WriteState) => void,
): Promise<HandshakeResult> {
  const started = performance.now()
  const negotiated = await answerHellos(channel, parameters)
  const serverHello = performance.now()
  //= rfc9846#section-4 4-1
  //= rfc9846#section-4.6 4.6-3
  const flight = await sendServerFlight(channel, parameters, negotiated)
  const serverFinished = performance.now()
  //= rfc9846#section-4.5.3 4.5.3-3
  if (parameters.allowsHalfRttData) {
    const { clientApplicationTrafficSecret: readSecret, serverApplicationTrafficSecret: writeSecret } = flight
    mayWrite({ suite: negotiated.suite, readSecret, writeSecret })
  }
  const client = await readClientFlight(channel, parameters, negotiated, flight, earlyDataSink)

  const { psk, hello, alpnProtocol } = negotiated
  const peer = psk?.resumption ? psk.resumption.peer : client.peer
  const isExternalPsk = psk !== undefined && psk.resumption === undefined
  const result: HandshakeResult = {
    suite: negotiated.suite,
    group: negotiated.group,
    signatureScheme: client.signatureScheme,
    alpnProtocol: alpnProtocol && new TextDecoder().decode(alpnProtocol),
    //= rfc9846#section-4.7.1 4.7.1-10
    serverName: hello.serverName,
    peerCertificates: peer?.certificates ?? [],
    verifiedPath: peer?.path ?? [],
    resumed: psk?.resumption !== undefined,
    authenticatedAt: psk?.resumption?.authenticatedAt ?? parameters.provider.now(),
    helloRetried: negotiated.isRetried,
    earlyData: negotiated.acceptsEarlyData ? 'accepted' : negotiated.offeredEarlyData ? 'rejected' : 'none',
    readSecret: flight.clientApplicationTrafficSecret,
    writeSecret: flight.serverApplicationTrafficSecret,
    exporterSecret: flight.exporterSecret,
    resumptionSecret: client.resumptionSecret,
    //= rfc9846#section-4.3.6 4.3.6-1
    //= rfc9846#section-4.4.2 4.4.2-10
    //= rfc9846#section-F.1 F.1-1
    postHandshakeTranscript: hello.offersPostHandshakeAuth && !isExternalPsk ? client.transcript : undefined,
    times: { started, clientHello: started, serverHello, serverFinished, finished: performance.now() },
  }
  await sendTickets(channel, parameters, hello, result)
  return result
}
