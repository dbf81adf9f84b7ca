import { type Bytes, equalBytes } from '../../wire/bytes.js'
import type { Encapsulation, MlKemImplementation, MlKemName } from './ml-kem-implementation.js'

/** What the draft "Modern Algorithms in the Web Cryptography API" adds; newer than the DOM's types. */
interface KemSubtleCrypto extends SubtleCrypto {
  encapsulateBits?(algorithm: string, key: CryptoKey): Promise<{ sharedKey: ArrayBuffer; ciphertext: ArrayBuffer }>
  decapsulateBits?(algorithm: string, key: CryptoKey, ciphertext: Bytes): Promise<ArrayBuffer>
}

const answers = new WeakMap<SubtleCrypto, Map<MlKemName, Promise<MlKemImplementation | undefined>>>()

/** The engine's ML-KEM, `undefined` where it has none; asked once per engine. */
export function nativeMlKem(subtle: SubtleCrypto, name: MlKemName): Promise<MlKemImplementation | undefined> {
  let known = answers.get(subtle)
  if (!known) {
    known = new Map()
    answers.set(subtle, known)
  }
  let answer = known.get(name)
  if (!answer) {
    answer = tryOut(subtle, name)
    known.set(name, answer)
  }
  return answer
}

/** The draft is young, and engines have shipped parts of it: one exchange with ourselves shows that it is all there. */
async function tryOut(subtle: SubtleCrypto, name: MlKemName): Promise<MlKemImplementation | undefined> {
  try {
    const { generate, encapsulate } = implementationOn(subtle, name)
    const { encapsulationKey, decapsulate } = await generate()
    const { ciphertext, sharedSecret } = await encapsulate(encapsulationKey)
    if (!equalBytes(await decapsulate(ciphertext), sharedSecret)) return undefined
    return { generate, encapsulate: (_provider, key) => encapsulate(key) }
  } catch {
    return undefined
  }
}

function implementationOn(subtle: KemSubtleCrypto, name: MlKemName) {
  return {
    async generate() {
      const usages = ['encapsulateBits', 'decapsulateBits'] as unknown as KeyUsage[]
      const pair = (await subtle.generateKey(name, false, usages)) as CryptoKeyPair
      return {
        encapsulationKey: new Uint8Array(await subtle.exportKey('raw-public' as 'raw', pair.publicKey)),
        decapsulate: async (ciphertext: Bytes): Promise<Bytes> => {
          if (!subtle.decapsulateBits) throw new TypeError('SubtleCrypto has no decapsulateBits')
          return new Uint8Array(await subtle.decapsulateBits(name, pair.privateKey, ciphertext))
        },
      }
    },
    async encapsulate(encapsulationKey: Bytes): Promise<Encapsulation> {
      if (!subtle.encapsulateBits) throw new TypeError('SubtleCrypto has no encapsulateBits')
      const usages = ['encapsulateBits'] as unknown as KeyUsage[]
      const key = await subtle.importKey('raw-public' as 'raw', encapsulationKey, name, true, usages)
      const { ciphertext, sharedKey } = await subtle.encapsulateBits(name, key)
      return { ciphertext: new Uint8Array(ciphertext), sharedSecret: new Uint8Array(sharedKey) }
    },
  }
}
