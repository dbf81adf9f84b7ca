import type { FieldNote } from './decoded-field.js'
import type { FieldReader } from './field-reader.js'

interface DerHeader {
  readonly tag: number
  /** Bytes of tag and length. */
  readonly length: number
  /** Bytes of the whole element. */
  readonly total: number
}

/** Tag and length of the element that comes next; undefined where there is none. X.690 section 8.1 */
export function derHeader(reader: FieldReader): DerHeader | undefined {
  const [tag, first, ...more] = reader.peek(6)
  if (tag === undefined || first === undefined) return undefined
  if (first < 0x80) return { tag, length: 2, total: 2 + first }
  const count = first & 0x7f
  if (count === 0 || count > 4 || more.length < count) return undefined
  const content = more.slice(0, count).reduce((value, byte) => value * 256 + byte, 0)
  return { tag, length: 2 + count, total: 2 + count + content }
}

/** One element; `body` reads its content, which else stays bytes. */
export function derElement(
  reader: FieldReader,
  name: string,
  // biome-ignore lint/suspicious/noConfusingVoidType: most bodies have nothing to add
  body?: (reader: FieldReader) => FieldNote | void,
  note: FieldNote = {},
): void {
  const header = derHeader(reader)
  if (!header) {
    // too short for any element, or of no definite length
    reader.bytes(name, reader.remaining + 1)
    return
  }
  const { tag, length, total } = header
  reader.within(
    name,
    total,
    (fields) => {
      fields.bytes('tag and length', length, {
        value: `${tagNames.get(tag) ?? `tag 0x${tag.toString(16)}`}, ${total - length} bytes`,
      })
      const about = body?.(fields)
      if (!body && !fields.isAtEnd) fields.rest('content')
      return about
    },
    note,
  )
}

/** X.680 section 8.4 */
const tagNames: ReadonlyMap<number, string> = new Map([
  [0x01, 'BOOLEAN'],
  [0x02, 'INTEGER'],
  [0x03, 'BIT STRING'],
  [0x04, 'OCTET STRING'],
  [0x05, 'NULL'],
  [0x06, 'OBJECT IDENTIFIER'],
  [0x0c, 'UTF8String'],
  [0x13, 'PrintableString'],
  [0x17, 'UTCTime'],
  [0x18, 'GeneralizedTime'],
  [0x30, 'SEQUENCE'],
  [0x31, 'SET'],
  [0xa0, '[0]'],
  [0xa1, '[1]'],
  [0xa2, '[2]'],
  [0xa3, '[3]'],
])
