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
  const changes: Changes = { ...runnersDefault, ...compliancePolicyOf(flags) }
  const { curves, 'key-shares': keyShares, 'verify-prefs': verifyPrefs } = flags.lists
  if (curves.length > 0) changes.groups = curves.map(groupName)
  changes.keyShares = defaultKeyShares(changes.groups ?? [])
  // the runner's servers take their own first choice, whatever it costs
  if (flags.on.has('server')) changes.stronglyPreferredGroups = changes.groups ?? []
  if (keyShares.length > 0) changes.keyShares = keyShares.map(groupName)
  if (flags.on.has('no-key-shares')) changes.keyShares = []
  if (verifyPrefs.length > 0) changes.signatureSchemes = verifyPrefs.map(schemeName)
  if (changes.signatureSchemes?.every((name) => name.startsWith('rsa_pkcs1_'))) {
    throw new Unimplemented('a policy that TLS 1.3 could not work with')
  }
  const policy = SecurityPolicy.from(changes)
  if (verifyPrefs.length === 0) return policy
  if (!(await policy.available(provider)).isUsable) throw new Unimplemented('what this WebCrypto cannot verify')
  const missing = missingSchemes(policy.signatureSchemes, identities)
  if (missing.length === 0) return policy
  return SecurityPolicy.from({ ...changes, signatureSchemes: [...policy.signatureSchemes, ...missing] })
}

/**
 * One policy says what we verify and what we sign by, where the runner names them apart: an identity that could not be
 * used brings its schemes along.
 */
function missingSchemes(
  allowed: readonly SignatureSchemeName[],
  identities: readonly Identity[],
): readonly SignatureSchemeName[] {
  const missing = new Set<SignatureSchemeName>()
  for (const { schemes } of identities) {
    const names = schemes.filter(({ onlyInCertificates }) => !onlyInCertificates).map(({ name }) => name)
    if (!names.some((name) => allowed.includes(name))) for (const name of names) missing.add(name)
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

function schemeName(codePoint: number): SignatureSchemeName {
  const name = nameOf(SignatureScheme, codePoint)
  if (name in SignatureScheme) return name as SignatureSchemeName
  throw new Unimplemented(`the signature scheme ${name}`)
}

const runnersDefault: Changes = {
  cipherSuites: Object.keys(CipherSuite) as (keyof typeof CipherSuite)[],
  groups: ['X25519MLKEM768', 'x25519', 'secp256r1', 'secp384r1'],
  followsChaCha20Preference: true,
}
