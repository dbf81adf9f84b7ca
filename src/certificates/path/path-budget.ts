import { CertificateError } from '../certificate-error.js'
import type { PathLimits } from '../validation-options.js'

/** Counts what one search costs, and ends it when that is too much. */
export class PathBudget {
  readonly #leaf: string
  readonly #limits: PathLimits
  #steps = 0
  #signatures = 0

  constructor(leaf: string, limits: PathLimits) {
    this.#leaf = leaf
    this.#limits = limits
  }

  step(): void {
    if (++this.#steps > this.#limits.steps) this.#exceeded(`${this.#limits.steps} issuers were tried`)
  }

  signature(): void {
    if (++this.#signatures > this.#limits.signatures)
      this.#exceeded(`${this.#limits.signatures} signatures were checked`)
  }

  #exceeded(what: string): never {
    throw new CertificateError('path-budget', this.#leaf, `no valid path was found before ${what}`)
  }
}
