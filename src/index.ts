export type { Certificate } from './certificates/certificate.js'
export { CertificateError } from './certificates/certificate-error.js'
export { type Identity, type IdentityOptions, loadIdentity } from './certificates/identity/identity.js'
export type { PrivateKeySource } from './certificates/identity/private-key.js'
export { parseCertificate } from './certificates/parsed-certificate.js'
export { type TrustAnchorSource, TrustAnchors } from './certificates/trust-anchors.js'
export { acceptTls, type TlsServerConnectionOptions } from './connection/accept-tls.js'
export type { CertificateRequestInfo } from './connection/certificate-request-info.js'
export { TlsClientConfig, type TlsClientOptions } from './connection/client-config.js'
export type { ClientHelloInfo } from './connection/client-hello-info.js'
export { connectTls, type TlsClientConnectionOptions } from './connection/connect-tls.js'
export type { DuplexStream } from './connection/duplex-stream.js'
export type { CertificateValidationOptions } from './connection/peer-verifier.js'
export { TlsServerConfig, type TlsServerOptions } from './connection/server-config.js'
export type * from './connection/tls-socket.js'
export { type CryptoProvider, platformProvider } from './crypto/provider.js'
export type { TlsErrorCategory, TlsErrorCode } from './errors/codes.js'
export { TlsError, type TlsErrorOptions } from './errors/tls-error.js'
export type { CertificateCompressor } from './handshake/certificate-compression.js'
export type { TlsEvent } from './handshake/observer.js'
export type { VerifiedPeer } from './handshake/verified-peer.js'
export type { CipherSuiteName, NamedGroupName, SignatureSchemeName } from './messages/code-points.js'
export type { PolicyAvailability, SkippedAlgorithm } from './policy/availability.js'
export type { CertificateKeyName } from './policy/certificate-keys.js'
export type { SecurityPolicyParameters } from './policy/parameters.js'
export { SecurityPolicy } from './policy/security-policy.js'
export type { SecurityPolicyBuilder } from './policy/security-policy-builder.js'
export { type ExternalPsk, importPsk } from './session/external-psk.js'
export {
  type EarlyDataAttempt,
  MemoryReplayGuard,
  type MemoryReplayGuardOptions,
  type ReplayGuard,
} from './session/replay-guard.js'
export {
  type ClientSession,
  MemorySessionStore,
  type MemorySessionStoreOptions,
  type SessionStore,
} from './session/session-store.js'
export { type NamedTicketKey, TicketKeys, type TicketKeysOptions } from './session/ticket-keys.js'
export { memoryDuplexPair } from './transports/memory-pair.js'
