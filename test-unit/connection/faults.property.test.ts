import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TlsError } from '../../src/errors/tls-error.js'
import { type Bytes, concatBytes, equalBytes } from '../../src/wire/bytes.js'
import { within } from '../support/deadline.js'
import { connectScripted } from '../support/scripted-connection.js'
import { pattern } from '../support/streams.js'

type Tamper = (record: Bytes) => readonly Bytes[]

const flip = (record: Bytes, position: number, bit: number): Bytes =>
  Uint8Array.from(record, (byte, index) => (index === position % record.length ? byte ^ (1 << bit) : byte))

interface Fault {
  readonly name: string
  readonly tamper: Tamper
  /** Holds the record back and sends it behind the next. */
  readonly isSwap?: boolean
}

const arbitraryFault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ position: fc.nat(), bit: fc.nat(7) }).map(({ position, bit }) => ({
    name: `bit ${bit} of byte ${position} changed`,
    tamper: (record: Bytes) => [flip(record, position, bit)],
  })),
  fc.nat().map((length) => ({
    name: `cut to ${length}`,
    tamper: (record: Bytes) => [record.slice(0, length % record.length)],
  })),
  fc.constant({ name: 'left out', tamper: () => [] }),
  fc.constant({ name: 'sent twice', tamper: (record: Bytes) => [record, record] }),
  fc.constant({ name: 'sent behind the next', tamper: (record: Bytes) => [record], isSwap: true }),
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map((noise) => ({
    name: `noise [${noise}] in front`,
    tamper: (record: Bytes) => [Uint8Array.from(noise), record],
  })),
)

const data = pattern(3000)

/** A whole connection in which one record, of those that the server sends, meets a fault. */
async function connectionWith(at: number, fault: Fault) {
  let heldBack: Bytes | undefined
  const { socket, server, handshaken } = await connectScripted({
    before: {
      server_hello: (peer) => {
        peer.records.tamper = (record, index) => {
          if (heldBack) {
            const late = heldBack
            heldBack = undefined
            return [record, late]
          }
          if (index !== at) return [record]
          if (!fault.isSwap) return fault.tamper(record)
          heldBack = record
          return []
        }
      },
    },
  })
  const serving = (async () => {
    await handshaken
    await server.finish()
    for (let offset = 0; offset < data.length; offset += 1000) await server.sendData(data.slice(offset, offset + 1000))
    await server.sendKeyUpdate()
    await server.sendCloseNotify()
    await server.records.end()
  })()
  // where the client has refused, or waits for what was left out, the peer gives up
  void within(serving, 'the peer', 500).catch(() => server.records.end())
  return socket
}

describe('any fault in any record of the server', () => {
  it('ends in a TlsError or in nothing lost, in time, and never in data that the server did not send', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(12), arbitraryFault, async (at, fault) => {
        const socket = await connectionWith(at, fault)
        const parts: Uint8Array[] = []
        const reading = (async () => {
          for await (const chunk of socket.readable) parts.push(chunk)
        })()
        const outcome = await within(
          reading.then(
            () => 'whole',
            (error: unknown) => error,
          ),
          `a connection with record ${at} ${fault.name}`,
        )
        const received = concatBytes(...parts)
        expect(equalBytes(received, data.slice(0, received.length))).toBe(true)
        if (outcome === 'whole') {
          expect(received).toHaveLength(data.length)
          return
        }
        expect(outcome).toBeInstanceOf(TlsError)
        expect((outcome as TlsError).code).not.toBe('internal')
      }),
      { numRuns: 120 },
    )
  }, 60_000)
})
