/** What s2n-tls's own benchmarks go through: one thing is varied at a time, the rest is as in `base`. */

export const certificates = ['rsa2048', 'rsa3072', 'rsa4096', 'ecdsa-p256', 'ecdsa-p384'] as const
export const groups = ['x25519', 'secp256r1', 'X25519MLKEM768'] as const
export const authentications = ['server', 'mutual', 'resumption'] as const
export const suites = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'] as const

export type CertificateType = (typeof certificates)[number]

/** What a connection is made of. */
export interface ConnectionCase {
  readonly suite: (typeof suites)[number]
  readonly group: (typeof groups)[number]
  readonly certificate: CertificateType
  readonly authentication: (typeof authentications)[number]
}

/** Of one kind of certificate, by the names of their files. */
export type Pems = Readonly<Record<'ca' | 'server-chain' | 'server-key' | 'client-chain' | 'client-key', string>>

/** What is asked of a participant: a line of JSON. */
export type Command = ConnectionCase &
  (
    | {
        readonly kind: 'handshake'
        /** How many connections are in their handshake at any time; 1 when absent. Not for programs of one thread. */
        readonly atOnce?: number
        readonly milliseconds: number
      }
    | { readonly kind: 'throughput'; readonly bytes: number; readonly milliseconds: number }
    | { readonly kind: 'memory'; readonly connections: number }
  )

/** From two new connections to the end of the handshake at both. */
export interface HandshakeFigures {
  readonly count: number
  /** The median. */
  readonly microseconds: number
  /** All of them in the time that they took together. */
  readonly perSecond: number
}

/** A buffer there and back. */
export interface ThroughputFigures {
  readonly count: number
  /** The median of the round trips. */
  readonly microseconds: number
  /** In both directions together, at that pace: each byte is sealed once and opened once. */
  readonly megabytesPerSecond: number
}

/** Bytes that an open connection holds. */
export interface MemoryFigures {
  readonly client: number
  readonly server: number
  readonly pair: number
  /** Of each pair, what the process grew by as the system sees it: of programs that have memory beside their heap. */
  readonly residentPair?: number
}

export const base: ConnectionCase = {
  suite: 'TLS_AES_128_GCM_SHA256',
  group: 'x25519',
  certificate: 'rsa2048',
  authentication: 'server',
}

/** One thing at a time, as s2n-tls does; or each group with each certificate with each way of authentication. */
export function handshakeCases(isWhole: boolean): readonly ConnectionCase[] {
  const all = authentications.flatMap((authentication) =>
    groups.flatMap((group) => certificates.map((certificate) => ({ ...base, authentication, group, certificate }))),
  )
  const changes = (each: ConnectionCase) =>
    Number(each.authentication !== base.authentication) +
    Number(each.group !== base.group) +
    Number(each.certificate !== base.certificate)
  return isWhole ? all : all.filter((each) => changes(each) <= 1)
}

/** s2n-tls has 100 KB, so that a record's end is seldom a message's; 1 MB beside it is for what costs per message. */
export const throughputBytes = [100_000, 1_000_000] as const
