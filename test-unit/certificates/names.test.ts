import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDistinguishedName } from '../../src/certificates/names/distinguished-name.js'
import { formatIpAddress, parseIpAddress } from '../../src/certificates/names/ip-address.js'
import { TlsError } from '../../src/errors/tls-error.js'
import { type Bytes, concatBytes, fromHex } from '../../src/wire/bytes.js'
import { readDer } from '../../src/wire/der/der-reader.js'
import { derElement, derObjectIdentifier, derSequence, derSetOf } from '../../src/wire/der/der-writer.js'

const source = { what: 'name', code: 'certificate_malformed' } as const
const read = (der: Bytes) => readDer(der, source, (reader) => readDistinguishedName(reader, 'name', source))
const utf8 = (text: string) => Uint8Array.from(new TextEncoder().encode(text))
const utf16 = (text: string) =>
  Uint8Array.from([...text].flatMap((c) => [c.charCodeAt(0) >> 8, c.charCodeAt(0) & 0xff]))
const attribute = (tag: number, contents: Bytes, type = '2.5.4.3') =>
  derSequence(derObjectIdentifier(type), derElement(tag, contents))
const name = (tag: number, contents: Bytes, type?: string) =>
  read(derSequence(derSetOf(attribute(tag, contents, type))))

describe('distinguished names', () => {
  it.each<[string, number, Bytes, string]>([
    ['UTF8String', 0x0c, utf8('Ärger'), 'CN=Ärger'],
    ['PrintableString', 0x13, utf8('abc'), 'CN=abc'],
    ['TeletexString', 0x14, fromHex('c472676572'), 'CN=Ärger'],
    ['BMPString', 0x1e, utf16('Ärger'), 'CN=Ärger'],
    ['UniversalString', 0x1c, fromHex('000000c400000072'), 'CN=Är'],
    ['an INTEGER', 0x02, fromHex('05'), 'CN=#020105'],
    ['special characters', 0x0c, utf8(' #a,b+c"d\\e<f>g;h '), 'CN=\\ #a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h\\ '],
    ['control characters', 0x0c, utf8('a\u0000b\nc'), 'CN=a\\00b\\0ac'],
  ])('shows %s by RFC 4514', (_what, tag, contents, text) => {
    expect(name(tag, contents).toString()).toBe(text)
  })

  it('shows several RDNs from the last, and all attributes of one', () => {
    const several = derSequence(
      derSetOf(attribute(0x13, utf8('SE'), '2.5.4.6')),
      derSetOf(attribute(0x0c, utf8('a')), attribute(0x0c, utf8('b'), '2.5.4.11')),
      derSetOf(attribute(0x0c, utf8('x'), '1.2.3.4')),
    )
    expect(read(several).toString()).toBe('1.2.3.4=x,CN=a+OU=b,C=SE')
  })

  it('match whatever their string type, case and white space (RFC 5280 section 7.1)', () => {
    const key = name(0x0c, utf8('Ärger  im Büro')).key
    expect(name(0x1e, utf16(' ärger im BÜRO ')).key).toBe(key)
    expect(name(0x0c, utf8('A\u0308rger im Bu\u0308ro')).key).toBe(key)
    expect(name(0x0c, utf8('Ärgerim Büro')).key).not.toBe(key)
    expect(name(0x0c, utf8('Ärger  im Büro'), '2.5.4.10').key).not.toBe(key)
  })

  it('keep attributes apart that a separator could join', () => {
    const one = read(derSequence(derSetOf(attribute(0x0c, utf8('a" + 2.5.4.11="b')))))
    const two = read(derSequence(derSetOf(attribute(0x0c, utf8('a')), attribute(0x0c, utf8('b'), '2.5.4.11'))))
    expect(one.key).not.toBe(two.key)
  })

  it.each<[string, Bytes]>([
    ['UTF-8 that is none', derSequence(derSetOf(attribute(0x0c, fromHex('ff'))))],
    ['PrintableString outside ASCII', derSequence(derSetOf(attribute(0x13, fromHex('c4'))))],
    ['half a BMP character', derSequence(derSetOf(attribute(0x1e, fromHex('00'))))],
    ['a surrogate', derSequence(derSetOf(attribute(0x1e, fromHex('d800'))))],
    ['a character past Unicode', derSequence(derSetOf(attribute(0x1c, fromHex('00110000'))))],
    ['an empty RDN', derSequence(derElement(0x31))],
    ['a SET OF out of order', derSequence(derElement(0x31, attribute(0x0c, utf8('b')), attribute(0x0c, utf8('a'))))],
    [
      'an attribute with more than two parts',
      derSequence(
        derSetOf(derSequence(derObjectIdentifier('2.5.4.3'), concatBytes(utf8('\f\u0000'), utf8('\f\u0000')))),
      ),
    ],
  ])('with %s are refused', (_what, der) => {
    expect(() => read(der)).toThrow(TlsError)
  })
})

describe('IP addresses in text', () => {
  it.each([
    ['192.0.2.1', 'c0000201'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['2001:db8::8a2e:370:7334', '20010db8000000000000 8a2e03707334'.replace(' ', '')],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
    ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
    ['[2001:DB8::1]', '20010db8000000000000000000000001'],
  ])('%s is read', (text, hex) => {
    expect(parseIpAddress(text)).toEqual(fromHex(hex))
  })

  it.each([
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.',
    '0x1.2.3.4',
    ' 1.2.3.4',
    '1.2.3.4 ',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    'g::',
    '::1%eth0',
    '1.2.3.4::',
    '::1.2.3',
    '[1.2.3.4]',
    '[::1',
    '',
  ])('%j is none', (text) => {
    expect(parseIpAddress(text)).toBeUndefined()
  })

  it('are written by RFC 5952 and read back', () => {
    expect(formatIpAddress(fromHex('20010db8000000000001000000000001'))).toBe('2001:db8::1:0:0:1')
    expect(formatIpAddress(fromHex('20010db8000000010001000100010001'))).toBe('2001:db8:0:1:1:1:1:1')
    fc.assert(
      fc.property(
        fc.constantFrom(4, 16),
        fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 }),
        (length, all) => {
          const bytes = Uint8Array.from(all.slice(0, length))
          expect(parseIpAddress(formatIpAddress(bytes))).toEqual(bytes)
        },
      ),
    )
  })
})
