import { type Bytes, concatBytes, noBytes } from '../wire/bytes.js'
import type { HashAlgorithm } from './hash.js'
import { hkdfLabel } from './hkdf-label.js'
import type { CryptoProvider } from './provider.js'

/**
 * A secret of the key schedule, as a key of HMAC that the engine keeps. HKDF-Expand-Label (RFC 9846 section 7.1) of
 * one block is then HMAC(secret, HkdfLabel || 0x01): one call.
 */
export class Secret {
  readonly hash: HashAlgorithm
  readonly #provider: CryptoProvider
  readonly #key: CryptoKey

  constructor(provider: CryptoProvider, hash: HashAlgorithm, key: CryptoKey) {
    this.#provider = provider
    this.hash = hash
    this.#key = key
  }

  static async import(provider: CryptoProvider, hash: HashAlgorithm, bytes: Bytes, extractable = false) {
    return new Secret(provider, hash, await importHmacKey(provider, hash, bytes, extractable))
  }

  /** HKDF-Expand-Label(this, label, context, length). */
  async expandLabel(label: string, context: Bytes, length: number): Promise<Bytes> {
    const info = hkdfLabel(length, label, context)
    let block: Bytes = noBytes
    let output: Bytes = noBytes
    for (let counter = 1; output.length < length; counter++) {
      const input = concatBytes(block, info, Uint8Array.of(counter))
      block = new Uint8Array(await this.#provider.subtle.sign('HMAC', this.#key, input))
      output = counter === 1 ? block : concatBytes(output, block)
    }
    return output.length === length ? output : output.slice(0, length)
  }

  /** HMAC with this secret as the key: what HKDF-Extract is, with the secret as the salt. */
  async mac(input: Bytes): Promise<Bytes> {
    return new Uint8Array(await this.#provider.subtle.sign('HMAC', this.#key, input))
  }

  /** The next generation of a traffic secret: RFC 9846 section 7.2. */
  async next(): Promise<Secret> {
    const bytes = await this.expandLabel('traffic upd', noBytes, this.hash.length)
    return await Secret.import(this.#provider, this.hash, bytes, this.#key.extractable)
  }

  /** The key of Finished and of PSK binders: RFC 9846 section 4.5.3. */
  async finishedKey(): Promise<CryptoKey> {
    return await importHmacKey(this.#provider, this.hash, await this.expandLabel('finished', noBytes, this.hash.length))
  }

  /** The raw bytes, for a key log; only where extraction was asked for when it was made. */
  async export(): Promise<Bytes> {
    return new Uint8Array(await this.#provider.subtle.exportKey('raw', this.#key))
  }
}

async function importHmacKey(provider: CryptoProvider, hash: HashAlgorithm, bytes: Bytes, extractable = false) {
  const algorithm = { name: 'HMAC', hash: hash.name }
  return await provider.subtle.importKey('raw', bytes, algorithm, extractable, ['sign', 'verify'])
}
