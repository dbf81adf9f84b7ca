import type { CryptoProvider } from '../../crypto/provider.js'
import { parseSignatureAlgorithm } from '../../crypto/signature/signature-algorithm.js'
import { verifySignature } from '../../crypto/signature/verify.js'
import { TlsError } from '../../errors/tls-error.js'
import { type Bytes, equalBytes, toHex } from '../../wire/bytes.js'
import { CertificateError } from '../certificate-error.js'
import type { GeneralName } from '../names/general-name.js'
import type { ParsedCertificate } from '../parsed-certificate.js'
import { CrlExtensionOid, type CrlFields } from './read-crl.js'
import type { RevocationList } from './revocation-list.js'

/** A certificate of a path with who issued it. */
export interface IssuedCertificate {
  readonly certificate: ParsedCertificate
  readonly isLeaf: boolean
  readonly issuerKey: Bytes
  /** Absent for a bare trust anchor. */
  readonly issuer: ParsedCertificate | undefined
}

export interface CrlOptions {
  readonly lists: readonly RevocationList[]
  /**
   * Which certificates must be covered by a list. `listed` (the default): those whose issuer has one among `lists`;
   * `leaf`, `path`: the leaf, or every certificate below the anchor, whether a list was given for it or not.
   */
  readonly require?: 'listed' | 'leaf' | 'path'
}

/** RFC 5280 section 6.3 for complete lists signed by the certificate's own issuer. */
export async function checkCrls(
  issued: IssuedCertificate,
  { lists, require = 'listed' }: CrlOptions,
  time: Date,
  provider: CryptoProvider,
): Promise<void> {
  const { certificate, isLeaf } = issued
  const ofIssuer = lists.filter(({ fields }) => fields.issuer.key === certificate.fields.issuer.key)
  const isNeeded = ofIssuer.length > 0 || require === 'path' || (require === 'leaf' && isLeaf)
  if (!isNeeded) return
  const problems: string[] = []
  let isCovered = false
  for (const list of ofIssuer) {
    const problem = await whyUnusable(list, issued, time, provider).catch(reasonOf)
    if (problem !== undefined) {
      problems.push(problem)
      continue
    }
    const revokedAt = list.fields.revoked.get(toHex(certificate.fields.serialNumber))
    if (revokedAt !== undefined) {
      throw new CertificateError('revoked', certificate.subject, `it was revoked on ${revokedAt.toISOString()}`)
    }
    // a list of some reasons can revoke, but not clear
    isCovered ||= list.fields.issuingDistributionPoint?.onlySomeReasons !== true
  }
  if (isCovered) return
  throw new CertificateError(
    'revocation-status',
    certificate.subject,
    `no CRL says whether it is revoked: ${problems.join('; ') || `none of "${certificate.issuer}" was given`}`,
  )
}

async function whyUnusable(
  { fields }: RevocationList,
  issued: IssuedCertificate,
  time: Date,
  provider: CryptoProvider,
): Promise<string | undefined> {
  const { issuer, issuerKey } = issued
  if (fields.version !== 2) return 'it is not of version 2'
  if (fields.unknownCritical !== undefined) return `its critical extension ${fields.unknownCritical} is not understood`
  // sections 5.2.1 and 5.2.3: conforming issuers MUST include a CRL number, not critical
  const number = fields.extensions.find(({ oid }) => oid === CrlExtensionOid.crlNumber)
  if (number === undefined) return 'it has no CRL number'
  if (fields.nextUpdate === undefined) return 'it has no nextUpdate'
  if (time < fields.thisUpdate || time > fields.nextUpdate) {
    return `it is for ${fields.thisUpdate.toISOString()} to ${fields.nextUpdate.toISOString()}`
  }
  const scope = whyOutOfScope(fields, issued)
  if (scope !== undefined) return scope
  const keyUsage = issuer?.known.keyUsage
  if (keyUsage !== undefined && !keyUsage.has('cRLSign')) return "its issuer's keyUsage has no cRLSign"
  if (!equalBytes(fields.signatureAlgorithm, fields.tbsSignatureAlgorithm)) return 'its signature algorithms differ'
  const algorithm = parseSignatureAlgorithm(fields.signatureAlgorithm)
  const isGood = await verifySignature(provider, issuerKey, algorithm, fields.signature, fields.tbsCertList)
  return isGood ? undefined : 'its signature is wrong'
}

/** Section 6.3.3 (b): the list's distribution point and kind must be those of the certificate. */
function whyOutOfScope(fields: CrlFields, { certificate }: IssuedCertificate): string | undefined {
  const scope = fields.issuingDistributionPoint
  if (scope === undefined) return undefined
  if (scope.indirectCrl) return 'it is indirect'
  if (scope.onlyContainsAttributeCerts) return 'it is for attribute certificates'
  if (scope.onlyContainsUserCerts && certificate.isCa) return 'it is for certificates of users'
  if (scope.onlyContainsCaCerts && !certificate.isCa) return 'it is for certificates of CAs'
  if (scope.hasRelativeName) return 'its distribution point is a relative name'
  if (scope.fullName === undefined) return undefined
  const points = (certificate.known.crlDistributionPoints ?? []).flatMap(({ fullName }) => fullName ?? [])
  const isSame = scope.fullName.some((name) => points.some((point) => sameName(name, point)))
  return isSame ? undefined : "its distribution point is none of the certificate's"
}

function sameName(a: GeneralName, b: GeneralName): boolean {
  if (a.kind === 'directory' && b.kind === 'directory') return a.name.key === b.name.key
  if (a.kind === 'uri' && b.kind === 'uri') return a.text === b.text
  return false
}

/** An algorithm or key that cannot be used makes the list unusable, not the check. */
function reasonOf(error: unknown): string {
  if (error instanceof TlsError) return error.message
  throw error
}
