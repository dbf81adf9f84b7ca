import type { PublicKey } from '../../crypto/signature/public-key.js'
import type { ParsedCertificate } from '../parsed-certificate.js'
import type { CertificatePurpose } from '../validation-options.js'

/** Where a certificate stands in the path. A leaf that is itself the anchor is a leaf. */
export type CertificateRole = 'leaf' | 'intermediate' | 'anchor'

export interface CheckContext {
  readonly role: CertificateRole
  readonly purpose: CertificatePurpose
}

/** Throws a CertificateError when the rule is broken. */
export type CertificateCheck = (certificate: ParsedCertificate, context: CheckContext) => void

/** Rules that certificates must meet beyond the path validation of RFC 5280 section 6, which is always done. */
export interface ValidationProfile {
  readonly name: string
  readonly checks: readonly CertificateCheck[]
  /** What the profile asks of a signature beyond its being one that the issuer's key can make. */
  readonly checkSignature?: (certificate: ParsedCertificate, issuerKey: PublicKey) => void
}

/**
 * RFC 5280 section 6 and RFC 9525 alone: what security needs, and nothing that only says how a CA should write its
 * certificates. For private CAs, whose tools often leave out key identifiers and the like.
 */
export const privatePki: ValidationProfile = { name: 'private PKI', checks: [] }
