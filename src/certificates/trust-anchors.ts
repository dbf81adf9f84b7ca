import { TlsError } from '../errors/tls-error.js'
import { type Bytes, equalBytes, ownBytes } from '../wire/bytes.js'
import { readDer } from '../wire/der/der-reader.js'
import { isObject } from '../wire/is-object.js'
import type { Certificate } from './certificate.js'
import type { NameConstraints } from './extensions/known-extensions.js'
import { type DistinguishedName, readDistinguishedName } from './names/distinguished-name.js'
import { asParsedCertificate, ParsedCertificate } from './parsed-certificate.js'
import { parsePemCertificates } from './pem.js'

/** Whom a path may end at: RFC 5280 section 6.1.1 (d), RFC 5914. */
export interface TrustAnchor {
  readonly subject: DistinguishedName
  readonly subjectPublicKeyInfo: Bytes
  readonly subjectKeyIdentifier: Bytes | undefined
  readonly nameConstraints: NameConstraints | undefined
  /** Leaves issued later than this are not trusted through this anchor. */
  readonly distrustAfter: Date | undefined
  /** When trust in it ends, for one without a certificate to say so. */
  readonly notAfter: Date | undefined
  /** When the anchor was given as a certificate: it is judged like any other CA certificate. */
  readonly certificate: ParsedCertificate | undefined
}

/** An anchor without a certificate. */
export interface BareTrustAnchor {
  /** The DER of the Name. */
  readonly subject: Uint8Array
  /** The DER of the SubjectPublicKeyInfo. */
  readonly subjectPublicKeyInfo: Uint8Array
  readonly subjectKeyIdentifier?: Uint8Array
  readonly nameConstraints?: NameConstraints
  readonly distrustAfter?: Date
  readonly notAfter?: Date
}

/** PEM text with one or more certificates, the DER of one, a parsed one, or a bare anchor. */
export type TrustAnchorSource = string | Uint8Array | ArrayBuffer | Certificate | BareTrustAnchor

export interface TrustAnchorOptions {
  /** `skip`: leave out what cannot be read, for stores of many that one does not make oneself. Otherwise it throws. */
  readonly onUnreadable?: 'throw' | 'skip'
}

/** A set of trust anchors, read once and used for many connections. */
export class TrustAnchors {
  readonly anchors: readonly TrustAnchor[]
  readonly #bySubject = new Map<string, TrustAnchor[]>()

  private constructor(anchors: readonly TrustAnchor[]) {
    this.anchors = anchors
    for (const anchor of anchors) {
      const same = this.#bySubject.get(anchor.subject.key) ?? []
      if (same.some((other) => isSameAnchor(other, anchor))) continue
      same.push(anchor)
      this.#bySubject.set(anchor.subject.key, same)
    }
  }

  static from(
    source: TrustAnchorSource | TrustAnchors | readonly (TrustAnchorSource | TrustAnchors)[],
    options: TrustAnchorOptions = {},
  ): TrustAnchors {
    if (source instanceof TrustAnchors) return source
    const sources = Array.isArray(source) ? (source as readonly (TrustAnchorSource | TrustAnchors)[]) : [source]
    return new TrustAnchors(
      (sources as readonly (TrustAnchorSource | TrustAnchors)[]).flatMap((each) => readAnchors(each, options)),
    )
  }

  get size(): number {
    return this.anchors.length
  }

  withSubject(subject: DistinguishedName): readonly TrustAnchor[] {
    return this.#bySubject.get(subject.key) ?? []
  }

  /** Whether an anchor's subject has this key (`DistinguishedName.key`). */
  hasSubjectKey(key: string): boolean {
    return this.#bySubject.has(key)
  }

  /** Whether this very certificate was given as an anchor. */
  hasCertificate(certificate: ParsedCertificate): boolean {
    return this.withSubject(certificate.fields.subject).some(
      (anchor) => anchor.certificate !== undefined && equalBytes(anchor.certificate.der, certificate.der),
    )
  }
}

function readAnchors(source: TrustAnchorSource | TrustAnchors, options: TrustAnchorOptions): readonly TrustAnchor[] {
  if (source instanceof TrustAnchors) return source.anchors
  if (typeof source === 'string') return parsePemCertificates(source).flatMap((der) => readCertificate(der, options))
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return readCertificate(ownBytes(source), options)
  if (isObject(source) && 'der' in source) return [anchorOf(asParsedCertificate(source))]
  if (isObject(source) && 'subjectPublicKeyInfo' in source) return [readBareAnchor(source)]
  throw new TlsError(
    'invalid_argument',
    'a trust anchor is PEM text, DER bytes, a certificate, or a subject with its key',
  )
}

function readCertificate(der: Bytes, options: TrustAnchorOptions): TrustAnchor[] {
  try {
    return [anchorOf(ParsedCertificate.parse(der, 'trust anchor'))]
  } catch (cause) {
    if (options.onUnreadable === 'skip') return []
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new TlsError('invalid_argument', `a trust anchor cannot be read: ${reason}`, { cause })
  }
}

const anchorOf = (certificate: ParsedCertificate): TrustAnchor => ({
  subject: certificate.fields.subject,
  subjectPublicKeyInfo: certificate.subjectPublicKeyInfo,
  subjectKeyIdentifier: certificate.known.subjectKeyIdentifier,
  nameConstraints: certificate.known.nameConstraints,
  distrustAfter: undefined,
  notAfter: undefined,
  certificate,
})

function readBareAnchor(anchor: BareTrustAnchor): TrustAnchor {
  const source = { what: 'trust anchor', code: 'invalid_argument' } as const
  return {
    subject: readDer(ownBytes(anchor.subject), source, (reader) => readDistinguishedName(reader, 'subject', source)),
    subjectPublicKeyInfo: ownBytes(anchor.subjectPublicKeyInfo),
    subjectKeyIdentifier: anchor.subjectKeyIdentifier && ownBytes(anchor.subjectKeyIdentifier),
    nameConstraints: anchor.nameConstraints,
    distrustAfter: anchor.distrustAfter,
    notAfter: anchor.notAfter,
    certificate: undefined,
  }
}

function isSameAnchor(a: TrustAnchor, b: TrustAnchor): boolean {
  if (a.certificate !== undefined && b.certificate !== undefined)
    return equalBytes(a.certificate.der, b.certificate.der)
  return (
    a.certificate === b.certificate &&
    equalBytes(a.subjectPublicKeyInfo, b.subjectPublicKeyInfo) &&
    a.nameConstraints === b.nameConstraints
  )
}
