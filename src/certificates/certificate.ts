import type { Bytes } from '../wire/bytes.js'
import type { KeyUsageName } from './extensions/oids.js'
import type { Extension } from './extensions/read-extensions.js'

/** A parsed X.509 certificate (RFC 5280), as people read it and as the path is judged. */
export interface Certificate {
  /** The certificate's DER. */
  readonly der: Bytes
  /** 1, 2 or 3. */
  readonly version: number
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
  /** rfc822Name entries of the subjectAltName. */
  readonly emailAddresses: readonly string[]
  /** uniformResourceIdentifier entries of the subjectAltName. */
  readonly uris: readonly string[]
  /** The DER of the SubjectPublicKeyInfo. */
  readonly subjectPublicKeyInfo: Bytes
  /** For example `EC P-256`, `RSA 2048`, `Ed25519`. */
  readonly publicKeyName: string
  readonly signatureAlgorithmName: string
  /** basicConstraints says CA:TRUE. */
  readonly isCa: boolean
  /** pathLenConstraint, when there is one. */
  readonly pathLength: number | undefined
  /** `undefined` without the extension, which allows every usage. */
  readonly keyUsage: readonly KeyUsageName[] | undefined
  /** Object identifiers of purposes; `undefined` without the extension, which allows every purpose. */
  readonly extendedKeyUsage: readonly string[] | undefined
  /** Hexadecimal, lower case, without separators. */
  readonly subjectKeyIdentifier: string | undefined
  readonly authorityKeyIdentifier: string | undefined
  /** All extensions, in the certificate's order. */
  readonly extensions: readonly Extension[]
  /** The hash of the whole certificate, hexadecimal, lower case, without separators. */
  fingerprint(hash?: 'SHA-256' | 'SHA-1'): Promise<string>
}
