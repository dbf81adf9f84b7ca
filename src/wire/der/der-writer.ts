import { type Bytes, concatBytes, noBytes } from '../bytes.js'
import { DerTag } from './der-tag.js'

/** DER encodings (X.690 section 10): each function returns one whole element, its tag and length included. */

export function derElement(tag: number, ...contents: readonly Uint8Array[]): Bytes {
  const length = contents.reduce((sum, part) => sum + part.length, 0)
  return concatBytes(Uint8Array.of(tag), encodeLength(length), ...contents)
}

export const derSequence = (...elements: readonly Uint8Array[]): Bytes => derElement(DerTag.sequence, ...elements)

/** SET OF: the elements in ascending order of their encodings (X.690 section 11.6). */
export const derSetOf = (...elements: readonly Uint8Array[]): Bytes =>
  derElement(DerTag.set, ...elements.toSorted(compareBytes))

/** A number, or the big-endian bytes of one that is not negative. */
export function derInteger(value: number | bigint | Uint8Array): Bytes {
  return derElement(DerTag.integer, value instanceof Uint8Array ? minimalUnsigned(value) : minimalSigned(BigInt(value)))
}

export const derEnumerated = (value: number): Bytes => derElement(DerTag.enumerated, minimalSigned(BigInt(value)))
export const derBoolean = (value: boolean): Bytes => derElement(DerTag.boolean, Uint8Array.of(value ? 0xff : 0))
export const derNull: Bytes = derElement(DerTag.null, noBytes)
export const derOctetString = (...contents: readonly Uint8Array[]): Bytes => derElement(DerTag.octetString, ...contents)
export const derBitString = (contents: Uint8Array, unusedBits = 0): Bytes =>
  derElement(DerTag.bitString, Uint8Array.of(unusedBits), contents)

export const derUtf8String = (text: string): Bytes => derElement(DerTag.utf8String, utf8.encode(text))
export const derPrintableString = (text: string): Bytes => derElement(DerTag.printableString, utf8.encode(text))
export const derIa5String = (text: string): Bytes => derElement(DerTag.ia5String, utf8.encode(text))

/** [number] EXPLICIT, or IMPLICIT over a constructed type. */
export const derContext = (number: number, ...elements: readonly Uint8Array[]): Bytes =>
  derElement(0xa0 | number, ...elements)
/** [number] IMPLICIT over a primitive type, given its contents. */
export const derContextPrimitive = (number: number, contents: Uint8Array): Bytes => derElement(0x80 | number, contents)

export function derObjectIdentifier(dotted: string): Bytes {
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map((arc) => BigInt(arc))
  return derElement(DerTag.objectIdentifier, ...[first * 40n + second, ...rest].map(base128))
}

/** Time as RFC 5280 section 4.1.2.5 asks: UTCTime through the year 2049, GeneralizedTime from 2050. */
export function derTime(date: Date): Bytes {
  const year = date.getUTCFullYear()
  return year >= 1950 && year < 2050 ? derUtcTime(date) : derGeneralizedTime(date)
}

export const derUtcTime = (date: Date): Bytes =>
  derElement(DerTag.utcTime, utf8.encode(`${compactTime(date).slice(2)}Z`))
export const derGeneralizedTime = (date: Date): Bytes =>
  derElement(DerTag.generalizedTime, utf8.encode(`${compactTime(date)}Z`))

/** A BIT STRING of named bits: trailing zero bits are left out (X.690 section 11.2.2). */
export function derNamedBits(bits: readonly number[]): Bytes {
  const highest = Math.max(-1, ...bits)
  const contents = new Uint8Array(Math.floor(highest / 8) + 1)
  for (const bit of bits) contents[bit >> 3] = (contents[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return derBitString(contents, highest < 0 ? 0 : 7 - (highest & 7))
}

function encodeLength(length: number): Bytes {
  if (length < 0x80) return Uint8Array.of(length)
  const bytes = minimalUnsigned(Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length))
  const digits = bytes[0] === 0 ? bytes.subarray(1) : bytes
  return concatBytes(Uint8Array.of(0x80 | digits.length), digits)
}

function minimalUnsigned(bytes: Uint8Array): Bytes {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const digits = bytes.subarray(start)
  return digits.length === 0 || (digits[0] ?? 0) >= 0x80 ? concatBytes(Uint8Array.of(0), digits) : concatBytes(digits)
}

function minimalSigned(value: bigint): Bytes {
  const bytes: number[] = []
  let rest = value
  for (;;) {
    const byte = Number(rest & 0xffn)
    bytes.unshift(byte)
    rest >>= 8n
    if ((rest === 0n && byte < 0x80) || (rest === -1n && byte >= 0x80)) return Uint8Array.from(bytes)
  }
}

function base128(arc: bigint): Bytes {
  const bytes = [Number(arc & 0x7fn)]
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) bytes.unshift(Number(rest & 0x7fn) | 0x80)
  return Uint8Array.from(bytes)
}

/** YYYYMMDDHHMMSS in UTC. */
const compactTime = (date: Date): string => date.toISOString().slice(0, 19).replace(/[-:T]/g, '')

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

const utf8 = new TextEncoder()
