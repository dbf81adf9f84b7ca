import type { DerReader, DerSource } from '../../wire/der/der-reader.js'
import { contextTag, DerTag } from '../../wire/der/der-tag.js'
import { derElement } from '../../wire/der/der-writer.js'
import { type RelativeDistinguishedName, readRdn } from '../names/distinguished-name.js'
import { type GeneralName, readGeneralName } from '../names/general-name.js'
import type {
  AccessDescription,
  AuthorityKeyIdentifier,
  DistributionPoint,
  DistributionPointName,
} from './known-extensions.js'

/** GeneralNames: RFC 5280 section 4.2.1.6, at least one. */
export function readGeneralNames(
  reader: DerReader,
  field: string,
  source: DerSource,
  tag: number = DerTag.sequence,
): GeneralName[] {
  return reader.listOf(tag, field, (names) => readGeneralName(names, source, nameIpLengths))
}

/** RFC 5280 section 4.2.1.1: issuer and serial number come together or not at all. */
export function readAuthorityKeyIdentifier(reader: DerReader, source: DerSource): AuthorityKeyIdentifier {
  return reader.whole(DerTag.sequence, 'authorityKeyIdentifier', (identifier) => {
    const has = (number: number, constructed: boolean) => identifier.nextTag === contextTag(number, constructed)
    const keyIdentifier = has(0, false) ? identifier.contents(contextTag(0, false), 'keyIdentifier') : undefined
    const authorityCertIssuer = has(1, true)
      ? readGeneralNames(identifier, 'authorityCertIssuer', source, contextTag(1, true))
      : undefined
    const authorityCertSerialNumber = has(2, false)
      ? identifier.integer('authorityCertSerialNumber', contextTag(2, false))
      : undefined
    if ((authorityCertIssuer === undefined) !== (authorityCertSerialNumber === undefined)) {
      identifier.fail('authorityKeyIdentifier has one of authorityCertIssuer and authorityCertSerialNumber')
    }
    return { keyIdentifier, authorityCertIssuer, authorityCertSerialNumber }
  })
}

/** RFC 5280 section 4.2.2.1. */
export function readAuthorityInfoAccess(reader: DerReader, source: DerSource): AccessDescription[] {
  return reader.listOf(DerTag.sequence, 'authorityInfoAccess', (list) =>
    list.whole(DerTag.sequence, 'AccessDescription', (description) => ({
      method: description.objectIdentifier('accessMethod'),
      location: readGeneralName(description, source, nameIpLengths),
    })),
  )
}

/** RFC 5280 section 4.2.1.13. */
export function readCrlDistributionPoints(reader: DerReader, source: DerSource): DistributionPoint[] {
  return reader.listOf(DerTag.sequence, 'cRLDistributionPoints', (list) =>
    list.whole(DerTag.sequence, 'DistributionPoint', (point) => {
      const name = readDistributionPointName(point, source)
      const reasons =
        point.nextTag === contextTag(1, false) ? point.namedBits('reasons', contextTag(1, false)) : undefined
      const crlIssuer =
        point.nextTag === contextTag(2, true)
          ? readGeneralNames(point, 'cRLIssuer', source, contextTag(2, true))
          : undefined
      return { ...name, reasons, crlIssuer }
    }),
  )
}

/** The optional [0] DistributionPointName of a DistributionPoint and of an IssuingDistributionPoint. */
export function readDistributionPointName(point: DerReader, source: DerSource): DistributionPointName {
  if (point.nextTag !== contextTag(0, true)) return { fullName: undefined, relativeName: undefined }
  return point.whole(contextTag(0, true), 'distributionPoint', (choice) =>
    choice.nextTag === contextTag(0, true)
      ? { fullName: readGeneralNames(choice, 'fullName', source, contextTag(0, true)), relativeName: undefined }
      : { fullName: undefined, relativeName: readRelativeName(choice, source) },
  )
}

/** [1] IMPLICIT RelativeDistinguishedName. */
function readRelativeName(choice: DerReader, source: DerSource): RelativeDistinguishedName {
  const contents = choice.contents(contextTag(1, true), 'nameRelativeToCRLIssuer')
  return readRdn(choice.over(derElement(DerTag.set, contents)), 'nameRelativeToCRLIssuer', source)
}

const nameIpLengths = [4, 16]
