import { createECDH, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { groupByCodePoint } from '../../src/crypto/groups/groups.js'
import { isLowOrderX25519Point } from '../../src/crypto/groups/x25519-low-order.js'
import { NamedGroup } from '../../src/messages/code-points.js'
import { type Bytes, fromHex, toHex } from '../../src/wire/bytes.js'
import { providerWith } from '../support/override-subtle.js'
import { testProvider } from '../support/provider.js'

const ecdhGroups = [NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1, NamedGroup.secp521r1].flatMap(
  (codePoint) => groupByCodePoint.get(codePoint) ?? [],
)

const nodeCurves: Readonly<Record<string, string>> = {
  secp256r1: 'prime256v1',
  secp384r1: 'secp384r1',
  secp521r1: 'secp521r1',
}

/** A peer on node:crypto: its share, and the secret it computes from ours. */
function nodePeer(group: string): { share: Bytes; agree: (ours: Bytes) => string } {
  const curve = nodeCurves[group]
  if (curve) {
    const ecdh = createECDH(curve)
    return { share: Uint8Array.from(ecdh.generateKeys()), agree: (ours) => ecdh.computeSecret(ours).toString('hex') }
  }
  const { privateKey, publicKey } = generateKeyPairSync('x25519')
  const prefix = Buffer.from('302a300506032b656e032100', 'hex')
  return {
    share: Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }).subarray(prefix.length)),
    agree: (ours) =>
      diffieHellman({
        privateKey: createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })),
        publicKey: createPublicKey({ key: Buffer.concat([prefix, ours]), format: 'der', type: 'spki' }),
      }).toString('hex'),
  }
}

describe.each(ecdhGroups)('$name', (group) => {
  it('is available', async () => {
    expect(await group.isAvailable(testProvider)).toBe(true)
  })

  //= rfc9846#section-7.4.2 7.4.2-1 7.4.2-2
  //= rfc9846#section-9.1 9.1-4 9.1-5
  it('offers shares of its length, and agrees with node:crypto', async () => {
    const peer = nodePeer(group.name)
    const offer = await group.offer(testProvider)
    expect(offer.keyShare).toHaveLength(group.shareLength.client)
    const secret = await offer.complete(peer.share)
    expect(toHex(await secret.bytes())).toBe(peer.agree(offer.keyShare))
  })

  it('responds with a share of its length, and agrees with node:crypto', async () => {
    const peer = nodePeer(group.name)
    const response = await group.respond(testProvider, peer.share)
    expect(response.keyShare).toHaveLength(group.shareLength.server)
    expect(toHex(await response.sharedSecret.bytes())).toBe(peer.agree(response.keyShare))
  })

  it('gives both sides a key of HKDF that derives the same, and cannot be exported', async () => {
    const offer = await group.offer(testProvider)
    const { keyShare, sharedSecret } = await group.respond(testProvider, offer.keyShare)
    const keys = await Promise.all([
      offer.complete(keyShare).then((secret) => secret.hkdfKey()),
      sharedSecret.hkdfKey(),
    ])
    const derived = await Promise.all(
      keys.map((key) =>
        testProvider.subtle.deriveBits(
          { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info: new Uint8Array(1) },
          key,
          256,
        ),
      ),
    )
    expect(derived[0]).toEqual(derived[1])
    expect(keys.map(({ extractable }) => extractable)).toEqual([false, false])
  })

  //= rfc9846#section-4.3.8 4.3.8-12 4.3.8-8
  it('makes another share each time', async () => {
    const shares = await Promise.all([group.offer(testProvider), group.offer(testProvider)])
    expect(shares[0]?.keyShare).not.toEqual(shares[1]?.keyShare)
  })

  it('tries once more when the engine fails to make a key pair, and is not available when it always does', async () => {
    const failing = (failures: number) => {
      let left = failures
      return providerWith((real) => ({
        generateKey: (...parameters) =>
          left-- > 0
            ? Promise.reject(new Error('a coordinate begins with zero'))
            : Reflect.apply(real.generateKey, real, parameters),
      }))
    }
    expect((await group.offer(failing(1))).keyShare).toHaveLength(group.shareLength.client)
    await expect(group.offer(failing(2))).rejects.toThrow('a coordinate begins with zero')
    expect(await group.isAvailable(failing(Number.POSITIVE_INFINITY))).toBe(false)
  })
})

describe('the low-order points of X25519', () => {
  const p = 2n ** 255n - 19n
  const littleEndian = (value: bigint) => fromHex(value.toString(16).padStart(64, '0')).reverse()
  const order8 = [
    325606250916557431795983626356110631294008115727848805560023387167927233504n,
    39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  ]

  //= rfc9846#section-7.4.2 7.4.2-3
  it.each([0n, 1n, p - 1n, p, p + 1n, ...order8])('have %i among them, with the top bit or without', (value) => {
    expect(isLowOrderX25519Point(littleEndian(value))).toBe(true)
    expect(isLowOrderX25519Point(littleEndian(value + 2n ** 255n))).toBe(true)
  })

  it.each([2n, 9n, p - 2n, p + 2n])('do not have %i', (value) => {
    expect(isLowOrderX25519Point(littleEndian(value))).toBe(false)
  })
})
