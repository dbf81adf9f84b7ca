import { EarlyStage, type HandshakeStage } from '../../crypto/key-schedule.js'
import type { Secret } from '../../crypto/secret.js'
import { RecordKeys } from '../../record/record-keys.js'
import type { MessageChannel } from '../message-channel.js'
import type { Hellos } from './exchange-hellos.js'

/** The handshake under its own keys: RFC 9846 section 7.1, handshake stage. */
export interface HandshakeEpoch {
  readonly hellos: Hellos
  readonly stage: HandshakeStage
  readonly clientHandshakeTrafficSecret: Secret
  readonly serverHandshakeTrafficSecret: Secret
  readonly writeKeys: RecordKeys
}

/** K_recv and K_send become the handshake's; what fails from here on is said under these keys (appendix A.1). */
export async function enterHandshakeEpoch(channel: MessageChannel, hellos: Hellos): Promise<HandshakeEpoch> {
  const { observer } = channel
  const { suite, group } = hellos
  const { parameters, random } = hellos.offer
  const { provider } = parameters
  const keyLog = parameters.keyLog?.(random)

  const [transcriptHash, early, sharedSecret] = await Promise.all([
    hellos.transcript.digest(provider, suite.hash),
    hellos.psk?.early ?? EarlyStage.create(provider, suite.hash, undefined, keyLog),
    hellos.sharedSecret
      ? observer.timed(`Agree on a ${group} shared secret`, hellos.sharedSecret.hkdfKey())
      : ('psk_ke' as const),
  ])
  const stage = await early.handshakeStage(sharedSecret)
  const [client, server] = await observer.timed(
    'Derive the handshake traffic secrets',
    Promise.all([
      stage.clientHandshakeTrafficSecret(transcriptHash),
      stage.serverHandshakeTrafficSecret(transcriptHash),
    ]),
  )
  const [writeKeys, readKeys] = await observer.timed(
    'Derive the handshake keys',
    Promise.all([RecordKeys.derive(provider, suite, client), RecordKeys.derive(provider, suite, server)]),
  )
  channel.installReadKeys(readKeys, 'handshake')
  if (parameters.middleboxCompatibility && !hellos.isRetried) channel.oweChangeCipherSpec()
  // with early data under way it is not known yet whether EndOfEarlyData must go out under its keys
  //= rfc9846#section-A.1 A.1-1
  if (!hellos.wasEarlyDataSent) channel.installWriteKeys(writeKeys, 'handshake')
  return { hellos, stage, clientHandshakeTrafficSecret: client, serverHandshakeTrafficSecret: server, writeKeys }
}
