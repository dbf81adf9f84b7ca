import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TlsError } from '../../src/errors/tls-error.js'
import { RecordFramer } from '../../src/record/record-framer.js'
import { type Bytes, concatBytes } from '../../src/wire/bytes.js'
import { arbitraryBytes } from '../support/arbitraries.js'

const arbitraryRecords = fc.array(
  fc.record({
    type: fc.integer({ min: 20, max: 23 }),
    version: fc.integer({ min: 0, max: 0xffff }),
    fragment: arbitraryBytes(0, 60),
  }),
  { maxLength: 8 },
)
const arbitraryCuts = fc.array(fc.nat(), { maxLength: 30 })

const wire = (records: readonly { type: number; version?: number; fragment: Bytes }[]) =>
  concatBytes(
    ...records.map(({ type, version = 0x0303, fragment }) =>
      concatBytes(
        Uint8Array.of(type, version >> 8, version & 0xff, fragment.length >> 8, fragment.length & 0xff),
        fragment,
      ),
    ),
  )

function cut(bytes: Bytes, positions: readonly number[]): Bytes[] {
  const sorted = [...new Set(positions.map((position) => position % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...sorted, bytes.length].map((end, index) => bytes.slice(sorted[index - 1] ?? 0, end))
}

describe('RecordFramer', () => {
  it('gives the same records however the bytes are cut into chunks', () => {
    fc.assert(
      fc.property(arbitraryRecords, arbitraryCuts, (records, positions) => {
        const framer = new RecordFramer()
        const framed = cut(wire(records), positions).flatMap((chunk) => [...framer.push(chunk)])
        expect(framed).toEqual(records)
        expect(framer.isAtBoundary).toBe(true)
      }),
    )
  })

  it('gives the same records byte by byte', () => {
    fc.assert(
      fc.property(arbitraryRecords, (records) => {
        const framer = new RecordFramer()
        expect([...wire(records)].flatMap((byte) => [...framer.push(Uint8Array.of(byte))])).toEqual(records)
      }),
    )
  })

  it('is at a boundary just where a record ends', () => {
    const bytes = wire([
      { type: 22, fragment: new Uint8Array(3) },
      { type: 23, fragment: new Uint8Array(0) },
    ])
    const atBoundary = [...bytes.keys(), bytes.length].filter((length) => {
      const framer = new RecordFramer()
      expect([...framer.push(bytes.slice(0, length))].length).toBe(length < 8 ? 0 : length < 13 ? 1 : 2)
      return framer.isAtBoundary
    })
    expect(atBoundary).toEqual([0, 8, 13])
  })

  it('gives the records in front of a fault before it throws', () => {
    const framer = new RecordFramer()
    const bytes = concatBytes(wire([{ type: 22, fragment: Uint8Array.of(1) }]), Uint8Array.of(99))
    const records: unknown[] = []
    expect(() => {
      for (const record of framer.push(bytes)) records.push(record)
    }).toThrow(/a record of type 99/)
    expect(records).toHaveLength(1)
  })

  it('does not allocate for a record before its length was checked', () => {
    const framer = new RecordFramer()
    expect(() => [...framer.push(Uint8Array.of(23, 3, 3, 0xff, 0xff))]).toThrow(
      expect.objectContaining({ code: 'record_overflow' }),
    )
  })

  it('throws nothing but a TlsError, whatever bytes come', () => {
    fc.assert(
      fc.property(fc.array(arbitraryBytes(0, 40), { maxLength: 10 }), (chunks) => {
        const framer = new RecordFramer()
        try {
          for (const chunk of chunks) for (const record of framer.push(chunk)) expect(record.type).toBeGreaterThan(19)
        } catch (error) {
          expect(error).toBeInstanceOf(TlsError)
          expect(['unexpected_message', 'record_overflow']).toContain((error as TlsError).code)
        }
      }),
    )
  })
})
