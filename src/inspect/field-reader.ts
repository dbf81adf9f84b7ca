import type { DecodedField, FieldNote } from './decoded-field.js'

/** How many fields one decoding makes at most; what is beyond them stays bytes. */
export const maxFields = 4000

/** A note, or how it follows from the value. */
type Note<T> = FieldNote | ((value: T) => FieldNote)

/**
 * Takes bytes apart into fields, whatever they are: it never throws. The codecs of the protocol stop at the first
 * fault, as they must; what is shown to people has to go on to it and say where it is. After a fault all further
 * reading gives nothing: `isAtEnd` is true.
 */
export class FieldReader {
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #budget: { left: number }
  readonly #fields: DecodedField[] = []
  #offset: number
  #isBroken = false

  private constructor(bytes: Uint8Array, start: number, end: number, budget: { left: number }) {
    this.#bytes = bytes
    this.#offset = start
    this.#end = end
    this.#budget = budget
  }

  /** All of `bytes` as one struct. */
  static decode(
    name: string,
    bytes: Uint8Array,
    // biome-ignore lint/suspicious/noConfusingVoidType: most bodies have nothing to add
    body: (reader: FieldReader) => FieldNote | void,
    note: FieldNote = {},
  ): DecodedField {
    const reader = new FieldReader(bytes, 0, bytes.length, { left: maxFields })
    const found = { ...note, ...body(reader) }
    return field(name, 'struct', 0, bytes.length, found, reader.#finished())
  }

  get remaining(): number {
    return this.#end - this.#offset
  }

  get isAtEnd(): boolean {
    return this.remaining === 0
  }

  /** A number; 0 where the bytes do not suffice. */
  uint(name: string, byteLength: number, note: Note<number> = {}): number {
    return this.#number(name, 'number', byteLength, note)
  }

  /** So many bytes as they are. */
  bytes(name: string, length: number, note: Note<Uint8Array> = {}): Uint8Array {
    if (!this.#has(name, length)) return none
    const value = this.#bytes.subarray(this.#offset, this.#offset + length)
    this.#add(name, 'bytes', length, { value: shortHex(value), ...noteOf(note, value) })
    return value
  }

  /** So many bytes as text, where they are printable ASCII. */
  text(name: string, length: number, note: FieldNote = {}): void {
    if (!this.#has(name, length)) return
    const value = this.#bytes.subarray(this.#offset, this.#offset + length)
    const isText = value.length > 0 && value.every((byte) => byte >= 0x20 && byte < 0x7f)
    const shown = isText ? String.fromCharCode(...value.subarray(0, maxText)) : shortHex(value)
    this.#add(name, isText ? 'text' : 'bytes', length, { value: shown, ...note })
  }

  /** All that is left. */
  rest(name: string, note: Note<Uint8Array> = {}): Uint8Array {
    return this.bytes(name, this.remaining, note)
  }

  /** Fields that belong together. What `body` returns is added to what is said of them. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most bodies have nothing to add
  struct(name: string, body: (reader: FieldReader) => FieldNote | void, note: FieldNote = {}): void {
    if (this.#isSpent()) return
    const start = this.#offset
    const inner = new FieldReader(this.#bytes, start, this.#end, this.#budget)
    const found = { ...note, ...body(inner) }
    this.#offset = inner.#offset
    this.#isBroken = inner.#isBroken
    this.#push(field(name, 'struct', start, this.#offset, found, inner.#fields))
  }

  /** Exactly so many bytes, which `body` has to use up; without a length in front of them. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most bodies have nothing to add
  within(name: string, length: number, body: (reader: FieldReader) => FieldNote | void, note: FieldNote = {}): void {
    if (this.#isSpent() || !this.#has(name, length)) return
    const start = this.#offset
    const inner = new FieldReader(this.#bytes, start, start + length, this.#budget)
    const found = { ...note, ...body(inner) }
    this.#offset = inner.#end
    this.#push(field(name, 'struct', start, inner.#end, found, inner.#finished()))
  }

  /** The next bytes, without taking them; fewer than asked for at the end. */
  peek(length: number): Uint8Array {
    return this.#bytes.subarray(this.#offset, Math.min(this.#offset + length, this.#end))
  }

  /**
   * A length of `lengthBytes` and as many bytes, which `body` has to use up: RFC 9846 section 3.4.
   * @param note for the whole; what `body` returns is added
   */
  vector(
    name: string,
    lengthBytes: number,
    // biome-ignore lint/suspicious/noConfusingVoidType: most bodies have nothing to add
    body: (reader: FieldReader) => FieldNote | void,
    note: FieldNote = {},
  ): void {
    if (this.#isSpent()) return
    const start = this.#offset
    const outer = new FieldReader(this.#bytes, start, this.#end, this.#budget)
    const length = outer.#number('length', 'length', lengthBytes, bytesNote)
    if (outer.#isBroken || outer.remaining < length) {
      outer.#fault('content', `${length} bytes are announced, ${outer.remaining} are there`)
      this.#offset = this.#end
      this.#isBroken = true
      this.#push(field(name, 'struct', start, this.#end, note, outer.#fields))
      return
    }
    const inner = new FieldReader(this.#bytes, outer.#offset, outer.#offset + length, this.#budget)
    const found = { ...note, ...body(inner) }
    this.#offset = inner.#end
    this.#push(field(name, 'struct', start, inner.#end, found, [...outer.#fields, ...inner.#finished()]))
  }

  /** A vector of bytes without a form of their own. */
  opaque(name: string, lengthBytes: number, note: Note<Uint8Array> = {}): void {
    this.vector(name, lengthBytes, (inner) => {
      const value = inner.#bytes.subarray(inner.#offset, inner.#end)
      const about = noteOf(note, value)
      if (!inner.isAtEnd) inner.rest(name)
      return { value: value.length === 0 ? 'empty' : shortHex(value), ...about }
    })
  }

  /** The same item until the end; stops where there would be too many fields. */
  list(item: (reader: FieldReader, index: number) => void): void {
    for (let index = 0; !this.isAtEnd && !this.#isSpent(); index++) {
      const before = this.#offset
      item(this, index)
      if (this.#offset === before) break
    }
    if (!this.isAtEnd && this.#isSpent()) this.#leaveTheRest()
  }

  #number(name: string, kind: 'number' | 'length', byteLength: number, note: Note<number>): number {
    if (!this.#has(name, byteLength)) return 0
    let value = 0
    for (let index = 0; index < byteLength; index++) value = value * 256 + (this.#bytes[this.#offset + index] ?? 0)
    this.#add(name, kind, byteLength, { value: String(value), ...noteOf(note, value) })
    return value
  }

  /** What is left of a whole that should have ended. */
  #finished(): readonly DecodedField[] {
    if (!this.isAtEnd && this.#isSpent()) this.#leaveTheRest()
    if (!this.isAtEnd) this.#fault('surplus', `${this.remaining} bytes follow the end`)
    return this.#fields
  }

  #leaveTheRest(): void {
    const start = this.#offset
    this.#offset = this.#end
    this.#fields.push(field('more', 'bytes', start, this.#end, { value: '…', meaning: tooMany }, []))
  }

  #isSpent(): boolean {
    return this.#budget.left <= 0
  }

  #has(name: string, length: number): boolean {
    if (this.remaining >= length) return true
    this.#fault(name, `${length} bytes should stand here, ${this.remaining} are there`)
    return false
  }

  /** Only the first one says something: what follows it is missing for the same reason. */
  #fault(name: string, meaning: string): void {
    if (this.#isBroken) return
    this.#isBroken = true
    const start = this.#offset
    this.#offset = this.#end
    const value = shortHex(this.#bytes.subarray(start, this.#end))
    this.#fields.push(field(name, 'fault', start, this.#end, { value, meaning }, []))
  }

  #add(name: string, kind: DecodedField['kind'], length: number, note: FieldNote): void {
    const start = this.#offset
    this.#offset += length
    this.#push(field(name, kind, start, this.#offset, note, []))
  }

  #push(added: DecodedField): void {
    this.#budget.left--
    this.#fields.push(added)
  }
}

/** `0x0304` */
export const hexNumber = (value: number, byteLength: number): string =>
  `0x${value.toString(16).padStart(byteLength * 2, '0')}`

/** The first bytes in hexadecimal; `…` where there are more. */
export function shortHex(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, maxHex), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return bytes.length > maxHex ? `${shown}…` : shown
}

const bytesNote = (count: number): FieldNote => ({ meaning: `${count} ${count === 1 ? 'byte' : 'bytes'} follow` })

function noteOf<T>(note: Note<T>, value: T): FieldNote {
  return typeof note === 'function' ? note(value) : note
}

function field(
  name: string,
  kind: DecodedField['kind'],
  start: number,
  end: number,
  { value = '', meaning, section }: FieldNote,
  children: readonly DecodedField[],
): DecodedField {
  return { name, kind, start, end, value, meaning, section, children }
}

const none = new Uint8Array(0)
const maxHex = 32
const maxText = 300
const tooMany = `more than ${maxFields} fields: the rest is not taken apart`
