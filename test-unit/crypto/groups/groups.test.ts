import { describe, expect, it } from 'vitest'
import { groups } from '../../../src/crypto/groups/groups.js'
import { NamedGroup, type NamedGroupName } from '../../../src/messages/code-points.js'
import { type Bytes, concatBytes, toHex } from '../../../src/wire/bytes.js'
import { testProvider } from '../../support/provider.js'

const names = Object.keys(groups) as NamedGroupName[]

/** draft-ietf-tls-ecdhe-mlkem section 4.1, 4.2 and 4.3: bytes of client share, server share and secret. */
const hybrids = [
  { name: 'X25519MLKEM768', client: 1216, server: 1120, secret: 64, ecdh: 'x25519', ecdhFirst: false },
  { name: 'SecP256r1MLKEM768', client: 1249, server: 1153, secret: 64, ecdh: 'secp256r1', ecdhFirst: true },
  { name: 'SecP384r1MLKEM1024', client: 1665, server: 1665, secret: 80, ecdh: 'secp384r1', ecdhFirst: true },
] as const

describe.each(names)('group %s', (name) => {
  const group = groups[name]

  it('has its code point and is available', async () => {
    expect(group.name).toBe(name)
    expect(group.codePoint).toBe(NamedGroup[name])
    expect(await group.isAvailable(testProvider)).toBe(true)
  })

  //= rfc9846#section-7.4.2 7.4.2-1
  it('gives both sides one secret', async () => {
    const offer = await group.offer(testProvider)
    expect(offer.keyShare).toHaveLength(group.shareLength.client)
    const response = await group.respond(testProvider, offer.keyShare)
    expect(response.keyShare).toHaveLength(group.shareLength.server)
    const completed = await offer.complete(response.keyShare)
    expect(toHex(await completed.bytes())).toBe(toHex(await response.sharedSecret.bytes()))
  })

  it('gives both sides one key of HKDF', async () => {
    const offer = await group.offer(testProvider)
    const response = await group.respond(testProvider, offer.keyShare)
    const keys = [await (await offer.complete(response.keyShare)).hkdfKey(), await response.sharedSecret.hkdfKey()]
    const derived = await Promise.all(keys.map(deriveHex))
    expect(derived[0]).toBe(derived[1])
    expect(derived[0]).not.toBe(await deriveHex(await zeroKey()))
    expect(keys.some(({ extractable }) => extractable)).toBe(false)
  })

  //= rfc9846#section-4.3.8 4.3.8-13
  it('takes a share that the peer uses again (4.3.8)', async () => {
    const { keyShare } = await group.offer(testProvider)
    const [one, two] = await Promise.all([group.respond(testProvider, keyShare), group.respond(testProvider, keyShare)])
    expect(one.keyShare).not.toEqual(two.keyShare)
  })

  //= rfc9846#section-4.3.8 4.3.8-12 4.3.8-8
  it('never sends the same share twice', async () => {
    const [a, b] = [await group.offer(testProvider), await group.offer(testProvider)]
    expect(toHex(a.keyShare)).not.toBe(toHex(b.keyShare))
    const [c, d] = [await group.respond(testProvider, a.keyShare), await group.respond(testProvider, a.keyShare)]
    expect(toHex(c.keyShare)).not.toBe(toHex(d.keyShare))
  })

  it('refuses shares of other lengths with illegal_parameter', async () => {
    const offer = await group.offer(testProvider)
    for (const length of [0, 1, group.shareLength.client - 1, group.shareLength.client + 1]) {
      await expect(group.respond(testProvider, new Uint8Array(length))).rejects.toMatchObject({
        code: 'illegal_parameter',
        message: expect.stringContaining(`${length} bytes`),
      })
    }
    for (const length of [0, 1, group.shareLength.server - 1, group.shareLength.server + 1]) {
      await expect(offer.complete(new Uint8Array(length))).rejects.toMatchObject({ code: 'illegal_parameter' })
    }
  })
})

describe.each(hybrids)('hybrid $name', ({ name, client, server, secret, ecdh, ecdhFirst }) => {
  const group = groups[name]
  const curve = groups[ecdh]

  it('has the lengths of the draft', async () => {
    expect(group.shareLength).toEqual({ client, server })
    const { sharedSecret } = await group.respond(testProvider, (await group.offer(testProvider)).keyShare)
    expect(await sharedSecret.bytes()).toHaveLength(secret)
  })

  it(`puts ${ecdhFirst ? 'ECDH' : 'ML-KEM'} first, in shares and in the secret`, async () => {
    // the curve's part is replaced by our own: its place shows in share and secret
    const offer = await group.offer(testProvider)
    const curveOffer = await curve.offer(testProvider)
    const length = curve.shareLength.client
    const part = (bytes: Bytes, at: number) => (ecdhFirst ? bytes.slice(0, at) : bytes.slice(bytes.length - at))
    const rest = (bytes: Bytes, at: number) => (ecdhFirst ? bytes.slice(at) : bytes.slice(0, bytes.length - at))
    const kemShare = rest(offer.keyShare, length)
    const share = ecdhFirst ? concatBytes(curveOffer.keyShare, kemShare) : concatBytes(kemShare, curveOffer.keyShare)
    const response = await group.respond(testProvider, share)
    const agreed = await (await curveOffer.complete(part(response.keyShare, length))).bytes()
    expect(toHex(part(await response.sharedSecret.bytes(), agreed.length))).toBe(toHex(agreed))
  })

  it('refuses a bad point in its ECDH part with illegal_parameter, naming the group', async () => {
    const refusal = { code: 'illegal_parameter', message: expect.stringContaining(name) }
    const offer = await group.offer(testProvider)
    const { keyShare } = await group.respond(testProvider, offer.keyShare)
    const spoil = (share: Bytes) => {
      const spoilt = share.slice()
      // x25519: the point of order one; the NIST curves: (0, 0), which is on none of them
      const at = ecdhFirst ? 1 : share.length - 32
      spoilt.fill(0, at, ecdhFirst ? curve.shareLength.client : share.length)
      return spoilt
    }
    // an engine that does not look at a point when it is imported does so when it is used
    const respond = async () => await (await group.respond(testProvider, spoil(offer.keyShare))).sharedSecret.bytes()
    const complete = async () => await (await offer.complete(spoil(keyShare))).bytes()
    await expect(respond()).rejects.toMatchObject(refusal)
    await expect(complete()).rejects.toMatchObject(refusal)
  })

  it('refuses an encapsulation key that is not reduced', async () => {
    const { keyShare } = await group.offer(testProvider)
    keyShare.fill(0xff, ecdhFirst ? curve.shareLength.client : 0, (ecdhFirst ? curve.shareLength.client : 0) + 3)
    await expect(group.respond(testProvider, keyShare)).rejects.toMatchObject({
      code: 'illegal_parameter',
      message: expect.stringContaining('not reduced'),
    })
  })
})

async function deriveHex(key: CryptoKey): Promise<string> {
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info: new Uint8Array(0) }
  return toHex(new Uint8Array(await testProvider.subtle.deriveBits(algorithm, key, 256)))
}

const zeroKey = () => testProvider.subtle.importKey('raw', new Uint8Array(32), 'HKDF', false, ['deriveBits'])
