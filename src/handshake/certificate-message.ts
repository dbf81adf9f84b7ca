import type { Identity } from '../certificates/identity/identity.js'
import type { CertificateMessage } from '../messages/certificate.js'
import { type Extension, hasExtension, makeExtension } from '../messages/extensions/extension.js'
import { signedCertificateTimestamp } from '../messages/extensions/signed-certificate-timestamp.js'
import { asksForOcsp, statusRequest } from '../messages/extensions/status-request.js'
import type { Bytes } from '../wire/bytes.js'

/**
 * A Certificate message: RFC 9846 section 4.5.1. Its extensions answer those of the request alone.
 * @param asked the extensions of the ClientHello, or of the CertificateRequest
 */
export function certificateMessageOf(
  identity: Identity,
  certificateRequestContext: Bytes,
  asked: readonly Extension[],
): CertificateMessage {
  const leafExtensions: Extension[] = []
  //= rfc9846#section-4.5.1.1 4.5.1.1-1 4.5.1.1-7
  if (identity.ocspResponse && asksForOcsp(asked)) {
    const status = { statusType: 1, response: identity.ocspResponse }
    leafExtensions.push(makeExtension(statusRequest, statusRequest.certificate, status))
  }
  const timestamps = identity.signedCertificateTimestamps
  if (timestamps.length > 0 && hasExtension(asked, signedCertificateTimestamp)) {
    const definition = signedCertificateTimestamp
    leafExtensions.push(makeExtension(definition, definition.certificate, timestamps))
  }
  return {
    certificateRequestContext,
    //= rfc9846#section-4.5.1 4.5.1-9 4.5.1-10 4.5.1-11
    certificateList: identity.chain.map((certificateData, index) => ({
      certificateData,
      //= rfc9846#section-4.5.1 4.5.1-8
      extensions: index === 0 ? leafExtensions : [],
    })),
  }
}
