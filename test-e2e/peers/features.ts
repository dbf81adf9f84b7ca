import type { StackName } from './stack.js'

/** What each test is filed under, besides the matrix: rows of the table, in the order of the handshake. */
export const features = {
  helloRetry: 'HelloRetryRequest',
  resumption: 'resumption',
  retriedResumption: 'resumption after a HelloRetryRequest',
  earlyData: 'early data accepted',
  rejectedEarlyData: 'early data rejected',
  externalPsk: 'external PSK',
  clientCertificate: 'client certificate given',
  noClientCertificate: 'client certificate asked for, none given',
  missingClientCertificate: 'client certificate required, none given',
  serverName: 'server name chooses the certificate',
  alpn: 'ALPN',
  alpnMismatch: 'ALPN mismatch',
  exporter: 'exported keying material',
  ourPadding: 'padding by us',
  peerPadding: 'padding by the peer',
  ourFragments: 'short records by us',
  peerFragments: 'short records by the peer',
  bufferedSends: 'buffered sends',
  ourKeyUpdates: 'KeyUpdate by us',
  peerKeyUpdates: 'KeyUpdate by the peer',
  requestedKeyUpdates: 'KeyUpdate asked for by the peer',
  oldVersion: 'TLS 1.2 is refused',
} as const
export type Feature = keyof typeof features

export type Role = 'server' | 'client'

export interface Absence {
  readonly stack: StackName
  /** As a role of the peer; in both when absent. */
  readonly role?: Role
  /** Of the matrix also one suite, group or certificate. */
  readonly features: readonly (Feature | string)[]
  readonly reason: string
}

/** What a stack, or its tool, does not have. A feature is tested or stands here. */
export const absences: readonly Absence[] = [
  { stack: 's2n-tls', features: ['ed25519'], reason: 'no Ed25519' },
  { stack: 's2n-tls', features: ['peerPadding'], reason: 'it never pads' },
  { stack: 's2n-tls', features: ['requestedKeyUpdates'], reason: 'it never asks for one' },
  { stack: 'rustls', features: ['rsa-pss'], reason: 'no keys that are for RSASSA-PSS only' },
  { stack: 'rustls', features: ['secp521r1', 'SecP384r1MLKEM1024'], reason: 'not among its groups' },
  {
    stack: 'rustls',
    role: 'client',
    features: ['retriedResumption'],
    reason: "it remembers the server's group, and needs no HelloRetryRequest",
  },
  { stack: 'rustls', features: ['externalPsk'], reason: 'no external PSKs' },
  { stack: 'rustls', features: ['peerPadding'], reason: 'it never pads' },
  { stack: 'rustls', features: ['bufferedSends'], reason: 'each write becomes records at once' },
  { stack: 'rustls', features: ['requestedKeyUpdates'], reason: 'it never asks for one' },
  { stack: 'Go', features: ['rsa-pss'], reason: 'no keys that are for RSASSA-PSS only' },
  { stack: 'Go', features: ['earlyData', 'rejectedEarlyData'], reason: '0-RTT in QUIC only' },
  { stack: 'Go', features: ['externalPsk'], reason: 'no external PSKs' },
  { stack: 'Go', features: ['peerPadding'], reason: 'it never pads' },
  { stack: 'Go', features: ['bufferedSends'], reason: 'each write becomes records at once' },
  {
    stack: 'Go',
    features: ['peerKeyUpdates', 'requestedKeyUpdates'],
    reason: 'it answers KeyUpdates and sends none of its own',
  },
  {
    stack: 'OpenSSL',
    features: ['X25519MLKEM768', 'SecP256r1MLKEM768', 'SecP384r1MLKEM1024'],
    reason: 'no ML-KEM in OpenSSL 3.0 and GnuTLS 3.7',
  },
  { stack: 'OpenSSL', features: ['exporter'], reason: 'its tool prints none here; e2e-node compares it' },
  { stack: 'OpenSSL', features: ['bufferedSends'], reason: 'each write becomes records at once' },
  {
    stack: 'GnuTLS',
    features: ['X25519MLKEM768', 'SecP256r1MLKEM768', 'SecP384r1MLKEM1024'],
    reason: 'no ML-KEM in OpenSSL 3.0 and GnuTLS 3.7',
  },
  {
    stack: 'GnuTLS',
    features: ['peerPadding', 'peerFragments', 'exporter'],
    reason: 'its tools have no option for it',
  },
  {
    stack: 'GnuTLS',
    role: 'server',
    features: ['rejectedEarlyData'],
    reason: 'GnuTLS 3.7 answers early data behind a HelloRetryRequest with bad_record_mac',
  },
  { stack: 'GnuTLS', features: ['bufferedSends'], reason: 'each write becomes records at once' },
  {
    stack: 'GnuTLS',
    role: 'server',
    features: ['peerKeyUpdates', 'requestedKeyUpdates'],
    reason: 'gnutls-serv has no command for it',
  },
]

export function absenceOf(stack: StackName, role: Role, feature: Feature | string): Absence | undefined {
  return absences.find(
    (absence) =>
      absence.stack === stack &&
      (absence.role === undefined || absence.role === role) &&
      absence.features.includes(feature),
  )
}
