import type { Certificate } from '../certificates/certificate.js'
import type { VerifiedPeer } from '../handshake/verified-peer.js'
import type { DuplexStream } from './duplex-stream.js'

/**
 * A TLS connection: application data in and out as WHATWG streams over the transport it was made from.
 *
 * Both promises are marked handled: a caller that looks at neither sees no unhandled rejection.
 */
export interface TlsSocket extends DuplexStream {
  /** Resolves when the handshake is done; rejects with the TlsError that ended it. */
  readonly opened: Promise<TlsSocketInfo>
  /** Resolves when both sides have said close_notify; rejects on truncation, an alert or any other failure. */
  readonly closed: Promise<void>
  /**
   * Sends what is written, says close_notify, discards what still arrives and frees the transport. Resolves when
   * that is done. With a `reason`, or before the handshake is done, it ends the connection at once.
   */
  close(reason?: unknown): Promise<void>
  /** Sends a KeyUpdate (RFC 9846 section 4.7.3) and moves to the next write keys; may ask the peer to do the same. */
  updateKeys(options?: { readonly requestPeer?: boolean }): Promise<void>
  /**
   * Keying material bound to this connection (RFC 9846 section 7.5, RFC 5705), while it lasts: the secrets that it is
   * made from go with the connection. Rejects with `invalid_state` after that, or with what the connection failed with.
   * @param label ASCII, at most 249 bytes. @param context at most 65535 bytes. @param length 1 to 255 times the hash length, in bytes.
   */
  exportKeyingMaterial(label: string, context: Uint8Array | undefined, length: number): Promise<Uint8Array>
}

/** A server's end of a connection. */
export interface TlsServerSocket extends TlsSocket {
  /**
   * The client's 0-RTT data, which may come before `opened` and which an attacker can make arrive several times (RFC
   * 9846 section 8). Ends when the client's Finished has proved that it is there, and fails if the handshake does.
   */
  readonly earlyData: ReadableStream<Uint8Array>
  /**
   * Asks the client for a certificate after the handshake (RFC 9846 section 4.7.2). Resolves with the client, whose
   * chain and signature were verified, or `undefined` when it has no certificate and may do without.
   * @throws TlsError `invalid_state` when the client did not offer it, or there are no `clientTrustAnchors`
   */
  requestClientCertificate(): Promise<VerifiedPeer | undefined>
}

/** What was negotiated: names as IANA writes them. */
export interface TlsSocketInfo {
  readonly protocol: 'TLSv1.3'
  /** For example `TLS_AES_128_GCM_SHA256`. */
  readonly cipherSuite: string
  /** For example `x25519`, or `undefined` for psk_ke, which has no key exchange. */
  readonly group: string | undefined
  /** The scheme of the peer's CertificateVerify, for example `ecdsa_secp256r1_sha256`; `undefined` without one. */
  readonly signatureScheme: string | undefined
  readonly alpnProtocol: string | undefined
  /** The name the client asked for. */
  readonly serverName: string | undefined
  /** As the peer sent them, leaf first. */
  readonly peerCertificates: readonly Certificate[]
  /** As validated, leaf first, trust anchor last; empty when no certificate was asked for. */
  readonly verifiedPath: readonly Certificate[]
  readonly resumed: boolean
  readonly helloRetried: boolean
  readonly earlyData: 'none' | 'accepted' | 'rejected'
  /** When each flight was done, in milliseconds on `performance.now()`'s clock. */
  readonly times: TlsHandshakeTimes
}

export interface TlsHandshakeTimes {
  readonly started: number
  readonly clientHello: number
  readonly serverHello: number
  readonly serverFinished: number
  readonly finished: number
}
