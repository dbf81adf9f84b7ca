import type { CryptoProvider } from '../../crypto/provider.js'
import { parseSignatureAlgorithm } from '../../crypto/signature/signature-algorithm.js'
import { verifySignature } from '../../crypto/signature/verify.js'
import { TlsError } from '../../errors/tls-error.js'
import { type Bytes, equalBytes } from '../../wire/bytes.js'
import type { ParsedCertificate } from '../parsed-certificate.js'
import { checkValidity } from '../path/check-certificate.js'
import type { CrlFields } from './read-crl.js'

/** A certificate of a path with who issued it. */
export interface IssuedCertificate {
  readonly certificate: ParsedCertificate
  readonly isLeaf: boolean
  readonly issuerKey: Bytes
  /** Absent for a bare trust anchor. */
  readonly issuer: ParsedCertificate | undefined
  /** Who issued the issuer; absent when the issuer is the anchor. */
  readonly issuerIssuerKey: Bytes | undefined
  /** Certificates of the issuer's name further up in the path, where a CA certified its next key itself. */
  readonly issuersInPath: readonly ParsedCertificate[]
  /** Other certificates of the issuer's name, by which it may have another key for CRLs. */
  readonly issuerTwins: readonly ParsedCertificate[]
}

/**
 * Why the list is not signed by the certificate's issuer: with the key that signed the certificate, or with another
 * that the issuer itself, or who issued the issuer, certified for the same name (RFC 5280 section 6.3.3 (f): key
 * rollover, and keys for CRLs alone).
 *
 * @param isListed whether a certificate is on some list: it must not sign another
 */
export async function whyNotSigned(
  fields: CrlFields,
  issued: IssuedCertificate,
  isListed: (certificate: ParsedCertificate) => boolean,
  time: Date,
  provider: CryptoProvider,
): Promise<string | undefined> {
  if (!equalBytes(fields.signatureAlgorithm, fields.tbsSignatureAlgorithm)) return 'its signature algorithms differ'
  const isSignedBy = (key: Bytes): Promise<boolean> =>
    orFalse(async () =>
      verifySignature(
        provider,
        key,
        parseSignatureAlgorithm(fields.signatureAlgorithm),
        fields.signature,
        fields.tbsCertList,
      ),
    )
  const mayIssuerSign = maySignCrls(issued.issuer)
  if (mayIssuerSign && (await isSignedBy(issued.issuerKey))) return undefined
  for (const above of issued.issuersInPath.filter(maySignCrls)) {
    if (await isSignedBy(above.subjectPublicKeyInfo)) return undefined
  }
  for (const twin of issued.issuerTwins.slice(0, maxTwins)) {
    if (isListed(twin) || !(await isSignedBy(twin.subjectPublicKeyInfo))) continue
    if (await mayTwinSign(twin, issued, time, provider)) return undefined
  }
  return mayIssuerSign ? 'its signature is wrong' : "its issuer's keyUsage has no cRLSign"
}

/** A bare anchor says nothing of its key's use. */
function maySignCrls(issuer: ParsedCertificate | undefined): boolean {
  const keyUsage = issuer?.known.keyUsage
  return keyUsage === undefined || keyUsage.has('cRLSign')
}

/** The twin must say that it signs CRLs, be valid, and come from the issuer itself or from above it. */
async function mayTwinSign(
  twin: ParsedCertificate,
  { issuerKey, issuerIssuerKey, issuer }: IssuedCertificate,
  time: Date,
  provider: CryptoProvider,
): Promise<boolean> {
  const { fields, known } = twin
  const isUnderstood = twin.extensions.every(({ isCritical, oid }) => !isCritical || twinExtensions.has(oid))
  if (!known.keyUsage?.has('cRLSign') || !isUnderstood) return false
  if (!equalBytes(fields.signatureAlgorithm, fields.tbsSignatureAlgorithm)) return false
  const fromAbove = fields.issuer.key === issuer?.fields.issuer.key ? issuerIssuerKey : undefined
  for (const key of [twin.isSelfIssued ? issuerKey : undefined, fromAbove]) {
    if (key === undefined) continue
    const isGood = await orFalse(async () => {
      checkValidity(twin, time)
      return verifySignature(provider, key, twin.signatureAlgorithm, fields.signature, fields.tbsCertificate)
    })
    if (isGood) return true
  }
  return false
}

/** A key or algorithm that cannot be used has not signed. */
async function orFalse(check: () => Promise<boolean>): Promise<boolean> {
  try {
    return await check()
  } catch (error) {
    if (error instanceof TlsError) return false
    throw error
  }
}

const maxTwins = 8

/** keyUsage, basicConstraints, certificatePolicies, policyConstraints, inhibitAnyPolicy. */
const twinExtensions: ReadonlySet<string> = new Set(['2.5.29.15', '2.5.29.19', '2.5.29.32', '2.5.29.36', '2.5.29.54'])
