import { Crypto } from '@peculiar/webcrypto'
import { type CryptoProvider, platformProvider } from '../../src/crypto/provider.js'
import { nodeProvider } from '../../src/node/node-provider.js'

const providers: Readonly<Record<string, () => CryptoProvider>> = {
  platform: () => platformProvider,
  node: () => nodeProvider,
  peculiar: () => {
    const crypto = new Crypto()
    return {
      subtle: crypto.subtle,
      getRandomValues: (bytes) => crypto.getRandomValues(bytes),
      now: () => Date.now(),
    }
  },
}

/**
 * `platform` (the runtime's WebCrypto), `node` (webtls/node's) or `peculiar` (@peculiar/webcrypto), by the environment's
 * WEBTLS_TEST_PROVIDER.
 */
export const testProviderName = process.env.WEBTLS_TEST_PROVIDER ?? 'platform'

/**
 * The cryptography that the unit suite runs on. A second, independent WebCrypto shows where the code leans on one
 * implementation's habits instead of on the specification.
 */
export const testProvider: CryptoProvider = createProvider(testProviderName)

function createProvider(name: string): CryptoProvider {
  const create = Object.hasOwn(providers, name) ? providers[name] : undefined
  if (create === undefined) {
    throw new Error(`WEBTLS_TEST_PROVIDER is ${name}; it may be ${Object.keys(providers).join(' or ')}`)
  }
  return create()
}
