import type { Bytes } from '../../wire/bytes.js'
import type { CryptoProvider } from '../provider.js'

export type MlKemName = 'ML-KEM-768' | 'ML-KEM-1024'

/** In bytes: FIPS 203 section 8, table 3. The shared secret has 32. */
export const mlKemLengths = {
  'ML-KEM-768': { encapsulationKey: 1184, ciphertext: 1088 },
  'ML-KEM-1024': { encapsulationKey: 1568, ciphertext: 1568 },
} as const satisfies Record<MlKemName, unknown>

/** One parameter set of ML-KEM, by whoever can do it. Inputs have been checked. */
export interface MlKemImplementation {
  generate(provider: CryptoProvider): Promise<MlKemKeyPair>
  encapsulate(provider: CryptoProvider, encapsulationKey: Bytes): Promise<Encapsulation>
}

export interface MlKemKeyPair {
  readonly encapsulationKey: Bytes
  /** Once: the key is not kept after it. */
  decapsulate(ciphertext: Bytes): Promise<Bytes>
}

export interface Encapsulation {
  readonly ciphertext: Bytes
  readonly sharedSecret: Bytes
}
