import type { NamedGroupName } from '../messages/code-points.js'
import type { SecurityPolicyParameters } from './parameters.js'

/** docs/decisions/0004-default-security-policy.md says why. */
export const defaultParameters: SecurityPolicyParameters = {
  cipherSuites: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  groups: [
    'X25519MLKEM768',
    'SecP256r1MLKEM768',
    'SecP384r1MLKEM1024',
    'x25519',
    'secp256r1',
    'secp384r1',
    'secp521r1',
  ],
  keyShares: ['X25519MLKEM768', 'x25519', 'secp256r1'],
  stronglyPreferredGroups: [],
  signatureSchemes: [
    'ecdsa_secp256r1_sha256',
    'ecdsa_secp384r1_sha384',
    'ecdsa_secp521r1_sha512',
    'ed25519',
    'rsa_pss_rsae_sha256',
    'rsa_pss_rsae_sha384',
    'rsa_pss_rsae_sha512',
    'rsa_pss_pss_sha256',
    'rsa_pss_pss_sha384',
    'rsa_pss_pss_sha512',
    'rsa_pkcs1_sha256',
    'rsa_pkcs1_sha384',
    'rsa_pkcs1_sha512',
    'mldsa44',
    'mldsa65',
    'mldsa87',
  ],
  certificateSignatureSchemes: null,
  certificateKeys: null,
  restrictsOwnCertificates: false,
  followsChaCha20Preference: false,
}

/**
 * Shares for groups that came without a list of them. A post-quantum one has more than a kilobyte, so there is one of
 * these at most; beside it stand the first two curves, which are small, for servers that know no other.
 */
export function defaultKeyShares(groups: readonly NamedGroupName[]): readonly NamedGroupName[] {
  const [postQuantum] = groups.filter(isPostQuantum)
  const curves = groups.filter((name) => !isPostQuantum(name)).slice(0, 2)
  // RFC 9846 section 4.3.8: in the order of supported_groups
  return groups.filter((name) => name === postQuantum || curves.includes(name))
}

export const isPostQuantum = (name: NamedGroupName): boolean => name.includes('MLKEM')
