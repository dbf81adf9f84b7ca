import type { Certificate } from '../certificates/certificate.js'

/** A peer whose chain was found valid. */
export interface VerifiedPeer {
  /** As received, leaf first. */
  readonly certificates: readonly Certificate[]
  /** As validated: leaf first, trust anchor last. */
  readonly path: readonly Certificate[]
  /** The DER of the stapled OCSPResponse, where one was asked for and came; found good. */
  readonly ocspResponse?: Uint8Array | undefined
  /** Where they were asked for and came: SignedCertificateTimestamps (RFC 6962), which are not verified here. */
  readonly signedCertificateTimestamps?: readonly Uint8Array[]
}
