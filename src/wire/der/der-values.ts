import { DerTag } from './der-tag.js'

/** The dotted form, or undefined when the contents are not well formed (X.690 section 8.19). */
export function decodeObjectIdentifier(contents: Uint8Array): string | undefined {
  if (contents.length === 0 || contents.length > maxObjectIdentifierLength) return undefined
  const arcs: (number | bigint)[] = []
  let arc: number | bigint = 0
  let isFirstOfArc = true
  for (const byte of contents) {
    if (isFirstOfArc && byte === 0x80) return undefined // a leading zero digit
    // arcs of 2^45 and more (UUIDs under 2.25) do not fit a number's 53 bits after one more digit
    if (typeof arc === 'number' && arc >= 2 ** 45) arc = BigInt(arc)
    arc = typeof arc === 'bigint' ? arc * 128n + BigInt(byte & 0x7f) : arc * 128 + (byte & 0x7f)
    isFirstOfArc = byte < 0x80
    if (isFirstOfArc) {
      arcs.push(arc)
      arc = 0
    }
  }
  if (!isFirstOfArc) return undefined
  const [first = 0, ...rest] = arcs
  const root = first < 40 ? 0 : first < 80 ? 1 : 2
  const second = typeof first === 'bigint' ? first - 80n : first - root * 40
  return [root, second, ...rest].join('.')
}

/**
 * UTCTime YYMMDDHHMMSSZ (years 1950 to 2049) or GeneralizedTime YYYYMMDDHHMMSSZ: RFC 5280 section 4.1.2.5.
 * @returns undefined for anything else, impossible dates included.
 */
export function decodeTime(tag: number, contents: Uint8Array): Date | undefined {
  const yearDigits = tag === DerTag.utcTime ? 2 : tag === DerTag.generalizedTime ? 4 : 0
  if (yearDigits === 0 || contents.length !== yearDigits + 11 || contents[yearDigits + 10] !== 0x5a) return undefined
  const number = (start: number, digits: number): number => {
    let value = 0
    for (let index = start; index < start + digits; index++) {
      const digit = (contents[index] ?? 0) - 0x30
      value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN
    }
    return value
  }
  const digits = number(0, yearDigits)
  const year = yearDigits === 4 ? digits : digits < 50 ? 2000 + digits : 1900 + digits
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = [0, 2, 4, 6, 8].map((at) => number(yearDigits + at, 2))
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  const isExact =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second
  return isExact ? date : undefined
}

const maxObjectIdentifierLength = 128
