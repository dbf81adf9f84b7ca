import { parseCertificate } from '../../src/certificates/parsed-certificate.js'
import { TrustAnchors } from '../../src/certificates/trust-anchors.js'
import { verifyPeerChain } from '../../src/certificates/verify-peer-chain.js'
import { platformProvider } from '../../src/crypto/provider.js'
import { createTestCa, createTestCertificate, type TestCertificate } from '../../test-unit/support/certificates.js'

/** What is measured in Node and in browsers alike: no import here may be Node's. */
export type Case = readonly [name: string, run: () => unknown]

export interface Result {
  readonly name: string
  readonly perSecond: number
  readonly microseconds: number
}

export const keyTypes = ['ecdsa-p256', 'rsa2048'] as const
export type BenchKeyType = (typeof keyTypes)[number]

/** Leaf, intermediate and root. */
export async function createChain(keyType: BenchKeyType): Promise<readonly TestCertificate[]> {
  const root = await createTestCa({ keyType, subject: 'Root' })
  const intermediate = await createTestCa({ keyType, ca: root, subject: 'Intermediate', pathLength: 0 })
  const leaf = await createTestCertificate({ keyType, ca: intermediate, dnsNames: ['example.com', '*.example.com'] })
  return [leaf, intermediate, root]
}

export function ourCases(keyType: BenchKeyType, chain: readonly TestCertificate[]): Case[] {
  const [leaf, , root] = chain
  if (leaf === undefined || root === undefined) throw new RangeError('a chain of three is needed')
  const trustAnchors = TrustAnchors.from(root.der)
  return [
    [
      `${keyType}: verifyPeerChain, all checks`,
      () =>
        verifyPeerChain(leaf.chain, {
          purpose: 'serverAuth',
          serverName: 'example.com',
          trustAnchors,
          time: new Date(),
          provider: platformProvider,
        }),
    ],
    [`${keyType}: parse, ours`, () => parseCertificate(leaf.der)],
  ]
}

/** The median of five rounds. */
export async function measure([name, run]: Case, seconds: number): Promise<Result> {
  const rounds: number[] = []
  for (let warmUp = 0; warmUp < 200; warmUp++) await run()
  for (let round = 0; round < 5; round++) {
    const start = performance.now()
    let count = 0
    while (performance.now() - start < seconds * 200) {
      await run()
      count++
    }
    rounds.push((count * 1000) / (performance.now() - start))
  }
  const perSecond = rounds.toSorted((a, b) => a - b)[2] ?? 0
  return { name, perSecond: Math.round(perSecond), microseconds: Number((1e6 / perSecond).toFixed(1)) }
}

/** All of ours: what a page runs. */
export async function measureOurs(seconds: number): Promise<Result[]> {
  const results: Result[] = []
  for (const keyType of keyTypes) {
    for (const each of ourCases(keyType, await createChain(keyType))) results.push(await measure(each, seconds))
  }
  return results
}
