import type { CertificateMessage } from '../messages/certificate.js'
import { readExtension } from '../messages/extensions/extension.js'
import { checkResponseExtensions } from '../messages/extensions/permitted.js'
import { signedCertificateTimestamp } from '../messages/extensions/signed-certificate-timestamp.js'
import { statusRequest } from '../messages/extensions/status-request.js'
import type { Bytes } from '../wire/bytes.js'

/** A peer's Certificate message, read and not judged yet: RFC 9846 section 4.5.1. */
export interface ReceivedChain {
  /** DER, leaf first. */
  readonly certificates: readonly Bytes[]
  /** Stapled to the leaf. */
  readonly ocspResponse: Bytes | undefined
  readonly signedCertificateTimestamps: readonly Bytes[]
}

/** @param asked the extensions that may be answered */
export function readChain({ certificateList }: CertificateMessage, asked: ReadonlySet<number>): ReceivedChain {
  for (const { extensions } of certificateList) {
    checkResponseExtensions(extensions, 'certificate', asked)
    // all are parsed, though only the leaf's are of use
    readExtension(extensions, statusRequest, statusRequest.certificate)
    readExtension(extensions, signedCertificateTimestamp, signedCertificateTimestamp.certificate)
  }
  const leaf = certificateList[0]?.extensions ?? []
  return {
    certificates: certificateList.map(({ certificateData }) => certificateData),
    ocspResponse: readExtension(leaf, statusRequest, statusRequest.certificate)?.response,
    signedCertificateTimestamps:
      readExtension(leaf, signedCertificateTimestamp, signedCertificateTimestamp.certificate) ?? [],
  }
}
