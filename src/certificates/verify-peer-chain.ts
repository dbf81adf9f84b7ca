import { type Bytes, equalBytes } from '../wire/bytes.js'
import type { Certificate } from './certificate.js'
import { CertificateError } from './certificate-error.js'
import { formatGeneralName } from './names/check-name-constraints.js'
import { describePresentedNames, matchesReferenceIdentity, parseReferenceIdentity } from './names/reference-identity.js'
import { ParsedCertificate } from './parsed-certificate.js'
import { IssuerGraph } from './path/candidate-issuers.js'
import { CertificateJudge, rejectionBy } from './path/certificate-judge.js'
import { checkRestrictions } from './path/check-restrictions.js'
import { PathBudget } from './path/path-budget.js'
import { type CandidatePath, PathSearch } from './path/path-search.js'
import { Rejections } from './path/rejections.js'
import { SignatureChecks } from './path/signature-checks.js'
import { checkPolicies } from './policies/check-policies.js'
import { privatePki } from './profiles/validation-profile.js'
import { checkCrls } from './revocation/check-crls.js'
import { checkStapledOcsp } from './revocation/check-stapled-ocsp.js'
import type { IssuedCertificate } from './revocation/crl-signer.js'
import { defaultPathLimits, type VerifyPeerChainOptions } from './validation-options.js'

export interface VerifiedPeerChain {
  readonly leaf: Certificate
  /** As validated: leaf first, trust anchor last when it was given as a certificate. */
  readonly path: readonly Certificate[]
}

/**
 * Finds and validates a path from a peer's certificate to a trust anchor: RFC 5280 section 6, RFC 9525.
 *
 * @param chain DER, the leaf first; the others are a bag in any order
 * @throws CertificateError naming the certificate and the rule; TlsError `invalid_argument` for a serverName that is none
 */
export async function verifyPeerChain(
  chain: readonly Bytes[],
  options: VerifyPeerChainOptions,
): Promise<VerifiedPeerChain> {
  const { trustAnchors, time, purpose, profile = privatePki, keyUsage = ['digitalSignature'] } = options
  const limits = { ...defaultPathLimits, ...options.limits }
  const [leaf, ...bag] = readChain(chain, limits.certificates)
  const judge = new CertificateJudge({ time, purpose, profile, keyUsage })
  const leafRejection = judge.rejectionOf(leaf, 'leaf')
  if (leafRejection !== undefined) throw leafRejection
  checkServerName(leaf, options.serverName)
  leaf.publicKey // throws for a key that cannot be used
  if (trustAnchors.hasCertificate(leaf)) {
    if (options.restrictions) checkRestrictions([], leaf, options.restrictions)
    return { leaf, path: [leaf] }
  }

  const budget = new PathBudget(leaf.subject, limits)
  const signatures = new SignatureChecks(options.provider, budget)
  const rejections = new Rejections()
  // First without the ways through certificates that can be in no path. When nothing is found, all ways are walked to
  // learn what was wrong with each.
  for (const isUsable of [(each: ParsedCertificate) => !judge.rejectionOf(each, 'intermediate'), () => true]) {
    const graph = new IssuerGraph(bag, trustAnchors, isUsable)
    const search = new PathSearch(graph, judge, { limits, time, profile }, budget, signatures, rejections)
    for (const candidate of search.paths([leaf])) {
      const rejection =
        restrictionRejection(candidate, options) ??
        (await signatures.verify(linksOf(candidate))) ??
        (await judgePath(candidate, bag, budget, options))
      if (rejection === undefined) return { leaf, path: pathOf(candidate) }
      rejections.add(rejection, candidate.certificates.length)
    }
  }
  throw rejections.summary() ?? unknownIssuer(leaf, bag)
}

/** The leaf must be readable; what else cannot be read is no candidate for the path. */
function readChain(chain: readonly Bytes[], limit: number): [ParsedCertificate, ...ParsedCertificate[]] {
  const [first, ...others] = chain
  if (first === undefined) throw new CertificateError('encoding', 'certificate 1', 'the peer sent no certificate')
  if (chain.length > limit) {
    throw new CertificateError('path-budget', 'certificate 1', `${chain.length} came, ${limit} are allowed`)
  }
  const readable = others.flatMap((der, index) => {
    try {
      return [ParsedCertificate.parse(der, `certificate ${index + 2}`)]
    } catch (error) {
      if (error instanceof CertificateError) return []
      throw error
    }
  })
  //= rfc9846#section-4.5.1 4.5.1-13
  return [ParsedCertificate.parse(first, 'certificate 1'), ...readable]
}

function checkServerName(leaf: ParsedCertificate, serverName: string | undefined): void {
  if (serverName === undefined) return
  const reference = parseReferenceIdentity(serverName)
  const names = leaf.known.subjectAltName ?? []
  if (matchesReferenceIdentity(reference, names)) return
  throw new CertificateError(
    'server-name',
    leaf.subject,
    `it ${describePresentedNames(names, formatGeneralName)}, not for "${serverName}"`,
  )
}

function linksOf({ certificates, anchor }: CandidatePath): [ParsedCertificate, Bytes][] {
  //= rfc9846#section-4.3.3 4.3.3-17
  //= rfc9846#section-4.5.1.2 4.5.1.2-10
  //= rfc9846#section-4.5.1.3 4.5.1.3-7
  return certificates.map((certificate, index) => [
    certificate,
    certificates[index + 1]?.subjectPublicKeyInfo ?? anchor.subjectPublicKeyInfo,
  ])
}

const pathOf = ({ certificates, anchor }: CandidatePath): readonly Certificate[] => [
  ...certificates,
  ...(anchor.certificate === undefined ? [] : [anchor.certificate]),
]

function restrictionRejection(
  { certificates, anchor }: CandidatePath,
  { restrictions }: VerifyPeerChainOptions,
): CertificateError | undefined {
  if (restrictions === undefined) return undefined
  const { certificate, subjectPublicKeyInfo } = anchor
  const subject = certificate?.subject ?? anchor.anchor?.subject.toString() ?? 'trust anchor'
  return rejectionBy(() => checkRestrictions(certificates, { subject, subjectPublicKeyInfo }, restrictions))
}

/** What is left to be judged once the signatures are known to be good: policies and revocation. */
async function judgePath(
  candidate: CandidatePath,
  bag: readonly ParsedCertificate[],
  budget: PathBudget,
  { policies = {}, crls, stapledOcsp, time, provider }: VerifyPeerChainOptions,
): Promise<CertificateError | undefined> {
  budget.signature() // as dear as one, where there are lists to look at
  try {
    checkPolicies(candidate.certificates, candidate.anchor.certificate, policies)
    const issued = issuedCertificates(candidate, bag)
    if (stapledOcsp !== undefined) await checkStapledOcsp(issued[0], stapledOcsp, time, provider)
    if (crls !== undefined) for (const each of issued) await checkCrls(each, crls, time, provider)
    return undefined
  } catch (error) {
    if (error instanceof CertificateError) return error
    throw error
  }
}

function issuedCertificates(
  candidate: CandidatePath,
  bag: readonly ParsedCertificate[],
): [IssuedCertificate, ...IssuedCertificate[]] {
  const links = linksOf(candidate)
  return links.map(
    ([certificate, issuerKey], index): IssuedCertificate => ({
      certificate,
      isLeaf: index === 0,
      issuerKey,
      issuer: candidate.certificates[index + 1] ?? candidate.anchor.certificate,
      issuerIssuerKey: links[index + 1]?.[1],
      issuersInPath: [...candidate.certificates.slice(index + 2), candidate.anchor.certificate].filter(
        (each) => each !== undefined && each.fields.subject.key === certificate.fields.issuer.key,
      ) as ParsedCertificate[],
      issuerTwins: bag.filter(({ fields }) => fields.subject.key === certificate.fields.issuer.key),
    }),
  ) as [IssuedCertificate, ...IssuedCertificate[]]
}

/** Names the certificate where the way up ends. */
function unknownIssuer(leaf: ParsedCertificate, bag: readonly ParsedCertificate[]): CertificateError {
  const seen = new Set<ParsedCertificate>()
  let top = leaf
  while (!seen.has(top)) {
    seen.add(top)
    top = bag.find((each) => !seen.has(each) && each.fields.subject.key === top.fields.issuer.key) ?? top
  }
  const isSelfSigned = top.isSelfIssued && equalBytes(top.fields.subject.der, top.fields.issuer.der)
  return new CertificateError(
    'unknown-issuer',
    top.subject,
    isSelfSigned
      ? 'it is self-signed and not among the trust anchors'
      : `its issuer "${top.issuer}" is neither among the certificates sent nor a trust anchor`,
  )
}
