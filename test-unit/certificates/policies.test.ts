import { describe, expect, it } from 'vitest'
import { ParsedCertificate } from '../../src/certificates/parsed-certificate.js'
import { checkPolicies, type PolicyOptions } from '../../src/certificates/policies/check-policies.js'
import type { Bytes } from '../../src/wire/bytes.js'
import { derContextPrimitive, derInteger, derObjectIdentifier, derSequence } from '../../src/wire/der/der-writer.js'
import { createTestCa, createTestCertificate, type TestExtension, testOid } from '../support/certificates.js'
import { sharedTestKey } from '../support/test-keys.js'

const any = '2.5.29.32.0'
const one = '1.3.6.1.4.1.99999.1'
const two = '1.3.6.1.4.1.99999.2'

interface Policies {
  readonly policies?: readonly string[]
  readonly mappings?: readonly (readonly [string, string])[]
  readonly requireExplicit?: number
  readonly inhibitMapping?: number
  readonly inhibitAny?: number
}

/** The extensions of RFC 5280 sections 4.2.1.4, .5, .11 and .14. */
function extensions({ policies, mappings, requireExplicit, inhibitMapping, inhibitAny }: Policies): TestExtension[] {
  const skip = (number: number, value: number | undefined): Bytes[] =>
    value === undefined ? [] : [derContextPrimitive(number, derInteger(value).subarray(2))]
  const constraints = [...skip(0, requireExplicit), ...skip(1, inhibitMapping)]
  const list: (TestExtension | undefined)[] = [
    policies && {
      oid: testOid.certificatePolicies,
      value: derSequence(...policies.map((policy) => derSequence(derObjectIdentifier(policy)))),
    },
    mappings && {
      oid: testOid.policyMappings,
      critical: true,
      value: derSequence(
        ...mappings.map(([from, to]) => derSequence(derObjectIdentifier(from), derObjectIdentifier(to))),
      ),
    },
    constraints.length === 0
      ? undefined
      : { oid: testOid.policyConstraints, critical: true, value: derSequence(...constraints) },
    inhibitAny === undefined
      ? undefined
      : { oid: testOid.inhibitAnyPolicy, critical: true, value: derInteger(inhibitAny) },
  ]
  return list.filter((extension) => extension !== undefined)
}

/** Judges intermediates and a leaf below a root, given from the root down. */
async function judge(chain: readonly Policies[], options: PolicyOptions = {}): Promise<boolean> {
  const key = await sharedTestKey('ecdsa-p256')
  let ca = await createTestCa({ key, subject: 'Root' })
  const path: ParsedCertificate[] = []
  for (const [index, policies] of chain.entries()) {
    const isLeaf = index === chain.length - 1
    const made = isLeaf
      ? await createTestCertificate({ ca, key, subject: 'Leaf', extensions: extensions(policies) })
      : await createTestCa({ ca, key, subject: `CA ${index}`, extensions: extensions(policies) })
    path.unshift(ParsedCertificate.parse(made.der))
    ca = made
  }
  try {
    checkPolicies(path, undefined, options)
    return true
  } catch (error) {
    expect(error).toMatchObject({ rule: 'certificate-policies' })
    return false
  }
}

describe('certificate policies (RFC 5280 section 6.1, RFC 9618)', () => {
  const explicit = { requireExplicitPolicy: true }

  it.each<[string, boolean, readonly Policies[], PolicyOptions]>([
    ['no policies, none required', true, [{}, {}], {}],
    ['no policies, one required', false, [{}, {}], explicit],
    ['one policy all the way', true, [{ policies: [one] }, { policies: [one] }], explicit],
    ['a gap', false, [{}, { policies: [one] }], explicit],
    ['another policy in the leaf', false, [{ policies: [two] }, { policies: [one] }], explicit],
    ['another policy, none required', true, [{ policies: [two] }, { policies: [one] }], {}],
    ['a CA that requires one', false, [{ requireExplicit: 0 }, {}], {}],
    ['a CA that requires one further down', true, [{ policies: [one], requireExplicit: 3 }, {}], {}],
    ['a leaf that requires one', false, [{ policies: [one] }, { requireExplicit: 0 }], {}],
    ['anyPolicy above', true, [{ policies: [any] }, { policies: [one] }], { ...explicit, initialPolicies: [one] }],
    ['anyPolicy below', true, [{ policies: [one] }, { policies: [any] }], { ...explicit, initialPolicies: [one] }],
    [
      'anyPolicy all the way',
      true,
      [{ policies: [any] }, { policies: [any] }],
      { ...explicit, initialPolicies: [one] },
    ],
    [
      'a wanted policy missing',
      false,
      [{ policies: [one] }, { policies: [one] }],
      { ...explicit, initialPolicies: [two] },
    ],
    ['anyPolicy inhibited', false, [{ policies: [any] }, { policies: [one] }], { ...explicit, inhibitAnyPolicy: true }],
    ['anyPolicy inhibited by a CA', false, [{ policies: [one], inhibitAny: 0 }, { policies: [any] }], explicit],
    [
      'a mapping',
      true,
      [{ policies: [one], mappings: [[one, two]] }, { policies: [two] }],
      { ...explicit, initialPolicies: [one] },
    ],
    [
      'a mapping, asked in the words of the leaf',
      false,
      [{ policies: [one], mappings: [[one, two]] }, { policies: [two] }],
      { ...explicit, initialPolicies: [two] },
    ],
    [
      'a mapping out of anyPolicy',
      true,
      [{ policies: [any], mappings: [[one, two]] }, { policies: [two] }],
      { ...explicit, initialPolicies: [one] },
    ],
    [
      'a mapping inhibited',
      false,
      [{ policies: [one], mappings: [[one, two]] }, { policies: [two] }],
      { ...explicit, inhibitPolicyMapping: true },
    ],
    [
      'a mapping inhibited by a CA',
      false,
      [{ policies: [one], inhibitMapping: 0 }, { policies: [one], mappings: [[one, two]] }, { policies: [two] }],
      explicit,
    ],
    ['a mapping of anyPolicy', false, [{ policies: [any], mappings: [[any, two]] }, { policies: [two] }], {}],
  ])('%s: %s', async (_case, isValid, chain, options) => {
    expect(await judge(chain, options)).toBe(isValid)
  })

  it('takes linear time for mappings that would make a tree explode', async () => {
    const oids = Array.from({ length: 40 }, (_, index) => `1.3.6.1.4.1.99999.9.${index}`)
    const all = oids.flatMap((from) => oids.map((to) => [from, to] as const))
    const start = performance.now()
    const cas = Array.from({ length: 6 }, () => ({ policies: oids, mappings: all }))
    expect(await judge([...cas, { policies: oids }], explicit)).toBe(true)
    expect(performance.now() - start).toBeLessThan(2000)
  })
})
