import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { platformProvider } from '../../src/crypto/provider.js'
import { nodeProvider } from '../../src/node/node-provider.js'
import { toHex } from '../../src/wire/bytes.js'
import { rejection } from '../support/deadline.js'

const native = platformProvider.subtle
const { subtle } = nodeProvider

const bytes = (length: { readonly minLength?: number; readonly maxLength: number }) =>
  fc.uint8Array(length).map((array) => Uint8Array.from(array))

const hex = (buffer: ArrayBuffer) => toHex(new Uint8Array(buffer))

/** The same method of both gives the same. */
async function expectSame(call: (subtle: SubtleCrypto) => Promise<ArrayBuffer>): Promise<void> {
  const [ours, theirs] = await Promise.all([call(subtle), call(native)])
  expect(ours).toBeInstanceOf(ArrayBuffer)
  expect(hex(ours)).toBe(hex(theirs))
}

/** The same method of both is refused with the same error. */
async function expectSameRefusal(call: (subtle: SubtleCrypto) => Promise<unknown>): Promise<void> {
  const [ours, theirs] = await Promise.all([rejection(call(subtle), 'ours'), rejection(call(native), 'theirs')])
  expect((ours as Error).name).toBe((theirs as Error).name)
}

describe('nodeProvider does as Node’s own WebCrypto does', () => {
  it.each([128, 192, 256])('AES-%i-GCM', async (length) => {
    const key = await native.generateKey({ name: 'AES-GCM', length }, false, ['encrypt', 'decrypt'])
    await fc.assert(
      fc.asyncProperty(
        bytes({ minLength: 12, maxLength: 12 }),
        fc.option(bytes({ maxLength: 40 }), { nil: undefined }),
        bytes({ maxLength: 300 }),
        async (iv, additionalData, data) => {
          const parameters = { name: 'AES-GCM', iv, ...(additionalData && { additionalData }) }
          await expectSame((each) => each.encrypt(parameters, key, data))
          const sealed = new Uint8Array(await native.encrypt(parameters, key, data))
          await expectSame((each) => each.decrypt(parameters, key, sealed))
        },
      ),
      { numRuns: 50 },
    )
  })

  it('gives nothing of a ciphertext with one bit changed anywhere', async () => {
    const key = await native.generateKey({ name: 'AES-GCM', length: 128 }, false, ['encrypt', 'decrypt'])
    const parameters = { name: 'AES-GCM', iv: new Uint8Array(12), additionalData: Uint8Array.of(1, 2, 3) }
    const sealed = new Uint8Array(await subtle.encrypt(parameters, key, new Uint8Array(20)))
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = sealed.slice()
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(await rejection(subtle.decrypt(parameters, key, changed), 'decrypt')).toBeInstanceOf(Error)
    }
    const other = { ...parameters, additionalData: Uint8Array.of(1, 2) }
    expect(await rejection(subtle.decrypt(other, key, sealed), 'decrypt')).toBeInstanceOf(Error)
    for (const length of [0, 1, 15]) {
      await expectSameRefusal((each) => each.decrypt(parameters, key, sealed.slice(0, length)))
    }
  })

  it('takes views and buffers of any kind, and copies what it is given', async () => {
    const key = await native.generateKey({ name: 'AES-GCM', length: 128 }, false, ['encrypt', 'decrypt'])
    const data = Uint8Array.from({ length: 64 }, (_, index) => index)
    const parameters = { name: 'AES-GCM', iv: new Uint8Array(12).buffer }
    for (const form of [data, data.buffer, data.subarray(3, 9), new DataView(data.buffer, 5, 20)]) {
      await expectSame((each) => each.encrypt(parameters, key, form))
    }
    const before = subtle.encrypt(parameters, key, data)
    const expected = hex(await native.encrypt(parameters, key, data.slice()))
    data.fill(0)
    expect(hex(await before)).toBe(expected)
  })

  it.each(['SHA-256', 'SHA-384', 'SHA-512'])('HMAC and digests with %s', async (hash) => {
    const key = await native.importKey('raw', new Uint8Array(32).fill(7), { name: 'HMAC', hash }, false, [
      'sign',
      'verify',
    ])
    for (const length of [0, 1, 64, 1000, 100_000]) {
      const data = new Uint8Array(length).fill(length)
      await expectSame((each) => each.digest(hash, data))
      await expectSame((each) => each.digest({ name: hash }, data))
      await expectSame((each) => each.sign('HMAC', key, data))
      const mac = new Uint8Array(await native.sign('HMAC', key, data))
      expect(await subtle.verify('HMAC', key, mac, data)).toBe(true)
      expect(await subtle.verify('HMAC', key, mac.slice(1), data)).toBe(false)
      mac[5] = (mac[5] ?? 0) ^ 1
      expect(await subtle.verify('HMAC', key, mac, data)).toBe(false)
    }
    await expectSame((each) => each.digest('SHA-1', Uint8Array.of(1)))
  })

  it('HKDF, to bits and to keys that cannot be exported', async () => {
    const base = await native.importKey('raw', new Uint8Array(32).fill(3), 'HKDF', false, ['deriveBits', 'deriveKey'])
    const parameters = { name: 'HKDF', hash: 'SHA-384', salt: new Uint8Array(48), info: Uint8Array.of(9, 8, 7) }
    await expectSame((each) => each.deriveBits(parameters, base, 384))
    const type = { name: 'HMAC', hash: 'SHA-384', length: 384 }
    const [ours, theirs] = await Promise.all(
      [subtle, native].map((each) => each.deriveKey(parameters, base, type, false, ['sign', 'verify'])),
    )
    if (!ours || !theirs) throw new Error('no keys')
    expect(ours.extractable).toBe(false)
    expect(ours.algorithm).toEqual(theirs.algorithm)
    expect(hex(await native.sign('HMAC', ours, new Uint8Array(5)))).toBe(
      hex(await native.sign('HMAC', theirs, new Uint8Array(5))),
    )
    await expectSameRefusal((each) => each.exportKey('raw', ours))
    await expectSameRefusal((each) => each.deriveBits(parameters, base, 7))
  })

  it.each([
    ['X25519', { name: 'X25519' }],
    ['P-256', { name: 'ECDH', namedCurve: 'P-256' }],
    ['P-384', { name: 'ECDH', namedCurve: 'P-384' }],
    ['P-521', { name: 'ECDH', namedCurve: 'P-521' }],
  ])('(EC)DH with %s', async (_name, algorithm) => {
    const [one, other] = await Promise.all(
      [0, 1].map(() => native.generateKey(algorithm, false, ['deriveBits', 'deriveKey']) as Promise<CryptoKeyPair>),
    )
    if (!one || !other) throw new Error('no keys')
    const parameters = { name: algorithm.name, public: other.publicKey }
    const bits = algorithm.name === 'X25519' || _name === 'P-256' ? 256 : _name === 'P-384' ? 384 : 528
    await expectSame((each) => each.deriveBits(parameters, one.privateKey, bits))
    const base = await subtle.deriveKey(parameters, one.privateKey, 'HKDF', false, ['deriveBits'])
    expect(base.extractable).toBe(false)
    const back = { name: algorithm.name, public: one.publicKey }
    const same = await native.deriveBits(back, other.privateKey, bits)
    const sameBase = await native.importKey('raw', same, 'HKDF', false, ['deriveBits'])
    const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new Uint8Array() }
    expect(hex(await native.deriveBits(hkdf, base, 256))).toBe(hex(await native.deriveBits(hkdf, sameBase, 256)))
  })

  it('refuses an X25519 share of low order', async () => {
    const pair = (await native.generateKey({ name: 'X25519' }, false, ['deriveBits'])) as CryptoKeyPair
    const zero = await native.importKey('raw', new Uint8Array(32), 'X25519', true, [])
    const parameters = { name: 'X25519', public: zero }
    expect(await rejection(subtle.deriveBits(parameters, pair.privateKey, 256), 'deriveBits')).toBeInstanceOf(Error)
  })

  it('keeps to what a key may be used for', async () => {
    const algorithm = { name: 'AES-GCM', iv: new Uint8Array(12) }
    const encryptOnly = await native.generateKey({ name: 'AES-GCM', length: 128 }, false, ['encrypt'])
    const sealed = await native.encrypt(algorithm, encryptOnly, new Uint8Array(3))
    await expectSameRefusal((each) => each.decrypt(algorithm, encryptOnly, sealed))
    const verifyOnly = await native.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
    await expectSameRefusal((each) => each.sign('HMAC', verifyOnly, new Uint8Array(3)))
    await expectSameRefusal((each) => each.encrypt(algorithm, verifyOnly, new Uint8Array(3)))
    const base = await native.importKey('raw', new Uint8Array(32), 'HKDF', false, ['deriveKey'])
    const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new Uint8Array() }
    await expectSameRefusal((each) => each.deriveBits(hkdf, base, 256))
  })

  it('leaves a short tag, and all it does not know, to Node', async () => {
    const key = await native.generateKey({ name: 'AES-GCM', length: 128 }, false, ['encrypt', 'decrypt'])
    const short = { name: 'AES-GCM', iv: new Uint8Array(12), tagLength: 96 }
    await expectSame((each) => each.encrypt(short, key, new Uint8Array(40)))
    const pair = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
    const ecdsa = { name: 'ECDSA', hash: 'SHA-256' }
    const signature = await subtle.sign(ecdsa, pair.privateKey, new Uint8Array(3))
    expect(await native.verify(ecdsa, pair.publicKey, signature, new Uint8Array(3))).toBe(true)
  })
})
