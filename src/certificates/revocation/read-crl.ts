import { type Bytes, toHex } from '../../wire/bytes.js'
import { type DerReader, type DerSource, readDer } from '../../wire/der/der-reader.js'
import { contextTag, DerTag } from '../../wire/der/der-tag.js'
import type { DistributionPointName } from '../extensions/known-extensions.js'
import { type Extension, readExtension } from '../extensions/read-extensions.js'
import { readDistributionPointName } from '../extensions/read-names.js'
import { type DistinguishedName, readDistinguishedName } from '../names/distinguished-name.js'

/** CertificateList (RFC 5280 section 5), with what makes it unusable here noted. */
export interface CrlFields {
  readonly tbsCertList: Bytes
  readonly signatureAlgorithm: Bytes
  readonly tbsSignatureAlgorithm: Bytes
  readonly signature: Bytes
  readonly version: number
  readonly issuer: DistinguishedName
  readonly thisUpdate: Date
  readonly nextUpdate: Date | undefined
  /** Serial numbers, hexadecimal as in the INTEGER's contents, with the time of revocation. */
  readonly revoked: ReadonlyMap<string, Date>
  readonly extensions: readonly Extension[]
  readonly issuingDistributionPoint: IssuingDistributionPoint | undefined
  /** A critical extension of the list or of an entry that is not understood. */
  readonly unknownCritical: string | undefined
}

/** RFC 5280 section 5.2.5. */
export interface IssuingDistributionPoint extends DistributionPointName {
  readonly onlyContainsUserCerts: boolean
  readonly onlyContainsCaCerts: boolean
  /** Bits of ReasonFlags; absent means every reason. */
  readonly onlySomeReasons: ReadonlySet<number> | undefined
  readonly indirectCrl: boolean
  readonly onlyContainsAttributeCerts: boolean
}

export const CrlExtensionOid = {
  crlNumber: '2.5.29.20',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  authorityKeyIdentifier: '2.5.29.35',
} as const

export function readCrlFields(der: Bytes): CrlFields {
  return readDer(der, source, (reader) =>
    reader.whole(DerTag.sequence, 'CertificateList', (list) => {
      const { der: tbsCertList, contents } = list.element('tbsCertList')
      const signatureAlgorithm = list.element('signatureAlgorithm').der
      const signature = list.bitStringBytes('signatureValue')
      const tbs = list.over(contents)
      const fields = readTbsCertList(tbs)
      tbs.end('tbsCertList')
      return { tbsCertList, signatureAlgorithm, signature, ...fields }
    }),
  )
}

function readTbsCertList(tbs: DerReader) {
  const version = tbs.nextTag === DerTag.integer ? tbs.smallInteger('version', 1) + 1 : 1
  const tbsSignatureAlgorithm = tbs.element('signature').der
  const issuer = readDistinguishedName(tbs, 'issuer', source)
  const thisUpdate = tbs.time('thisUpdate').date
  const hasNext = tbs.nextTag === DerTag.utcTime || tbs.nextTag === DerTag.generalizedTime
  const nextUpdate = hasNext ? tbs.time('nextUpdate').date : undefined
  const revoked = new Map<string, Date>()
  let unknownCritical: string | undefined
  if (tbs.nextTag === DerTag.sequence) {
    // RFC 5280 section 5.1.2.6: absent when there is none, but empty lists are in use
    tbs.listOf(
      DerTag.sequence,
      'revokedCertificates',
      (list) => {
        const entry = readEntry(list)
        if (!entry.isRemoved) revoked.set(entry.serialNumber, entry.date)
        unknownCritical ??= entry.critical
      },
      0,
    )
  }
  const extensions =
    tbs.nextTag === contextTag(0, true)
      ? tbs.whole(contextTag(0, true), 'crlExtensions', (explicit) =>
          explicit.listOf(DerTag.sequence, 'crlExtensions', readExtension),
        )
      : []
  if (new Set(extensions.map(({ oid }) => oid)).size !== extensions.length) tbs.fail('an extension is there twice')
  const known: readonly string[] = [
    CrlExtensionOid.issuingDistributionPoint,
    CrlExtensionOid.authorityKeyIdentifier,
    CrlExtensionOid.deltaCrlIndicator,
  ]
  unknownCritical ??= extensions.find(({ oid, isCritical }) => isCritical && !known.includes(oid))?.oid
  const idp = extensions.find(({ oid }) => oid === CrlExtensionOid.issuingDistributionPoint)
  const issuingDistributionPoint = idp && readDer(idp.value, source, readIssuingDistributionPoint)
  return {
    version,
    tbsSignatureAlgorithm,
    issuer,
    thisUpdate,
    nextUpdate,
    revoked,
    extensions,
    issuingDistributionPoint,
    unknownCritical,
  }
}

function readEntry(list: DerReader) {
  return list.whole(DerTag.sequence, 'revokedCertificate', (entry) => {
    const serialNumber = toHex(entry.integer('userCertificate'))
    const { date } = entry.time('revocationDate')
    if (entry.isAtEnd) return { serialNumber, date, isRemoved: false, critical: undefined }
    const extensions = entry.listOf(DerTag.sequence, 'crlEntryExtensions', readExtension)
    const critical = extensions.find(({ oid, isCritical }) => isCritical && oid !== reasonCodeOid)?.oid
    const reason = extensions.find(({ oid }) => oid === reasonCodeOid)
    const isRemoved = reason !== undefined && readDer(reason.value, source, readReason) === removeFromCrl
    return { serialNumber, date, isRemoved, critical }
  })
}

const readReason = (reader: DerReader): number => reader.smallInteger('reasonCode', 10, DerTag.enumerated)

function readIssuingDistributionPoint(reader: DerReader): IssuingDistributionPoint {
  return reader.whole(DerTag.sequence, 'issuingDistributionPoint', (point) => {
    const name = readDistributionPointName(point, source)
    const flag = (number: number, field: string) => point.defaultFalse(field, contextTag(number, false))
    const onlyContainsUserCerts = flag(1, 'onlyContainsUserCerts')
    const onlyContainsCaCerts = flag(2, 'onlyContainsCACerts')
    const onlySomeReasons =
      point.nextTag === contextTag(3, false) ? point.namedBits('onlySomeReasons', contextTag(3, false)) : undefined
    const indirectCrl = flag(4, 'indirectCRL')
    const onlyContainsAttributeCerts = flag(5, 'onlyContainsAttributeCerts')
    return {
      ...name,
      onlyContainsUserCerts,
      onlyContainsCaCerts,
      onlySomeReasons,
      indirectCrl,
      onlyContainsAttributeCerts,
    }
  })
}

const reasonCodeOid = '2.5.29.21'
/** RFC 5280 section 5.3.1: in a delta CRL, a certificate that is no longer on hold. */
const removeFromCrl = 8

const source: DerSource = { what: 'CRL', code: 'certificate_status_invalid' }
