import type { Certificate } from '../certificates/certificate.js'
import type { CipherSuiteParameters } from '../crypto/cipher-suites.js'
import type { Secret } from '../crypto/secret.js'

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
  readonly helloRetried: boolean
  readonly earlyData: 'none' | 'accepted' | 'rejected'
  /** The application traffic secrets in use, from which KeyUpdate goes on. */
  readonly readSecret: Secret
  readonly writeSecret: Secret
  readonly exporterSecret: Secret
  readonly resumptionSecret: Secret
  readonly times: HandshakeTimes
}

/** When each flight was done, in milliseconds on `performance.now()`'s clock. */
export interface HandshakeTimes {
  readonly started: number
  readonly clientHello: number
  readonly serverHello: number
  readonly serverFinished: number
  readonly finished: number
}
