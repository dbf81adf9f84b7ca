import type { KeyUsageName } from '../extensions/oids.js'

/** What a certificate is to say. */
export interface CertificateTemplate {
  /** Attributes by their short names, in order: `{ CN: 'example.com', O: 'Example' }`. Empty when absent. */
  readonly subject?: Readonly<Record<string, string>>
  readonly dnsNames?: readonly string[]
  /** In text. */
  readonly ipAddresses?: readonly string[]
  readonly emailAddresses?: readonly string[]
  readonly uris?: readonly string[]
  /** `true`: a CA, with pathLength when it is given. */
  readonly isCa?: boolean
  readonly pathLength?: number
  /** keyCertSign and cRLSign for a CA, digitalSignature for others when absent. */
  readonly keyUsage?: readonly KeyUsageName[]
  /** Purposes or object identifiers; serverAuth and clientAuth when absent, none for a CA. */
  readonly extendedKeyUsage?: readonly string[]
  /** An hour ago when absent: clocks differ. */
  readonly notBefore?: Date
  /** `validDays` after notBefore when absent. */
  readonly notAfter?: Date
  /** 90 when absent. */
  readonly validDays?: number
}

/** A certificate just made, and what a server's identity takes. */
export interface CreatedCertificate<T> {
  readonly certificate: T
  readonly der: Uint8Array<ArrayBuffer>
  readonly pem: string
}
