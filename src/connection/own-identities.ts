import { type Identity, type IdentityOptions, loadIdentities } from '../certificates/identity/identity.js'
import { checkOwnCertificates } from '../certificates/path/check-restrictions.js'
import type { CryptoProvider } from '../crypto/provider.js'
import { TlsError } from '../errors/tls-error.js'
import type { ResolvedPolicy } from './resolve-policy.js'

/** @throws TlsError `invalid_argument` for an identity that cannot be read, or that the policy would never use */
export async function loadOwnIdentities(
  provider: CryptoProvider,
  policy: ResolvedPolicy,
  identities: readonly (IdentityOptions | Identity)[],
): Promise<readonly Identity[]> {
  const loaded = await loadIdentities(provider, identities)
  for (const identity of loaded) checkOwnIdentity(policy, identity)
  return loaded
}

/** @throws TlsError `invalid_argument` */
export function checkOwnIdentity(policy: ResolvedPolicy, { chain, leaf, schemes }: Identity): void {
  const { ownSignatureSchemes, ownCertificateRestrictions } = policy
  if (!schemes.some(({ codePoint }) => ownSignatureSchemes.some((allowed) => allowed.codePoint === codePoint))) {
    throw new TlsError(
      'invalid_argument',
      `the identity of ${leaf.subject} can sign by ${names(schemes)}; the security policy allows ${names(ownSignatureSchemes)}`,
    )
  }
  if (ownCertificateRestrictions) checkOwnCertificates(chain, ownCertificateRestrictions)
}

const names = (schemes: readonly { readonly name: string }[]): string => schemes.map(({ name }) => name).join(', ')
