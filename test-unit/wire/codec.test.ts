import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteReader, WireFormatError } from '../../src/wire/byte-reader.js'
import { ByteWriter } from '../../src/wire/byte-writer.js'
import {
  checked,
  decode,
  encode,
  fixed,
  opaque8,
  opaque16,
  opaque24,
  remainder,
  struct,
  uint8,
  uint16,
  uint24,
  uint32,
  vector8,
  vector16,
  vector24,
} from '../../src/wire/codec.js'
import { arbitraryBytes, arbitraryUint } from '../support/arbitraries.js'

const bytes = (...values: number[]) => Uint8Array.from(values)

describe('whole numbers', () => {
  it.each([
    [1, uint8],
    [2, uint16],
    [3, uint24],
    [4, uint32],
  ] as const)('of %i bytes are big-endian, and read as they were written', (length, codec) => {
    fc.assert(
      fc.property(arbitraryUint(length), (value) => {
        const written = encode(codec, value)
        expect(written).toHaveLength(length)
        expect(Number.parseInt(Buffer.from(written).toString('hex'), 16)).toBe(value)
        expect(decode(codec, written, 'value')).toBe(value)
      }),
    )
  })

  it.each([
    [uint8, 256],
    [uint16, 65536],
    [uint24, 2 ** 24],
    [uint32, 2 ** 32],
    [uint8, -1],
    [uint8, 1.5],
    [uint8, Number.NaN],
  ])('that do not fit are not written', (codec, value) => {
    expect(() => encode(codec, value)).toThrow(RangeError)
  })
})

describe('a vector', () => {
  const lengths = [
    [1, opaque8, vector8],
    [2, opaque16, vector16],
    [3, opaque24, vector24],
  ] as const

  it.each(lengths)('with a length of %i bytes is read as it was written', (lengthBytes, opaque, vector) => {
    fc.assert(
      fc.property(arbitraryBytes(0, 255), (content) => {
        const written = encode(opaque(), content)
        expect(written).toHaveLength(lengthBytes + content.length)
        expect(decode(opaque(), written, 'value')).toEqual(content)
        expect(decode(vector(uint8), written, 'value')).toEqual([...content])
      }),
    )
  })

  it.each(lengths)('with a length of %i bytes is not read or written outside its limits', (lengthBytes, opaque) => {
    const codec = opaque({ min: 2, max: 3 })
    for (const length of [0, 1, 4, 255]) {
      const written = encode(opaque(), new Uint8Array(length))
      expect(() => decode(codec, written, 'value')).toThrow(/where 2 to 3 may stand/)
      expect(() => encode(codec, new Uint8Array(length))).toThrow(RangeError)
    }
    expect(encode(codec, bytes(1, 2))).toHaveLength(lengthBytes + 2)
  })

  it('whose length goes past the end is refused before anything is made of it', () => {
    expect(() => decode(opaque24(), bytes(0xff, 0xff, 0xff, 1), 'value')).toThrow(
      /16777215 bytes are announced, 1 are there/,
    )
    expect(() => decode(vector24(uint16), bytes(0xff, 0xff, 0xff, 1), 'value')).toThrow(
      /16777215 bytes are announced, 1 are there/,
    )
  })

  it('whose last item is cut is refused', () => {
    expect(() => decode(vector8(uint16), bytes(3, 0, 1, 0), 'value')).toThrow(
      expect.objectContaining({ code: 'decode_error' }),
    )
  })

  it('is a view, not a copy', () => {
    const message = bytes(2, 7, 8)
    const content = decode(opaque8(), message, 'value')
    expect(content.buffer).toBe(message.buffer)
    expect(content.byteOffset).toBe(1)
  })
})

describe('decode', () => {
  it('names the field in which the fault lies', () => {
    const codec = struct({ first: uint8, second: struct({ third: opaque8() }) })
    expect(() => decode(codec, bytes(1, 5, 0), 'message')).toThrow(
      'message.second.third: 5 bytes are announced, 1 are there',
    )
  })

  it('refuses what follows the end', () => {
    expect(() => decode(uint8, bytes(1, 2, 3), 'value')).toThrow('value: 2 bytes follow the end')
  })

  it('lets errors through that are not about the format', () => {
    const broken = {
      read(): never {
        throw new TypeError('a bug')
      },
      write: () => undefined,
    }
    expect(() => decode(broken, bytes(1), 'value')).toThrow(TypeError)
  })
})

describe('fixed, remainder and checked', () => {
  it('fixed takes just its length', () => {
    expect(decode(fixed(2), bytes(1, 2), 'value')).toEqual(bytes(1, 2))
    expect(() => decode(fixed(2), bytes(1), 'value')).toThrow(/2 bytes are announced/)
    expect(() => encode(fixed(2), bytes(1))).toThrow(RangeError)
  })

  it('remainder takes what is there, up to its limit', () => {
    expect(decode(remainder(2), bytes(1, 2), 'value')).toEqual(bytes(1, 2))
    expect(() => decode(remainder(2), bytes(1, 2, 3), 'value')).toThrow(/at most 2/)
    expect(() => encode(remainder(2), bytes(1, 2, 3))).toThrow(RangeError)
  })

  it('checked refuses what its rule refuses', () => {
    const even = checked(uint8, (value) => (value % 2 === 0 ? undefined : `${value} is odd`))
    expect(decode(even, bytes(2), 'value')).toBe(2)
    expect(() => decode(even, bytes(3), 'value')).toThrow('value: 3 is odd')
  })
})

describe('ByteReader', () => {
  it('never reads past its end, and stays where it was when it refuses', () => {
    fc.assert(
      fc.property(arbitraryBytes(0, 20), fc.nat(40), (content, length) => {
        const reader = new ByteReader(content)
        if (length <= content.length) expect(reader.view(length)).toEqual(content.slice(0, length))
        else expect(() => reader.view(length)).toThrow(WireFormatError)
        expect(reader.remaining).toBe(length <= content.length ? content.length - length : content.length)
      }),
    )
  })

  it('gives a reader over a part that ends with the part', () => {
    const reader = new ByteReader(bytes(1, 2, 3))
    const part = reader.sub(2)
    expect(part.uint(2)).toBe(0x0102)
    expect(part.isAtEnd).toBe(true)
    expect(() => part.uint(1)).toThrow(WireFormatError)
    expect(reader.uint(1)).toBe(3)
  })
})

describe('ByteWriter', () => {
  it('grows past any size, and its result is a copy', () => {
    const writer = new ByteWriter()
    const chunk = new Uint8Array(300).map((_, index) => index)
    writer.bytes(chunk)
    const early = writer.finish()
    writer.bytes(chunk)
    writer.uint(3, 0x010203)
    expect(early).toEqual(chunk)
    expect(writer.finish()).toEqual(Uint8Array.from([...chunk, ...chunk, 1, 2, 3]))
  })
})
