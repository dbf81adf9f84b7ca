import type { CertificateError } from '../certificate-error.js'
import type { CandidateIssuer, IssuerGraph } from './candidate-issuers.js'
import { type CertificateJudge, rejectionBy } from './certificate-judge.js'
import { checkIssuerInPlace, isInPath, type PathBelow, type PlaceRules } from './check-issuer.js'
import type { PathBudget } from './path-budget.js'
import type { Rejections } from './rejections.js'
import type { SignatureChecks } from './signature-checks.js'

/** A path from the leaf to an anchor that meets every rule but those on signatures and policies. */
export interface CandidatePath {
  /** Leaf first, without the anchor. */
  readonly certificates: PathBelow
  readonly anchor: CandidateIssuer
}

/** Depth first from the leaf, with backtracking: RFC 4158 section 2.4. */
export class PathSearch {
  readonly #graph: IssuerGraph
  readonly #judgement: CertificateJudge
  readonly #rules: PlaceRules
  readonly #budget: PathBudget
  readonly #signatures: SignatureChecks
  readonly #rejections: Rejections

  constructor(
    graph: IssuerGraph,
    judgement: CertificateJudge,
    rules: PlaceRules,
    budget: PathBudget,
    signatures: SignatureChecks,
    rejections: Rejections,
  ) {
    this.#graph = graph
    this.#judgement = judgement
    this.#rules = rules
    this.#budget = budget
    this.#signatures = signatures
    this.#rejections = rejections
  }

  /**
   * The paths, likeliest first. Between two of them the caller may have learnt that a signature in the path is wrong:
   * then all that is built on it is given up.
   */
  *paths(below: PathBelow): Generator<CandidatePath> {
    const child = below[below.length - 1] ?? below[0]
    //= rfc9846#section-4.5.1 4.5.1-12
    //= rfc9846#section-E E-5
    for (const issuer of this.#graph.issuersOf(child)) {
      this.#budget.step()
      if (isInPath(issuer, below)) continue
      const rejection =
        this.#signatures.knownRejection(child, issuer.subjectPublicKeyInfo) ?? this.#judge(issuer, below)
      if (rejection !== undefined) {
        this.#rejections.add(rejection, below.length)
        continue
      }
      if (issuer.anchor !== undefined) yield { certificates: [...below], anchor: issuer }
      else if (issuer.certificate !== undefined) yield* this.paths([...below, issuer.certificate])
      if (this.#hasWrongSignature(below)) return
    }
  }

  #judge(issuer: CandidateIssuer, below: PathBelow): CertificateError | undefined {
    const { certificate, anchor } = issuer
    const alone =
      certificate && this.#judgement.rejectionOf(certificate, anchor === undefined ? 'intermediate' : 'anchor')
    return alone ?? rejectionBy(() => checkIssuerInPlace(issuer, below, this.#rules))
  }

  #hasWrongSignature(below: PathBelow): boolean {
    return below.some((certificate, index) => {
      const issuer = below[index + 1]
      return issuer && this.#signatures.knownRejection(certificate, issuer.subjectPublicKeyInfo) !== undefined
    })
  }
}
