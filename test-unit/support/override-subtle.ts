import type { CryptoProvider } from '../../src/crypto/provider.js'
import { testProvider } from './provider.js'

/** The provider of the suite with some methods of its SubtleCrypto replaced; `real` is for those that go on to it. */
export function providerWith(
  overrides: (real: SubtleCrypto) => Partial<Record<keyof SubtleCrypto, (...parameters: never[]) => Promise<unknown>>>,
): CryptoProvider {
  const replaced: Partial<Record<string | symbol, unknown>> = overrides(testProvider.subtle)
  const subtle = new Proxy(testProvider.subtle, {
    get(target, name) {
      if (Object.hasOwn(replaced, name)) return replaced[name]
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { ...testProvider, subtle }
}
