import { parseSubjectPublicKeyInfo, publicKeyName } from '../../crypto/signature/public-key.js'
import { keyFits, signatureAlgorithmName } from '../../crypto/signature/signature-algorithm.js'
import { equalBytes } from '../../wire/bytes.js'
import { CertificateError, underRule } from '../certificate-error.js'
import { checkNameConstraints, compileNameConstraints } from '../names/check-name-constraints.js'
import type { ParsedCertificate } from '../parsed-certificate.js'
import type { ValidationProfile } from '../profiles/validation-profile.js'
import type { TrustAnchor } from '../trust-anchors.js'
import type { PathLimits } from '../validation-options.js'
import type { CandidateIssuer } from './candidate-issuers.js'

/** Leaf first; the last one's issuer is what is looked for. */
export type PathBelow = readonly [ParsedCertificate, ...ParsedCertificate[]]

export interface PlaceRules {
  readonly limits: PathLimits
  readonly time: Date
  readonly profile: ValidationProfile
}

/**
 * What an issuer must meet in its place in the path, everything but signatures and policies. RFC 5280 section 6
 * walks from the anchor down; the rules are the same seen from below, and here a wrong turn ends early.
 */
export function checkIssuerInPlace(issuer: CandidateIssuer, below: PathBelow, rules: PlaceRules): void {
  const { limits, time, profile } = rules
  const child = below[below.length - 1] ?? below[0]
  checkKeyFits(issuer, child, profile)
  if (issuer.certificate !== undefined) checkPathLength(issuer.certificate, below)
  checkDepth(issuer, below, limits)
  checkConstraintsOf(issuer, below)
  if (issuer.anchor !== undefined) checkDistrust(issuer.anchor, below[0], time)
}

/** A path must not meet the same CA twice: RFC 5280 section 6.1, RFC 4158 section 2.4.1. */
export function isInPath(issuer: CandidateIssuer, below: PathBelow): boolean {
  const { certificate, anchor } = issuer
  const subject = certificate?.fields.subject ?? anchor?.subject
  return below.some(
    (each) =>
      each.fields.subject.key === subject?.key && equalBytes(each.subjectPublicKeyInfo, issuer.subjectPublicKeyInfo),
  )
}

export const nameOfIssuer = ({ certificate, anchor }: CandidateIssuer): string =>
  certificate?.subject ?? anchor?.subject.toString() ?? ''

function checkKeyFits(issuer: CandidateIssuer, child: ParsedCertificate, profile: ValidationProfile): void {
  const key = underRule('public-key', nameOfIssuer(issuer), () =>
    issuer.certificate === undefined
      ? parseSubjectPublicKeyInfo(issuer.subjectPublicKeyInfo)
      : issuer.certificate.publicKey,
  )
  if (!keyFits(key, child.signatureAlgorithm)) {
    throw new CertificateError(
      'signature-algorithm',
      child.subject,
      `its signature is ${signatureAlgorithmName(child.signatureAlgorithm)}, the issuer's key ${publicKeyName(key)}`,
    )
  }
  profile.checkSignature?.(child, key)
}

/** RFC 5280 sections 4.2.1.9 and 6.1.4 (l) (m): self-issued intermediates do not count, the leaf never does. */
function checkPathLength(issuer: ParsedCertificate, below: PathBelow): void {
  const { pathLength } = issuer
  const count = countIntermediates(below)
  if (pathLength === undefined || count <= pathLength) return
  throw new CertificateError(
    'path-length',
    issuer.subject,
    `its pathLenConstraint is ${pathLength}, and ${count} intermediates follow`,
  )
}

function checkDepth(issuer: CandidateIssuer, below: PathBelow, limits: PathLimits): void {
  const isCounted = issuer.anchor === undefined && issuer.certificate?.isSelfIssued === false
  const count = countIntermediates(below) + (isCounted ? 1 : 0)
  if (count <= limits.intermediates && below.length < limits.pathLength) return
  throw new CertificateError(
    'path-length',
    nameOfIssuer(issuer),
    `the path has more than the ${limits.intermediates} intermediates (${limits.pathLength} certificates) that are allowed`,
  )
}

const countIntermediates = (below: PathBelow): number =>
  below.filter((certificate, index) => index > 0 && !certificate.isSelfIssued).length

/** RFC 5280 section 6.1.3 (b) (c): names of self-issued certificates are exempt unless they are the leaf. */
function checkConstraintsOf(issuer: CandidateIssuer, below: PathBelow): void {
  const constraints = issuer.certificate?.known.nameConstraints ?? issuer.anchor?.nameConstraints
  if (constraints === undefined) return
  const compiled = compileNameConstraints(constraints, nameOfIssuer(issuer))
  for (const [index, certificate] of below.entries()) {
    if (index === 0 || !certificate.isSelfIssued) checkNameConstraints(compiled, certificate)
  }
}

function checkDistrust(anchor: TrustAnchor, leaf: ParsedCertificate, time: Date): void {
  const { distrustAfter, notAfter, subject } = anchor
  if (notAfter !== undefined && time > notAfter) {
    throw new CertificateError('expired', subject.toString(), `the root was trusted until ${notAfter.toISOString()}`)
  }
  if (distrustAfter === undefined || leaf.notBefore <= distrustAfter) return
  throw new CertificateError(
    'anchor-distrusted',
    leaf.subject,
    `it was issued on ${leaf.notBefore.toISOString()}; the root "${subject}" is trusted for certificates up to ${distrustAfter.toISOString()}`,
  )
}
