import { createDecipheriv } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { cipherSuites } from '../../src/crypto/cipher-suites.js'
import { Secret } from '../../src/crypto/secret.js'
import { maxPlaintextLength } from '../../src/record/limits.js'
import { RecordKeys, recordHeader } from '../../src/record/record-keys.js'
import { noBytes, toHex } from '../../src/wire/bytes.js'
import { testProvider } from '../support/provider.js'

const nodeNames = {
  TLS_AES_128_GCM_SHA256: 'aes-128-gcm',
  TLS_AES_256_GCM_SHA384: 'aes-256-gcm',
  TLS_CHACHA20_POLY1305_SHA256: 'chacha20-poly1305',
} as const

describe.each(cipherSuites)('the record keys of $name', (suite) => {
  const secretOf = () => Secret.import(testProvider, suite.hash, new Uint8Array(suite.hash.length).fill(3))

  //= rfc9846#section-5.3 5.3-1 5.3-3
  //= rfc9846#section-5.2 5.2-4
  it.each([0, 1, 255, 256, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5, 2 ** 52])(
    'seal record %i with the IV XORed with its number in 64 bits, and its header as additional data (5.2, 5.3)',
    async (number) => {
      const secret = await secretOf()
      const keys = await RecordKeys.derive(testProvider, suite, secret)
      keys.rewind(number)
      const plain = Uint8Array.of(1, 2, 3, 23)
      const sealed = Buffer.from(await keys.seal(plain, plain.length + 16))
      const key = await secret.expandLabel('key', noBytes, suite.keyLength)
      const iv = BigInt(`0x${toHex(await secret.expandLabel('iv', noBytes, 12))}`)
      const nonce = Buffer.from((iv ^ BigInt(number)).toString(16).padStart(24, '0'), 'hex')
      const name = nodeNames[suite.name as keyof typeof nodeNames] as 'chacha20-poly1305'
      const decipher = createDecipheriv(name, key, nonce, { authTagLength: 16 })
      decipher.setAAD(recordHeader(sealed.length), { plaintextLength: plain.length })
      decipher.setAuthTag(sealed.subarray(-16))
      const opened = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
      expect(Uint8Array.from(opened)).toEqual(plain)
    },
  )

  //= rfc9846#section-5.5 5.5-2
  it('may protect all the early data that a ticket can allow (5.5)', () => {
    expect(suite.recordLimit).toBeGreaterThan(2 ** 32 / maxPlaintextLength)
    // 2^24.5 full records for AES-GCM
    expect(suite.aead === 'AES-GCM' ? suite.recordLimit : 0).toBeLessThan(2 ** 24.5)
  })

  it('count each record once', async () => {
    const keys = await RecordKeys.derive(testProvider, suite, await secretOf())
    await Promise.all([1, 2, 3].map((byte) => keys.seal(Uint8Array.of(byte), 17)))
    expect(keys.sequenceNumber).toBe(3)
  })

  //= rfc9846#section-5.3 5.3-2
  it('refuse to let the sequence numbers wrap (5.3)', async () => {
    const keys = await RecordKeys.derive(testProvider, suite, await secretOf())
    keys.rewind(Number.MAX_SAFE_INTEGER)
    expect(() => keys.seal(Uint8Array.of(1), 17)).toThrow(/sequence numbers are used up/)
  })
})
