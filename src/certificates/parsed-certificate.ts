import { type PublicKey, parseSubjectPublicKeyInfo, publicKeyName } from '../crypto/signature/public-key.js'
import {
  parseSignatureAlgorithm,
  type SignatureAlgorithm,
  signatureAlgorithmName,
  weakAlgorithmName,
} from '../crypto/signature/signature-algorithm.js'
import { type Bytes, ownBytes, toHex } from '../wire/bytes.js'
import type { Certificate } from './certificate.js'
import { underRule } from './certificate-error.js'
import type { KnownExtensions } from './extensions/known-extensions.js'
import type { KeyUsageName } from './extensions/oids.js'
import type { Extension } from './extensions/read-extensions.js'
import type { GeneralName } from './names/general-name.js'
import { formatIpAddress } from './names/ip-address.js'
import { type CertificateFields, readCertificateFields } from './read-certificate.js'

/** A certificate as the path is judged: its fields by the RFC's names, and the same for people. */
export class ParsedCertificate implements Certificate {
  readonly der: Bytes
  readonly fields: CertificateFields
  #publicKey: PublicKey | undefined
  #algorithm: SignatureAlgorithm | undefined

  private constructor(der: Bytes, fields: CertificateFields) {
    this.der = der
    this.fields = fields
  }

  /** @param what how an error names the certificate when it cannot be read, for example `certificate 2` */
  static parse(der: Bytes, what = 'certificate'): ParsedCertificate {
    return new ParsedCertificate(
      der,
      underRule('encoding', what, () => readCertificateFields(der)),
    )
  }

  /** The key, if it is of a kind and size that may be used; else it throws. */
  get publicKey(): PublicKey {
    this.#publicKey ??= underRule('public-key', this.subject, () =>
      parseSubjectPublicKeyInfo(this.fields.subjectPublicKeyInfo),
    )
    return this.#publicKey
  }

  /** How the certificate was signed, if that is known and strong enough; else it throws. */
  get signatureAlgorithm(): SignatureAlgorithm {
    //= rfc9846#section-4.5.1.3 4.5.1.3-4 4.5.1.3-5
    const rule = this.weakAlgorithmName === undefined ? 'signature-algorithm' : 'weak-signature'
    this.#algorithm ??= underRule(rule, this.subject, () => parseSignatureAlgorithm(this.fields.signatureAlgorithm))
    return this.#algorithm
  }

  /** Where it was signed in a way that is too weak: its name. */
  get weakAlgorithmName(): string | undefined {
    return weakAlgorithmName(this.fields.signatureAlgorithm)
  }

  /** Subject and issuer are the same name: RFC 5280 section 6.1. */
  get isSelfIssued(): boolean {
    return this.fields.subject.key === this.fields.issuer.key
  }

  get known(): KnownExtensions {
    return this.fields.extensions.known
  }

  get version(): number {
    return this.fields.version
  }

  get subject(): string {
    return this.fields.subject.toString()
  }

  get issuer(): string {
    return this.fields.issuer.toString()
  }

  get serialNumber(): string {
    return toHex(this.fields.serialNumber)
  }

  get notBefore(): Date {
    return this.fields.notBefore
  }

  get notAfter(): Date {
    return this.fields.notAfter
  }

  get dnsNames(): readonly string[] {
    return this.#names((name) => (name.kind === 'dns' ? name.text : undefined))
  }

  get ipAddresses(): readonly string[] {
    return this.#names((name) => (name.kind === 'ip' ? formatIpAddress(name.bytes) : undefined))
  }

  get emailAddresses(): readonly string[] {
    return this.#names((name) => (name.kind === 'email' ? name.text : undefined))
  }

  get uris(): readonly string[] {
    return this.#names((name) => (name.kind === 'uri' ? name.text : undefined))
  }

  get subjectPublicKeyInfo(): Bytes {
    return this.fields.subjectPublicKeyInfo
  }

  get publicKeyName(): string {
    return textOr('unsupported key', () => publicKeyName(this.publicKey))
  }

  get signatureAlgorithmName(): string {
    return textOr('unsupported algorithm', () => signatureAlgorithmName(this.signatureAlgorithm))
  }

  get isCa(): boolean {
    return this.known.basicConstraints?.isCa === true
  }

  get pathLength(): number | undefined {
    return this.known.basicConstraints?.pathLength
  }

  get keyUsage(): readonly KeyUsageName[] | undefined {
    return this.known.keyUsage && [...this.known.keyUsage]
  }

  get extendedKeyUsage(): readonly string[] | undefined {
    return this.known.extendedKeyUsage
  }

  get subjectKeyIdentifier(): string | undefined {
    return this.known.subjectKeyIdentifier && toHex(this.known.subjectKeyIdentifier)
  }

  get authorityKeyIdentifier(): string | undefined {
    const identifier = this.known.authorityKeyIdentifier?.keyIdentifier
    return identifier && toHex(identifier)
  }

  get extensions(): readonly Extension[] {
    return this.fields.extensions.list
  }

  async fingerprint(hash: 'SHA-256' | 'SHA-1' = 'SHA-256'): Promise<string> {
    return toHex(new Uint8Array(await globalThis.crypto.subtle.digest(hash, this.der)))
  }

  #names(pick: (name: GeneralName) => string | undefined): string[] {
    return (this.known.subjectAltName ?? []).map(pick).filter((text) => text !== undefined)
  }
}

/** Reads one certificate from its DER (RFC 5280 section 4.1), strictly. */
export const parseCertificate = (der: Uint8Array | ArrayBuffer): Certificate => ParsedCertificate.parse(ownBytes(der))

export const asParsedCertificate = (certificate: Certificate): ParsedCertificate =>
  certificate instanceof ParsedCertificate ? certificate : ParsedCertificate.parse(ownBytes(certificate.der))

function textOr(fallback: string, read: () => string): string {
  try {
    return read()
  } catch {
    return fallback
  }
}
