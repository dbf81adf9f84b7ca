import type { Identity } from '../certificates/identity/identity.js'
import type { SignatureSchemeParameters } from '../crypto/signature-schemes.js'

/** How to sign: the first of our own policy's schemes that the key can make and the peer takes (RFC 9846 section 4.3.3). */
export function chooseScheme(
  allowed: readonly SignatureSchemeParameters[],
  identity: Identity,
  accepted: readonly number[],
): SignatureSchemeParameters | undefined {
  return allowed.find(
    ({ codePoint }) =>
      accepted.includes(codePoint) && identity.schemes.some((scheme) => scheme.codePoint === codePoint),
  )
}
