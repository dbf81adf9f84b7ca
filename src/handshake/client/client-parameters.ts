import type { Identity } from '../../certificates/identity/identity.js'
import type { CipherSuiteParameters } from '../../crypto/cipher-suites.js'
import type { KeyExchangeGroup } from '../../crypto/groups/group.js'
import type { SecretLog } from '../../crypto/key-schedule.js'
import type { CryptoProvider } from '../../crypto/provider.js'
import type { SignatureSchemeParameters } from '../../crypto/signature-schemes.js'
import type { Bytes } from '../../wire/bytes.js'
import type { CompressionMethod } from '../certificate-compression.js'
import type { ReceivedChain } from '../received-chain.js'
import type { ReceivedTicket } from '../received-ticket.js'
import type { RecordLimits } from '../record-limits.js'
import type { VerifiedPeer } from '../verified-peer.js'
import type { ClientPsk } from './client-psk.js'
import type { CertificateDemand } from './server-authentication.js'

/** What a client's handshake needs to know: resolved and checked, once for many connections. */
export interface ClientParameters {
  readonly provider: CryptoProvider
  /** In order of preference; only what the provider can do. */
  readonly cipherSuites: readonly CipherSuiteParameters[]
  readonly groups: readonly KeyExchangeGroup[]
  /** Those of `groups` that a share is sent for. */
  readonly keyShareGroups: readonly KeyExchangeGroup[]
  /** What the server may sign with. */
  readonly signatureSchemes: readonly SignatureSchemeParameters[]
  /** What this client may sign with. */
  readonly ownSignatureSchemes: readonly SignatureSchemeParameters[]
  /** Sent as signature_algorithms_cert; empty when certificates may be signed in the same ways (section 4.3.3). */
  readonly certificateSchemes: readonly SignatureSchemeParameters[]
  /** Sent as server_name; `undefined` for an IP address or no name at all (RFC 6066 section 3). */
  readonly serverNameIndication: string | undefined
  readonly alpnProtocols: readonly Bytes[]
  /** Asks for a stapled OCSP response (RFC 6066 section 8), and for timestamps (RFC 6962 section 3.3.1). */
  readonly requestsOcsp: boolean
  readonly requestsTimestamps: boolean
  /** RFC 8879: algorithms by which a certificate may come compressed; none when empty. */
  readonly certificateCompression: readonly CompressionMethod[]
  readonly maxCertificateLength: number
  readonly recordLimits: RecordLimits
  /** RFC 8701 */
  readonly grease: boolean
  /** RFC 9846 appendix E.4 */
  readonly middleboxCompatibility: boolean
  /** For a server that asks for a certificate; the first that fits is used. */
  readonly identities: readonly Identity[]
  /** The application's choice, in place of `identities`; `undefined`: no certificate. @throws what ends the connection */
  readonly selectIdentity: ((demand: CertificateDemand) => Promise<Identity | undefined>) | undefined
  /** What to offer now, in order; a ticket comes from here once and never again. */
  offerPsks(): Promise<readonly ClientPsk[]>
  /** psk_ke, which has no forward secrecy (RFC 9846 section 4.3.9). */
  readonly allowsPskKe: boolean
  /** A ticket came: it may be kept for another connection. */
  readonly keepTicket: ((ticket: ReceivedTicket) => Promise<void>) | undefined
  /** Whether the server may ask for a certificate later (RFC 9846 section 4.3.6). */
  readonly postHandshakeAuth: boolean
  readonly keyLog: ((clientRandom: Bytes) => SecretLog) | undefined
  /** Judges the server's chain, which anyone may have sent. @throws TlsError */
  verifyServer(chain: ReceivedChain): Promise<VerifiedPeer>
  /** The application's judgement, on a server that has proved to be the one of the chain. @throws TlsError */
  readonly approveServer: ((peer: VerifiedPeer) => Promise<void>) | undefined
}
