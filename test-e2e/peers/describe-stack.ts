import { describe, test } from 'vitest'
import { absenceOf, type Feature, features, type Role } from './features.js'
import type { Stack } from './stack.js'

/** The tests of one feature with the peer in one role, filed where the table finds them, unless the stack lacks it. */
export function describeFeature(stack: Stack, role: Role, feature: Feature, define: () => void): void {
  if (absenceOf(stack.name, role, feature) !== undefined) return
  describe(stack.name, () => {
    describe(`as ${role}`, () => {
      describe.skipIf(stack.missing)(features[feature], define)
    })
  })
}

/** A feature that one test shows. */
export function testFeature(stack: Stack, role: Role, feature: Feature, name: string, run: () => Promise<void>): void {
  describeFeature(stack, role, feature, () => {
    test(name, run)
  })
}
