/** Code points with IANA's names, as RFC 9846 and the registries "TLS Parameters" and "TLS ExtensionType" spell them. */

//= rfc9846#section-5 5-4
export const ContentType = {
  change_cipher_spec: 20,
  alert: 21,
  handshake: 22,
  application_data: 23,
} as const

//= rfc9846#section-E.5 E.5-4
export const ProtocolVersion = {
  'TLSv1.0': 0x0301,
  'TLSv1.2': 0x0303,
  'TLSv1.3': 0x0304,
} as const

export const HandshakeType = {
  client_hello: 1,
  server_hello: 2,
  new_session_ticket: 4,
  end_of_early_data: 5,
  encrypted_extensions: 8,
  certificate: 11,
  certificate_request: 13,
  certificate_verify: 15,
  finished: 20,
  key_update: 24,
  compressed_certificate: 25,
  message_hash: 254,
} as const

export const ExtensionType = {
  server_name: 0,
  max_fragment_length: 1,
  status_request: 5,
  supported_groups: 10,
  signature_algorithms: 13,
  use_srtp: 14,
  heartbeat: 15,
  application_layer_protocol_negotiation: 16,
  signed_certificate_timestamp: 18,
  client_certificate_type: 19,
  server_certificate_type: 20,
  padding: 21,
  extended_main_secret: 23,
  compress_certificate: 27,
  record_size_limit: 28,
  delegated_credential: 34,
  supported_ekt_ciphers: 39,
  pre_shared_key: 41,
  early_data: 42,
  supported_versions: 43,
  cookie: 44,
  psk_key_exchange_modes: 45,
  certificate_authorities: 47,
  oid_filters: 48,
  post_handshake_auth: 49,
  signature_algorithms_cert: 50,
  key_share: 51,
  transparency_info: 52,
  external_id_hash: 55,
  external_session_id: 56,
  quic_transport_parameters: 57,
  ticket_request: 58,
  encrypted_client_hello: 65037,
  renegotiation_info: 65281,
} as const

//= rfc9846#section-B B-1
//= rfc9846#section-B.3.1.4 B.3.1.4-1
export const NamedGroup = {
  secp256r1: 0x0017,
  secp384r1: 0x0018,
  secp521r1: 0x0019,
  x25519: 0x001d,
  MLKEM1024: 0x0202,
  SecP256r1MLKEM768: 0x11eb,
  X25519MLKEM768: 0x11ec,
  SecP384r1MLKEM1024: 0x11ed,
} as const

export const SignatureScheme = {
  rsa_pkcs1_sha256: 0x0401,
  rsa_pkcs1_sha384: 0x0501,
  rsa_pkcs1_sha512: 0x0601,
  // RFC 9963
  rsa_pkcs1_sha256_legacy: 0x0420,
  rsa_pkcs1_sha384_legacy: 0x0520,
  rsa_pkcs1_sha512_legacy: 0x0620,
  ecdsa_secp256r1_sha256: 0x0403,
  ecdsa_secp384r1_sha384: 0x0503,
  ecdsa_secp521r1_sha512: 0x0603,
  rsa_pss_rsae_sha256: 0x0804,
  rsa_pss_rsae_sha384: 0x0805,
  rsa_pss_rsae_sha512: 0x0806,
  ed25519: 0x0807,
  rsa_pss_pss_sha256: 0x0809,
  rsa_pss_pss_sha384: 0x080a,
  rsa_pss_pss_sha512: 0x080b,
  mldsa44: 0x0904,
  mldsa65: 0x0905,
  mldsa87: 0x0906,
} as const

//= rfc9846#section-E.5 E.5-2 E.5-3
export const CipherSuite = {
  TLS_AES_128_GCM_SHA256: 0x1301,
  TLS_AES_256_GCM_SHA384: 0x1302,
  TLS_CHACHA20_POLY1305_SHA256: 0x1303,
} as const

export const PskKeyExchangeMode = { psk_ke: 0, psk_dhe_ke: 1 } as const

export const KeyUpdateRequest = { update_not_requested: 0, update_requested: 1 } as const

export const CertificateCompressionAlgorithm = { zlib: 1, brotli: 2, zstd: 3 } as const

export type ContentTypeName = keyof typeof ContentType
export type HandshakeTypeName = keyof typeof HandshakeType
export type ExtensionTypeName = keyof typeof ExtensionType
export type NamedGroupName = keyof typeof NamedGroup
export type SignatureSchemeName = keyof typeof SignatureScheme
export type CipherSuiteName = keyof typeof CipherSuite
export type CertificateCompressionAlgorithmName = keyof typeof CertificateCompressionAlgorithm

/** The name of a value in one of the tables above, or `name(0x1234)` for one that is not there. */
export function nameOf(table: Readonly<Record<string, number>>, value: number): string {
  for (const [name, number] of Object.entries(table)) if (number === value) return name
  return `0x${value.toString(16).padStart(4, '0')}`
}

/**
 * RFC 8701: values that mean nothing, sent to keep receivers tolerant. Of two bytes; the pattern is `0x?a?a` with
 * both halves equal.
 */
export const isGrease = (value: number): boolean => (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff)
