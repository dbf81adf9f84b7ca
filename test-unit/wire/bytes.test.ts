import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asBytes, concatBytes, equalBytes, equalBytesConstantTime, fromHex, toHex } from '../../src/wire/bytes.js'
import { arbitraryBytes } from '../support/arbitraries.js'

describe.each([equalBytes, equalBytesConstantTime])('%o', (equal) => {
  it('holds for the same bytes only', () => {
    fc.assert(
      fc.property(arbitraryBytes(1, 40), fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, position, difference) => {
        const other = bytes.slice()
        const index = position % bytes.length
        other[index] = (other[index] ?? 0) ^ difference
        expect(equal(bytes, bytes.slice())).toBe(true)
        expect(equal(bytes, other)).toBe(false)
      }),
    )
  })

  it('does not hold when one goes on where the other ends, not even with zeros', () => {
    expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0))).toBe(false)
    expect(equal(Uint8Array.of(1, 2, 0), Uint8Array.of(1, 2))).toBe(false)
    expect(equal(new Uint8Array(), new Uint8Array(1))).toBe(false)
  })
})

describe('hexadecimal', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(arbitraryBytes(0, 40), (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'))
        expect(fromHex(toHex(bytes).toUpperCase())).toEqual(bytes)
      }),
    )
  })

  it.each(['0', 'abc', '0g', ' 00', '0x00'])('%j is refused', (text) => {
    expect(() => fromHex(text)).toThrow(RangeError)
  })
})

it('concatBytes joins in order', () => {
  expect(concatBytes(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3))
  expect(concatBytes()).toHaveLength(0)
})

describe('asBytes', () => {
  it('hands an ordinary view on without a copy', () => {
    const chunk = new Uint8Array(8).subarray(2, 4)
    expect(asBytes(chunk)).toBe(chunk)
  })

  it('takes an ArrayBuffer', () => {
    expect(asBytes(Uint8Array.of(1, 2).buffer)).toEqual(Uint8Array.of(1, 2))
  })

  it('copies what another thread could change', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(4), 1, 2)
    shared.set([5, 6])
    const bytes = asBytes(shared)
    shared.set([0, 0])
    expect(bytes.buffer).toBeInstanceOf(ArrayBuffer)
    expect(bytes).toEqual(Uint8Array.of(5, 6))
  })

  it('copies a view of a buffer that can be resized', () => {
    const resizable = new (ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer)(4, {
      maxByteLength: 8,
    })
    const bytes = asBytes(new Uint8Array(resizable))
    expect(bytes.buffer).not.toBe(resizable)
    expect(bytes).toHaveLength(4)
  })
})
