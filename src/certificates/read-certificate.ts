import type { Bytes } from '../wire/bytes.js'
import { checkAnyDer } from '../wire/der/check-any-der.js'
import { type DerReader, type DerSource, readDer } from '../wire/der/der-reader.js'
import { contextTag, DerTag } from '../wire/der/der-tag.js'
import { type Extensions, noExtensions, readExtensions } from './extensions/read-extensions.js'
import { type DistinguishedName, readDistinguishedName } from './names/distinguished-name.js'

/** Certificate and TBSCertificate (RFC 5280 section 4.1), names and extensions read, keys and algorithms not yet. */
export interface CertificateFields {
  /** The DER of the TBSCertificate: what the signature is over. */
  readonly tbsCertificate: Bytes
  /** DER of the AlgorithmIdentifier outside, and of the one inside the TBSCertificate, which must be the same. */
  readonly signatureAlgorithm: Bytes
  readonly tbsSignatureAlgorithm: Bytes
  readonly signature: Bytes
  readonly version: number
  /** The INTEGER's contents. */
  readonly serialNumber: Bytes
  readonly issuer: DistinguishedName
  readonly notBefore: Date
  readonly notAfter: Date
  /** A date before 2050 is written as GeneralizedTime, which DER allows and RFC 5280 does not. */
  readonly hasOverlongTime: boolean
  readonly subject: DistinguishedName
  readonly subjectPublicKeyInfo: Bytes
  readonly hasUniqueIdentifiers: boolean
  readonly extensions: Extensions
}

export function readCertificateFields(der: Bytes): CertificateFields {
  return readDer(der, source, (reader) =>
    reader.whole(DerTag.sequence, 'Certificate', (certificate) => {
      const { der: tbsCertificate, contents, tag } = certificate.element('tbsCertificate')
      if (tag !== DerTag.sequence) certificate.fail('tbsCertificate is not a SEQUENCE')
      const signatureAlgorithm = sequenceDer(certificate, 'signatureAlgorithm')
      const signature = certificate.bitStringBytes('signatureValue')
      const tbs = certificate.over(contents)
      const fields = readTbsCertificate(tbs)
      tbs.end('tbsCertificate')
      return { tbsCertificate, signatureAlgorithm, signature, ...fields }
    }),
  )
}

function readTbsCertificate(tbs: DerReader) {
  const version = readVersion(tbs)
  const serialNumber = tbs.integer('serialNumber')
  const tbsSignatureAlgorithm = sequenceDer(tbs, 'signature')
  const issuer = readDistinguishedName(tbs, 'issuer', source)
  const validity = tbs.whole(DerTag.sequence, 'validity', (times) => [times.time('notBefore'), times.time('notAfter')])
  const [notBefore, notAfter] = validity as [(typeof validity)[number], (typeof validity)[number]]
  const subject = readDistinguishedName(tbs, 'subject', source)
  const subjectPublicKeyInfo = sequenceDer(tbs, 'subjectPublicKeyInfo')
  const hasUniqueIdentifiers = readUniqueIdentifiers(tbs, version)
  return {
    version,
    serialNumber,
    tbsSignatureAlgorithm,
    issuer,
    notBefore: notBefore.date,
    notAfter: notAfter.date,
    hasOverlongTime: validity.some(
      ({ date, tag }) =>
        tag === DerTag.generalizedTime && date.getUTCFullYear() >= 1950 && date.getUTCFullYear() < 2050,
    ),
    subject,
    subjectPublicKeyInfo,
    hasUniqueIdentifiers,
    extensions: readOptionalExtensions(tbs, version),
  }
}

/** [0] EXPLICIT Version DEFAULT v1: never written for v1. */
function readVersion(tbs: DerReader): number {
  if (tbs.nextTag !== contextTag(0, true)) return 1
  return tbs.whole(contextTag(0, true), 'version', (explicit) => {
    const version = explicit.smallInteger('version', 2)
    if (version === 0) explicit.fail('version encodes its default v1')
    return version + 1
  })
}

/** RFC 5280 section 4.1.2.8: only in versions 2 and 3. */
function readUniqueIdentifiers(tbs: DerReader, version: number): boolean {
  let found = false
  for (const [number, field] of [
    [1, 'issuerUniqueID'],
    [2, 'subjectUniqueID'],
  ] as const) {
    if (tbs.nextTag !== contextTag(number, false)) continue
    if (version === 1) tbs.fail(`${field} is in a version 1 certificate`)
    tbs.bitString(field, contextTag(number, false))
    found = true
  }
  return found
}

/** RFC 5280 section 4.1.2.9: only in version 3. */
function readOptionalExtensions(tbs: DerReader, version: number): Extensions {
  if (tbs.nextTag !== contextTag(3, true)) return noExtensions
  if (version !== 3) tbs.fail(`extensions are in a version ${version} certificate`)
  return tbs.whole(contextTag(3, true), 'extensions', (explicit) => readExtensions(explicit, source))
}

function sequenceDer(reader: DerReader, field: string): Bytes {
  const element = reader.element(field)
  if (element.tag !== DerTag.sequence) reader.fail(`${field} is not a SEQUENCE`)
  checkAnyDer(element, source)
  return element.der
}

const source: DerSource = { what: 'certificate', code: 'certificate_malformed' }
