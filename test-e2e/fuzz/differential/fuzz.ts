import fc from 'fast-check'
import { alertDifference, type Comparer, type Comparison, type Finding, findingOf } from './compare.js'
import { explain } from './divergences.js'
import { Gate } from './gate.js'
import { arbitraryRecipe, type Flow, placeOf, type Recipe, type Role, recipesOf } from './recipe.js'
import { shrink } from './shrink.js'
import type { Outcome } from './verdict.js'

export interface FuzzOptions {
  readonly cases: number
  readonly seed: number
  readonly under: Role | undefined
  readonly flow: Flow | undefined
  readonly parallel: number
  /** In milliseconds. */
  readonly quiet: number
  progress(line: string): void
  /** Takes each case, as JSON. */
  log(line: string): void
}

export interface FuzzResult {
  readonly options: FuzzOptions
  readonly seconds: number
  /** By place and kind of bend, and by stack: how many had each outcome. */
  readonly counts: ReadonlyMap<string, ReadonlyMap<string, Map<string, number>>>
  readonly explained: ReadonlyMap<string, Divergence[]>
  readonly unexplained: readonly Divergence[]
  readonly alerts: ReadonlyMap<string, Comparison[]>
  /** How often a stack had this outcome. */
  total(stack: string, outcome: Outcome): number
}

export interface Divergence {
  readonly finding: Finding
  readonly comparison: Comparison
  readonly original: Recipe
}

/** Runs the honest recipes, then the bent ones, then the honest ones again. @throws Error when a stack refuses an honest one */
export async function fuzz(comparer: Comparer, options: FuzzOptions): Promise<FuzzResult> {
  const started = Date.now()
  const patience = { quiet: options.quiet, end: 3000 }
  const places = recipesOf(options.under, options.flow)
  await checkParticipation(comparer, places)
  options.progress(`all stacks accept the ${places.length} handshakes that are not bent; seed ${options.seed}`)

  const recipes = fc.sample(arbitraryRecipe(places), { seed: options.seed, numRuns: options.cases })
  const counts = new Map<string, Map<string, Map<string, number>>>()
  const explained = new Map<string, Divergence[]>()
  const unexplained: Divergence[] = []
  const alerts = new Map<string, Comparison[]>()
  const seen = new Set<string>()

  const gate = new Gate()
  const runOne = async (recipe: Recipe) => {
    let comparison = await gate.together(() => comparer.compare(recipe, patience))
    let finding = findingOf(comparison)
    // a machine that is busy may have made it: once more, alone and with more patience
    if (finding) {
      comparison = await gate.alone(() => comparer.compare(recipe, { quiet: 5 * options.quiet, end: 10_000 }))
      finding = findingOf(comparison)
    }
    count(counts, comparison)
    options.log(asJson(comparison))
    const difference = alertDifference(comparison)
    if (difference) alerts.set(difference, [...(alerts.get(difference) ?? []), comparison])
    if (!finding) return
    const reason = explain(comparison, finding)
    if (reason !== undefined) {
      explained.set(reason, [...(explained.get(reason) ?? []), { finding, comparison, original: recipe }])
      return
    }
    const key = `${finding.kind} ${placeOf(recipe)} ${recipe.bend.kind} ${comparison.path.replace(/[=+]\d+$/, '')}`
    if (seen.has(key)) {
      unexplained.push({ finding, comparison, original: recipe })
      return
    }
    seen.add(key)
    const small = await shrink(recipe, async (smaller) => {
      const again = await gate.alone(() => comparer.compare(smaller, { quiet: 2 * options.quiet, end: 5000 }))
      const kind = findingOf(again)
      const isSame = kind?.kind === finding.kind && again.path === comparison.path
      return isSame && explain(again, kind) === undefined ? again : undefined
    })
    unexplained.push({ finding, comparison: small ?? comparison, original: recipe })
    options.progress(describeFinding(finding, small ?? comparison))
  }

  let next = 0
  const worker = async () => {
    for (let recipe = recipes[next++]; recipe; recipe = recipes[next++]) {
      await runOne(recipe)
      if (next % 500 === 0) options.progress(`${next} cases, ${Math.round((Date.now() - started) / 1000)} s`)
    }
  }
  await Promise.all(Array.from({ length: options.parallel }, worker))
  // what the flows need, such as tickets, must have lasted
  await checkParticipation(comparer, places)
  const total = (stack: string, outcome: Outcome) =>
    [...counts.values()].reduce((sum, stacks) => sum + (stacks.get(stack)?.get(outcome) ?? 0), 0)
  return { options, seconds: (Date.now() - started) / 1000, counts, explained, unexplained, alerts, total }
}

/** @throws Error when a stack refuses an honest handshake that it should take part in */
async function checkParticipation(comparer: Comparer, places: readonly Recipe[]): Promise<void> {
  for (const recipe of places) {
    const { verdicts } = await comparer.compare(recipe, { quiet: 5000, end: 3000 })
    for (const [stack, { outcome, alert, note }] of verdicts) {
      if (outcome === 'accepted') continue
      throw new Error(`${stack} does not take part in ${placeOf(recipe)}: ${outcome} ${alert ?? ''} ${note()}`)
    }
  }
}

function count(counts: Map<string, Map<string, Map<string, number>>>, { recipe, verdicts }: Comparison): void {
  const key = `${placeOf(recipe)}: ${recipe.bend.kind}`
  const stacks = counts.get(key) ?? new Map<string, Map<string, number>>()
  counts.set(key, stacks)
  for (const [stack, { outcome }] of verdicts) {
    const outcomes = stacks.get(stack) ?? new Map<string, number>()
    stacks.set(stack, outcomes)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
}

export const describeFinding = (finding: Finding, comparison: Comparison): string =>
  `${finding.kind}: ${finding.detail}\n${describeComparison(comparison)}`

export function describeComparison({ recipe, path, verdicts }: Comparison): string {
  const each = [...verdicts].map(
    ([stack, { outcome, alert, note }]) => `    ${stack}: ${outcome}${alert ? ` (${alert})` : ''} ${note()}`,
  )
  return [`    ${path}`, `    ${JSON.stringify(recipe)}`, ...each].join('\n')
}

const asJson = ({ recipe, path, verdicts }: Comparison): string =>
  JSON.stringify({
    recipe,
    path,
    verdicts: Object.fromEntries([...verdicts].map(([stack, { outcome, alert }]) => [stack, alert ?? outcome])),
    ours: verdicts.get('webtls')?.note(),
  })
