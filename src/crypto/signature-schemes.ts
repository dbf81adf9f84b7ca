import { SignatureScheme, type SignatureSchemeName } from '../messages/code-points.js'
import type { PublicKey } from './signature/public-key.js'
import { keyFits, type SignatureAlgorithm } from './signature/signature-algorithm.js'

export interface SignatureSchemeParameters {
  readonly name: SignatureSchemeName
  readonly codePoint: number
  readonly algorithm: SignatureAlgorithm
  /** RFC 9846 section 4.3.3: rsa_pss_rsae needs a key of rsaEncryption, rsa_pss_pss one of RSASSA-PSS. */
  readonly rsaKey?: 'rsa' | 'rsa-pss'
  /** "rsa_pkcs1: ... refer solely to signatures which appear in certificates" (section 4.3.3). */
  readonly onlyInCertificates?: true
  /** RFC 9963 section 2: for a client's CertificateVerify and nothing else. */
  readonly onlyByClients?: true
}

type Row = readonly [SignatureSchemeName, SignatureAlgorithm, Partial<SignatureSchemeParameters>?]

//= rfc9846#section-4.3.3 4.3.3-14 4.3.3-20 4.3.3-21
const rows: readonly Row[] = [
  //= rfc9846#section-9.1 9.1-3
  ['ecdsa_secp256r1_sha256', { kind: 'ecdsa', hash: 'SHA-256', curve: 'P-256' }],
  ['ecdsa_secp384r1_sha384', { kind: 'ecdsa', hash: 'SHA-384', curve: 'P-384' }],
  ['ecdsa_secp521r1_sha512', { kind: 'ecdsa', hash: 'SHA-512', curve: 'P-521' }],
  ['ed25519', { kind: 'ed25519' }],
  //= rfc9846#section-4.3.3 4.3.3-7 4.3.3-8
  //= rfc9846#section-9.1 9.1-3
  ['rsa_pss_rsae_sha256', { kind: 'rsa-pss', hash: 'SHA-256', saltLength: 32 }, { rsaKey: 'rsa' }],
  ['rsa_pss_rsae_sha384', { kind: 'rsa-pss', hash: 'SHA-384', saltLength: 48 }, { rsaKey: 'rsa' }],
  ['rsa_pss_rsae_sha512', { kind: 'rsa-pss', hash: 'SHA-512', saltLength: 64 }, { rsaKey: 'rsa' }],
  //= rfc9846#section-4.3.3 4.3.3-9 4.3.3-10
  ['rsa_pss_pss_sha256', { kind: 'rsa-pss', hash: 'SHA-256', saltLength: 32 }, { rsaKey: 'rsa-pss' }],
  ['rsa_pss_pss_sha384', { kind: 'rsa-pss', hash: 'SHA-384', saltLength: 48 }, { rsaKey: 'rsa-pss' }],
  ['rsa_pss_pss_sha512', { kind: 'rsa-pss', hash: 'SHA-512', saltLength: 64 }, { rsaKey: 'rsa-pss' }],
  //= rfc9846#section-4.3.3 4.3.3-6
  //= rfc9846#section-9.1 9.1-3
  ['rsa_pkcs1_sha256', { kind: 'rsa-pkcs1', hash: 'SHA-256' }, { onlyInCertificates: true }],
  ['rsa_pkcs1_sha384', { kind: 'rsa-pkcs1', hash: 'SHA-384' }, { onlyInCertificates: true }],
  ['rsa_pkcs1_sha512', { kind: 'rsa-pkcs1', hash: 'SHA-512' }, { onlyInCertificates: true }],
  ['rsa_pkcs1_sha256_legacy', { kind: 'rsa-pkcs1', hash: 'SHA-256' }, { onlyByClients: true }],
  ['rsa_pkcs1_sha384_legacy', { kind: 'rsa-pkcs1', hash: 'SHA-384' }, { onlyByClients: true }],
  ['rsa_pkcs1_sha512_legacy', { kind: 'rsa-pkcs1', hash: 'SHA-512' }, { onlyByClients: true }],
  ['mldsa44', { kind: 'ml-dsa-44' }],
  ['mldsa65', { kind: 'ml-dsa-65' }],
  ['mldsa87', { kind: 'ml-dsa-87' }],
]

export const signatureSchemes: readonly SignatureSchemeParameters[] = rows.map(([name, algorithm, more]) => ({
  name,
  codePoint: SignatureScheme[name],
  algorithm,
  ...more,
}))

export const signatureSchemeByCodePoint: ReadonlyMap<number, SignatureSchemeParameters> = new Map(
  signatureSchemes.map((scheme) => [scheme.codePoint, scheme]),
)

/**
 * Whether a certificate's signature is one of this scheme. The algorithm and its hash alone count, as in s2n-tls: the
 * issuer's curve and kind of RSA key are not in the AlgorithmIdentifier.
 */
export function isSignatureOfScheme(
  algorithm: SignatureAlgorithm,
  { algorithm: own, onlyByClients }: SignatureSchemeParameters,
): boolean {
  if (onlyByClients) return false
  const hashOf = (each: SignatureAlgorithm) => ('hash' in each ? each.hash : undefined)
  return own.kind === algorithm.kind && hashOf(own) === hashOf(algorithm)
}

/** Whether a key may make a CertificateVerify of this scheme: curve and hash are bound in TLS 1.3 (section 4.3.3). */
export function keyFitsScheme(key: PublicKey, scheme: SignatureSchemeParameters): boolean {
  if (scheme.onlyInCertificates) return false
  if (scheme.rsaKey !== undefined && scheme.rsaKey !== key.kind) return false
  return keyFits(key, scheme.algorithm)
}
