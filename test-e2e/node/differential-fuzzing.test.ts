import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Comparer } from '../fuzz/differential/compare.js'
import { describeFinding, fuzz } from '../fuzz/differential/fuzz.js'
import { nativeStackNames } from '../fuzz/differential/native-stack.js'
import { type StartedStacks, startStacks } from '../fuzz/differential/start-stacks.js'

/** The short run of every day; docs/fuzzing.md has the long ones. */
describe('bent handshakes, the same for us and for other stacks', () => {
  let started: StartedStacks

  beforeAll(async () => {
    started = await startStacks(nativeStackNames)
    if (started.missing.length > 0) console.warn(`without ${started.missing.join('; ')}`)
  }, 900_000)

  afterAll(() => started?.stop())

  it('show no difference that has no explanation', async () => {
    const { stacks, identities } = started
    const result = await fuzz(new Comparer(stacks, identities), {
      cases: 300,
      seed: 20261125,
      under: undefined,
      parallel: 8,
      quiet: 1000,
      progress: () => undefined,
      log: () => undefined,
    })
    expect(result.unexplained.map(({ finding, comparison }) => describeFinding(finding, comparison))).toEqual([])
    // a run in which a stack took all, or nothing, would have compared nothing
    for (const { name } of stacks) {
      expect(result.total(name, 'accepted')).toBeGreaterThan(20)
      expect(result.total(name, 'refused')).toBeGreaterThan(100)
    }
  }, 240_000)
})
