import type { Identity } from '../certificates/identity/identity.js'
import { ParsedCertificate } from '../certificates/parsed-certificate.js'
import type { SignatureAlgorithm } from '../crypto/signature/signature-algorithm.js'
import { isSignatureOfScheme, signatureSchemeByCodePoint } from '../crypto/signature-schemes.js'

/**
 * The identities with those first whose chain is signed only in ways that the peer takes; else it may be one of the
 * sender's choice, but none of SHA-1 that the peer did not ask for (RFC 9846 section 4.5.1.2).
 */
export function preferAcceptedChains(
  identities: readonly Identity[],
  accepted: readonly number[] | undefined,
): readonly Identity[] {
  //= rfc9846#section-4.5.1.2 4.5.1.2-12
  //= rfc9846#section-4.3.3 4.3.3-16
  const takesSha1 = accepted?.some((scheme) => sha1Schemes.has(scheme)) ?? false
  const strong = identities.filter((identity) =>
    signaturesOf(identity).weak.every((name) => takesSha1 && /sha-?1/i.test(name)),
  )
  if (strong.length < 2 || accepted === undefined) return strong
  const schemes = accepted.flatMap((codePoint) => signatureSchemeByCodePoint.get(codePoint) ?? [])
  //= rfc9846#section-4.5.1.2 4.5.1.2-9 4.5.1.2-10 4.5.1.2-11
  const isAccepted = (identity: Identity) =>
    signaturesOf(identity).algorithms.every(
      (algorithm) => algorithm !== undefined && schemes.some((scheme) => isSignatureOfScheme(algorithm, scheme)),
    )
  return [...strong.filter(isAccepted), ...strong.filter((each) => !isAccepted(each))]
}

interface ChainSignatures {
  /** `undefined` for an unknown way. */
  readonly algorithms: readonly (SignatureAlgorithm | undefined)[]
  /** Names of those that are too weak. */
  readonly weak: readonly string[]
}

const known = new WeakMap<Identity, ChainSignatures>()

/** Self-signed certificates do not count: nobody validates their signatures. */
function signaturesOf(identity: Identity): ChainSignatures {
  const before = known.get(identity)
  if (before) return before
  const certificates = identity.chain
    .map((der) => ParsedCertificate.parse(der))
    .filter((certificate) => !certificate.isSelfIssued)
  const algorithms = certificates.map((certificate) => {
    try {
      return certificate.signatureAlgorithm
    } catch {
      return undefined
    }
  })
  const signatures = { algorithms, weak: certificates.flatMap(({ weakAlgorithmName }) => weakAlgorithmName ?? []) }
  known.set(identity, signatures)
  return signatures
}

/** rsa_pkcs1_sha1 and ecdsa_sha1 */
const sha1Schemes: ReadonlySet<number> = new Set([0x0201, 0x0203])
