import type { TlsErrorCode } from '../../errors/codes.js'
import { TlsError } from '../../errors/tls-error.js'
import type { Bytes } from '../bytes.js'
import { DerTag } from './der-tag.js'
import { decodeObjectIdentifier, decodeTime } from './der-values.js'

/** What is being read, for the error: `certificate`, `private key`, ... */
export interface DerSource {
  readonly what: string
  readonly code: TlsErrorCode
}

/** One element: its identifier octet, its contents, and the whole encoding. */
export interface DerElement {
  readonly tag: number
  readonly contents: Bytes
  readonly der: Bytes
}

export interface DerBitString {
  readonly bytes: Bytes
  readonly unusedBits: number
}

/**
 * Reads DER and nothing but DER (X.690 sections 8 to 11): definite minimal lengths, low tag numbers, minimal integers,
 * BOOLEAN 00 or FF, unused bits zero. It never reads past its end and copies nothing: what it returns are views.
 */
export class DerReader {
  readonly #bytes: Bytes
  readonly #source: DerSource
  readonly #end: number
  #offset: number

  constructor(bytes: Bytes, source: DerSource, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#source = source
    this.#offset = start
    this.#end = end
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.#end
  }

  /** The next element's identifier octet, `undefined` at the end: how OPTIONAL and CHOICE are decided. */
  get nextTag(): number | undefined {
    return this.isAtEnd ? undefined : this.#bytes[this.#offset]
  }

  /** Any element. */
  element(field: string): DerElement {
    const start = this.#offset
    const { tag, contentsStart, contentsEnd } = this.#header(field)
    this.#offset = contentsEnd
    return {
      tag,
      contents: this.#bytes.subarray(contentsStart, contentsEnd),
      der: this.#bytes.subarray(start, contentsEnd),
    }
  }

  /** The contents of an element that must have this tag. */
  contents(tag: number, field: string): Bytes {
    this.#expect(tag, field)
    const { contentsStart, contentsEnd } = this.#header(field)
    this.#offset = contentsEnd
    return this.#bytes.subarray(contentsStart, contentsEnd)
  }

  /** A reader of the contents of a constructed element that must have this tag. */
  constructed(tag: number, field: string): DerReader {
    this.#expect(tag, field)
    const { contentsStart, contentsEnd } = this.#header(field)
    this.#offset = contentsEnd
    return new DerReader(this.#bytes, this.#source, contentsStart, contentsEnd)
  }

  sequence = (field: string): DerReader => this.constructed(DerTag.sequence, field)
  octetString = (field: string): Bytes => this.contents(DerTag.octetString, field)

  /** A reader of contents that `element` returned, with the same source of errors. */
  over(contents: Bytes): DerReader {
    return new DerReader(contents, this.#source)
  }

  /** Each element of a SEQUENCE OF (or SET OF), with at least `atLeast` of them. */
  listOf<T>(tag: number, field: string, read: (reader: DerReader) => T, atLeast = 1): T[] {
    const list = this.constructed(tag, field)
    const items: T[] = []
    while (!list.isAtEnd) items.push(read(list))
    if (items.length < atLeast) this.fail(`${field} is empty`)
    return items
  }

  /** A whole structure within the contents that must end where they end. */
  whole<T>(tag: number, field: string, read: (reader: DerReader) => T): T {
    const reader = this.constructed(tag, field)
    const value = read(reader)
    reader.end(field)
    return value
  }

  /** The contents of an INTEGER of any size: two's complement, minimal (X.690 section 8.3.2). */
  integer(field: string, tag: number = DerTag.integer): Bytes {
    const contents = this.contents(tag, field)
    const [first = 0, second = 0] = contents
    if (contents.length === 0) this.fail(`${field} is an INTEGER without contents`)
    if (contents.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
      this.fail(`${field} is an INTEGER with needless leading bytes`)
    }
    return contents
  }

  /** An INTEGER that is not negative and at most `max`. */
  smallInteger(field: string, max: number, tag: number = DerTag.integer): number {
    const contents = this.integer(field, tag)
    if ((contents[0] ?? 0) >= 0x80) this.fail(`${field} is negative`)
    const value = contents.length > 6 ? Number.POSITIVE_INFINITY : contents.reduce((sum, byte) => sum * 256 + byte, 0)
    if (value > max) this.fail(`${field} is ${value}, allowed are 0 to ${max}`)
    return value
  }

  boolean(field: string, tag: number = DerTag.boolean): boolean {
    const contents = this.contents(tag, field)
    const [byte = 1] = contents
    if (contents.length !== 1 || (byte !== 0 && byte !== 0xff)) this.fail(`${field} is a BOOLEAN that is not 00 or FF`)
    return byte === 0xff
  }

  /** BOOLEAN DEFAULT FALSE: the default is never encoded (X.690 section 11.5). */
  defaultFalse(field: string, tag: number = DerTag.boolean): boolean {
    if (this.nextTag !== tag) return false
    if (!this.boolean(field, tag)) this.fail(`${field} encodes its default FALSE`)
    return true
  }

  bitString(field: string, tag: number = DerTag.bitString): DerBitString {
    const contents = this.contents(tag, field)
    const [unusedBits = 8] = contents
    const bytes = contents.subarray(1)
    const last = bytes[bytes.length - 1] ?? 0
    if (unusedBits > 7 || (bytes.length === 0 && unusedBits !== 0) || (last & ((1 << unusedBits) - 1)) !== 0) {
      this.fail(`${field} is a BIT STRING whose unused bits are not zero`)
    }
    return { bytes, unusedBits }
  }

  /** A BIT STRING of whole bytes. */
  bitStringBytes(field: string): Bytes {
    const { bytes, unusedBits } = this.bitString(field)
    if (unusedBits !== 0) this.fail(`${field} is not a whole number of bytes`)
    return bytes
  }

  /** Numbers of the bits set in a BIT STRING with named bits: no trailing zero bits (X.690 section 11.2.2). */
  namedBits(field: string, tag: number = DerTag.bitString): ReadonlySet<number> {
    const { bytes, unusedBits } = this.bitString(field, tag)
    const last = bytes[bytes.length - 1] ?? 0
    if (bytes.length > 0 && (last & (1 << unusedBits)) === 0) this.fail(`${field} has trailing zero bits`)
    const bits = new Set<number>()
    bytes.forEach((byte, index) => {
      for (let bit = 0; bit < 8; bit++) if ((byte & (0x80 >> bit)) !== 0) bits.add(index * 8 + bit)
    })
    return bits
  }

  objectIdentifier(field: string, tag: number = DerTag.objectIdentifier): string {
    return (
      decodeObjectIdentifier(this.contents(tag, field)) ?? this.fail(`${field} is not a well-formed OBJECT IDENTIFIER`)
    )
  }

  null(field: string): void {
    if (this.contents(DerTag.null, field).length > 0) this.fail(`${field} is a NULL with contents`)
  }

  /** UTCTime or GeneralizedTime in the forms of RFC 5280 section 4.1.2.5: seconds, Z, no fraction. */
  time(field: string): { readonly date: Date; readonly tag: number } {
    const { tag, contents } = this.element(field)
    return { date: decodeTime(tag, contents) ?? this.fail(`${field} is not a valid time of RFC 5280's forms`), tag }
  }

  end(field: string): void {
    if (!this.isAtEnd) this.fail(`${field} has ${this.#end - this.#offset} bytes too many`)
  }

  fail(problem: string): never {
    throw new TlsError(this.#source.code, `${this.#source.what}: ${problem} (at byte ${this.#offset})`)
  }

  #expect(tag: number, field: string): void {
    if (this.nextTag === tag) return
    const found = this.nextTag === undefined ? 'the end' : `tag 0x${this.nextTag.toString(16).padStart(2, '0')}`
    this.fail(`${field}: found ${found}, expected tag 0x${tag.toString(16).padStart(2, '0')}`)
  }

  #header(field: string): { tag: number; contentsStart: number; contentsEnd: number } {
    const bytes = this.#bytes
    const start = this.#offset
    if (start + 2 > this.#end) this.fail(`${field} is cut short`)
    const tag = bytes[start] ?? 0
    if ((tag & 0x1f) === 0x1f) this.fail(`${field} has a tag of several bytes`)
    let length = bytes[start + 1] ?? 0
    let contentsStart = start + 2
    if (length >= 0x80) {
      const digits = length & 0x7f
      // 0x80 is BER's indefinite form; four bytes of length are more than any limit here allows
      if (digits === 0 || digits > 4) this.fail(`${field} has a length that DER forbids`)
      contentsStart += digits
      if (contentsStart > this.#end) this.fail(`${field} is cut short`)
      length = 0
      for (let index = start + 2; index < contentsStart; index++) length = length * 256 + (bytes[index] ?? 0)
      if (length < 0x80 || length < 256 ** (digits - 1)) this.fail(`${field} has a length that is not minimal`)
    }
    const contentsEnd = contentsStart + length
    if (contentsEnd > this.#end) this.fail(`${field} is cut short`)
    return { tag, contentsStart, contentsEnd }
  }
}

/** Reads one structure that must fill all of `bytes`. */
export function readDer<T>(bytes: Bytes, source: DerSource, read: (reader: DerReader) => T): T {
  const reader = new DerReader(bytes, source)
  const value = read(reader)
  reader.end(source.what)
  return value
}
