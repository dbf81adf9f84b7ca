import { TlsError } from '../../errors/tls-error.js'
import type { CertificateMessage } from '../../messages/certificate.js'
import type { CertificateRequest } from '../../messages/certificate-request.js'
import { requireExtension } from '../../messages/extensions/extension.js'
import { checkExtensionPlaces, checkResponseExtensions } from '../../messages/extensions/permitted.js'
import { signatureAlgorithms } from '../../messages/extensions/signature-algorithms.js'
import type { Bytes } from '../../wire/bytes.js'
import type { SentOffer } from './client-offer.js'

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
