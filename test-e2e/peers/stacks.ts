import { gnutls } from './gnutls-stack.js'
import { openssl } from './openssl-stack.js'
import { programStack } from './program-stack.js'
import type { Stack, StackName } from './stack.js'

const allSuites = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']
const rustlsGroups = ['x25519', 'secp256r1', 'secp384r1', 'X25519MLKEM768', 'SecP256r1MLKEM768']
const hybrids = ['X25519MLKEM768', 'SecP256r1MLKEM768', 'SecP384r1MLKEM1024']

/** Each is made, and built, when it is asked for: a file of tests needs one. */
const makers: Readonly<Record<StackName, () => Stack>> = {
  's2n-tls': () =>
    programStack({
      name: 's2n-tls',
      program: 's2n',
      cipherSuites: allSuites,
      groups: ['x25519', 'secp256r1', 'secp384r1', 'secp521r1', ...hybrids],
      // it takes groups by policy only: one that has all of ours, or one without the hybrids
      translate: ({ groups, ...rest }) => (rest.isTls12 ? rest : { ...rest, policy: groups ? '20240417' : 'test_all' }),
    }),
  rustls: () =>
    programStack({
      name: 'rustls',
      program: 'rustls',
      cipherSuites: allSuites,
      groups: rustlsGroups,
      // by default it has not the last one
      translate: ({ groups = rustlsGroups, ...rest }) => ({ ...rest, groups }),
    }),
  Go: () =>
    programStack({
      name: 'Go',
      program: 'go',
      cipherSuites: allSuites,
      groups: ['x25519', 'secp256r1', 'secp384r1', 'secp521r1', ...hybrids],
    }),
  OpenSSL: () => openssl,
  GnuTLS: () => gnutls,
}

export const stackNamed = (name: StackName): Stack => makers[name]()
