import { type Bytes, fromHex } from '../wire/bytes.js'
import type { CryptoProvider } from './provider.js'

/** The hash of a cipher suite, for the transcript and the key schedule. */
export interface HashAlgorithm {
  readonly name: 'SHA-256' | 'SHA-384'
  /** In bytes: Hash.length of RFC 9846. */
  readonly length: 32 | 48
}

export const sha256: HashAlgorithm = { name: 'SHA-256', length: 32 }
export const sha384: HashAlgorithm = { name: 'SHA-384', length: 48 }

/** Of no bytes: known, so that nobody waits for the engine. */
export const emptyHash: Readonly<Record<HashAlgorithm['name'], Bytes>> = {
  'SHA-256': fromHex('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
  'SHA-384': fromHex(
    '38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b',
  ),
}

export async function digest(provider: CryptoProvider, hash: HashAlgorithm, bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await provider.subtle.digest(hash.name, bytes))
}
