import { CertificateError } from '../certificate-error.js'
import type { ParsedCertificate } from '../parsed-certificate.js'
import type { PathLimits } from '../validation-options.js'
import type { CandidateIssuer, IssuerGraph } from './candidate-issuers.js'
import { type CertificateContext, checkCertificate } from './check-certificate.js'
import { checkIssuerInPlace, isInPath, type PathBelow } from './check-issuer.js'
import type { PathBudget } from './path-budget.js'
import { Rejections } from './rejections.js'
import type { SignatureChecks } from './signature-checks.js'

/** A path from the leaf to an anchor that meets every rule but those on signatures and policies. */
export interface CandidatePath {
  /** Leaf first, without the anchor. */
  readonly certificates: PathBelow
  readonly anchor: CandidateIssuer
}

/** Depth first from the leaf, with backtracking: RFC 4158 section 2.4. */
export class PathSearch {
  readonly rejections = new Rejections()
  readonly #graph: IssuerGraph
  readonly #context: Omit<CertificateContext, 'role'>
  readonly #limits: PathLimits
  readonly #budget: PathBudget
  readonly #signatures: SignatureChecks
  readonly #judged = new Map<ParsedCertificate, CertificateError | undefined>()

  constructor(
    graph: IssuerGraph,
    context: Omit<CertificateContext, 'role'>,
    limits: PathLimits,
    budget: PathBudget,
    signatures: SignatureChecks,
  ) {
    this.#graph = graph
    this.#context = context
    this.#limits = limits
    this.#budget = budget
    this.#signatures = signatures
  }

  /**
   * The paths, likeliest first. Between two of them the caller may have learnt that a signature in the path is wrong:
   * then all that is built on it is given up.
   */
  *paths(below: PathBelow): Generator<CandidatePath> {
    const child = below[below.length - 1] ?? below[0]
    for (const issuer of this.#graph.issuersOf(child)) {
      this.#budget.step()
      if (isInPath(issuer, below)) continue
      const rejection =
        this.#signatures.knownRejection(child, issuer.subjectPublicKeyInfo) ?? this.#judge(issuer, below)
      if (rejection !== undefined) {
        this.rejections.add(rejection, below.length)
        continue
      }
      if (issuer.anchor !== undefined) yield { certificates: [...below], anchor: issuer }
      else if (issuer.certificate !== undefined) yield* this.paths([...below, issuer.certificate])
      if (this.#hasWrongSignature(below)) return
    }
  }

  #judge(issuer: CandidateIssuer, below: PathBelow): CertificateError | undefined {
    try {
      if (issuer.certificate !== undefined) this.#judgeAlone(issuer.certificate, issuer.anchor !== undefined)
      checkIssuerInPlace(issuer, below, this.#limits, this.#context.time)
      return undefined
    } catch (error) {
      if (error instanceof CertificateError) return error
      throw error
    }
  }

  /** What does not depend on the path is judged once. */
  #judgeAlone(certificate: ParsedCertificate, isAnchor: boolean): void {
    if (!this.#judged.has(certificate)) {
      this.#judged.set(
        certificate,
        caught(() => checkCertificate(certificate, { ...this.#context, role: isAnchor ? 'anchor' : 'intermediate' })),
      )
    }
    const rejection = this.#judged.get(certificate)
    if (rejection !== undefined) throw rejection
  }

  #hasWrongSignature(below: PathBelow): boolean {
    return below.some((certificate, index) => {
      const issuer = below[index + 1]
      return issuer && this.#signatures.knownRejection(certificate, issuer.subjectPublicKeyInfo) !== undefined
    })
  }
}

function caught(check: () => void): CertificateError | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (error instanceof CertificateError) return error
    throw error
  }
}
