import type { SecurityPolicyParameters } from '../../src/policy/parameters.js'
import type { ShimFlags } from './flags.js'

type Compliance = Pick<SecurityPolicyParameters, 'cipherSuites'> & Partial<SecurityPolicyParameters>

/** What the runner means by the names of rule books: SP 800-52r2, WPA 3.1's 192-bit mode, CNSA 1.0 and 2.0. */
const policies: readonly (readonly [Parameters<ShimFlags['on']['has']>[0], Compliance])[] = [
  [
    'fips-202205',
    {
      cipherSuites: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384'],
      groups: ['secp256r1', 'secp384r1'],
      signatureSchemes: [
        'rsa_pkcs1_sha256',
        'rsa_pkcs1_sha384',
        'rsa_pkcs1_sha512',
        'ecdsa_secp256r1_sha256',
        'ecdsa_secp384r1_sha384',
        'rsa_pss_rsae_sha256',
        'rsa_pss_rsae_sha384',
        'rsa_pss_rsae_sha512',
      ],
    },
  ],
  [
    'wpa-202304',
    {
      cipherSuites: ['TLS_AES_256_GCM_SHA384'],
      groups: ['secp384r1'],
      signatureSchemes: [
        'rsa_pkcs1_sha384',
        'rsa_pkcs1_sha512',
        'ecdsa_secp384r1_sha384',
        'rsa_pss_rsae_sha384',
        'rsa_pss_rsae_sha512',
      ],
    },
  ],
  // only an order of preference
  [
    'cnsa-202407',
    {
      cipherSuites: ['TLS_AES_256_GCM_SHA384', 'TLS_AES_128_GCM_SHA256', 'TLS_CHACHA20_POLY1305_SHA256'],
      followsChaCha20Preference: false,
    },
  ],
  [
    'cnsa1-202603',
    {
      cipherSuites: ['TLS_AES_256_GCM_SHA384'],
      groups: ['MLKEM1024', 'secp384r1'],
      signatureSchemes: ['ecdsa_secp384r1_sha384', 'rsa_pss_rsae_sha384', 'rsa_pkcs1_sha384'],
    },
  ],
  [
    'cnsa2-202603',
    {
      cipherSuites: ['TLS_AES_256_GCM_SHA384'],
      groups: ['MLKEM1024'],
      signatureSchemes: ['ecdsa_secp384r1_sha384', 'rsa_pss_rsae_sha384', 'rsa_pkcs1_sha384'],
    },
  ],
]

export function compliancePolicyOf({ on }: ShimFlags): Partial<SecurityPolicyParameters> {
  return policies.find(([flag]) => on.has(flag))?.[1] ?? {}
}
