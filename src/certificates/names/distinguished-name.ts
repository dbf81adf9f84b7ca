import { type Bytes, toHex } from '../../wire/bytes.js'
import { checkAnyDer } from '../../wire/der/check-any-der.js'
import type { DerElement, DerReader, DerSource } from '../../wire/der/der-reader.js'
import { DerTag } from '../../wire/der/der-tag.js'
import { attributeTypeNames } from './attribute-types.js'
import { decodeDirectoryString } from './directory-string.js'

export interface NameAttribute {
  readonly type: string
  readonly value: DerElement
  /** The value's text, `undefined` for a type that is not a string. */
  readonly text: string | undefined
}

export type RelativeDistinguishedName = readonly NameAttribute[]

/** A Name: RFC 5280 section 4.1.2.4. */
export class DistinguishedName {
  readonly der: Bytes
  readonly rdns: readonly RelativeDistinguishedName[]
  #rdnKeys: readonly string[] | undefined
  #key: string | undefined

  constructor(der: Bytes, rdns: readonly RelativeDistinguishedName[]) {
    this.der = der
    this.rdns = rdns
  }

  get isEmpty(): boolean {
    return this.rdns.length === 0
  }

  /** Equal for names that match by RFC 5280 section 7.1: case and insignificant white space do not count. */
  get key(): string {
    this.#key ??= this.rdnKeys.join(' , ')
    return this.#key
  }

  /** The same for each RDN: what a directoryName constraint compares. */
  get rdnKeys(): readonly string[] {
    this.#rdnKeys ??= this.rdns.map((rdn) => rdn.map(attributeKey).sort().join(' + '))
    return this.#rdnKeys
  }

  /** The values of an attribute type, in text. */
  valuesOf(type: string): string[] {
    return this.rdns.flatMap((rdn) => rdn.filter((attribute) => attribute.type === type).map(({ text }) => text ?? ''))
  }

  /** RFC 4514: the last RDN first. */
  toString(): string {
    return this.rdns
      .map((rdn) => rdn.map(attributeText).join('+'))
      .reverse()
      .join(',')
  }
}

export function readDistinguishedName(reader: DerReader, field: string, source: DerSource): DistinguishedName {
  const { der, contents, tag } = reader.element(field)
  if (tag !== DerTag.sequence) reader.fail(`${field} is not a SEQUENCE`)
  const rdns: RelativeDistinguishedName[] = []
  const sequence = reader.over(contents)
  while (!sequence.isAtEnd) rdns.push(readRdn(sequence, field, source))
  return new DistinguishedName(der, rdns)
}

/** One RDN: a SET of attributes. */
export function readRdn(sequence: DerReader, field: string, source: DerSource): RelativeDistinguishedName {
  let previous: DerElement | undefined
  return sequence.listOf(DerTag.set, field, (set) => {
    const element = set.element(field)
    if (previous !== undefined && toHex(previous.der) > toHex(element.der))
      set.fail(`${field} has a SET OF out of order`)
    previous = element
    if (element.tag !== DerTag.sequence) set.fail(`${field} has an attribute that is not a SEQUENCE`)
    const attribute = set.over(element.contents)
    const type = attribute.objectIdentifier('attribute type')
    const value = attribute.element('attribute value')
    attribute.end('attribute')
    checkAnyDer(value, source)
    const text = decodeDirectoryString(value.tag, value.contents)
    if (text === 'malformed') return set.fail(`${field} has a string with characters that its type forbids`)
    return { type, value, text: text?.text }
  })
}

function attributeKey({ type, value, text }: NameAttribute): string {
  return text === undefined ? `${type}=#${toHex(value.der)}` : `${type}=${JSON.stringify(prepareText(text))}`
}

/** RFC 5280 section 7.1 with RFC 4518: compatibility-normalised, case folded, white space collapsed. */
function prepareText(text: string): string {
  const isPlainAscii = /^[\x21-\x7e]*$/.test(text)
  const normalized = isPlainAscii ? text : text.normalize('NFKC')
  return normalized.toLowerCase().replace(/\s+/gu, ' ').trim()
}

function attributeText({ type, value, text }: NameAttribute): string {
  const name = attributeTypeNames.get(type) ?? type
  if (text === undefined) return `${name}=#${toHex(value.der)}`
  const escaped = text
    .replace(/[\\"+,;<>]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are shown as RFC 4514 has it
    .replace(/[\u0000-\u001f\u007f]/g, (character) => `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
  return `${name}=${escaped}`
}
