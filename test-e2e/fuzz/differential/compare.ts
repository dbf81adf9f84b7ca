import { type Identities, type Patience, runRecipe } from './bent-peer.js'
import { KnownPsks } from './known-psks.js'
import type { Recipe } from './recipe.js'
import type { Stack } from './stack.js'
import type { Verdict } from './verdict.js'

/** What all stacks made of one recipe. */
export interface Comparison {
  readonly recipe: Recipe
  readonly path: string
  readonly verdicts: ReadonlyMap<string, StackVerdict>
}

export interface StackVerdict extends Omit<Verdict, 'note'> {
  readonly defect?: string
  /** The stack's own words, or the scripted peer's. */
  note(): string
}

export class Comparer {
  readonly #stacks: readonly Stack[]
  readonly #identities: Identities
  readonly #psks: KnownPsks

  /** @param stacks ours first */
  constructor(stacks: readonly Stack[], identities: Identities) {
    this.#stacks = stacks
    this.#identities = identities
    this.#psks = new KnownPsks(identities)
  }

  async compare(recipe: Recipe, patience: Patience): Promise<Comparison> {
    const stacks = this.#stacks.filter(({ lacks }) => !lacks[recipe.under].includes(recipe.flow))
    const verdicts = await Promise.all(
      stacks.map(async (stack) => [stack.name, await this.#run(stack, recipe, patience)] as const),
    )
    return { recipe, path: verdicts[0]?.[1].path ?? '', verdicts: new Map(verdicts) }
  }

  async #run(stack: Stack, recipe: Recipe, patience: Patience): Promise<StackVerdict> {
    const psk = await this.#psks.of(stack, recipe)
    const connection = await (recipe.under === 'server'
      ? stack.dialServer(recipe.flow)
      : stack.acceptClient(recipe.flow))
    const verdict = await runRecipe(connection.transport, recipe, this.#identities, patience, psk)
    const report = await connection.finish()
    return {
      ...verdict,
      ...(report.defect !== undefined && { defect: report.defect }),
      note: () => report.note() || verdict.note || '',
    }
  }
}

/** What the comparison says of us, the first stack. */
export type Finding =
  | { readonly kind: 'we accept'; readonly detail: string }
  | { readonly kind: 'we refuse'; readonly detail: string }
  | { readonly kind: 'we hang'; readonly detail: string }
  | { readonly kind: 'defect'; readonly detail: string }

/** A finding is what we alone do. */
export function findingOf({ verdicts }: Comparison): Finding | undefined {
  const [ours, ...others] = verdicts.values()
  if (!ours) return undefined
  if (ours.defect !== undefined) return { kind: 'defect', detail: ours.defect }
  if (ours.outcome === 'hung') return { kind: 'we hang', detail: ours.note() }
  const comparable = others.filter(({ outcome }) => outcome !== 'astray')
  if (comparable.length === 0 || ours.outcome === 'astray') return undefined
  const wasAccepted = ours.outcome === 'accepted'
  if (comparable.some(({ outcome }) => (outcome === 'accepted') === wasAccepted)) return undefined
  return wasAccepted
    ? { kind: 'we accept', detail: comparable.map(({ alert = 'waits' }) => alert).join(', ') }
    : { kind: 'we refuse', detail: `${ours.alert ?? ours.outcome}: ${ours.note()}` }
}

/** An alert that every other stack which sends any agrees on, and that is not ours. */
export function alertDifference({ verdicts }: Comparison): string | undefined {
  const [ours, ...others] = verdicts.values()
  if (ours?.outcome !== 'refused') return undefined
  const alerts = others.flatMap(({ outcome, alert }) =>
    outcome === 'refused' && alert !== undefined && alert !== 'none' ? [alert] : [],
  )
  const [first] = alerts
  if (first === undefined || alerts.length < 2 || alerts.some((each) => each !== first)) return undefined
  return first === ours.alert ? undefined : `${ours.alert}, where the others say ${first}`
}
