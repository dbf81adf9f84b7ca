import { makeVerifyData } from '../../crypto/finished.js'
import type { Secret } from '../../crypto/secret.js'
import type { Transcript } from '../../crypto/transcript.js'
import { encodeMessage } from '../../messages/handshake-message.js'
import { RecordKeys } from '../../record/record-keys.js'
import type { MessageChannel } from '../message-channel.js'
import { sendClientCertificate } from './client-authentication.js'
import type { HandshakeEpoch } from './handshake-epoch.js'
import type { ServerFlight } from './server-flight.js'

export interface ApplicationSecrets {
  readonly client: Secret
  readonly server: Secret
  readonly exporter: Secret
}

/** The client's second flight, after which both directions are the application's (appendix A.1). */
export async function sendClientFlight(
  channel: MessageChannel,
  epoch: HandshakeEpoch,
  flight: ServerFlight,
): Promise<{ secrets: ApplicationSecrets; resumptionSecret: Secret | undefined; transcript: Transcript }> {
  const { hellos } = epoch
  const { provider, keepTicket } = hellos.offer.parameters
  const { suite } = hellos
  const { observer } = channel

  // begun before the client's Finished, which does not count in them
  const application = deriveApplicationSecrets(epoch, flight)
  application.catch(() => undefined)

  let { transcript } = flight
  if (flight.extensions.acceptsEarlyData) {
    // the last message under the early keys: section 4.6
    //= rfc9846#section-4.6 4.6-1 4.6-2
    transcript = transcript.with(channel.send('end_of_early_data', {}))
    channel.installWriteKeys(epoch.writeKeys, 'handshake')
  }
  //= rfc9846#section-4.5.1 4.5.1-2
  if (flight.certificateDemand) {
    transcript = await sendClientCertificate(channel, epoch, flight.certificateDemand, transcript)
  }
  const verifyData = await observer.timed(
    "Make the client's Finished",
    transcript
      .digest(provider, suite.hash)
      .then((transcriptHash) => makeVerifyData(provider, epoch.clientHandshakeTrafficSecret, transcriptHash)),
  )
  const finished = encodeMessage('finished', { verifyData })

  const { stage, secrets, readKeys, writeKeys } = await observer.timed('Derive the application keys', application)
  // first, since it refuses what may not stand behind the server's Finished
  channel.installReadKeys(readKeys, 'application')
  //= rfc9846#section-5 5-3
  channel.source.refuseChangeCipherSpec()
  //= rfc9846#section-4.5.1 4.5.1-4
  channel.sendEncoded('finished', finished)
  //= rfc9846#section-4.5.3 4.5.3-4
  channel.installWriteKeys(writeKeys, 'application')
  transcript = transcript.with(finished)
  const resumptionSecret = keepTicket && (await stage.resumptionSecret(await transcript.digest(provider, suite.hash)))
  return { secrets, resumptionSecret, transcript }
}

async function deriveApplicationSecrets(epoch: HandshakeEpoch, flight: ServerFlight) {
  const { hellos } = epoch
  const { provider } = hellos.offer.parameters
  const [stage, serverFinishedHash] = await Promise.all([
    epoch.stage.applicationStage(),
    flight.transcript.digest(provider, hellos.suite.hash),
  ])
  const [client, server, exporter] = await Promise.all([
    stage.clientApplicationTrafficSecret(serverFinishedHash),
    stage.serverApplicationTrafficSecret(serverFinishedHash),
    stage.exporterSecret(serverFinishedHash),
  ])
  const [writeKeys, readKeys] = await Promise.all([
    RecordKeys.derive(provider, hellos.suite, client),
    RecordKeys.derive(provider, hellos.suite, server),
  ])
  return { stage, secrets: { client, server, exporter }, readKeys, writeKeys }
}
