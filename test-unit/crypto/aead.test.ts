import { createCipheriv } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { importAeadKey } from '../../src/crypto/aead/aead.js'
import { type CipherSuiteParameters, cipherSuites } from '../../src/crypto/cipher-suites.js'
import type { CryptoProvider } from '../../src/crypto/provider.js'
import { type Bytes, concatBytes, fromHex, toHex } from '../../src/wire/bytes.js'
import { rejection } from '../support/deadline.js'
import { providerWith } from '../support/override-subtle.js'
import { testProvider } from '../support/provider.js'
import { pattern } from '../support/streams.js'

const nodeNames: Readonly<Record<string, 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305'>> = {
  TLS_AES_128_GCM_SHA256: 'aes-128-gcm',
  TLS_AES_256_GCM_SHA384: 'aes-256-gcm',
  TLS_CHACHA20_POLY1305_SHA256: 'chacha20-poly1305',
}

/** What node:crypto makes of the same input: nothing of src takes part in it. */
function sealWithNode({ name }: CipherSuiteParameters, key: Bytes, nonce: Bytes, additionalData: Bytes, plain: Bytes) {
  const cipher = createCipheriv(nodeNames[name] as 'chacha20-poly1305', key, nonce, { authTagLength: 16 })
  cipher.setAAD(additionalData, { plaintextLength: plain.length })
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([body, cipher.getAuthTag()]).toString('hex')
}

/** A WebCrypto that never heard of ChaCha20-Poly1305, as those of Node 20, Firefox and WebKit. */
function withoutChaCha(): { provider: CryptoProvider; asked: () => number } {
  let asked = 0
  const provider = providerWith((real) => ({
    importKey: (...parameters) => {
      if (!JSON.stringify(parameters).includes('ChaCha20')) return Reflect.apply(real.importKey, real, parameters)
      asked++
      return Promise.reject(new Error('unknown algorithm'))
    },
  }))
  return { provider, asked: () => asked }
}

const nonce = pattern(12, 3)
const additionalData = Uint8Array.of(23, 3, 3, 0, 50)

const variants = [
  ...cipherSuites.map((suite) => [suite.name, suite, testProvider] as const),
  ...cipherSuites
    .filter(({ aead }) => aead === 'ChaCha20-Poly1305')
    .map((suite) => [`${suite.name} by noble`, suite, withoutChaCha().provider] as const),
]

describe.each(variants)('%s', (_title, suite, provider) => {
  const key = pattern(suite.keyLength, 9)

  //= rfc9846#section-5.2 5.2-4
  it.each([0, 1, 15, 16, 17, 1000, 16385])('seals %i bytes as node:crypto does, and opens them', async (length) => {
    const aead = await importAeadKey(provider, suite, key)
    const plain = pattern(length, 4)
    const sealed = await aead.seal(nonce, additionalData, plain)
    expect(Buffer.from(sealed).toString('hex')).toBe(sealWithNode(suite, key, nonce, additionalData, plain))
    const opened = await aead.open(nonce, additionalData, new Uint8Array(sealed))
    expect(toHex(new Uint8Array(opened))).toBe(toHex(plain))
  })

  it('does not open what was changed, anywhere', async () => {
    const aead = await importAeadKey(provider, suite, key)
    const sealed = new Uint8Array(await aead.seal(nonce, additionalData, pattern(20)))
    const flipped = (bytes: Bytes, index: number) =>
      Uint8Array.from(bytes, (byte, position) => (position === index ? byte ^ 0x80 : byte))
    for (const index of [0, 19, 20, 35]) {
      expect(await rejection(aead.open(nonce, additionalData, flipped(sealed, index)), 'open')).toBeInstanceOf(Error)
    }
    expect(await rejection(aead.open(flipped(nonce, 11), additionalData, sealed), 'open')).toBeInstanceOf(Error)
    expect(await rejection(aead.open(nonce, flipped(additionalData, 4), sealed), 'open')).toBeInstanceOf(Error)
    for (const length of [0, 1, 15, 16, 35]) {
      expect(await rejection(aead.open(nonce, additionalData, sealed.slice(0, length)), 'open')).toBeInstanceOf(Error)
    }
  })

  it('takes its input at the call: the buffer may be used again before the promise settles', async () => {
    const aead = await importAeadKey(provider, suite, key)
    const scratch = new Uint8Array(2000)
    scratch.set(pattern(500, 1))
    const first = aead.seal(nonce, additionalData, scratch.subarray(0, 500))
    scratch.set(pattern(500, 2))
    const second = aead.seal(nonce, additionalData, scratch.subarray(0, 500))
    scratch.fill(0)
    const expected = [1, 2].map((seed) => sealWithNode(suite, key, nonce, additionalData, pattern(500, seed)))
    expect([await first, await second].map((each) => Buffer.from(each).toString('hex'))).toEqual(expected)
  })
})

describe('ChaCha20-Poly1305', () => {
  it('is asked for once of an engine that has not got it', async () => {
    const { provider, asked } = withoutChaCha()
    const [suite] = cipherSuites.filter(({ aead }) => aead === 'ChaCha20-Poly1305')
    if (!suite) throw new Error('no suite')
    for (let count = 0; count < 3; count++) await importAeadKey(provider, suite, pattern(32))
    expect(asked()).toBe(1)
  })

  it('is that of RFC 8439 section 2.8.2', async () => {
    const [suite] = cipherSuites.filter(({ aead }) => aead === 'ChaCha20-Poly1305')
    if (!suite) throw new Error('no suite')
    const key = fromHex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f')
    const text =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
    const aead = await importAeadKey(testProvider, suite, key)
    const sealed = await aead.seal(
      fromHex('070000004041424344454647'),
      fromHex('50515253c0c1c2c3c4c5c6c7'),
      concatBytes(new TextEncoder().encode(text)),
    )
    expect(toHex(new Uint8Array(sealed).subarray(-16))).toBe('1ae10b594f09e26a7e902ecbd0600691')
  })
})
