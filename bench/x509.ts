/**
 * `npm run bench:x509 [-- --json FILE]`: how many three-certificate chains are validated per second, beside
 * node:crypto's X509Certificate.verify on the same chains (signatures alone), and how long a certificate takes to parse.
 */
import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { AsnConvert } from '@peculiar/asn1-schema'
import { Certificate as Asn1Certificate } from '@peculiar/asn1-x509'
import { parseCertificate } from '../src/certificates/parsed-certificate.js'
import { TrustAnchors } from '../src/certificates/trust-anchors.js'
import { verifyPeerChain } from '../src/certificates/verify-peer-chain.js'
import { platformProvider } from '../src/crypto/provider.js'
import { createTestCa, createTestCertificate, type TestCertificate } from '../test-unit/support/certificates.js'
import type { TestKeyType } from '../test-unit/support/test-keys.js'

const { values } = parseArgs({ options: { json: { type: 'string' }, seconds: { type: 'string', default: '2' } } })

type Case = readonly [name: string, run: () => unknown]

async function casesOf(keyType: TestKeyType): Promise<Case[]> {
  const root = await createTestCa({ keyType, subject: 'Root' })
  const intermediate = await createTestCa({ keyType, ca: root, subject: 'Intermediate', pathLength: 0 })
  const leaf = await createTestCertificate({ keyType, ca: intermediate, dnsNames: ['example.com', '*.example.com'] })
  const trustAnchors = TrustAnchors.from(root.der)
  const all: readonly TestCertificate[] = [leaf, intermediate, root]
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
    [
      `${keyType}: node:crypto, parse and two verify()`,
      () => {
        const [first, second, third] = all.map(({ der }) => new X509Certificate(der))
        return second && third && first?.verify(second.publicKey) && second.verify(third.publicKey)
      },
    ],
    [`${keyType}: parse, ours`, () => parseCertificate(leaf.der)],
    [`${keyType}: parse, @peculiar/asn1-x509 without extensions`, () => AsnConvert.parse(leaf.der, Asn1Certificate)],
    [`${keyType}: parse, node:crypto`, () => new X509Certificate(leaf.der)],
  ]
}

/** Median of five rounds, in operations per second. */
async function measure(run: () => unknown): Promise<number> {
  const roundMs = (Number(values.seconds) * 1000) / 5
  const rounds: number[] = []
  for (let warmUp = 0; warmUp < 200; warmUp++) await run()
  for (let round = 0; round < 5; round++) {
    const start = performance.now()
    let count = 0
    while (performance.now() - start < roundMs) {
      await run()
      count++
    }
    rounds.push((count * 1000) / (performance.now() - start))
  }
  return rounds.toSorted((a, b) => a - b)[2] ?? 0
}

const results: { name: string; perSecond: number; microseconds: number }[] = []
for (const keyType of ['ecdsa-p256', 'rsa2048'] as const) {
  for (const [name, run] of await casesOf(keyType)) {
    const perSecond = await measure(run)
    results.push({ name, perSecond: Math.round(perSecond), microseconds: Number((1e6 / perSecond).toFixed(1)) })
  }
}
console.table(results)
if (values.json !== undefined) {
  const report = { date: new Date().toISOString(), node: process.version, results }
  writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
}
