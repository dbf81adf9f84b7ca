import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Comparer } from '../fuzz/differential/compare.js'
import { describeFinding, fuzz } from '../fuzz/differential/fuzz.js'
import { nativeStackNames } from '../fuzz/differential/native-stack.js'
import { regressions } from '../fuzz/differential/regressions.js'
import { type StartedStacks, startStacks } from '../fuzz/differential/start-stacks.js'

/** The short run of every day; docs/fuzzing.md has the long ones. */
describe('bent handshakes, the same for us and for other stacks', () => {
  let started: StartedStacks

  beforeAll(async () => {
    started = await startStacks(nativeStackNames)
    if (started.missing.length > 0) console.warn(`without ${started.missing.join('; ')}`)
  }, 900_000)

  afterAll(() => started?.stop())

  it.each(regressions)('end as they should where once $found', async ({ recipe, alert }) => {
    const ours = new Comparer(started.stacks.slice(0, 1), started.identities)
    const { verdicts } = await ours.compare(recipe, { quiet: 5000, end: 5000 })
    expect(verdicts.get('webtls')).toMatchObject(alert ? { outcome: 'refused', alert } : { outcome: 'accepted' })
  })

  it('show no difference that has no explanation', async ({ skip }) => {
    const { stacks, identities, missing } = started
    // of fewer, what all do may be the habit of one
    if (stacks.length < 4) skip(`fewer than three other stacks: ${missing.join('; ')}`)
    const result = await fuzz(new Comparer(stacks, identities), {
      cases: 300,
      seed: 20261125,
      under: undefined,
      flow: undefined,
      parallel: 8,
      quiet: 1000,
      progress: () => undefined,
      log: () => undefined,
    })
    expect(result.unexplained.map(({ finding, comparison }) => describeFinding(finding, comparison))).toEqual([])
    // a run in which a stack took all, or nothing, would have compared nothing
    for (const { name } of stacks) {
      expect(result.total(name, 'accepted')).toBeGreaterThan(30)
      expect(result.total(name, 'refused')).toBeGreaterThan(100)
    }
  }, 240_000)
})
