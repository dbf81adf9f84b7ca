import { parseSubjectPublicKeyInfo } from '../../crypto/signature/public-key.js'
import { verifySignature } from '../../crypto/signature/verify.js'
import { keyFitsScheme, signatureSchemeByCodePoint } from '../../crypto/signature-schemes.js'
import type { TranscriptHash } from '../../crypto/transcript.js'
import { TlsError } from '../../errors/tls-error.js'
import type { CertificateMessage } from '../../messages/certificate.js'
import type { CertificateRequest } from '../../messages/certificate-request.js'
import type { CertificateVerify } from '../../messages/certificate-verify.js'
import { nameOf, SignatureScheme } from '../../messages/code-points.js'
import { requireExtension } from '../../messages/extensions/extension.js'
import { checkExtensionPlaces, checkResponseExtensions } from '../../messages/extensions/permitted.js'
import { signatureAlgorithms } from '../../messages/extensions/signature-algorithms.js'
import type { Bytes } from '../../wire/bytes.js'
import { signedContent } from '../signed-content.js'
import type { SentOffer } from './client-offer.js'
import type { VerifiedPeer } from './client-parameters.js'

/** RFC 9846 section 4.5.2: the server's chain, leaf first; not judged yet. */
export function readServerCertificate(message: CertificateMessage, offer: SentOffer): readonly Bytes[] {
  if (message.certificateRequestContext.length > 0) {
    throw new TlsError('illegal_parameter', 'certificate_request_context of a server is not empty (section 4.5.2)')
  }
  // section 4.5.2.4: "If the server supplies an empty Certificate message ... decode_error"
  if (message.certificateList.length === 0) {
    throw new TlsError('decode_error', 'the server sent no certificate')
  }
  for (const { extensions } of message.certificateList)
    checkResponseExtensions(extensions, 'certificate', offer.offeredExtensions)
  return message.certificateList.map(({ certificateData }) => certificateData)
}

/** RFC 9846 section 4.4.2 */
export function checkCertificateRequest({ certificateRequestContext, extensions }: CertificateRequest): void {
  if (certificateRequestContext.length > 0) {
    throw new TlsError('illegal_parameter', 'certificate_request_context in the handshake is not empty (section 4.4.2)')
  }
  checkExtensionPlaces(extensions, 'certificateRequest')
  requireExtension(extensions, signatureAlgorithms, signatureAlgorithms.certificateRequest, 'certificate_request')
}

/** RFC 9846 section 4.5.3: the server holds the key of its certificate. @returns the scheme's name */
export async function checkServerSignature(
  { algorithm, signature }: CertificateVerify,
  offer: SentOffer,
  peer: VerifiedPeer,
  transcriptHash: TranscriptHash,
): Promise<string> {
  const { provider, signatureSchemes } = offer.parameters
  const scheme = signatureSchemeByCodePoint.get(algorithm)
  const name = nameOf(SignatureScheme, algorithm)
  if (!scheme || !signatureSchemes.includes(scheme)) {
    throw new TlsError('illegal_parameter', `certificate_verify is signed with ${name}, which was not offered`)
  }
  const [leaf] = peer.certificates
  if (!leaf) throw new TlsError('internal', 'a chain without a leaf was accepted')
  const key = parseSubjectPublicKeyInfo(leaf.subjectPublicKeyInfo)
  if (!keyFitsScheme(key, scheme)) {
    throw new TlsError(
      'illegal_parameter',
      `certificate_verify is signed with ${name}, which a key of kind ${key.kind} can't make`,
    )
  }
  const content = signedContent('server', transcriptHash)
  const isValid = await verifySignature(provider, leaf.subjectPublicKeyInfo, scheme.algorithm, signature, content)
  if (!isValid) {
    throw new TlsError(
      'signature_invalid',
      'the signature of certificate_verify is wrong: the server does not hold the key',
    )
  }
  return name
}
