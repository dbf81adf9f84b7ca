import type { Identity } from '../certificates/identity/identity.js'
import type { SignatureSchemeParameters } from '../crypto/signature-schemes.js'

/**
 * How to sign: the first of our own policy's schemes for this role that the key can make and the peer takes (RFC 9846 section 4.3.3).
 * rsa_pkcs1 stands in both lists for certificates alone, whatever an identity of another make says.
 */
export function chooseScheme(
  allowed: readonly SignatureSchemeParameters[],
  identity: Identity,
  accepted: readonly number[],
): SignatureSchemeParameters | undefined {
  return allowed.find(
    ({ codePoint, onlyInCertificates }) =>
      !onlyInCertificates &&
      accepted.includes(codePoint) &&
      identity.schemes.some((scheme) => scheme.codePoint === codePoint),
  )
}
