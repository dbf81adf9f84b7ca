import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ParsedCertificate } from '../../src/certificates/parsed-certificate.js'
import { TrustAnchors } from '../../src/certificates/trust-anchors.js'
import { verifyPeerChain } from '../../src/certificates/verify-peer-chain.js'
import { TlsError } from '../../src/errors/tls-error.js'
import { type Bytes, fromHex, toHex } from '../../src/wire/bytes.js'
import { derSequence } from '../../src/wire/der/der-writer.js'
import {
  createTestCa,
  createTestCertificate,
  daysFromNow,
  generalName,
  nameConstraintsValue,
} from '../support/certificates.js'
import { testProvider } from '../support/provider.js'
import { sharedTestKey } from '../support/test-keys.js'

const key = await sharedTestKey('ecdsa-p256')
const root = await createTestCa({ subject: 'Root' })
const upper = await createTestCa({
  ca: root,
  subject: 'Upper',
  nameConstraints: nameConstraintsValue({ permitted: [generalName.dns('example.com')] }),
})
const lower = await createTestCa({ ca: upper, subject: 'Lower', pathLength: 0, key })
const leaf = await createTestCertificate({
  ca: lower,
  dnsNames: ['example.com'],
  ipAddresses: ['192.0.2.1'],
  emailAddresses: ['a@example.com'],
  otherNames: [generalName.directory('x')],
})
const trustAnchors = TrustAnchors.from(root.der)

const verify = (chain: readonly Bytes[]) =>
  verifyPeerChain(chain, {
    purpose: 'serverAuth',
    serverName: 'example.com',
    trustAnchors,
    time: new Date(),
    provider: testProvider,
  })

describe('a valid chain', () => {
  it('is refused, with a TlsError, after any change of a bit', async () => {
    await expect(verify(leaf.chain)).resolves.toBeDefined()
    const bits = leaf.chain.reduce((sum, der) => sum + der.length * 8, 0)
    await fc.assert(
      fc.asyncProperty(fc.nat(bits - 1), async (bit) => {
        let rest = bit
        const changed = leaf.chain.map((der) => {
          const copy = der.slice()
          const index = rest >> 3
          if (rest >= 0 && index < copy.length) copy[index] = (copy[index] ?? 0) ^ (1 << (rest & 7))
          rest -= der.length * 8
          return copy
        })
        const error = await verify(changed).then(
          () => undefined,
          (reason: unknown) => reason,
        )
        expect(error).toBeInstanceOf(TlsError)
        expect((error as TlsError).category).toBe('protocol')
      }),
      { numRuns: 600 },
    )
  })

  it('is accepted in any order of its intermediates, with any useless ones among them', async () => {
    const useless = [
      await createTestCa({ subject: 'Stranger' }),
      await createTestCa({ subject: 'Upper' }),
      await createTestCa({ ca: root, subject: 'Upper', notBefore: daysFromNow(-9), notAfter: daysFromNow(-1) }),
      await createTestCa({ ca: lower, subject: 'Upper', key }),
      root,
      lower,
    ].map(({ der }) => der)
    const bag = [...leaf.chain.slice(1), ...useless, new Uint8Array(40)]
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(bag, { minLength: bag.length }), async (order) => {
        const { path } = await verify([leaf.der, ...order])
        expect(path.map(({ subject }) => subject)).toEqual(['CN=example.com', 'CN=Lower', 'CN=Upper', 'CN=Root'])
      }),
      { numRuns: 40 },
    )
  })
})

/** Replaces the first occurrence of some bytes of the TBSCertificate, and so its length too. */
function replaced(tbs: Bytes, from: string, to: string): Bytes {
  const hex = toHex(tbs)
  const at = hex.indexOf(from)
  expect(at).toBeGreaterThan(0)
  const contents = fromHex(hex.slice(8, at) + to + hex.slice(at + from.length))
  return derSequence(contents)
}

it.each([
  ['a byte too many in the version', 'a003020102', 'a00402020002'],
  ['a length that is not minimal', 'a003020102', 'a08103020102'],
  ['version 4', 'a003020102', 'a003020103'],
  ['an indefinite length', 'a003020102', 'a0800201020000'],
  ['BOOLEAN TRUE as 01', '0101ff', '010101'],
  ['a critical that is FALSE', '0101ff', '010100'],
  ['a NULL at the end of the key usage', '040403020780', '0406030207800500'],
])('%s is refused though it is signed', async (_what, from, to) => {
  const signed = await createTestCertificate({
    ca: root,
    dnsNames: ['example.com'],
    changeTbs: (tbs) => replaced(tbs, from, to),
  })
  await expect(verify(signed.chain)).rejects.toMatchObject({ rule: 'encoding' })
})

it('mutated DER throws nothing but a TlsError', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(leaf.der.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.nat(40),
      (changes, cut) => {
        const der = leaf.der.slice(0, leaf.der.length - (cut > 30 ? cut : 0))
        for (const [index, byte] of changes) if (index < der.length) der[index] = byte
        try {
          const certificate = ParsedCertificate.parse(der)
          // what people read must not throw either
          expect(
            typeof certificate.publicKeyName + certificate.signatureAlgorithmName + certificate.subject,
          ).toBeTruthy()
        } catch (error) {
          expect(error).toBeInstanceOf(TlsError)
        }
      },
    ),
    { numRuns: 3000 },
  )
})
