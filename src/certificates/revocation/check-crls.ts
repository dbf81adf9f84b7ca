import type { CryptoProvider } from '../../crypto/provider.js'
import { toHex } from '../../wire/bytes.js'
import { CertificateError } from '../certificate-error.js'
import type { DistributionPointName } from '../extensions/known-extensions.js'
import { DistinguishedName } from '../names/distinguished-name.js'
import type { ParsedCertificate } from '../parsed-certificate.js'
import { type IssuedCertificate, whyNotSigned } from './crl-signer.js'
import { CrlExtensionOid, type CrlFields } from './read-crl.js'
import type { RevocationList } from './revocation-list.js'

export interface CrlOptions {
  readonly lists: readonly RevocationList[]
  /**
   * Which certificates must be covered by a list. `listed` (the default): those whose issuer has one among `lists`;
   * `leaf`, `path`: the leaf, or every certificate below the anchor, whether a list was given for it or not.
   */
  readonly require?: 'listed' | 'leaf' | 'path'
}

/**
 * RFC 5280 section 6.3 for lists signed by the certificate's own issuer. Lists of some reasons clear a certificate only
 * together; a delta CRL can revoke and clears nothing.
 */
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
  const isListed = ({ fields: { issuer, serialNumber } }: ParsedCertificate) =>
    lists.some(({ fields }) => fields.issuer.key === issuer.key && fields.revoked.has(toHex(serialNumber)))
  const reasons = new Set<number>()
  for (const { fields } of ofIssuer) {
    const problem =
      whyUnusable(fields, certificate, time) ?? (await whyNotSigned(fields, issued, isListed, time, provider))
    if (problem !== undefined) {
      problems.push(problem)
      continue
    }
    const revokedAt = fields.revoked.get(toHex(certificate.fields.serialNumber))
    if (revokedAt !== undefined) {
      throw new CertificateError('revoked', certificate.subject, `it was revoked on ${revokedAt.toISOString()}`)
    }
    if (isDelta(fields)) problems.push('it is a delta CRL')
    else for (const reason of fields.issuingDistributionPoint?.onlySomeReasons ?? allReasons) reasons.add(reason)
  }
  if (allReasons.every((reason) => reasons.has(reason))) return
  if (reasons.size > 0) problems.push('the others are for some reasons only')
  throw new CertificateError(
    'revocation-status',
    certificate.subject,
    `no CRL says whether it is revoked: ${problems.join('; ') || `none of "${certificate.issuer}" was given`}`,
  )
}

function whyUnusable(fields: CrlFields, certificate: ParsedCertificate, time: Date): string | undefined {
  if (fields.version !== 2) return 'it is not of version 2'
  if (fields.unknownCritical !== undefined) return `its critical extension ${fields.unknownCritical} is not understood`
  // section 5.2.3: conforming issuers MUST include it, not critical
  if (!fields.extensions.some(({ oid }) => oid === CrlExtensionOid.crlNumber)) return 'it has no CRL number'
  if (fields.nextUpdate === undefined) return 'it has no nextUpdate'
  if (time < fields.thisUpdate || time > fields.nextUpdate) {
    return `it is for ${fields.thisUpdate.toISOString()} to ${fields.nextUpdate.toISOString()}`
  }
  return whyOutOfScope(fields, certificate)
}

/** Section 6.3.3 (b): the list's distribution point and kind must be those of the certificate. */
function whyOutOfScope(fields: CrlFields, certificate: ParsedCertificate): string | undefined {
  const scope = fields.issuingDistributionPoint
  if (scope === undefined) return undefined
  if (scope.indirectCrl) return 'it is indirect'
  if (scope.onlyContainsAttributeCerts) return 'it is for attribute certificates'
  if (scope.onlyContainsUserCerts && certificate.isCa) return 'it is for certificates of users'
  if (scope.onlyContainsCaCerts && !certificate.isCa) return 'it is for certificates of CAs'
  const ofList = pointKeys(scope, fields.issuer)
  if (ofList.length === 0) return undefined
  const ofCertificate = (certificate.known.crlDistributionPoints ?? []).flatMap((point) =>
    // a relative name is relative to the CRL's issuer: section 4.2.1.13
    pointKeys(point, fields.issuer),
  )
  return ofList.some((key) => ofCertificate.includes(key))
    ? undefined
    : "its distribution point is none of the certificate's"
}

/** Comparable forms of a distribution point's names; forms other than directory names and URIs name nothing. */
function pointKeys({ fullName = [], relativeName }: DistributionPointName, issuer: DistinguishedName): string[] {
  if (relativeName !== undefined) {
    return [`name ${new DistinguishedName(issuer.der, [...issuer.rdns, relativeName]).key}`]
  }
  return fullName.map((name) => {
    if (name.kind === 'directory') return `name ${name.name.key}`
    return name.kind === 'uri' ? `uri ${name.text}` : `${name.kind} that is not compared`
  })
}

const isDelta = ({ extensions }: CrlFields): boolean =>
  extensions.some(({ oid }) => oid === CrlExtensionOid.deltaCrlIndicator)

/** Bits 1 to 8 of ReasonFlags: section 4.2.1.13. */
const allReasons: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8]
