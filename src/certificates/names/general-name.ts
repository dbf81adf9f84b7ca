import type { Bytes } from '../../wire/bytes.js'
import { checkAnyDer } from '../../wire/der/check-any-der.js'
import type { DerReader, DerSource } from '../../wire/der/der-reader.js'
import { contextTag } from '../../wire/der/der-tag.js'
import { latin1 } from './directory-string.js'
import { type DistinguishedName, readDistinguishedName } from './distinguished-name.js'

/** GeneralName: RFC 5280 section 4.2.1.6. */
export type GeneralName =
  | { readonly kind: 'dns' | 'email' | 'uri'; readonly text: string }
  /** Four or sixteen bytes; in a constraint eight or thirty-two, the address and its mask. */
  | { readonly kind: 'ip'; readonly bytes: Bytes }
  | { readonly kind: 'directory'; readonly name: DistinguishedName }
  | { readonly kind: 'other'; readonly type: string; readonly value: Bytes }
  | { readonly kind: 'registeredId'; readonly oid: string }
  /** Forms that nothing here understands. */
  | { readonly kind: 'x400' | 'ediParty'; readonly der: Bytes }

export type GeneralNameKind = GeneralName['kind']

/** @param ipLengths how many bytes an iPAddress may have: 4 and 16 in names, 8 and 32 in constraints */
export function readGeneralName(reader: DerReader, source: DerSource, ipLengths: readonly number[]): GeneralName {
  const tag = reader.nextTag
  switch (tag) {
    case contextTag(0, true):
      return reader.whole(tag, 'otherName', (other) => {
        const type = other.objectIdentifier('otherName type')
        const value = other.whole(contextTag(0, true), 'otherName value', (inner) => {
          const element = inner.element('otherName value')
          checkAnyDer(element, source)
          return element.der
        })
        return { kind: 'other', type, value }
      })
    case contextTag(1, false):
      return { kind: 'email', text: ia5(reader, tag, 'rfc822Name') }
    case contextTag(2, false):
      return { kind: 'dns', text: ia5(reader, tag, 'dNSName') }
    case contextTag(4, true):
      return reader.whole(tag, 'directoryName', (inner) => ({
        kind: 'directory',
        name: readDistinguishedName(inner, 'directoryName', source),
      }))
    case contextTag(6, false):
      return { kind: 'uri', text: ia5(reader, tag, 'uniformResourceIdentifier') }
    case contextTag(7, false): {
      const bytes = reader.contents(tag, 'iPAddress')
      if (!ipLengths.includes(bytes.length)) {
        reader.fail(`iPAddress has ${bytes.length} bytes, allowed are ${ipLengths.join(' and ')}`)
      }
      return { kind: 'ip', bytes }
    }
    case contextTag(8, false):
      return { kind: 'registeredId', oid: reader.objectIdentifier('registeredID', tag) }
    case contextTag(3, true):
    case contextTag(5, true): {
      const element = reader.element('GeneralName')
      checkAnyDer(element, source)
      return { kind: tag === contextTag(3, true) ? 'x400' : 'ediParty', der: element.der }
    }
    default:
      return reader.fail(`no GeneralName has ${tag === undefined ? 'nothing' : `the tag 0x${tag.toString(16)}`}`)
  }
}

function ia5(reader: DerReader, tag: number, field: string): string {
  const bytes = reader.contents(tag, field)
  if (!bytes.every((byte) => byte < 0x80)) reader.fail(`${field} has characters outside ASCII`)
  return latin1(bytes)
}
