import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TlsError } from '../../../src/errors/tls-error.js'
import { WispCloseReason } from '../../../src/transports/wisp/close-reason.js'
import { closePacket, continuePacket, dataPacket, parseWispPacket } from '../../../src/transports/wisp/packets.js'
import { connectWisp, type WispSession } from '../../../src/wisp.js'
import { within } from '../../support/deadline.js'
import { ScriptedWebSocket } from '../../support/scripted-web-socket.js'

const target = { host: 'db.test', port: 5432 }

async function session(credit: number): Promise<{ socket: ScriptedWebSocket; session: WispSession }> {
  const socket = new ScriptedWebSocket()
  const opening = connectWisp(socket)
  socket.open()
  socket.say(continuePacket(0, credit))
  return { socket, session: await opening }
}

async function opened(count: number, credit = 8) {
  const { socket, session: made } = await session(credit)
  const streams = await Promise.all(Array.from({ length: count }, () => made.dial(target)))
  const ids = socket.takeSent().map((packet) => parseWispPacket(packet).stream)
  return { socket, session: made, streams, ids }
}

const tick = () => new Promise((resolve) => setTimeout(resolve))

describe('streams of a Wisp session', () => {
  it('each get their own bytes, in order and all of them, however packets and reads fall', async () => {
    const packet = fc.record({ stream: fc.nat({ max: 3 }), length: fc.nat({ max: 50 }), isPause: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(packet, { maxLength: 60 }), async (packets) => {
        const { socket, streams, ids } = await opened(4)
        const sent: number[][] = [[], [], [], []]
        const read = streams.map(async ({ readable }) => {
          const bytes: number[] = []
          for await (const chunk of readable as unknown as AsyncIterable<Uint8Array>) bytes.push(...chunk)
          return bytes
        })
        let value = 0
        for (const { stream, length, isPause } of packets) {
          const data = Array.from({ length }, () => value++ & 0xff)
          sent[stream]?.push(...data)
          socket.say(dataPacket(ids[stream] ?? 0, Uint8Array.from(data)))
          if (isPause) await tick()
        }
        for (const id of ids) socket.say(closePacket(id, WispCloseReason.voluntary))
        expect(await within(Promise.all(read), 'all reads')).toEqual(sent)
      }),
      { numRuns: 50 },
    )
  })

  it('send what was written, in order, and never more packets than they were allowed', async () => {
    const step = fc.oneof(
      fc.record({ write: fc.nat({ max: 100_000 }) }),
      fc.record({ packets: fc.oneof(fc.nat({ max: 5 }), fc.constant(0xffffffff)) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 4 }), fc.array(step, { maxLength: 20 }), async (credit, steps) => {
        const { socket, streams, ids } = await opened(1, credit)
        const [id = 0] = ids
        const writer = streams[0]?.writable.getWriter()
        let allowed = credit
        let written = 0
        let arrived = 0
        const collect = async () => {
          await tick()
          const packets = socket.takeSent().map(parseWispPacket)
          expect(packets.length).toBeLessThanOrEqual(allowed)
          allowed -= packets.length
          for (const packet of packets) {
            if (packet.type !== 'data') throw new Error(`a ${packet.type} packet`)
            expect(packet.data.every((byte) => byte === (arrived++ & 0xff))).toBe(true)
          }
        }
        for (const each of steps) {
          if ('write' in each) {
            void writer?.write(Uint8Array.from({ length: each.write }, () => written++ & 0xff)).catch(() => undefined)
          } else {
            socket.say(continuePacket(id, each.packets))
            allowed = each.packets
          }
          await collect()
        }
        while (arrived < written) {
          socket.say(continuePacket(id, 3))
          allowed = 3
          await collect()
        }
        expect(arrived).toBe(written)
      }),
      { numRuns: 25 },
    )
  }, 60_000)

  it('settle all that waits, whatever messages come, and fail with nothing but a TlsError', async () => {
    const message = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 2 }), fc.uint8Array({ maxLength: 6 })),
      fc.constant('text'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 12 }), async (messages) => {
        const { socket, session: made, streams, ids } = await opened(2, 1)
        const writers = streams.map(({ writable }) => writable.getWriter())
        const reads = streams.map(async ({ readable }) => {
          for await (const _ of readable as unknown as AsyncIterable<Uint8Array>);
        })
        const writes = writers.map((writer) => writer.write(new Uint8Array(100_000)))
        const outcomes = Promise.allSettled([...reads, ...writes, ...writers.map(({ closed }) => closed), made.closed])
        for (const each of messages) {
          if (!Array.isArray(each)) socket.say(each)
          else {
            const packet = Uint8Array.of(each[0], 0, 0, 0, 0, ...each[2])
            new DataView(packet.buffer).setUint32(1, [0, ...ids][each[1]] ?? 0, true)
            socket.say(packet)
          }
          if (made.streams === 1) await tick()
        }
        // unless it has ended before
        socket.lose()
        // a stream whose target ended tells its writer at the next write, or lets it close
        for (const writer of writers) writer.close().catch(() => undefined)
        for (const outcome of await within(outcomes, 'the end')) {
          if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(TlsError)
        }
        expect(made.streams).toBe(0)
      }),
      { numRuns: 300 },
    )
  }, 60_000)
})
