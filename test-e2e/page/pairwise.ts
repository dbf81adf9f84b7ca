import { connectPairWith, type PairMaterials } from '../../test-unit/support/connected-pair.js'
import { observePair, type PairObservation } from '../../test-unit/support/pair-observation.js'
import type { PairOptions } from '../../test-unit/support/pairwise.js'
import { type Outcome, outcomeOf } from '../client/outcome.js'

export interface PairTask {
  /** With the certificates of each, as they are of several key types. */
  readonly pairs: readonly { readonly options: PairOptions; readonly materials: PairMaterials }[]
}

/** Client and server in the same page, one pair after another. */
export async function observePairs({ pairs }: PairTask): Promise<readonly Outcome<PairObservation>[]> {
  const outcomes: Outcome<PairObservation>[] = []
  for (const { options, materials } of pairs) {
    outcomes.push(await outcomeOf(async () => observePair(await connectPairWith(materials, options))))
  }
  return outcomes
}
