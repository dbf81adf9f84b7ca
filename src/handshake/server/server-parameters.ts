import type { Identity } from '../../certificates/identity/identity.js'
import type { CipherSuiteParameters } from '../../crypto/cipher-suites.js'
import type { KeyExchangeGroup } from '../../crypto/groups/group.js'
import type { SecretLog } from '../../crypto/key-schedule.js'
import type { CryptoProvider } from '../../crypto/provider.js'
import type { SignatureSchemeParameters } from '../../crypto/signature-schemes.js'
import type { PskIdentity } from '../../messages/extensions/pre-shared-key.js'
import type { Bytes } from '../../wire/bytes.js'
import type { CompressionMethod } from '../certificate-compression.js'
import type { HandshakeResult } from '../handshake-result.js'
import type { ReceivedChain } from '../received-chain.js'
import type { VerifiedPeer } from '../verified-peer.js'
import type { OfferedHello } from './offered-hello.js'
import type { ChosenPsk, KnownPsk } from './server-psk.js'

/** What a server's handshake needs to know: resolved and checked, once for many connections. */
export interface ServerParameters {
  readonly provider: CryptoProvider
  /** In order of preference; only what the provider can do. */
  readonly cipherSuites: readonly CipherSuiteParameters[]
  readonly groups: readonly KeyExchangeGroup[]
  /** Worth a HelloRetryRequest where the client offers one without a share. */
  readonly stronglyPreferredGroups: readonly KeyExchangeGroup[]
  /** Whether a client that puts ChaCha20 first, having no AES in hardware, gets it. */
  readonly followsChaCha20Preference: boolean
  /** What clients may sign with. */
  readonly signatureSchemes: readonly SignatureSchemeParameters[]
  /** What this server may sign with. */
  readonly ownSignatureSchemes: readonly SignatureSchemeParameters[]
  /** Sent as signature_algorithms_cert; empty when certificates may be signed in the same ways (section 4.3.3). */
  readonly certificateSchemes: readonly SignatureSchemeParameters[]
  /** The application's judgement, in front of all others. @throws to refuse the client */
  readonly examineHello: ((hello: OfferedHello) => Promise<void>) | undefined
  /** The identities that may answer this client, the best first. @throws TlsError to refuse it */
  selectIdentities(hello: OfferedHello): Promise<readonly Identity[]>
  /** In order of preference. */
  readonly alpnProtocols: readonly Bytes[]
  readonly clientAuth: 'none' | 'optional' | 'required'
  /** Whether anyone may vouch for clients: without that no certificate is asked for. */
  readonly trustsClients: boolean
  /** DER of the names sent in certificate_authorities; none when empty. */
  readonly certificateAuthorities: readonly Bytes[]
  /** Judges a client's chain, which anyone may have sent. @throws TlsError */
  verifyClient(chain: ReceivedChain): Promise<VerifiedPeer>
  /** The application's judgement, on a client that has proved to be the one of the chain. @throws TlsError */
  readonly approveClient: ((peer: VerifiedPeer) => Promise<void>) | undefined
  /** RFC 8879: whether own certificates go out compressed, and clients' may come so. */
  readonly certificateCompression: readonly CompressionMethod[]
  readonly maxCertificateLength: number
  /** Of TLSInnerPlaintext, for clients that ask (RFC 8449). */
  readonly recordSizeLimit: number
  /** The key of an identity, or `undefined` for one that is not known; absent where there are no PSKs. */
  readonly lookUpPsk: ((identity: PskIdentity, hello: OfferedHello) => Promise<KnownPsk | undefined>) | undefined
  /** How tickets are made; absent where none are. */
  readonly tickets: TicketIssuer | undefined
  /** psk_ke, which has no forward secrecy (RFC 9846 section 4.3.9). */
  readonly allowsPskKe: boolean
  /** Whether 0-RTT data may be taken: the last word, after all that the RFC asks for. */
  readonly acceptEarlyData: ((psk: ChosenPsk, hello: OfferedHello) => Promise<boolean>) | undefined
  /** How many bytes of rejected early data are skipped. */
  readonly maxSkippedEarlyData: number
  /** Whether data may go out before the client's Finished, and so to a client that is not proven (section 2). */
  readonly allowsHalfRttData: boolean
  /** Every client must first bring back a cookie; absent where none is asked for (section 4.3.2). */
  readonly cookies: CookieSealer | undefined
  /** RFC 8701 */
  readonly grease: boolean
  readonly keyLog: ((clientRandom: Bytes) => SecretLog) | undefined
}

/** Seals what a server must know of a first ClientHello, so that it need not keep it. */
export interface CookieSealer {
  seal(state: Bytes): Promise<Bytes | undefined>
  open(cookie: Bytes): Promise<Bytes | undefined>
}

export interface TicketIssuer {
  readonly count: number
  readonly lifetimeSeconds: number
  readonly maxEarlyDataSize: number
  /** @returns the ticket, or `undefined` when no key may make one now, or it would be too long */
  seal(issued: TicketContent): Promise<Bytes | undefined>
}

/** What a ticket brings back. */
export interface TicketContent {
  readonly secret: Bytes
  readonly ticketAgeAdd: number
  readonly lifetimeSeconds: number
  readonly result: HandshakeResult
}

/** Where a connection's 0-RTT data goes: never where ordinary data goes. */
export interface EarlyDataSink {
  /** In order; it waits while the application does not read. */
  deliver(data: Bytes): Promise<void>
  end(): void
}
