import { describe, expect, it } from 'vitest'
import { resolvePolicy } from '../../src/connection/resolve-policy.js'
import { nativeMlKem } from '../../src/crypto/groups/ml-kem-native.js'
import type { CryptoProvider } from '../../src/crypto/provider.js'
import { policyNames } from '../../src/policy/named-policy.js'
import { SecurityPolicy } from '../../src/policy/security-policy.js'
import { testProvider } from '../support/provider.js'

/** A platform whose generateKey knows only some algorithms; what it cannot generate it does not have. */
function platformWith(knows: (algorithm: { name: string; namedCurve?: string }) => boolean): CryptoProvider {
  const { subtle } = testProvider
  return {
    ...testProvider,
    subtle: new Proxy(subtle, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key)
        if (typeof value !== 'function') return value
        return (...args: readonly unknown[]) => {
          const [algorithm] = args as [{ name: string } | string]
          if (key === 'generateKey' && !knows(typeof algorithm === 'string' ? { name: algorithm } : algorithm)) {
            return Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'))
          }
          return value.apply(target, args)
        }
      },
    }),
  }
}

describe('policy.available', () => {
  it('has all of the default policy here', async () => {
    const available = await SecurityPolicy.default.available(testProvider)
    expect(available.skipped.filter(({ kind }) => kind === 'group')).toEqual([])
    expect(available).toMatchObject({
      cipherSuites: SecurityPolicy.default.cipherSuites,
      groups: SecurityPolicy.default.groups,
      keyShares: SecurityPolicy.default.keyShares,
      isUsable: true,
    })
  })

  it('asks the platform when no provider is given', async () => {
    expect((await SecurityPolicy.default.available()).isUsable).toBe(true)
  })

  it('has ML-KEM where the platform has none', async () => {
    const provider = platformWith(({ name }) => !name.startsWith('ML-'))
    expect(await nativeMlKem(provider.subtle, 'ML-KEM-768')).toBeUndefined()
    const available = await SecurityPolicy.named('default_pq').available(provider)
    expect(available.groups).toEqual(SecurityPolicy.named('default_pq').groups)
  })

  it('skips what the platform lacks, and says why', async () => {
    const provider = platformWith(
      ({ name, namedCurve }) => !/^(X25519|Ed25519|ML-)/.test(name) && namedCurve !== 'P-521',
    )
    const policy = SecurityPolicy.builder().signatureSchemes('mldsa44', 'ed25519', 'rsa_pss_rsae_sha256').build()
    const available = await policy.available(provider)
    expect(available.groups).toEqual(['SecP256r1MLKEM768', 'SecP384r1MLKEM1024', 'secp256r1', 'secp384r1'])
    expect(available.signatureSchemes).toEqual(['rsa_pss_rsae_sha256'])
    expect(available.keyShares).toEqual(['secp256r1'])
    expect(available.skipped.map(({ kind, name }) => [kind, name])).toEqual([
      ['group', 'X25519MLKEM768'],
      ['group', 'x25519'],
      ['group', 'secp521r1'],
      ['signature scheme', 'mldsa44'],
      ['signature scheme', 'ed25519'],
    ])
    for (const { reason } of available.skipped) expect(reason).toMatch(/^this WebCrypto cannot/)
    expect(available.isUsable).toBe(true)
  })

  it('sends a share of another group when none is left of those that had one', async () => {
    const provider = platformWith(({ name }) => name !== 'X25519')
    const policy = SecurityPolicy.from({ keyShares: ['x25519', 'X25519MLKEM768'] })
    expect((await policy.available(provider)).keyShares).toEqual(['SecP256r1MLKEM768'])
  })

  it('keeps to no key share when the policy wants none', async () => {
    const available = await SecurityPolicy.from({ keyShares: [] }).available(testProvider)
    expect(available.keyShares).toEqual([])
  })

  it('has a policy that cannot be used refused when it is resolved', async () => {
    const provider = platformWith(({ name }) => !name.startsWith('ML-'))
    const policy = SecurityPolicy.named('cnsa_2')
    expect(await policy.available(provider)).toMatchObject({
      isUsable: false,
      groups: ['MLKEM1024'],
      signatureSchemes: [],
    })
    await expect(resolvePolicy(provider, policy, 'client')).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('it lacks mldsa87'),
    })
  })

  it('can use every named policy but those of ML-DSA alone, whatever the platform', async () => {
    const provider = platformWith(({ name }) => !name.startsWith('ML-'))
    const unusable: string[] = []
    for (const name of policyNames) {
      if (!(await SecurityPolicy.named(name).available(provider)).isUsable) unusable.push(name)
    }
    expect(unusable).toEqual(['20260219', 'cnsa_2'])
  })
})

describe('resolvePolicy', () => {
  it('gives the parameters of what is available, in the order of the policy', async () => {
    const policy = SecurityPolicy.named('20251117')
    const resolved = await resolvePolicy(testProvider, policy, 'client')
    const names = (list: readonly { name: string }[]) => list.map(({ name }) => name)
    expect(names(resolved.cipherSuites)).toEqual(policy.cipherSuites)
    expect(names(resolved.groups)).toEqual(policy.groups)
    expect(names(resolved.keyShareGroups)).toEqual(policy.keyShares)
    expect(names(resolved.stronglyPreferredGroups)).toEqual(['secp384r1'])
    expect(names(resolved.signatureSchemes)).toEqual(policy.signatureSchemes)
    expect(resolved.followsChaCha20Preference).toBe(false)
  })
})
