import { TlsError } from '../errors/tls-error.js'
import {
  CipherSuite,
  type CipherSuiteName,
  NamedGroup,
  type NamedGroupName,
  SignatureScheme,
  type SignatureSchemeName,
} from '../messages/code-points.js'
import { type CertificateKeyName, certificateKeyNames } from './certificate-keys.js'

/** What may be negotiated, each list in order of preference and by IANA's names. */
export interface SecurityPolicyParameters {
  readonly cipherSuites: readonly CipherSuiteName[]
  /** `supported_groups` */
  readonly groups: readonly NamedGroupName[]
  /** Those of `groups` for which a client sends a share at once; a server that wants another asks for it. */
  readonly keyShares: readonly NamedGroupName[]
  /** Those of `groups` that a server asks for by a HelloRetryRequest although a share of another came. */
  readonly stronglyPreferredGroups: readonly NamedGroupName[]
  /**
   * `signature_algorithms`: for CertificateVerify and, the rsa_pkcs1 ones, for certificates only. Those of RFC 9963,
   * `rsa_pkcs1_sha256_legacy` and its like, are for a client's CertificateVerify only; no named policy has them.
   */
  readonly signatureSchemes: readonly SignatureSchemeName[]
  /**
   * How the certificates of a chain may be signed, the trust anchor's own apart; `null` for any way that is known. As
   * in s2n-tls it is the signature algorithm that counts: the curve of an ECDSA scheme and the kind of key behind an
   * RSA-PSS one do not.
   */
  readonly certificateSignatureSchemes: readonly SignatureSchemeName[] | null
  /** The keys that the certificates of a chain may have, the trust anchor's too; `null` for any that is known. */
  readonly certificateKeys: readonly CertificateKeyName[] | null
  /** Whether the two restrictions hold for one's own certificates as well as for a peer's. */
  readonly restrictsOwnCertificates: boolean
  /** Whether a server lets a client that prefers ChaCha20-Poly1305 have it, whatever its own order. */
  readonly followsChaCha20Preference: boolean
}

/** @throws TlsError `invalid_argument` */
export function checkParameters(parameters: SecurityPolicyParameters): void {
  const { groups, signatureSchemes, certificateSignatureSchemes, certificateKeys } = parameters
  checkNames('cipherSuites', parameters.cipherSuites, Object.keys(CipherSuite))
  checkNames('groups', groups, Object.keys(NamedGroup))
  for (const list of ['keyShares', 'stronglyPreferredGroups'] as const) {
    checkNames(list, parameters[list], Object.keys(NamedGroup), 0)
    for (const name of parameters[list]) {
      if (!groups.includes(name)) throw invalid(`${list} has ${name}, which is not among the groups`)
    }
  }
  checkNames('signatureSchemes', signatureSchemes, Object.keys(SignatureScheme))
  if (signatureSchemes.every((name) => name.startsWith('rsa_pkcs1_'))) {
    throw invalid('signatureSchemes has rsa_pkcs1 ones only, which cannot make a CertificateVerify in TLS 1.3')
  }
  if (certificateSignatureSchemes !== null) {
    checkNames('certificateSignatureSchemes', certificateSignatureSchemes, Object.keys(SignatureScheme))
    const legacy = certificateSignatureSchemes.find((name) => name.endsWith('_legacy'))
    if (legacy)
      throw invalid(`certificateSignatureSchemes has ${legacy}, which is for CertificateVerify only (RFC 9963)`)
  }
  if (certificateKeys !== null) checkNames('certificateKeys', certificateKeys, certificateKeyNames)
}

function checkNames(list: string, names: readonly string[], known: readonly string[], atLeast = 1): void {
  if (!Array.isArray(names)) throw invalid(`${list} is not a list of names`)
  if (names.length < atLeast) throw invalid(`${list} is empty`)
  for (const [index, name] of names.entries()) {
    if (!known.includes(name)) {
      throw invalid(`${list} has ${JSON.stringify(name)}; known are ${known.join(', ')}`)
    }
    //= rfc9846#section-4.3.7 4.3.7-1
    if (names.indexOf(name) !== index) throw invalid(`${list} has ${name} twice`)
  }
}

export const invalid = (message: string) => new TlsError('invalid_argument', `security policy: ${message}`)
