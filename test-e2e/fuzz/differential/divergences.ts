import type { Comparison, Finding } from './compare.js'

/** A difference between us and all others that is meant to be there, with the section that allows or demands it. */
interface Explanation {
  readonly reason: string
  readonly fits: (comparison: Comparison, finding: Finding) => boolean
}

const explanations: readonly Explanation[] = []

export function explain(comparison: Comparison, finding: Finding): string | undefined {
  return explanations.find(({ fits }) => fits(comparison, finding))?.reason
}
