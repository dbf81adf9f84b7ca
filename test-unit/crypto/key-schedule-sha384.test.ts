import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { checkVerifyData, makeVerifyData } from '../../src/crypto/finished.js'
import { type HashAlgorithm, sha256, sha384 } from '../../src/crypto/hash.js'
import { EarlyStage } from '../../src/crypto/key-schedule.js'
import { Secret } from '../../src/crypto/secret.js'
import type { TranscriptHash } from '../../src/crypto/transcript.js'
import { type Bytes, noBytes, toHex } from '../../src/wire/bytes.js'
import { testProvider } from '../support/provider.js'

/** RFC 9846 section 7.1 and RFC 5869 once more, on node:crypto alone: nothing of src takes part in it. */
class Reference {
  readonly #algorithm: string
  readonly length: number

  constructor({ name, length }: HashAlgorithm) {
    this.#algorithm = name.replace('-', '').toLowerCase()
    this.length = length
  }

  hmac(key: Uint8Array, data: Uint8Array): Buffer {
    return createHmac(this.#algorithm, key).update(data).digest()
  }

  hash(data: Uint8Array): Buffer {
    return createHash(this.#algorithm).update(data).digest()
  }

  expandLabel(secret: Uint8Array, label: string, context: Uint8Array, length: number): Buffer {
    const full = Buffer.from(`tls13 ${label}`)
    const info = Buffer.concat([
      Buffer.from([length >> 8, length & 0xff, full.length]),
      full,
      Buffer.from([context.length]),
      context,
    ])
    const blocks: Buffer[] = []
    for (let counter = 1; blocks.length * this.length < length; counter++) {
      blocks.push(this.hmac(secret, Buffer.concat([blocks.at(-1) ?? Buffer.alloc(0), info, Buffer.from([counter])])))
    }
    return Buffer.concat(blocks).subarray(0, length)
  }

  derived(secret: Uint8Array): Buffer {
    return this.expandLabel(secret, 'derived', this.hash(Buffer.alloc(0)), this.length)
  }
}

const filled = (length: number, byte: number): Bytes => new Uint8Array(length).fill(byte)

describe.each([sha256, sha384])('the key schedule on $name', (hash) => {
  const reference = new Reference(hash)
  const transcriptHash = filled(hash.length, 0x42) as TranscriptHash
  const ecdhe = filled(48, 0x17)
  const psk = filled(hash.length, 0x91)

  const logOf = async (withPsk: boolean, withShare: boolean) => {
    const logged = new Map<string, string>()
    const early = await EarlyStage.create(testProvider, hash, withPsk ? psk : undefined, (label, secret) =>
      logged.set(label, toHex(secret)),
    )
    await early.clientEarlyTrafficSecret(transcriptHash)
    const key = await testProvider.subtle.importKey('raw', ecdhe, 'HKDF', false, ['deriveKey', 'deriveBits'])
    const handshake = await early.handshakeStage(withShare ? key : 'psk_ke')
    await handshake.serverHandshakeTrafficSecret(transcriptHash)
    await handshake.clientHandshakeTrafficSecret(transcriptHash)
    const application = await handshake.applicationStage()
    await application.clientApplicationTrafficSecret(transcriptHash)
    await application.exporterSecret(transcriptHash)
    return Object.fromEntries(logged)
  }

  it.each([
    ['(EC)DHE alone', false, true],
    ['PSK with (EC)DHE', true, true],
    ['PSK alone', true, false],
    //= rfc9846#section-F.1.1 F.1.1-1
  ])('with %s is what HMAC gives step by step', async (_mode, withPsk, withShare) => {
    const zeros = Buffer.alloc(hash.length)
    const early = reference.hmac(zeros, withPsk ? psk : zeros)
    const handshake = reference.hmac(reference.derived(early), withShare ? ecdhe : zeros)
    const main = reference.hmac(reference.derived(handshake), zeros)
    const derive = (secret: Buffer, label: string) =>
      reference.expandLabel(secret, label, transcriptHash, hash.length).toString('hex')
    expect(await logOf(withPsk, withShare)).toEqual({
      CLIENT_EARLY_TRAFFIC_SECRET: derive(early, 'c e traffic'),
      SERVER_HANDSHAKE_TRAFFIC_SECRET: derive(handshake, 's hs traffic'),
      CLIENT_HANDSHAKE_TRAFFIC_SECRET: derive(handshake, 'c hs traffic'),
      CLIENT_TRAFFIC_SECRET_0: derive(main, 'c ap traffic'),
      EXPORTER_SECRET: derive(main, 'exp master'),
    })
  })

  it.each([1, 12, 16, 32, 47, 48, 49, 64, 100, 255 * 32])('expands a label to %i bytes', async (length) => {
    const secret = await Secret.import(testProvider, hash, psk)
    const context = filled(32, 7)
    expect(toHex(await secret.expandLabel('some label', context, length))).toBe(
      reference.expandLabel(psk, 'some label', context, length).toString('hex'),
    )
  })

  it('goes from a traffic secret to the next by "traffic upd"', async () => {
    const secret = await Secret.import(testProvider, hash, psk, true)
    const next = await (await secret.next()).next()
    const expected = [1, 2].reduce<Uint8Array>(
      (bytes) => reference.expandLabel(bytes, 'traffic upd', noBytes, hash.length),
      psk,
    )
    expect(toHex(await next.export())).toBe(toHex(expected))
  })

  it('makes and checks verify_data', async () => {
    const secret = await Secret.import(testProvider, hash, psk)
    const verifyData = await makeVerifyData(testProvider, secret, transcriptHash)
    const finishedKey = reference.expandLabel(psk, 'finished', noBytes, hash.length)
    expect(toHex(verifyData)).toBe(reference.hmac(finishedKey, transcriptHash).toString('hex'))
    expect(await checkVerifyData(testProvider, secret, transcriptHash, verifyData)).toBe(true)
    for (const index of [0, 10, hash.length - 1]) {
      const changed = verifyData.slice()
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(await checkVerifyData(testProvider, secret, transcriptHash, changed)).toBe(false)
    }
    expect(await checkVerifyData(testProvider, secret, transcriptHash, verifyData.slice(1))).toBe(false)
  })
})
