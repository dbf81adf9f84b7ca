import { diffieHellman, hkdfSync, type KeyObject } from 'node:crypto'
import { bytesOf, hashNameOf, keyObjectOf, nativeSubtle } from './native-subtle.js'

type DeriveAlgorithm = AlgorithmIdentifier | EcdhKeyDeriveParams | HkdfParams

/** `deriveBits` and `deriveKey` of HKDF and of (EC)DH, in the forms that a TLS connection asks for. */
export const deriveAtOnce = {
  async deriveBits(algorithm: DeriveAlgorithm, baseKey: CryptoKey, length: number | null): Promise<ArrayBuffer> {
    const derived = baseKey.usages.includes('deriveBits') ? derive(algorithm, baseKey, length) : undefined
    return derived ?? (await nativeSubtle.deriveBits(algorithm, baseKey, length ?? undefined))
  },

  async deriveKey(
    algorithm: DeriveAlgorithm,
    baseKey: CryptoKey,
    derivedType: AlgorithmIdentifier | HmacKeyGenParams,
    extractable: boolean,
    usages: KeyUsage[],
  ): Promise<CryptoKey> {
    const bits = lengthOf(derivedType)
    const derived =
      bits !== undefined && baseKey.usages.includes('deriveKey') ? derive(algorithm, baseKey, bits) : undefined
    if (!derived) return await nativeSubtle.deriveKey(algorithm, baseKey, derivedType, extractable, usages)
    try {
      return await nativeSubtle.importKey('raw', derived, derivedType, extractable, usages)
    } finally {
      new Uint8Array(derived).fill(0)
    }
  },
}

/** Of a key that is made of derived bits: HMAC's of a length that is told, HKDF's of all there are. */
function lengthOf(type: AlgorithmIdentifier | HmacKeyGenParams): number | null | undefined {
  if (typeof type === 'string') return type === 'HKDF' ? null : undefined
  if (type.name === 'HKDF') return null
  return type.name === 'HMAC' && 'length' in type ? type.length : undefined
}

/** `undefined` for what is left to Node's own. @param bits `null` for all that a key exchange gives */
function derive(algorithm: DeriveAlgorithm, baseKey: CryptoKey, bits: number | null): ArrayBuffer | undefined {
  if (typeof algorithm === 'string' || algorithm.name !== baseKey.algorithm.name) return undefined
  if (isHkdf(algorithm)) return deriveHkdf(algorithm, baseKey, bits)
  if (isKeyExchange(algorithm)) return agree(algorithm, baseKey, bits)
  return undefined
}

function deriveHkdf({ hash, salt, info }: HkdfParams, baseKey: CryptoKey, bits: number | null) {
  const hashName = hashNameOf(hash)
  if (!hashName || !bits || bits % 8 !== 0) return undefined
  return hkdfSync(hashName, keyObjectOf(baseKey), bytesOf(salt), bytesOf(info), bits / 8)
}

/** X25519 and the NIST curves. OpenSSL refuses an all-zero secret, as WebCrypto must. */
function agree({ public: publicKey }: EcdhKeyDeriveParams, privateKey: CryptoKey, bits: number | null) {
  if (publicKey.type !== 'public' || privateKey.type !== 'private' || !isSameCurve(publicKey, privateKey)) {
    return undefined
  }
  const keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject } = {
    privateKey: keyObjectOf(privateKey),
    publicKey: keyObjectOf(publicKey),
  }
  const secret = diffieHellman(keys)
  const wanted = bits === null ? secret.length : bits / 8
  try {
    return wanted <= secret.length && Number.isInteger(wanted) ? copyOf(secret.subarray(0, wanted)) : undefined
  } finally {
    secret.fill(0)
  }
}

function isSameCurve({ algorithm: one }: CryptoKey, { algorithm: other }: CryptoKey): boolean {
  return one.name === other.name && (one as EcKeyAlgorithm).namedCurve === (other as EcKeyAlgorithm).namedCurve
}

const copyOf = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer

const isHkdf = (algorithm: Algorithm): algorithm is HkdfParams => algorithm.name === 'HKDF'

const isKeyExchange = (algorithm: Algorithm): algorithm is EcdhKeyDeriveParams =>
  algorithm.name === 'X25519' || algorithm.name === 'ECDH'
