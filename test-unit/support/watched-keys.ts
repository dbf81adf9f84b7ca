import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { CryptoProvider } from '../../src/crypto/provider.js'
import { providerWith } from './override-subtle.js'

/** The suite's provider, and a watch on the symmetric keys and derived bits that it gives out. */
export interface WatchedKeys {
  readonly provider: CryptoProvider
  /** How many there were so far. */
  made(): number
  /** How many someone can still reach, after the garbage was collected. */
  alive(): Promise<number>
}

/** Secrets of a key schedule are keys of HKDF, HMAC and AEADs; the key of a certificate is none of them. */
export function watchKeys(): WatchedKeys {
  const references: WeakRef<object>[] = []
  const watch = (key: CryptoKey): CryptoKey => {
    references.push(new WeakRef(key))
    return key
  }
  const provider = providerWith((real) => ({
    importKey: async (...parameters: Parameters<SubtleCrypto['importKey']>) =>
      isSymmetric(parameters[2]) ? watch(await real.importKey(...parameters)) : await real.importKey(...parameters),
    deriveKey: async (...parameters: Parameters<SubtleCrypto['deriveKey']>) =>
      watch(await real.deriveKey(...parameters)),
  }))
  return {
    provider,
    made: () => references.length,
    async alive() {
      // a WeakRef holds what it refers to until the job that made it ends
      for (let round = 0; round < 10; round++) {
        await new Promise((resolve) => setTimeout(resolve, 10))
        collectGarbage()
      }
      return references.filter((reference) => reference.deref() !== undefined).length
    },
  }
}

function isSymmetric(algorithm: AlgorithmIdentifier): boolean {
  const name = typeof algorithm === 'string' ? algorithm : algorithm.name
  return ['HKDF', 'HMAC', 'AES-GCM', 'ChaCha20-Poly1305'].includes(name)
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
}
