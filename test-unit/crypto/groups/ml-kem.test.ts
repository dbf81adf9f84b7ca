import { describe, expect, it } from 'vitest'
import { mlKem } from '../../../src/crypto/groups/ml-kem.js'
import {
  type MlKemImplementation,
  type MlKemName,
  mlKemLengths,
} from '../../../src/crypto/groups/ml-kem-implementation.js'
import { nativeMlKem } from '../../../src/crypto/groups/ml-kem-native.js'
import { nobleMlKem } from '../../../src/crypto/groups/ml-kem-noble.js'
import type { CryptoProvider } from '../../../src/crypto/provider.js'
import { fromHex, toHex } from '../../../src/wire/bytes.js'
import { testProvider } from '../../support/provider.js'
import { wycheproofMlKem } from '../../vectors/ml-kem-wycheproof.js'

const names: readonly MlKemName[] = ['ML-KEM-768', 'ML-KEM-1024']

/** A provider whose randomness is known and which has no ML-KEM of its own. */
const withRandomness = (hex: string): CryptoProvider => ({
  ...testProvider,
  subtle: withoutMlKem(testProvider.subtle),
  getRandomValues: (bytes) => {
    bytes.set(fromHex(hex))
    return bytes
  },
})

function withoutMlKem(subtle: SubtleCrypto): SubtleCrypto {
  return new Proxy(subtle, {
    get(target, key) {
      if (key === 'encapsulateBits' || key === 'decapsulateBits') return undefined
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

async function noble(name: MlKemName): Promise<MlKemImplementation> {
  const found = await nobleMlKem(name)
  if (!found) throw new Error('@noble/post-quantum cannot be loaded')
  return found
}

describe.each(names)('%s', (name) => {
  const vectors = wycheproofMlKem[name]
  const kem = mlKem(name)

  it.each(vectors.decapsulation)('makes and opens the keys of Wycheproof $tcId', async ({ seed, ek, c, K }) => {
    const offer = await kem.offer(withRandomness(seed))
    expect(toHex(offer.keyShare)).toBe(ek)
    expect(toHex(await (await offer.complete(fromHex(c))).bytes())).toBe(K)
  })

  it.each(vectors.encapsulation)('encapsulates as Wycheproof $tcId', async ({ m, ek, c, K }) => {
    const { keyShare, sharedSecret } = await kem.respond(withRandomness(m), fromHex(ek))
    expect(toHex(keyShare)).toBe(c)
    expect(toHex(await sharedSecret.bytes())).toBe(K)
  })

  it.each(vectors.modulusOverflow)(
    'refuses the unreduced key of Wycheproof $tcId with illegal_parameter',
    async ({ ek }) => {
      await expect(kem.respond(testProvider, fromHex(ek))).rejects.toMatchObject({
        code: 'illegal_parameter',
        message: expect.stringContaining('not reduced'),
      })
    },
  )

  it('refuses an unreduced coefficient at any place', async () => {
    const { keyShare } = await kem.offer(testProvider)
    for (const index of [0, 1, 3 * 100, 3 * 100 + 1, keyShare.length - 32 - 2]) {
      const bad = keyShare.slice()
      // 0xd01 is q: the least that is refused
      const first = index % 3 === 0
      bad[index] = first ? 0x01 : ((bad[index] ?? 0) & 0x0f) | 0x10
      bad[index + 1] = first ? ((bad[index + 1] ?? 0) & 0xf0) | 0x0d : 0xd0
      await expect(kem.respond(testProvider, bad)).rejects.toMatchObject({ code: 'illegal_parameter' })
    }
  })

  it('refuses shares of any other length with illegal_parameter', async () => {
    const offer = await kem.offer(testProvider)
    const { encapsulationKey, ciphertext } = mlKemLengths[name]
    for (const length of [0, 32, encapsulationKey - 1, encapsulationKey + 1]) {
      await expect(kem.respond(testProvider, new Uint8Array(length))).rejects.toMatchObject({
        code: 'illegal_parameter',
      })
    }
    for (const length of [0, 32, ciphertext - 1, ciphertext + 1]) {
      await expect(offer.complete(new Uint8Array(length))).rejects.toMatchObject({ code: 'illegal_parameter' })
    }
  })

  it('rejects a wrong ciphertext implicitly: another secret, no error (FIPS 203 section 6.3)', async () => {
    const offer = await kem.offer(testProvider)
    const { keyShare, sharedSecret } = await kem.respond(testProvider, offer.keyShare)
    keyShare[5] = (keyShare[5] ?? 0) ^ 1
    const secret = await (await offer.complete(keyShare)).bytes()
    expect(secret).toHaveLength(32)
    expect(toHex(secret)).not.toBe(toHex(await sharedSecret.bytes()))
  })

  it('hands a secret out once', async () => {
    const { sharedSecret } = await kem.respond(testProvider, (await kem.offer(testProvider)).keyShare)
    await sharedSecret.hkdfKey()
    await expect(sharedSecret.hkdfKey()).rejects.toMatchObject({ code: 'internal' })
    await expect(sharedSecret.bytes()).rejects.toMatchObject({ code: 'internal' })
  })

  it('gives HKDF a key that cannot be exported', async () => {
    const { sharedSecret } = await kem.respond(testProvider, (await kem.offer(testProvider)).keyShare)
    expect((await sharedSecret.hkdfKey()).extractable).toBe(false)
  })

  it('works without the platform, and with it in both directions where it has ML-KEM', async (context) => {
    const native = await nativeMlKem(testProvider.subtle, name)
    if (!native)
      return context.skip(`this runtime (${process.version}) has no ${name}: native against noble is not tried`)
    const other = await noble(name)
    for (const [client, server] of [
      [native, other],
      [other, native],
    ] as const) {
      const { encapsulationKey, decapsulate } = await client.generate(testProvider)
      const { ciphertext, sharedSecret } = await server.encapsulate(testProvider, encapsulationKey)
      expect(toHex(await decapsulate(ciphertext))).toBe(toHex(sharedSecret))
    }
  })

  it('is not taken from an engine that has only a part of it', async () => {
    const { subtle } = testProvider
    expect(await nativeMlKem(withoutMlKem(subtle), name)).toBeUndefined()
  })
})
