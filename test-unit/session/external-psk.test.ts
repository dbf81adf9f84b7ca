import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { importPsk, resolvePsk } from '../../src/session/external-psk.js'
import { testProvider } from '../support/provider.js'
import { pattern } from '../support/streams.js'

/** RFC 9258 sections 3 and 4.1, once more and in another way: with Node's HMAC and by hand. */
function importByHand(
  psk: { identity: string; key: Uint8Array; hash: 'sha256' | 'sha384' },
  target: { kdf: number; length: number; context: Uint8Array },
): { identity: Buffer; key: Buffer } {
  const opaque16 = (bytes: Uint8Array) => Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
  const identity = Buffer.concat([
    opaque16(Buffer.from(psk.identity)),
    opaque16(target.context),
    Buffer.from([3, 4, target.kdf >> 8, target.kdf & 0xff]),
  ])
  const hashLength = psk.hash === 'sha256' ? 32 : 48
  const extracted = createHmac(psk.hash, Buffer.alloc(hashLength)).update(psk.key).digest()
  const label = Buffer.from('tls13 derived psk')
  const context = createHash(psk.hash).update(identity).digest()
  const info = Buffer.concat([
    Buffer.from([0, target.length, label.length]),
    label,
    Buffer.from([context.length]),
    context,
  ])
  let block = Buffer.alloc(0)
  let key = Buffer.alloc(0)
  for (let counter = 1; key.length < target.length; counter++) {
    block = createHmac(psk.hash, extracted)
      .update(Buffer.concat([block, info, Buffer.from([counter])]))
      .digest()
    key = Buffer.concat([key, block])
  }
  return { identity, key: key.subarray(0, target.length) }
}

describe('importPsk (RFC 9258)', () => {
  it.each([
    ['SHA-256', 'SHA-256', new Uint8Array()],
    ['SHA-256', 'SHA-384', pattern(5)],
    ['SHA-384', 'SHA-256', pattern(300)],
    ['SHA-384', 'SHA-384', pattern(1)],
  ] as const)('derives a key of %s for %s', async (hash, target, context) => {
    const psk = { identity: 'sensor 7', key: pattern(32, 8), hash }
    const byHand = importByHand(
      { ...psk, hash: hash === 'SHA-256' ? 'sha256' : 'sha384' },
      { kdf: target === 'SHA-256' ? 1 : 2, length: target === 'SHA-256' ? 32 : 48, context },
    )
    const imported = await importPsk(psk, { hash: target, context }, testProvider)
    expect(Buffer.from(imported.identity as Uint8Array)).toEqual(byHand.identity)
    expect(Buffer.from(imported.key)).toEqual(byHand.key)
    expect(imported).toMatchObject({ hash: target, isImported: true })
  })
})

describe('an external PSK', () => {
  it.each([
    ['an empty identity', { identity: '', key: pattern(32) }, /1 to 65535 bytes/],
    ['an identity of 65536 bytes', { identity: new Uint8Array(65_536), key: pattern(32) }, /1 to 65535 bytes/],
    ['a key of 15 bytes', { identity: 'a', key: pattern(15) }, /at least 16 bytes/],
  ])('is refused with %s', (_what, psk, message) => {
    expect(() => resolvePsk(psk)).toThrow(message)
  })

  it('is a copy: what the caller does with its bytes does not matter', () => {
    const key = pattern(32)
    const { key: kept } = resolvePsk({ identity: 'a', key })
    key.fill(0)
    expect(kept).toEqual(pattern(32))
  })
})
