import type { Bytes } from '../wire/bytes.js'

/** A parsed X.509 certificate (RFC 5280), as people read it and as the path is judged. */
export interface Certificate {
  /** The certificate's DER. */
  readonly der: Bytes
  /** RFC 4514 text, for example `CN=Example CA,O=Example`. */
  readonly subject: string
  readonly issuer: string
  /** Hexadecimal, lower case, without separators. */
  readonly serialNumber: string
  readonly notBefore: Date
  readonly notAfter: Date
  /** dNSName entries of the subjectAltName, as written. */
  readonly dnsNames: readonly string[]
  /** iPAddress entries of the subjectAltName in text form. */
  readonly ipAddresses: readonly string[]
  /** The DER of the SubjectPublicKeyInfo. */
  readonly subjectPublicKeyInfo: Bytes
  /** For example `EC P-256`, `RSA 2048`, `Ed25519`. */
  readonly publicKeyName: string
  readonly signatureAlgorithmName: string
}
