import { checkVerifyData } from '../../crypto/finished.js'
import type { Transcript } from '../../crypto/transcript.js'
import { TlsError } from '../../errors/tls-error.js'
import type { ReceivedMessage } from '../../messages/handshake-message.js'
import { certificateForms, plainCertificate } from '../certificate-forms.js'
import { checkCertificateVerify } from '../certificate-verification.js'
import type { MessageChannel } from '../message-channel.js'
import { applyServersLimits } from '../record-limits.js'
import type { VerifiedPeer } from '../verified-peer.js'
import type { HandshakeEpoch } from './handshake-epoch.js'
import { type CertificateDemand, readCertificateRequest, readServerCertificate } from './server-authentication.js'
import { readEncryptedExtensions, type ServerExtensions } from './server-parameters.js'

/** The server's flight, read and believed. */
export interface ServerFlight {
  readonly extensions: ServerExtensions
  readonly peer: VerifiedPeer
  /** `undefined` with a PSK, whose knowledge is the proof. */
  readonly signatureScheme: string | undefined
  /** Where a certificate is asked for. */
  readonly certificateDemand: CertificateDemand | undefined
  /** Up to and with the server's Finished. */
  readonly transcript: Transcript
}

/** States WAIT_EE, WAIT_CERT_CR, WAIT_CERT, WAIT_CV and WAIT_FINISHED. */
export async function readServerFlight(channel: MessageChannel, epoch: HandshakeEpoch): Promise<ServerFlight> {
  const { hellos } = epoch
  const { offer } = hellos
  const { provider } = offer.parameters
  const { hash } = hellos.suite

  const encryptedExtensions = await channel.receive('WAIT_EE', 'encrypted_extensions')
  const extensions = readEncryptedExtensions(encryptedExtensions.body, offer)
  checkEarlyData(epoch, extensions)
  applyServersLimits(channel, offer.parameters.recordLimits, extensions.recordLimits)
  if (hellos.wasEarlyDataSent && !extensions.acceptsEarlyData) channel.installWriteKeys(epoch.writeKeys, 'handshake')
  const transcript = hellos.transcript.with(encryptedExtensions.bytes)
  const authentication = hellos.psk
    ? { peer: hellos.psk.session?.peer ?? nobody, signatureScheme: undefined, certificateDemand: undefined, transcript }
    : await readAuthentication(channel, epoch, transcript)

  const transcriptHash = authentication.transcript.digest(provider, hash)
  const finished = await channel.receive('WAIT_FINISHED', 'finished')
  await channel.observer.timed(
    "Verify the server's Finished",
    checkServerFinished(epoch, finished, await transcriptHash),
  )
  return { extensions, ...authentication, transcript: authentication.transcript.with(finished.bytes) }
}

const nobody: VerifiedPeer = { certificates: [], path: [] }

/** Section 4.3.10: early data is accepted with the first PSK, its suite and its protocol, or not at all. */
function checkEarlyData({ hellos }: HandshakeEpoch, extensions: ServerExtensions): void {
  if (!extensions.acceptsEarlyData) return
  const { psk, offer } = hellos
  //= rfc9846#section-4.3.11 4.3.11-17 4.3.11-18
  if (!psk?.session || psk !== offer.psks[0]) {
    throw new TlsError('illegal_parameter', 'the server accepts early data without choosing the first PSK')
  }
  if (psk.session.suite !== hellos.suite || psk.session.alpnProtocol !== extensions.alpnProtocol) {
    throw new TlsError(
      'illegal_parameter',
      'the server accepts early data under another suite or protocol than the session had',
    )
  }
}

/** States WAIT_CERT_CR, WAIT_CERT and WAIT_CV. */
async function readAuthentication(
  channel: MessageChannel,
  { hellos }: HandshakeEpoch,
  before: Transcript,
): Promise<Omit<ServerFlight, 'extensions'>> {
  const { offer } = hellos
  const { provider } = offer.parameters
  const { hash } = hellos.suite
  let transcript = before
  let certificateDemand: CertificateDemand | undefined
  const forms = certificateForms(offer.parameters)
  let certificate = await channel.receive('WAIT_CERT_CR', 'certificate_request', ...forms)
  if (certificate.name === 'certificate_request') {
    certificateDemand = readCertificateRequest(certificate.body)
    transcript = transcript.with(certificate.bytes)
    certificate = await channel.receive('WAIT_CERT', ...forms)
  }
  const chain = readServerCertificate(await plainCertificate(certificate, offer.parameters), offer)
  transcript = transcript.with(certificate.bytes)
  // the chain is judged beside the rest of the flight
  const verdict = channel.observer.timed('Verify the certificate chain', offer.parameters.verifyServer(chain))
  verdict.catch(() => undefined)
  const certificateHash = transcript.digest(provider, hash)

  const certificateVerify = await channel.receive('WAIT_CV', 'certificate_verify')
  transcript = transcript.with(certificateVerify.bytes)
  const peer = await verdict
  const signatureScheme = await channel.observer.timed(
    'Verify the signature of CertificateVerify',
    checkCertificateVerify(
      provider,
      'server',
      certificateVerify.body,
      offer.parameters.signatureSchemes,
      peer,
      await certificateHash,
    ),
  )
  await offer.parameters.approveServer?.(peer)
  return { peer, signatureScheme, certificateDemand, transcript }
}

/** RFC 9846 section 4.5.3 */
async function checkServerFinished(
  { hellos, serverHandshakeTrafficSecret }: HandshakeEpoch,
  finished: ReceivedMessage<'finished'>,
  transcriptHash: Parameters<typeof checkVerifyData>[2],
): Promise<void> {
  const { provider } = hellos.offer.parameters
  const { verifyData } = finished.body
  if (verifyData.length !== hellos.suite.hash.length) {
    throw new TlsError('decode_error', `finished has ${verifyData.length} bytes instead of ${hellos.suite.hash.length}`)
  }
  //= rfc9846#section-4.5.3 4.5.3-1 4.5.3-2
  if (!(await checkVerifyData(provider, serverHandshakeTrafficSecret, transcriptHash, verifyData))) {
    throw new TlsError('finished_mismatch', "the server's Finished is wrong: the handshake was tampered with")
  }
}
