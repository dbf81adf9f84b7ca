import { KeyObject, webcrypto } from 'node:crypto'

export type Bytes = Uint8Array<ArrayBuffer>

/** Node's own, with the types that browsers have. */
export const nativeSubtle = webcrypto.subtle as unknown as SubtleCrypto

/** The same key for `node:crypto`'s other functions. It stays what it was for WebCrypto, non-extractable included. */
export function keyObjectOf(key: CryptoKey): KeyObject {
  const known = keyObjects.get(key) ?? KeyObject.from(key as unknown as webcrypto.CryptoKey)
  keyObjects.set(key, known)
  return known
}

const keyObjects = new WeakMap<CryptoKey, KeyObject>()

/** As WebCrypto takes it, without a copy. */
export function bytesOf(source: BufferSource): Bytes {
  return (
    ArrayBuffer.isView(source)
      ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
      : new Uint8Array(source)
  ) as Bytes
}

/** OpenSSL's name of a hash of the SHA-2 family; `undefined` for others. */
export function hashNameOf(algorithm: AlgorithmIdentifier): string | undefined {
  return hashNames.get(typeof algorithm === 'string' ? algorithm : algorithm.name)
}

const hashNames: ReadonlyMap<string, string> = new Map([
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
])
