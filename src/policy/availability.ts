import { groups } from '../crypto/groups/groups.js'
import type { CryptoProvider } from '../crypto/provider.js'
import { canVerify } from '../crypto/signature/can-verify.js'
import { signatureSchemes } from '../crypto/signature-schemes.js'
import type { CipherSuiteName, NamedGroupName, SignatureSchemeName } from '../messages/code-points.js'
import type { SecurityPolicyParameters } from './parameters.js'

/** What of a policy a platform can do. The lists keep the policy's order. */
export interface PolicyAvailability {
  readonly cipherSuites: readonly CipherSuiteName[]
  readonly groups: readonly NamedGroupName[]
  readonly keyShares: readonly NamedGroupName[]
  readonly signatureSchemes: readonly SignatureSchemeName[]
  /** What is neither offered nor accepted here, and why. */
  readonly skipped: readonly SkippedAlgorithm[]
  /** Whether a handshake is possible at all: one of each is there. */
  readonly isUsable: boolean
}

export interface SkippedAlgorithm {
  readonly kind: 'group' | 'signature scheme'
  readonly name: NamedGroupName | SignatureSchemeName
  readonly reason: string
}

/** The cipher suites are always there: AES-GCM in every WebCrypto, ChaCha20-Poly1305 there or in @noble/ciphers. */
export async function policyAvailability(
  provider: CryptoProvider,
  policy: SecurityPolicyParameters,
): Promise<PolicyAvailability> {
  //= rfc9846#section-9.3 9.3-4
  const [availableGroups, availableSchemes] = await Promise.all([
    filterAsync(policy.groups, async (name) => await groups[name].isAvailable(provider)),
    verifiableSchemes(provider, policy.signatureSchemes),
  ])
  return {
    cipherSuites: policy.cipherSuites,
    groups: availableGroups,
    keyShares: availableKeyShares(policy, availableGroups),
    signatureSchemes: availableSchemes,
    skipped: [
      ...without(policy.groups, availableGroups).map((name) => ({
        kind: 'group' as const,
        name,
        reason: missingGroup(name),
      })),
      ...without(policy.signatureSchemes, availableSchemes).map((name) => ({
        kind: 'signature scheme' as const,
        name,
        reason: `this WebCrypto cannot verify ${name}`,
      })),
    ],
    isUsable: availableGroups.length > 0 && availableSchemes.some((name) => !name.startsWith('rsa_pkcs1_')),
  }
}

/** When none of those that a share was meant for is there, the first group that is gets one: it saves a round trip. */
function availableKeyShares(
  policy: SecurityPolicyParameters,
  available: readonly NamedGroupName[],
): readonly NamedGroupName[] {
  const shares = available.filter((name) => policy.keyShares.includes(name))
  return shares.length === 0 && policy.keyShares.length > 0 ? available.slice(0, 1) : shares
}

/** Those of them whose signatures the platform can verify. */
export async function verifiableSchemes(
  provider: CryptoProvider,
  names: readonly SignatureSchemeName[],
): Promise<readonly SignatureSchemeName[]> {
  return await filterAsync(names, async (name) => await schemeIsAvailable(provider, name))
}

async function schemeIsAvailable(provider: CryptoProvider, name: SignatureSchemeName): Promise<boolean> {
  const scheme = signatureSchemes.find((candidate) => candidate.name === name)
  return scheme !== undefined && (await canVerify(provider, scheme.algorithm))
}

const missingGroup = (name: NamedGroupName): string =>
  name.includes('MLKEM')
    ? `this WebCrypto cannot do all of ${name}, and what it lacks could not be loaded from @noble/post-quantum`
    : `this WebCrypto cannot do ${name}`

async function filterAsync<T>(items: readonly T[], isKept: (item: T) => Promise<boolean>): Promise<readonly T[]> {
  const kept = await Promise.all(items.map(isKept))
  return items.filter((_, index) => kept[index])
}

const without = <T>(items: readonly T[], taken: readonly T[]): readonly T[] =>
  items.filter((item) => !taken.includes(item))
