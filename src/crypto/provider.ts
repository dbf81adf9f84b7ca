import type { Bytes } from '../wire/bytes.js'

/** All that the library takes from outside itself: cryptography, randomness and the time. */
export interface CryptoProvider {
  readonly subtle: SubtleCrypto
  /** Fills with cryptographically secure random bytes and returns the same array. */
  getRandomValues(bytes: Bytes): Bytes
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
}

/** The runtime's own WebCrypto and clock. */
export const platformProvider: CryptoProvider = {
  get subtle() {
    return globalThis.crypto.subtle
  },
  //= rfc9846#section-C.1 C.1-1
  getRandomValues: (bytes) => globalThis.crypto.getRandomValues(bytes),
  now: () => Date.now(),
}
