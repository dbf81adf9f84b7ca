import { makeVerifyData } from '../../crypto/finished.js'
import { EarlyStage, type HandshakeStage } from '../../crypto/key-schedule.js'
import type { Secret } from '../../crypto/secret.js'
import type { Transcript } from '../../crypto/transcript.js'
import { applicationLayerProtocolNegotiation } from '../../messages/extensions/application-layer-protocol-negotiation.js'
import { earlyData } from '../../messages/extensions/early-data.js'
import { type Extension, hasExtension, makeExtension } from '../../messages/extensions/extension.js'
import { maxFragmentLength } from '../../messages/extensions/max-fragment-length.js'
import { recordSizeLimit } from '../../messages/extensions/record-size-limit.js'
import { serverName } from '../../messages/extensions/server-name.js'
import { maxPlaintextLength } from '../../record/limits.js'
import { RecordKeys } from '../../record/record-keys.js'
import { noBytes } from '../../wire/bytes.js'
import { sendCertificate } from '../certificate-forms.js'
import { certificateMessageOf } from '../certificate-message.js'
import type { MessageChannel } from '../message-channel.js'
import { fragmentLengthCodes, type RecordLimits } from '../record-limits.js'
import { signedContent } from '../signed-content.js'
import type { Negotiated } from './answer-hellos.js'
import { certificateRequestOf } from './certificate-request-extensions.js'
import type { ServerParameters } from './server-parameters.js'

/** After the server's Finished: it may send application data; the client's flight is still to come. */
export interface ServerFlightSent {
  readonly stage: HandshakeStage
  readonly clientHandshakeTrafficSecret: Secret
  readonly handshakeReadKeys: RecordKeys
  readonly asksForCertificate: boolean
  /** Up to and with the server's Finished. */
  readonly transcript: Transcript
  readonly clientApplicationTrafficSecret: Secret
  readonly serverApplicationTrafficSecret: Secret
  readonly exporterSecret: Secret
  readonly applicationReadKeys: RecordKeys
  resumptionSecret(clientFinished: Transcript): Promise<Secret>
}

/** EncryptedExtensions to Finished under the handshake's keys, and then the application's: appendix A.2. */
export async function sendServerFlight(
  channel: MessageChannel,
  parameters: ServerParameters,
  negotiated: Negotiated,
): Promise<ServerFlightSent> {
  const { provider } = parameters
  const { suite, hello, psk } = negotiated
  const { observer } = channel
  const keyLog = parameters.keyLog?.(hello.body.random)

  const [transcriptHash, early, sharedSecret] = await Promise.all([
    negotiated.transcript.digest(provider, suite.hash),
    psk?.early ?? EarlyStage.create(provider, suite.hash, undefined, keyLog),
    negotiated.keyResponse ? negotiated.keyResponse.sharedSecret.hkdfKey() : ('psk_ke' as const),
  ])
  const stage = await early.handshakeStage(sharedSecret)
  const [client, server] = await Promise.all([
    stage.clientHandshakeTrafficSecret(transcriptHash),
    stage.serverHandshakeTrafficSecret(transcriptHash),
  ])
  const [writeKeys, handshakeReadKeys, earlyReadKeys] = await observer.timed(
    'Derive the handshake keys',
    Promise.all([
      RecordKeys.derive(provider, suite, server),
      RecordKeys.derive(provider, suite, client),
      negotiated.acceptsEarlyData ? deriveEarlyReadKeys(parameters, negotiated, early) : undefined,
    ]),
  )
  channel.installWriteKeys(writeKeys, 'handshake')
  if (earlyReadKeys) channel.installReadKeys(earlyReadKeys, 'early')
  else {
    if (hello.offersEarlyData) channel.source.skipUndecryptable(parameters.maxSkippedEarlyData)
    channel.installReadKeys(handshakeReadKeys, 'handshake', { acceptsPlaintextAlert: true })
  }

  const flight = await sendAuthentication(channel, parameters, negotiated)
  const verifyData = await observer.timed(
    "Make the server's Finished",
    flight.transcript.digest(provider, suite.hash).then((hash) => makeVerifyData(provider, server, hash)),
  )
  //= rfc9846#section-4.3.11.3 4.3.11.3-1
  const transcript = flight.transcript.with(channel.send('finished', { verifyData }))

  const [application, serverFinishedHash] = await Promise.all([
    stage.applicationStage(),
    transcript.digest(provider, suite.hash),
  ])
  const [clientSecret, serverSecret, exporterSecret] = await Promise.all([
    application.clientApplicationTrafficSecret(serverFinishedHash),
    application.serverApplicationTrafficSecret(serverFinishedHash),
    application.exporterSecret(serverFinishedHash),
  ])
  const [applicationWriteKeys, applicationReadKeys] = await Promise.all([
    RecordKeys.derive(provider, suite, serverSecret),
    RecordKeys.derive(provider, suite, clientSecret),
  ])
  //= rfc9846#section-4.5.3 4.5.3-4
  channel.installWriteKeys(applicationWriteKeys, 'application')
  return {
    stage,
    clientHandshakeTrafficSecret: client,
    handshakeReadKeys,
    asksForCertificate: flight.asksForCertificate,
    transcript,
    clientApplicationTrafficSecret: clientSecret,
    serverApplicationTrafficSecret: serverSecret,
    exporterSecret,
    applicationReadKeys,
    resumptionSecret: async (clientFinished) =>
      await application.resumptionSecret(await clientFinished.digest(provider, suite.hash)),
  }
}

async function deriveEarlyReadKeys({ provider }: ServerParameters, negotiated: Negotiated, early: EarlyStage) {
  const { suite, clientHelloTranscript } = negotiated
  const hash = await clientHelloTranscript.digest(provider, suite.hash)
  return await RecordKeys.derive(provider, suite, await early.clientEarlyTrafficSecret(hash))
}

/** EncryptedExtensions, CertificateRequest, Certificate and CertificateVerify. */
async function sendAuthentication(
  channel: MessageChannel,
  parameters: ServerParameters,
  negotiated: Negotiated,
): Promise<{ transcript: Transcript; asksForCertificate: boolean }> {
  const { provider } = parameters
  const { identity, suite, hello } = negotiated
  // RFC 8449 section 4: the first protected record counts already
  const limits = clientsLimits(parameters, hello.recordLimits)
  if (limits) {
    channel.sink.limitFragments(limits.sent)
    // early data was sent before the client knew of ours
    if (!negotiated.acceptsEarlyData) channel.source.limitInnerPlaintext(limits.received)
  }
  let transcript = negotiated.transcript.with(
    //= rfc9846#section-4.4.1 4.4.1-1
    channel.send('encrypted_extensions', { extensions: encryptedExtensionsOf(parameters, negotiated) }),
  )
  //= rfc9846#section-4.4.2 4.4.2-8 4.4.2-10
  //= rfc9846#section-F.1 F.1-1
  if (!identity) return { transcript, asksForCertificate: false }

  const asksForCertificate = parameters.clientAuth !== 'none'
  if (asksForCertificate) {
    //= rfc9846#section-4.4.2 4.4.2-1 4.4.2-2 4.4.2-4
    const request = { certificateRequestContext: noBytes, extensions: certificateRequestOf(parameters) }
    transcript = transcript.with(channel.send('certificate_request', request))
  }
  //= rfc9846#section-4.5.1 4.5.1-1 4.5.1-5 4.5.1-6 4.5.1-16
  const message = certificateMessageOf(identity.identity, noBytes, hello.body.extensions)
  const encoded = await sendCertificate(channel, parameters, identity.identity, message, hello.certificateCompression)
  transcript = transcript.with(encoded)
  const content = signedContent('server', await transcript.digest(provider, suite.hash))
  const signature = await channel.observer.timed(
    'Sign CertificateVerify',
    identity.identity.makeSignature(identity.scheme, content),
  )
  const verify = { algorithm: identity.scheme.codePoint, signature }
  //= rfc9846#section-4.5.2 4.5.2-1 4.5.2-3
  return { transcript: transcript.with(channel.send('certificate_verify', verify)), asksForCertificate }
}

/**
 * RFC 8449 section 5: where both stand, record_size_limit counts.
 * @returns the longest content to send, and the longest TLSInnerPlaintext to take, in bytes
 */
export function clientsLimits(
  parameters: ServerParameters,
  { recordSizeLimit: limit, maxFragmentLength: code }: RecordLimits,
): { readonly sent: number; readonly received: number } | undefined {
  if (limit !== undefined) return { sent: limit - 1, received: parameters.recordSizeLimit }
  if (code === undefined) return undefined
  const fragment = fragmentLengthCodes.get(code) ?? maxPlaintextLength
  return { sent: fragment, received: fragment + 1 }
}

function encryptedExtensionsOf(
  parameters: ServerParameters,
  { hello, alpnProtocol, acceptsEarlyData, psk }: Negotiated,
): readonly Extension[] {
  //= rfc9846#section-4.3 4.3-5
  //= rfc9846#section-4.3.6 4.3.6-2
  //= rfc9846#section-4.3.9 4.3.9-6
  //= rfc9846#section-4.5.1.1 4.5.1.1-3
  //= rfc9846#section-E.5 E.5-12
  const extensions: Extension[] = []
  const { recordSizeLimit: limit, maxFragmentLength: code } = hello.recordLimits
  if (limit !== undefined) {
    extensions.push(makeExtension(recordSizeLimit, recordSizeLimit.encryptedExtensions, parameters.recordSizeLimit))
  } else if (code !== undefined) {
    extensions.push(makeExtension(maxFragmentLength, maxFragmentLength.encryptedExtensions, code))
  }
  // RFC 6066 section 3: acknowledged where it was used to choose the certificate
  if (hasExtension(hello.body.extensions, serverName) && !psk) {
    extensions.push(makeExtension(serverName, serverName.encryptedExtensions, true))
  }
  if (alpnProtocol) {
    const alpn = applicationLayerProtocolNegotiation
    extensions.push(makeExtension(alpn, alpn.encryptedExtensions, [alpnProtocol]))
  }
  //= rfc9846#section-4.3.10 4.3.10-11
  if (acceptsEarlyData) extensions.push(makeExtension(earlyData, earlyData.encryptedExtensions, true))
  return extensions
}
