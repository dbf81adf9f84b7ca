import type { Identity } from '../../src/certificates/identity/identity.js'
import type { CryptoProvider } from '../../src/crypto/provider.js'
import {
  CipherSuite,
  NamedGroup,
  type NamedGroupName,
  nameOf,
  SignatureScheme,
  type SignatureSchemeName,
} from '../../src/messages/code-points.js'
import { defaultParameters } from '../../src/policy/default-parameters.js'
import type { SecurityPolicyParameters } from '../../src/policy/parameters.js'
import { SecurityPolicy } from '../../src/policy/security-policy.js'
import { compliancePolicyOf } from './compliance-policies.js'
import { type ShimFlags, Unimplemented } from './flags.js'

type Changes = { -readonly [K in keyof SecurityPolicyParameters]?: SecurityPolicyParameters[K] }

/** What a connection may negotiate: the runner's defaults are those of the policies of its own library. */
export async function policyOf(
  provider: CryptoProvider,
  flags: ShimFlags,
  identities: readonly Identity[],
): Promise<SecurityPolicy> {
  const rules = compliancePolicyOf(flags)
  const changes: Changes = { ...runnersDefault, ...rules }
  const { curves, 'key-shares': keyShares, 'verify-prefs': verifyPrefs } = flags.lists
  if (curves.length > 0) changes.groups = curves.map(groupName)
  changes.keyShares = defaultKeyShares(changes.groups ?? [])
  // the runner's servers take their own first choice, whatever it costs
  if (flags.on.has('server')) changes.stronglyPreferredGroups = changes.groups ?? []
  if (keyShares.length > 0) changes.keyShares = keyShares.map(groupName)
  if (flags.on.has('no-key-shares')) changes.keyShares = []
  if (verifyPrefs.length > 0) changes.signatureSchemes = verifiable(verifyPrefs)
  const policy = SecurityPolicy.from(changes)
  if (verifyPrefs.length > 0 && !(await policy.available(provider)).isUsable)
    throw new Unimplemented('what this WebCrypto cannot verify')
  // rule books rule both
  const missing = rules.signatureSchemes ? [] : missingSchemes(policy.signatureSchemes, identities)
  if (missing.length === 0) return policy
  return SecurityPolicy.from({ ...changes, signatureSchemes: [...policy.signatureSchemes, ...missing] })
}

/**
 * One policy says what we verify and what we sign by, where the runner names them apart: an identity brings its schemes
 * along, behind those that were asked for.
 */
function missingSchemes(
  allowed: readonly SignatureSchemeName[],
  identities: readonly Identity[],
): readonly SignatureSchemeName[] {
  const missing = new Set<SignatureSchemeName>()
  for (const { schemes } of identities) {
    for (const { name, onlyInCertificates } of schemes) {
      if (!onlyInCertificates && !allowed.includes(name)) missing.add(name)
    }
  }
  return [...missing]
}

/** The first post-quantum group, if there is one, and the first curve. */
function defaultKeyShares(groups: readonly NamedGroupName[]): readonly NamedGroupName[] {
  const isPostQuantum = (name: NamedGroupName) => name.includes('MLKEM')
  const curve = groups.find((name) => !isPostQuantum(name))
  const postQuantum = groups.find(isPostQuantum)
  return groups.filter((name) => name === curve || name === postQuantum)
}

/** @throws Unimplemented for a group that the library does not have */
export function groupName(codePoint: number): NamedGroupName {
  const name = nameOf(NamedGroup, codePoint)
  if (name in NamedGroup) return name as NamedGroupName
  throw new Unimplemented(`the group ${name}`)
}

/** What the library does not know (MD5, SHA-1) is left out: the runner then wants to see it refused. */
function verifiable(preferences: readonly number[]): readonly SignatureSchemeName[] {
  const names = preferences
    .map((codePoint) => nameOf(SignatureScheme, codePoint))
    .filter((name): name is SignatureSchemeName => name in SignatureScheme)
  // no policy is without a scheme that TLS 1.3 could work with: one that the runner has no key for here
  return names.every((name) => name.startsWith('rsa_pkcs1_')) ? [...names, 'ed25519'] : names
}

const runnersDefault: Changes = {
  signatureSchemes: defaultParameters.signatureSchemes.filter(
    (name) => name !== 'ecdsa_secp521r1_sha512' && name !== 'ed25519' && !name.startsWith('mldsa'),
  ),

  cipherSuites: Object.keys(CipherSuite) as (keyof typeof CipherSuite)[],
  groups: ['X25519MLKEM768', 'x25519', 'secp256r1', 'secp384r1'],
  followsChaCha20Preference: true,
}
