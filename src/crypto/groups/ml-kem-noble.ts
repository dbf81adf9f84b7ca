import type { Bytes } from '../../wire/bytes.js'
import type { MlKemImplementation, MlKemName } from './ml-kem-implementation.js'

/**
 * The ML-KEM of @noble/post-quantum, for engines without one. `undefined` where it cannot be loaded: then the groups
 * that need it are not offered.
 */
export async function nobleMlKem(name: MlKemName): Promise<MlKemImplementation | undefined> {
  const library = await loadLibrary()
  const kem = library?.[name]
  return (
    kem && {
      async generate(provider) {
        const seed = provider.getRandomValues(new Uint8Array(64))
        const { publicKey, secretKey } = kem.keygen(seed)
        seed.fill(0)
        return {
          encapsulationKey: Uint8Array.from(publicKey),
          async decapsulate(ciphertext): Promise<Bytes> {
            const sharedSecret = kem.decapsulate(ciphertext, secretKey)
            secretKey.fill(0)
            return ownBytes(sharedSecret)
          },
        }
      },
      async encapsulate(provider, encapsulationKey) {
        const message = provider.getRandomValues(new Uint8Array(32))
        const { cipherText, sharedSecret } = kem.encapsulate(encapsulationKey, message)
        message.fill(0)
        return { ciphertext: Uint8Array.from(cipherText), sharedSecret: ownBytes(sharedSecret) }
      },
    }
  )
}

const loadLibrary = async () => {
  try {
    const { ml_kem768, ml_kem1024 } = await import('@noble/post-quantum/ml-kem.js')
    return { 'ML-KEM-768': ml_kem768, 'ML-KEM-1024': ml_kem1024 }
  } catch {
    return undefined
  }
}

/** Out of the library's larger buffer, which is wiped. */
function ownBytes(secret: Uint8Array): Bytes {
  const copy = Uint8Array.from(secret)
  secret.fill(0)
  return copy
}
