import type { Certificate } from '../certificates/certificate.js'
import type { CipherSuiteParameters } from '../crypto/cipher-suites.js'
import type { Secret } from '../crypto/secret.js'
import type { Transcript } from '../crypto/transcript.js'

/** What a handshake leaves behind, in either role. */
export interface HandshakeResult {
  readonly suite: CipherSuiteParameters
  readonly group: string | undefined
  readonly signatureScheme: string | undefined
  readonly alpnProtocol: string | undefined
  readonly serverName: string | undefined
  readonly peerCertificates: readonly Certificate[]
  readonly verifiedPath: readonly Certificate[]
  readonly resumed: boolean
  /** When the peer was last proved by more than a ticket, in milliseconds since 1970. */
  readonly authenticatedAt: number
  readonly helloRetried: boolean
  readonly earlyData: 'none' | 'accepted' | 'rejected'
  /** The application traffic secrets in use, from which KeyUpdate goes on. */
  readonly readSecret: Secret
  readonly writeSecret: Secret
  readonly exporterSecret: Secret
  /** Only where tickets are made of it or kept. */
  readonly resumptionSecret: Secret | undefined
  /**
   * All of the handshake's messages, where post_handshake_auth was offered (section 4.7.2) and no external PSK was used,
   * which goes with no certificate.
   */
  readonly postHandshakeTranscript: Transcript | undefined
  readonly times: HandshakeTimes
}

/** What is needed to write application data, which a server may do before the client's Finished (0.5-RTT). */
export type WriteState = Pick<HandshakeResult, 'suite' | 'readSecret' | 'writeSecret'>

/** When each flight was done, in milliseconds on `performance.now()`'s clock. */
export interface HandshakeTimes {
  readonly started: number
  readonly clientHello: number
  readonly serverHello: number
  readonly serverFinished: number
  readonly finished: number
}

/**
 * Seven days, in seconds: for how long a peer is believed without a new proof. RFC 9846 section 4.7.1 sets it for a
 * ticket and wants the total lifetime limited as well, or one stolen ticket would be good for ever.
 */
export const maxAuthenticationSeconds = 604_800
