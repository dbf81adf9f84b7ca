import type { CertificateRestrictions } from '../certificates/path/check-restrictions.js'
import { type CipherSuiteParameters, cipherSuites } from '../crypto/cipher-suites.js'
import type { KeyExchangeGroup } from '../crypto/groups/group.js'
import { groups } from '../crypto/groups/groups.js'
import type { CryptoProvider } from '../crypto/provider.js'
import { type SignatureSchemeParameters, signatureSchemes } from '../crypto/signature-schemes.js'
import { TlsError } from '../errors/tls-error.js'
import type { SignatureSchemeName } from '../messages/code-points.js'
import { verifiableSchemes } from '../policy/availability.js'
import type { SecurityPolicy } from '../policy/security-policy.js'

export interface ResolvedPolicy {
  readonly cipherSuites: readonly CipherSuiteParameters[]
  readonly groups: readonly KeyExchangeGroup[]
  readonly keyShareGroups: readonly KeyExchangeGroup[]
  readonly stronglyPreferredGroups: readonly KeyExchangeGroup[]
  /** What a peer may sign with. */
  readonly signatureSchemes: readonly SignatureSchemeParameters[]
  /** What this side may sign with. */
  readonly ownSignatureSchemes: readonly SignatureSchemeParameters[]
  /** For `signature_algorithms_cert`: RFC 9846 section 4.3.3 lets it be left out, empty here, when it says nothing new. */
  readonly certificateSchemes: readonly SignatureSchemeParameters[]
  readonly followsChaCha20Preference: boolean
  /** For the chains of peers. */
  readonly certificateRestrictions: CertificateRestrictions
  /** For one's own chains: `undefined` when they may be anything. */
  readonly ownCertificateRestrictions: CertificateRestrictions | undefined
}

/** What of a policy this WebCrypto can do; the rest is not offered. @throws TlsError `unsupported` when nothing is left */
export async function resolvePolicy(
  provider: CryptoProvider,
  policy: SecurityPolicy,
  role: 'client' | 'server',
): Promise<ResolvedPolicy> {
  const available = await policy.available(provider)
  if (!available.isUsable) {
    const skipped = available.skipped.map(({ name }) => name).join(', ')
    throw new TlsError('unsupported', `this WebCrypto can do too little of the security policy: it lacks ${skipped}`)
  }
  const groupsOf = (names: readonly KeyExchangeGroup['name'][]) => names.map((name) => groups[name])
  const schemes = schemesOf(available.signatureSchemes)
  const schemesOfServers = schemes.filter(({ onlyByClients }) => !onlyByClients)
  return {
    cipherSuites: available.cipherSuites.flatMap((name) => cipherSuites.filter((suite) => suite.name === name)),
    groups: groupsOf(available.groups),
    keyShareGroups: groupsOf(available.keyShares),
    stronglyPreferredGroups: groupsOf(available.groups).filter(({ name }) =>
      policy.stronglyPreferredGroups.includes(name),
    ),
    signatureSchemes: role === 'client' ? schemesOfServers : schemes,
    ownSignatureSchemes: role === 'client' ? schemes : schemesOfServers,
    certificateSchemes: schemesOf(await distinctCertificateSchemes(provider, policy)),
    followsChaCha20Preference: policy.followsChaCha20Preference,
    certificateRestrictions: policy,
    ownCertificateRestrictions: policy.restrictsOwnCertificates ? policy : undefined,
  }
}

async function distinctCertificateSchemes(
  provider: CryptoProvider,
  { certificateSignatureSchemes: names, signatureSchemes: others }: SecurityPolicy,
): Promise<readonly SignatureSchemeName[]> {
  const isSame = names === null || (names.length === others.length && names.every((name) => others.includes(name)))
  return isSame ? [] : await verifiableSchemes(provider, names)
}

const schemesOf = (names: readonly SignatureSchemeName[]) =>
  names.flatMap((name) => signatureSchemes.filter((scheme) => scheme.name === name))
