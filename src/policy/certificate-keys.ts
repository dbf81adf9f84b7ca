import type { PublicKey } from '../crypto/signature/public-key.js'

/** Keys of certificates by s2n-tls's names and in its manner: an RSA key has exactly this many bits. */
export const certificateKeyNames = [
  'ecdsa_p256',
  'ecdsa_p384',
  'ecdsa_p521',
  'rsa_2048',
  'rsa_3072',
  'rsa_4096',
  'rsa_pss_2048',
  'rsa_pss_3072',
  'rsa_pss_4096',
  'ed25519',
  'mldsa_44',
  'mldsa_65',
  'mldsa_87',
] as const

export type CertificateKeyName = (typeof certificateKeyNames)[number]

/** The name of a key as a policy has it, whether or not there is one in the list: `rsa_8192`. */
export function certificateKeyName(key: PublicKey): string {
  switch (key.kind) {
    case 'rsa':
      return `rsa_${key.bits}`
    case 'rsa-pss':
      return `rsa_pss_${key.bits}`
    case 'ec':
      return `ecdsa_${key.curve.replace('-', '').toLowerCase()}`
    default:
      return key.kind.replace('ml-dsa-', 'mldsa_')
  }
}
