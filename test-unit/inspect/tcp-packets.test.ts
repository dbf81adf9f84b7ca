import fc from 'fast-check'
import { expect, it } from 'vitest'
import { writePcapng } from '../../src/inspect/pcapng.js'
import { tcpPackets } from '../../src/inspect/tcp-packets.js'
import { enhancedPackets, pcapngBlocks } from '../support/read-pcapng.js'

const ports = { client: 49152, server: 443 }

/** RFC 1071: a checksum is right when the sum with it is all ones. */
function sums(bytes: Uint8Array, initial = 0): number {
  let total = initial
  for (let index = 0; index < bytes.length; index += 2) total += ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16)
  return total
}

const segments = fc.array(
  fc.record({
    from: fc.constantFrom('client' as const, 'server' as const),
    time: fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 4000 }),
  }),
  { maxLength: 6 },
)

it('has right checksums, numbers that follow one another, and every byte', () => {
  fc.assert(
    fc.property(segments, (conversation) => {
      const packets = tcpPackets(conversation, ports)
      const next: Record<number, number> = {}
      const sent: Record<number, number[]> = { 1: [], 2: [] }
      for (const { bytes } of packets) {
        const view = new DataView(bytes.buffer)
        expect(sums(bytes.subarray(0, 20))).toBe(0xffff)
        expect(sums(bytes.subarray(20), sums(bytes.subarray(12, 20)) + 6 + bytes.length - 20)).toBe(0xffff)
        expect(view.getUint16(2)).toBe(bytes.length)
        const sender = bytes[15] ?? 0
        const sequence = view.getUint32(24)
        if (next[sender] !== undefined) expect(sequence).toBe(next[sender])
        const flags = bytes[33] ?? 0
        next[sender] = sequence + bytes.length - 40 + (flags & 3 ? 1 : 0)
        if (flags & 16) expect(view.getUint32(28)).toBe(next[3 - sender])
        sent[sender]?.push(...bytes.subarray(40))
      }
      const wanted = (from: string) =>
        conversation.filter((each) => each.from === from).flatMap((each) => [...each.bytes])
      expect([sent[1], sent[2]]).toEqual([wanted('client'), wanted('server')])
    }),
    { numRuns: 50 },
  )
})

it('is a file whose packets come back with their times', () => {
  const packets = tcpPackets([{ from: 'client', time: 1_790_000_000_000.25, bytes: Uint8Array.of(1, 2, 3) }], ports)
  const file = writePcapng({ packets, keyLog: [], comment: 'é', names: [{ address: [192, 0, 2, 2], name: 'a' }] })
  const [first, second, third] = pcapngBlocks(file)
  expect([first?.type, second?.type, third?.type]).toEqual([0x0a0d0d0a, 1, 4])
  expect(enhancedPackets(file).map(({ bytes }) => bytes)).toEqual(packets.map(({ bytes }) => bytes))
  expect(new Set(enhancedPackets(file).map(({ microseconds }) => microseconds))).toEqual(
    new Set([1_790_000_000_000_250]),
  )
})
