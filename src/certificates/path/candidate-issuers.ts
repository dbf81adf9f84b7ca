import { equalBytes } from '../../wire/bytes.js'
import type { ParsedCertificate } from '../parsed-certificate.js'
import type { TrustAnchor, TrustAnchors } from '../trust-anchors.js'

/** Who may have issued a certificate: an intermediate or an anchor whose subject is the certificate's issuer. */
export interface CandidateIssuer {
  readonly anchor: TrustAnchor | undefined
  /** The CA's certificate; only a bare anchor has none. */
  readonly certificate: ParsedCertificate | undefined
  readonly subjectPublicKeyInfo: ParsedCertificate['subjectPublicKeyInfo']
}

/** The bag of intermediates as a graph, walked from a certificate to its issuers. */
export class IssuerGraph {
  readonly #anchors: TrustAnchors
  readonly #bySubject = new Map<string, ParsedCertificate[]>()
  /** By subject: how many certificates lie between it and an anchor, itself counted. */
  readonly #distances: ReadonlyMap<string, number>
  readonly #candidates = new Map<ParsedCertificate, readonly CandidateIssuer[]>()

  /** @param isUsable whether an intermediate may be in a path: only what leads to an anchor through such is followed */
  constructor(
    bag: readonly ParsedCertificate[],
    anchors: TrustAnchors,
    isUsable: (intermediate: ParsedCertificate) => boolean,
  ) {
    this.#anchors = anchors
    for (const certificate of bag) {
      const key = certificate.fields.subject.key
      const same = this.#bySubject.get(key) ?? []
      // the same certificate twice is one; an anchor among the intermediates is met as the anchor
      if (anchors.hasCertificate(certificate) || same.some((other) => equalBytes(other.der, certificate.der))) continue
      this.#bySubject.set(key, [...same, certificate])
    }
    this.#distances = measureDistances(this.#bySubject, anchors, isUsable)
  }

  /**
   * Likeliest first (RFC 4158 section 3.5): anchors, then a subject key identifier that is the authority key
   * identifier asked for, then those nearest to an anchor. What leads to no anchor is left out.
   */
  issuersOf(certificate: ParsedCertificate): readonly CandidateIssuer[] {
    const known = this.#candidates.get(certificate)
    if (known !== undefined) return known
    const { issuer } = certificate.fields
    const anchors = this.#anchors.withSubject(issuer).map((anchor) => ({
      anchor,
      certificate: anchor.certificate,
      subjectPublicKeyInfo: anchor.subjectPublicKeyInfo,
    }))
    const intermediates = (this.#bySubject.get(issuer.key) ?? [])
      .filter((each) => each !== certificate && this.#distances.has(each.fields.issuer.key))
      .map((each) => ({ anchor: undefined, certificate: each, subjectPublicKeyInfo: each.subjectPublicKeyInfo }))
    const rank = (candidate: CandidateIssuer): number =>
      keyIdentifierRank(certificate, candidate) * 1000 +
      (candidate.certificate === undefined || candidate.anchor !== undefined
        ? 0
        : (this.#distances.get(candidate.certificate.fields.issuer.key) ?? 0))
    const byRank = (a: CandidateIssuer, b: CandidateIssuer) => rank(a) - rank(b)
    const candidates = [...anchors.sort(byRank), ...intermediates.sort(byRank)]
    this.#candidates.set(certificate, candidates)
    return candidates
  }
}

/** 0: the identifiers agree; 1: one of them is missing; 2: they differ, which is a hint and no proof. */
function keyIdentifierRank(
  certificate: ParsedCertificate,
  { anchor, certificate: issuer }: CandidateIssuer,
): 0 | 1 | 2 {
  const wanted = certificate.known.authorityKeyIdentifier?.keyIdentifier
  const found = issuer?.known.subjectKeyIdentifier ?? anchor?.subjectKeyIdentifier
  if (wanted === undefined || found === undefined) return 1
  return equalBytes(wanted, found) ? 0 : 2
}

/** Breadth first from the anchors down: which subjects can be led back to an anchor at all, and how soon. */
function measureDistances(
  bySubject: ReadonlyMap<string, readonly ParsedCertificate[]>,
  anchors: TrustAnchors,
  isUsable: (intermediate: ParsedCertificate) => boolean,
): ReadonlyMap<string, number> {
  const childrenByIssuer = new Map<string, Set<string>>()
  const issuers = new Set(bySubject.keys())
  for (const [subject, certificates] of bySubject) {
    for (const certificate of certificates) {
      const issuer = certificate.fields.issuer.key
      issuers.add(issuer)
      if (isUsable(certificate)) childrenByIssuer.set(issuer, (childrenByIssuer.get(issuer) ?? new Set()).add(subject))
    }
  }
  const distances = new Map<string, number>()
  let level = [...issuers].filter((subject) => anchors.hasSubjectKey(subject))
  for (let distance = 1; level.length > 0; distance++) {
    for (const subject of level) distances.set(subject, distance)
    const next = new Set(level.flatMap((subject) => [...(childrenByIssuer.get(subject) ?? [])]))
    level = [...next].filter((subject) => !distances.has(subject))
  }
  return distances
}
