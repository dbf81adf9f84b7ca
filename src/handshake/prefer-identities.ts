import type { Identity } from '../certificates/identity/identity.js'
import { ParsedCertificate } from '../certificates/parsed-certificate.js'
import type { SignatureAlgorithm } from '../crypto/signature/signature-algorithm.js'
import { isSignatureOfScheme, signatureSchemeByCodePoint } from '../crypto/signature-schemes.js'

/**
 * The identities with those first whose chain is signed only in ways that the peer takes. RFC 9846 section 4.5.1.2:
 * "All certificates provided by the sender MUST be signed by a signature algorithm advertised by the peer, if it is
 * able to provide such a chain"; else it may be one "of its choice".
 */
export function preferAcceptedChains(
  identities: readonly Identity[],
  accepted: readonly number[] | undefined,
): readonly Identity[] {
  if (identities.length < 2 || accepted === undefined) return identities
  const schemes = accepted.flatMap((codePoint) => signatureSchemeByCodePoint.get(codePoint) ?? [])
  const isAccepted = (identity: Identity) =>
    signaturesOf(identity).every(
      (algorithm) => algorithm !== undefined && schemes.some((scheme) => isSignatureOfScheme(algorithm, scheme)),
    )
  return [...identities.filter(isAccepted), ...identities.filter((each) => !isAccepted(each))]
}

const known = new WeakMap<Identity, readonly (SignatureAlgorithm | undefined)[]>()

/** "Certificates that are self-signed ... are not validated as part of the chain"; `undefined` for an unknown way. */
function signaturesOf(identity: Identity): readonly (SignatureAlgorithm | undefined)[] {
  const before = known.get(identity)
  if (before) return before
  const algorithms = identity.chain
    .map((der) => ParsedCertificate.parse(der))
    .filter((certificate) => !certificate.isSelfIssued)
    .map((certificate) => {
      try {
        return certificate.signatureAlgorithm
      } catch {
        return undefined
      }
    })
  known.set(identity, algorithms)
  return algorithms
}
