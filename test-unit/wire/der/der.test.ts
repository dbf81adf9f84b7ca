import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TlsError } from '../../../src/errors/tls-error.js'
import { type Bytes, fromHex, toHex } from '../../../src/wire/bytes.js'
import { checkAnyDer } from '../../../src/wire/der/check-any-der.js'
import { DerReader } from '../../../src/wire/der/der-reader.js'
import {
  derInteger,
  derNamedBits,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derSetOf,
  derTime,
} from '../../../src/wire/der/der-writer.js'

const source = { what: 'test', code: 'decode_error' } as const
const reader = (der: Bytes) => new DerReader(der, source)
const hex = (text: string) => reader(fromHex(text.replaceAll(' ', '')))

describe('DerReader', () => {
  it.each<[string, string, (reader: DerReader) => unknown]>([
    ['an indefinite length', '3080 0000', (r) => r.sequence('x')],
    ['a length of needless bytes', '048101 00', (r) => r.octetString('x')],
    ['a length with a leading zero', `04820080 ${'00'.repeat(128)}`, (r) => r.octetString('x')],
    ['a length past the end', '0402 00', (r) => r.octetString('x')],
    ['a length of five bytes', '048500000000 01 00', (r) => r.octetString('x')],
    ['nothing', '', (r) => r.element('x')],
    ['a tag of several bytes', '1f8101 00', (r) => r.element('x')],
    ['a constructed string', '2403 040100', (r) => r.octetString('x')],
    ['an empty INTEGER', '0200', (r) => r.integer('x')],
    ['an INTEGER with a needless zero', '02020001', (r) => r.integer('x')],
    ['an INTEGER with needless ones', '0202ff80', (r) => r.integer('x')],
    ['a BOOLEAN of 01', '010101', (r) => r.boolean('x')],
    ['a default that is encoded', '010100', (r) => r.defaultFalse('x')],
    ['unused bits that are set', '03020101', (r) => r.bitString('x')],
    ['eight unused bits', '03020800', (r) => r.bitString('x')],
    ['unused bits of nothing', '030101', (r) => r.bitString('x')],
    ['named bits with trailing zeros', '03020680', (r) => r.namedBits('x')],
    ['a NULL with contents', '050100', (r) => r.null('x')],
    ['an OID that ends within an arc', '06022a80', (r) => r.objectIdentifier('x')],
    ['an OID with a needless digit', '06032a8001', (r) => r.objectIdentifier('x')],
    ['an empty OID', '0600', (r) => r.objectIdentifier('x')],
    ['UTCTime without seconds', `170b${toHex(new TextEncoder().encode('2501010000Z'))}`, (r) => r.time('x')],
    ['UTCTime with an offset', `1711${toHex(new TextEncoder().encode('250101000000+0100'))}`, (r) => r.time('x')],
    ['a day that is none', `170d${toHex(new TextEncoder().encode('250230000000Z'))}`, (r) => r.time('x')],
    [
      'GeneralizedTime with a fraction',
      `1811${toHex(new TextEncoder().encode('20250101000000.5Z'))}`,
      (r) => r.time('x'),
    ],
  ])('refuses %s', (_what, text, read) => {
    expect(() => read(hex(text))).toThrow(expect.objectContaining({ code: 'decode_error' }))
  })

  it('reads back every integer, time, OID and set of bits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (value) => {
        expect(reader(derInteger(value)).smallInteger('x', 2 ** 31)).toBe(value)
      }),
    )
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
        const seconds = new Date(Math.floor(date.getTime() / 1000) * 1000)
        expect(reader(derTime(date)).time('x').date).toEqual(seconds)
      }),
    )
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n }), fc.nat(), (large, small) => {
        const dotted = `2.25.${large}.${small}`
        expect(reader(derObjectIdentifier(dotted)).objectIdentifier('x')).toBe(dotted)
      }),
    )
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(20), { minLength: 1 }), (bits) => {
        expect(reader(derNamedBits(bits)).namedBits('x')).toEqual(new Set(bits))
      }),
    )
  })

  it('sorts a SET OF', () => {
    expect(derSetOf(derInteger(2), derInteger(1))).toEqual(derSetOf(derInteger(1), derInteger(2)))
  })

  it('walks unknown values to a depth, and refuses deeper ones', () => {
    let nested = derOctetString(Uint8Array.of(1))
    for (let depth = 0; depth < 40; depth++) nested = derSequence(nested)
    expect(() => checkAnyDer(reader(nested).element('x'), source)).toThrow(/too deeply/)
  })

  it('throws nothing but TlsError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          checkAnyDer(reader(Uint8Array.from(bytes)).element('x'), source)
        } catch (error) {
          expect(error).toBeInstanceOf(TlsError)
        }
      }),
    )
  })
})
