import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TrustAnchors } from '../../src/certificates/trust-anchors.js'
import { verifyPeerChain } from '../../src/certificates/verify-peer-chain.js'
import { createTestCa, createTestCertificate, daysFromNow, type TestCertificate } from '../support/certificates.js'
import { testProvider } from '../support/provider.js'
import { sharedTestKey } from '../support/test-keys.js'

/** A certificate that CA `issuer` made for CA `subject`; CA 0 is the root. */
interface Edge {
  readonly issuer: number
  readonly subject: number
  readonly flaw: Flaw
}

type Flaw = 'none' | 'expired' | 'no CA' | 'client only' | 'forged' | 'path length 0'

const caCount = 6
const keys = await Promise.all(
  Array.from({ length: caCount }, (_, index) => sharedTestKey('ecdsa-p256', `CA ${index}`)),
)
const keyOf = (ca: number) =>
  keys[ca] ??
  (() => {
    throw new RangeError(`no CA ${ca}`)
  })()
const cas = await Promise.all(keys.map((key, index) => createTestCa({ key, subject: `CA ${index}` })))
const forger = await sharedTestKey('ecdsa-p256', 'forger')
const madeBefore = new Map<string, Promise<TestCertificate>>()

function make({ issuer, subject, flaw }: Edge): Promise<TestCertificate> {
  const id = `${issuer} ${subject} ${flaw}`
  const ca = cas[issuer]
  if (ca === undefined) throw new RangeError(id)
  const made =
    madeBefore.get(id) ??
    createTestCa({
      ca: flaw === 'forged' ? { ...ca, key: forger } : ca,
      key: keyOf(subject),
      subject: `CA ${subject}`,
      isCa: flaw !== 'no CA',
      ...(flaw === 'expired' ? { notBefore: daysFromNow(-9), notAfter: daysFromNow(-1) } : {}),
      ...(flaw === 'client only' ? { extendedKeyUsage: ['clientAuth'] } : {}),
      ...(flaw === 'path length 0' ? { pathLength: 0 } : {}),
    })
  madeBefore.set(id, made)
  return made
}

/** The definition: some path without a repeated CA whose certificates are all without fault in their place. */
function hasPath(edges: readonly Edge[], at: number, visited: readonly number[]): boolean {
  if (at === 0) return true
  return edges.some(
    ({ issuer, subject, flaw }) =>
      subject === at &&
      !visited.includes(issuer) &&
      (flaw === 'none' || (flaw === 'path length 0' && visited.length === 1)) &&
      hasPath(edges, issuer, [...visited, issuer]),
  )
}

describe('path building', () => {
  const edge = fc.record({
    issuer: fc.nat(caCount - 1),
    subject: fc.integer({ min: 1, max: caCount - 1 }),
    flaw: fc.constantFrom<Flaw[]>('none', 'none', 'none', 'expired', 'no CA', 'client only', 'forged', 'path length 0'),
  })

  it('finds a path exactly when there is one, in any graph of cross-certificates', async () => {
    let found = 0
    const leaf = await createTestCertificate({
      ca: { ...(cas[caCount - 1] ?? (await createTestCa())), key: keyOf(caCount - 1) },
      dnsNames: ['example.com'],
    })
    await fc.assert(
      fc.asyncProperty(fc.array(edge, { minLength: 3, maxLength: 16 }), async (drawn) => {
        const edges = drawn.filter(({ issuer, subject }) => issuer !== subject)
        const bag = await Promise.all(edges.map(make))
        const verdict = await verifyPeerChain([leaf.der, ...bag.map(({ der }) => der)], {
          purpose: 'serverAuth',
          serverName: 'example.com',
          trustAnchors: TrustAnchors.from(cas[0]?.der ?? []),
          time: new Date(),
          provider: testProvider,
        }).then(
          () => true,
          () => false,
        )
        const expected = hasPath(edges, caCount - 1, [caCount - 1])
        if (expected) found++
        expect(verdict).toBe(expected)
      }),
      { numRuns: 250 },
    )
    expect(found).toBeGreaterThan(20)
  })

  it('finds its way through a complete graph that has one good way', async () => {
    const edges: Edge[] = []
    for (let issuer = 0; issuer < caCount; issuer++) {
      for (let subject = 1; subject < caCount; subject++) {
        const isWay = subject === issuer + 1
        if (issuer !== subject) edges.push({ issuer, subject, flaw: isWay ? 'none' : 'forged' })
      }
    }
    const last = cas[caCount - 1] ?? (await createTestCa())
    const leaf = await createTestCertificate({ ca: last, dnsNames: ['example.com'] })
    const bag = await Promise.all(edges.map(make))
    const { path } = await verifyPeerChain([leaf.der, ...bag.map(({ der }) => der)], {
      purpose: 'serverAuth',
      serverName: 'example.com',
      trustAnchors: TrustAnchors.from(cas[0]?.der ?? []),
      time: new Date(),
      provider: testProvider,
    })
    expect(path).toHaveLength(caCount + 1)
  })
})
