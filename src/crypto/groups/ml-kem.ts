import { TlsError } from '../../errors/tls-error.js'
import { NamedGroup } from '../../messages/code-points.js'
import type { Bytes } from '../../wire/bytes.js'
import type { CryptoProvider } from '../provider.js'
import type { KeyExchange, KeyExchangeGroup } from './group.js'
import { type MlKemImplementation, type MlKemName, mlKemLengths } from './ml-kem-implementation.js'
import { nativeMlKem } from './ml-kem-native.js'
import { nobleMlKem } from './ml-kem-noble.js'
import { rawSecret } from './raw-secret.js'

/** FIPS 203 as a key exchange: the client's share is an encapsulation key, the server's a ciphertext. */
export function mlKem(name: MlKemName): KeyExchange {
  const { encapsulationKey: client, ciphertext: server } = mlKemLengths[name]
  return {
    name,
    shareLength: { client, server },
    isAvailable: async (provider) => (await findImplementation(provider, name)) !== undefined,
    async offer(provider) {
      const { encapsulationKey, decapsulate } = await (await implementation(provider, name)).generate(provider)
      return {
        keyShare: encapsulationKey,
        async complete(ciphertext) {
          // draft-ietf-tls-ecdhe-mlkem section 4.2: "the client MUST check if the ciphertext length matches"
          if (ciphertext.length !== server) {
            throw invalidShare(name, `the ciphertext has ${ciphertext.length} bytes instead of ${server}`)
          }
          return rawSecret(provider, async () => await orInternal(name, decapsulate(ciphertext)))
        },
      }
    },
    async respond(provider, encapsulationKey) {
      checkEncapsulationKey(name, encapsulationKey)
      const { encapsulate } = await implementation(provider, name)
      const { ciphertext, sharedSecret } = await orInternal(name, encapsulate(provider, encapsulationKey))
      return { keyShare: ciphertext, sharedSecret: rawSecret(provider, async () => sharedSecret) }
    },
  }
}

/** ML-KEM alone: draft-ietf-tls-mlkem. */
export const mlKem1024Group: KeyExchangeGroup = {
  ...mlKem('ML-KEM-1024'),
  name: 'MLKEM1024',
  codePoint: NamedGroup.MLKEM1024,
}

/** The platform's where it has one, else noble's, which is loaded when it is first needed. */
async function findImplementation(provider: CryptoProvider, name: MlKemName): Promise<MlKemImplementation | undefined> {
  return (await nativeMlKem(provider.subtle, name)) ?? (await nobleMlKem(name))
}

async function implementation(provider: CryptoProvider, name: MlKemName): Promise<MlKemImplementation> {
  const found = await findImplementation(provider, name)
  if (!found) throw new TlsError('unsupported', `neither this WebCrypto nor @noble/post-quantum can do ${name} here`)
  return found
}

/**
 * "The server MUST perform the encapsulation key check described in Section 7.2 of FIPS 203": the type check is the
 * length, the modulus check is that every coefficient is below q. Done here whatever the implementation does.
 */
function checkEncapsulationKey(name: MlKemName, key: Bytes): void {
  const expected = mlKemLengths[name].encapsulationKey
  if (key.length !== expected) {
    throw invalidShare(name, `the encapsulation key has ${key.length} bytes instead of ${expected}`)
  }
  // two coefficients of 12 bits in three bytes, then the 32 bytes of the seed of the matrix
  for (let index = 0; index < expected - 32; index += 3) {
    const [a = 0, b = 0, c = 0] = key.subarray(index, index + 3)
    if ((a | ((b & 0x0f) << 8)) >= q || ((b >> 4) | (c << 4)) >= q) {
      throw invalidShare(name, 'the encapsulation key has a coefficient that is not reduced')
    }
  }
}

const q = 3329

/** Section 4.2: a decapsulation that fails for any reason but the length is an internal error. */
async function orInternal<T>(name: MlKemName, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new TlsError('internal', `${name} failed`, { cause })
  }
}

const invalidShare = (name: MlKemName, fault: string) =>
  new TlsError('illegal_parameter', `the peer's key share for ${name} is refused: ${fault}`)
