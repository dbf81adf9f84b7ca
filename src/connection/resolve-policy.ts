import { type CipherSuiteParameters, cipherSuites } from '../crypto/cipher-suites.js'
import type { KeyExchangeGroup } from '../crypto/groups/group.js'
import { groupByCodePoint } from '../crypto/groups/groups.js'
import type { CryptoProvider } from '../crypto/provider.js'
import { type SignatureSchemeParameters, signatureSchemes } from '../crypto/signature-schemes.js'
import { TlsError } from '../errors/tls-error.js'
import { NamedGroup } from '../messages/code-points.js'
import type { SecurityPolicy } from '../policy/security-policy.js'

export interface ResolvedPolicy {
  readonly cipherSuites: readonly CipherSuiteParameters[]
  readonly groups: readonly KeyExchangeGroup[]
  readonly keyShareGroups: readonly KeyExchangeGroup[]
  readonly signatureSchemes: readonly SignatureSchemeParameters[]
}

/** What of a policy this WebCrypto can do; the rest is not offered. @throws TlsError `unsupported` when nothing is left */
export async function resolvePolicy(provider: CryptoProvider, policy: SecurityPolicy): Promise<ResolvedPolicy> {
  const groups: KeyExchangeGroup[] = []
  for (const name of policy.groups) {
    const group = groupByCodePoint.get(NamedGroup[name])
    if (group && (await group.isAvailable(provider))) groups.push(group)
  }
  if (groups.length === 0) {
    throw new TlsError('unsupported', `this WebCrypto can do none of the policy's groups: ${policy.groups.join(', ')}`)
  }
  const schemes = policy.signatureSchemes.flatMap((name) => signatureSchemes.filter((scheme) => scheme.name === name))
  return {
    cipherSuites: policy.cipherSuites.flatMap((name) => cipherSuites.filter((suite) => suite.name === name)),
    groups,
    keyShareGroups: groups.filter(({ name }) => policy.keyShares.includes(name)),
    signatureSchemes: schemes,
  }
}
