import type { Bytes } from '../wire/bytes.js'
import type { CryptoProvider } from './provider.js'

/** The hash of a cipher suite, for the transcript and the key schedule. */
export interface HashAlgorithm {
  readonly name: 'SHA-256' | 'SHA-384'
  /** In bytes: Hash.length of RFC 9846. */
  readonly length: 32 | 48
}

export const sha256: HashAlgorithm = { name: 'SHA-256', length: 32 }
export const sha384: HashAlgorithm = { name: 'SHA-384', length: 48 }

export async function digest(provider: CryptoProvider, hash: HashAlgorithm, bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await provider.subtle.digest(hash.name, bytes))
}
