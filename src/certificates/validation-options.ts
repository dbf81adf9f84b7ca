import type { CryptoProvider } from '../crypto/provider.js'
import type { KeyUsageName } from './extensions/oids.js'
import type { CertificateRestrictions } from './path/check-restrictions.js'
import type { PolicyOptions } from './policies/check-policies.js'
import type { ValidationProfile } from './profiles/validation-profile.js'
import type { CrlOptions } from './revocation/check-crls.js'
import type { StapledOcsp } from './revocation/check-stapled-ocsp.js'
import type { TrustAnchors } from './trust-anchors.js'

export type CertificatePurpose = 'serverAuth' | 'clientAuth'

/** How a peer's chain is judged. */
export interface VerifyPeerChainOptions {
  readonly purpose: CertificatePurpose
  /**
   * The DNS name or IP address, in text, that the leaf must be for. `undefined`, said explicitly, checks no name: for
   * clients' certificates.
   */
  readonly serverName: string | undefined
  readonly trustAnchors: TrustAnchors
  readonly time: Date
  readonly provider: CryptoProvider
  /** Usages that the leaf's keyUsage must have if it is there; digitalSignature when absent: RFC 9846 section 4.5.1.2. */
  readonly keyUsage?: readonly KeyUsageName[]
  /** Rules beyond RFC 5280 section 6; `privatePki` when absent. */
  readonly profile?: ValidationProfile
  /** What the connection's security policy allows of signatures and keys; anything that is known when absent. */
  readonly restrictions?: CertificateRestrictions
  /** Certificate policies: any is accepted and none required when absent. */
  readonly policies?: PolicyOptions
  /** Lists to hold the path against. */
  readonly crls?: CrlOptions
  /** Given by a client that asked for the leaf's status, whether or not a response came. */
  readonly stapledOcsp?: StapledOcsp
  readonly limits?: Partial<PathLimits>
}

/** What a path search may cost, whatever the peer sends. */
export interface PathLimits {
  /** Certificates that the peer sends. */
  readonly certificates: number
  /** CA certificates between leaf and anchor, self-issued ones not counted: RFC 5280 section 6.1.2 (k). */
  readonly intermediates: number
  /** Certificates of a path in all, self-issued ones and the anchor counted. */
  readonly pathLength: number
  /** Signatures checked. */
  readonly signatures: number
  /** Issuers looked at as the next of a path. */
  readonly steps: number
}

/**
 * Public chains have one to three intermediates. A path search without such limits takes exponential time over a bag
 * of cross-certificates.
 */
export const defaultPathLimits: PathLimits = {
  certificates: 128,
  intermediates: 16,
  pathLength: 20,
  signatures: 100,
  steps: 5000,
}
