import { createCipheriv, createDecipheriv, createHash, createHmac, timingSafeEqual, webcrypto } from 'node:crypto'
import type { CryptoProvider } from '../index.js'
import { deriveAtOnce } from './derive-at-once.js'
import { type Bytes, bytesOf, hashNameOf, keyObjectOf, nativeSubtle } from './native-subtle.js'

/**
 * WebCrypto in which all that is cheaper than a thread's round trip is done at once, by `node:crypto`: AES-GCM, HMAC,
 * digests, HKDF and (EC)DH. Node's own hands each call to a thread, and a record costs more on the way there and back
 * than its encryption. What is dear, as signatures and key pairs are, goes to the threads as ever, and so does whatever
 * is not known here. Keys are Node's own CryptoKeys: they stay non-extractable, and can be used with either.
 *
 * For the option `provider` of clients and servers. It has Node's SubtleCrypto behind it, so that what the one can the
 * other can.
 */
export const nodeProvider: CryptoProvider = {
  subtle: atOnce({
    async encrypt(algorithm: AesGcmParams, key: CryptoKey, data: BufferSource) {
      const cipherName = isPlainGcm(algorithm) && aesGcm(key, 'encrypt')
      if (!cipherName) return await nativeSubtle.encrypt(algorithm, key, data)
      const cipher = createCipheriv(cipherName, keyObjectOf(key), bytesOf(algorithm.iv), tag)
      if (algorithm.additionalData) cipher.setAAD(bytesOf(algorithm.additionalData))
      const plaintext = bytesOf(data)
      const sealed = new Uint8Array(plaintext.length + tagLength)
      sealed.set(cipher.update(plaintext))
      cipher.final()
      sealed.set(cipher.getAuthTag(), plaintext.length)
      return sealed.buffer
    },

    async decrypt(algorithm: AesGcmParams, key: CryptoKey, data: BufferSource) {
      const cipherName = isPlainGcm(algorithm) && aesGcm(key, 'decrypt')
      const sealed = bytesOf(data)
      const length = sealed.length - tagLength
      if (!cipherName || length < 0) return await nativeSubtle.decrypt(algorithm, key, data)
      const decipher = createDecipheriv(cipherName, keyObjectOf(key), bytesOf(algorithm.iv), tag)
      if (algorithm.additionalData) decipher.setAAD(bytesOf(algorithm.additionalData))
      decipher.setAuthTag(sealed.subarray(length))
      const plaintext = decipher.update(sealed.subarray(0, length))
      // throws when the tag is wrong: before that nothing of the plaintext is given out
      decipher.final()
      return wholeBuffer(plaintext)
    },

    async sign(algorithm: AlgorithmIdentifier, key: CryptoKey, data: BufferSource) {
      const hash = hmacHash(algorithm, key, 'sign')
      if (!hash) return await nativeSubtle.sign(algorithm, key, data)
      return wholeBuffer(createHmac(hash, keyObjectOf(key)).update(bytesOf(data)).digest())
    },

    async verify(algorithm: AlgorithmIdentifier, key: CryptoKey, signature: BufferSource, data: BufferSource) {
      const hash = hmacHash(algorithm, key, 'verify')
      if (!hash) return await nativeSubtle.verify(algorithm, key, signature, data)
      const mac = createHmac(hash, keyObjectOf(key)).update(bytesOf(data)).digest()
      const given = bytesOf(signature)
      return given.length === mac.length && timingSafeEqual(given, mac)
    },

    async digest(algorithm: AlgorithmIdentifier, data: BufferSource) {
      const hash = hashNameOf(algorithm)
      const bytes = bytesOf(data)
      if (!hash || bytes.length > longestAtOnce) return await nativeSubtle.digest(algorithm, data)
      return wholeBuffer(createHash(hash).update(bytes).digest())
    },

    ...deriveAtOnce,
  }),
  getRandomValues: (bytes) => webcrypto.getRandomValues(bytes),
  now: () => Date.now(),
}

/** Node's SubtleCrypto with some methods in place of its own. */
function atOnce(methods: Partial<Record<string, unknown>>): SubtleCrypto {
  const bound = new Map<string | symbol, unknown>(Object.entries(methods))
  return new Proxy(nativeSubtle, {
    get(target, name) {
      if (!bound.has(name)) {
        const value: unknown = Reflect.get(target, name, target)
        bound.set(name, typeof value === 'function' ? value.bind(target) : value)
      }
      return bound.get(name)
    },
  })
}

const isPlainGcm = ({ name, tagLength: bits = 128 }: AesGcmParams): boolean => name === 'AES-GCM' && bits === 128

type GcmName = 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm'

/** `undefined` for a key that may not do this: Node's own call says why. */
function aesGcm(key: CryptoKey, usage: KeyUsage): GcmName | undefined {
  const known = gcmKeys.get(key) ?? describeGcmKey(key)
  gcmKeys.set(key, known)
  return known.usages.includes(usage) ? known.cipherName : undefined
}

interface GcmKey {
  readonly cipherName: GcmName | undefined
  readonly usages: readonly KeyUsage[]
}

/** A key is asked once: its attributes are made anew at each look. */
const gcmKeys = new WeakMap<CryptoKey, GcmKey>()

function describeGcmKey(key: CryptoKey): GcmKey {
  const { name, length } = key.algorithm as AesKeyAlgorithm
  return { cipherName: name === 'AES-GCM' ? (`aes-${length}-gcm` as GcmName) : undefined, usages: key.usages }
}

function hmacHash(algorithm: AlgorithmIdentifier, key: CryptoKey, usage: KeyUsage): string | undefined {
  const name = typeof algorithm === 'string' ? algorithm : algorithm.name
  if (name !== 'HMAC' || key.algorithm.name !== 'HMAC' || !key.usages.includes(usage)) return undefined
  return hashNameOf((key.algorithm as HmacKeyAlgorithm).hash)
}

/** Small results come as a part of a pool that others share. */
function wholeBuffer(bytes: Bytes): ArrayBuffer {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer
}

const tagLength = 16
const tag = { authTagLength: tagLength } as const
/** In bytes: beyond it a thread is worth its way. */
const longestAtOnce = 2 ** 16
