import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ecdsaSignatureFromDer, ecdsaSignatureToDer } from '../../../src/crypto/signature/ecdsa-der.js'
import { parseSubjectPublicKeyInfo, publicKeyName } from '../../../src/crypto/signature/public-key.js'
import { parseSignatureAlgorithm, type SignatureAlgorithm } from '../../../src/crypto/signature/signature-algorithm.js'
import { verifySignature } from '../../../src/crypto/signature/verify.js'
import { TlsError } from '../../../src/errors/tls-error.js'
import { type Bytes, fromHex } from '../../../src/wire/bytes.js'
import {
  derBitString,
  derInteger,
  derNull,
  derObjectIdentifier,
  derSequence,
} from '../../../src/wire/der/der-writer.js'
import { testProvider, testProviderName } from '../../support/provider.js'
import {
  sharedTestKey,
  signatureAlgorithmIdentifier,
  signWithTestKey,
  type TestKeyType,
  type TestSignature,
} from '../../support/test-keys.js'

const data = new TextEncoder().encode('to be signed')

const cases: readonly (readonly [TestKeyType, TestSignature])[] = [
  ['ecdsa-p256', 'ecdsa-sha256'],
  ['ecdsa-p384', 'ecdsa-sha384'],
  ['ecdsa-p521', 'ecdsa-sha512'],
  ['ecdsa-p256', 'ecdsa-sha512'],
  ['rsa2048', 'rsa-sha256'],
  ['rsa2048', 'pss-sha384'],
  ['rsa-pss', 'pss-sha512'],
  ...(testProviderName === 'platform' ? ([['ed25519', 'ed25519']] as const) : []),
]

describe('verifySignature', () => {
  //= rfc9846#section-4.3.3 4.3.3-7 4.3.3-9
  //= rfc9846#section-9.1 9.1-3
  it.each(cases)('takes the signature of a %s key by %s, and no changed one', async (type, name) => {
    const key = await sharedTestKey(type)
    const algorithm = parseSignatureAlgorithm(signatureAlgorithmIdentifier(name))
    const signature = await signWithTestKey(key, name, data)
    const verify = (changed: Bytes, over: Bytes = data) =>
      verifySignature(testProvider, key.subjectPublicKeyInfo, algorithm, changed, over)
    expect(await verify(signature)).toBe(true)
    expect(await verify(signature, data.subarray(1))).toBe(false)
    for (const index of [0, 1, 5, signature.length - 1]) {
      const changed = signature.slice()
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(await verify(changed)).toBe(false)
    }
    for (const length of [0, 1, signature.length - 1]) expect(await verify(signature.slice(0, length))).toBe(false)
    expect(await verify(Uint8Array.from([...signature, 0]))).toBe(false)
  })

  it('throws for a key that cannot have made such a signature', async () => {
    const { subjectPublicKeyInfo } = await sharedTestKey('ecdsa-p256')
    const wrong: SignatureAlgorithm[] = [
      { kind: 'rsa-pkcs1', hash: 'SHA-256' },
      { kind: 'ed25519' },
      { kind: 'ecdsa', hash: 'SHA-384', curve: 'P-384' },
    ]
    for (const algorithm of wrong) {
      await expect(
        verifySignature(testProvider, subjectPublicKeyInfo, algorithm, new Uint8Array(70), data),
      ).rejects.toMatchObject({ code: 'certificate_unsupported' })
    }
    const pss = await sharedTestKey('rsa-pss')
    await expect(
      verifySignature(testProvider, pss.subjectPublicKeyInfo, { kind: 'rsa-pkcs1', hash: 'SHA-256' }, data, data),
    ).rejects.toMatchObject({ code: 'certificate_unsupported' })
  })
})

describe('parseSignatureAlgorithm', () => {
  //= rfc9846#section-4.3.3 4.3.3-11
  it('refuses RSASSA-PSS parameters that are not DER', () => {
    const der = signatureAlgorithmIdentifier('pss-sha256')
    expect(parseSignatureAlgorithm(der)).toMatchObject({ kind: 'rsa-pss', hash: 'SHA-256' })
    // the length of the parameters in two bytes, where one is enough
    const at = der.indexOf(0x30, 2)
    const longer = Uint8Array.from([...der.subarray(0, at), 0x30, 0x81, ...der.subarray(at + 1)])
    longer[1] = (longer[1] ?? 0) + 1
    expect(() => parseSignatureAlgorithm(longer)).toThrow(TlsError)
  })
})

describe('Ecdsa-Sig-Value', () => {
  it('is written and read back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (bytes) => {
        const signature = Uint8Array.from(bytes)
        fc.pre(signature.subarray(0, 32).some(Boolean) && signature.subarray(32).some(Boolean))
        expect(ecdsaSignatureFromDer(ecdsaSignatureToDer(signature), 32)).toEqual(signature)
      }),
    )
  })

  it.each([
    ['a needless leading zero', '3007020200010201 01'],
    ['a negative integer', '3006020181020101'],
    ['zero', '3006020100020101'],
    ['a long length', '308106020101020101'],
    ['trailing bytes', '300602010102010100'],
    ['trailing bytes inside', '3008020101020101 0500'],
    ['one integer', '3003020101'],
    ['too wide an integer', `3026 0221 01${'00'.repeat(32)} 0201 01`],
  ])('with %s is refused', (_what, hex) => {
    expect(() => ecdsaSignatureFromDer(fromHex(hex.replaceAll(' ', '')), 32)).toThrow(TlsError)
  })
})

describe('parseSubjectPublicKeyInfo', () => {
  const rsa = (modulus: Bytes, exponent: number, parameters: Bytes = derNull) =>
    derSequence(
      derSequence(derObjectIdentifier('1.2.840.113549.1.1.1'), parameters),
      derBitString(derSequence(derInteger(modulus), derInteger(exponent))),
    )
  const modulus = (bits: number) => Uint8Array.from({ length: bits / 8 }, (_, index) => (index === 0 ? 0x80 : 0xff))

  it.each([
    ['ecdsa-p256', 'EC P-256'],
    ['ecdsa-p521', 'EC P-521'],
    ['rsa2048', 'RSA 2048'],
    ['rsa-pss', 'RSA-PSS 2048'],
    ['ed25519', 'Ed25519'],
  ] as const)('reads a %s key', async (type, name) => {
    expect(publicKeyName(parseSubjectPublicKeyInfo((await sharedTestKey(type)).subjectPublicKeyInfo))).toBe(name)
  })

  //= rfc9846#section-C.2 C.2-1
  it('refuses RSA keys that are weak, huge or not sound', () => {
    expect(parseSubjectPublicKeyInfo(rsa(modulus(2048), 65537))).toMatchObject({ kind: 'rsa', bits: 2048 })
    const bad = [
      rsa(modulus(1024), 65537),
      rsa(modulus(16384), 65537),
      rsa(modulus(2048), 1),
      rsa(modulus(2048), 4),
      rsa(modulus(2048), 2 ** 40 + 1),
      rsa(modulus(2048).fill(0xfe, 255), 65537),
      rsa(modulus(2048), 65537, derSequence()),
    ]
    for (const spki of bad) expect(() => parseSubjectPublicKeyInfo(spki)).toThrow(TlsError)
  })

  it('refuses EC keys on other curves, compressed, or with explicit parameters', () => {
    const ec = (parameters: Bytes, point: Bytes) =>
      derSequence(derSequence(derObjectIdentifier('1.2.840.10045.2.1'), parameters), derBitString(point))
    const p256 = derObjectIdentifier('1.2.840.10045.3.1.7')
    const point = new Uint8Array(65).fill(4)
    expect(parseSubjectPublicKeyInfo(ec(p256, point))).toMatchObject({ curve: 'P-256' })
    const bad = [
      ec(p256, point.subarray(0, 33).fill(2)),
      ec(p256, new Uint8Array(66).fill(4)),
      ec(derObjectIdentifier('1.3.132.0.10'), new Uint8Array(65).fill(4)),
      ec(derSequence(derInteger(1)), new Uint8Array(65).fill(4)),
    ]
    for (const spki of bad) expect(() => parseSubjectPublicKeyInfo(spki)).toThrow(TlsError)
  })
})
