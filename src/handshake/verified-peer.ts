import type { Certificate } from '../certificates/certificate.js'

/** A peer whose chain was found valid. */
export interface VerifiedPeer {
  /** As received, leaf first. */
  readonly certificates: readonly Certificate[]
  /** As validated: leaf first, trust anchor last. */
  readonly path: readonly Certificate[]
}
