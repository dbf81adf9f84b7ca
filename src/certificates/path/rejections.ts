import { CertificateError } from '../certificate-error.js'

/** Why paths were given up. The one that came nearest to an anchor says most. */
export class Rejections {
  readonly #all: { readonly error: CertificateError; readonly depth: number }[] = []

  add(error: CertificateError, depth: number): void {
    if (this.#all.length < maxKept && !this.#all.some((known) => known.error.message === error.message)) {
      this.#all.push({ error, depth })
    }
  }

  /** The first of those that came farthest, with all the others. */
  summary(): CertificateError | undefined {
    const [best, ...others] = this.#all.toSorted((a, b) => b.depth - a.depth).map(({ error }) => error)
    if (best === undefined || others.length === 0) return best
    return new CertificateError(best.rule, best.certificate, best.problem, {
      cause: best.cause,
      rejections: [best, ...others],
    })
  }
}

const maxKept = 32
