import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ContentType } from '../../src/messages/code-points.js'
import { encodeMessage } from '../../src/messages/handshake-message.js'
import { type Bytes, concatBytes } from '../../src/wire/bytes.js'
import { within } from '../support/deadline.js'
import { openScripted } from '../support/scripted-connection.js'
import { readAll } from '../support/streams.js'

/** Cuts bytes where the lengths say, over and over; none of the parts is empty. */
function cutter(lengths: readonly number[]): (bytes: Bytes) => Bytes[] {
  let next = 0
  return (bytes) => {
    const parts: Bytes[] = []
    for (let offset = 0; offset < bytes.length; ) {
      const length = lengths[next++ % lengths.length] ?? bytes.length
      parts.push(bytes.slice(offset, offset + length))
      offset += length
    }
    return parts
  }
}

const lengths = (max: number) => fc.array(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 12 })
const ticket = encodeMessage('new_session_ticket', {
  ticketLifetime: 60,
  ticketAgeAdd: 1,
  ticketNonce: Uint8Array.of(1),
  ticket: new Uint8Array(200).fill(7),
  extensions: [],
})
const data = Uint8Array.from({ length: 5000 }, (_, index) => index * 7)

/** A whole connection: handshake, ticket, data, KeyUpdate, data, end. */
async function receiveAll(chunkLengths: readonly number[], recordLengths: readonly number[], padding: number) {
  const cutRecords = cutter(recordLengths)
  const layout = (messages: readonly Bytes[]) => cutRecords(concatBytes(...messages))
  const { socket, server, info } = await openScripted({
    layout,
    padding,
    requestCertificate: true,
    before: {
      server_hello: (peer) => {
        peer.records.chunks = cutter(chunkLengths)
      },
    },
  })
  const received = readAll(socket.readable)
  for (const part of cutRecords(concatBytes(ticket, ticket))) await server.records.send(ContentType.handshake, part)
  for (const part of cutter(recordLengths)(data)) await server.sendData(part, padding)
  await server.sendKeyUpdate()
  for (const part of cutter(recordLengths)(data)) await server.sendData(part, padding)
  await server.sendCloseNotify()
  return { received: await within(received, 'all data'), info }
}

describe('any split of what the server sends', () => {
  //= rfc9846#section-5.1 5.1-2
  it('into chunks of the transport and of its messages into records gives the same connection', async () => {
    await fc.assert(
      fc.asyncProperty(lengths(700), lengths(600), fc.nat(40), async (chunkLengths, recordLengths, padding) => {
        const { received, info } = await receiveAll(chunkLengths, recordLengths, padding)
        expect(received).toEqual(concatBytes(data, data))
        expect(info).toMatchObject({ cipherSuite: 'TLS_AES_128_GCM_SHA256', group: 'x25519', alpnProtocol: undefined })
      }),
      { numRuns: 12 },
    )
  }, 60_000)

  it('gives the same when each byte is a chunk of its own', async () => {
    const { received } = await receiveAll([1], [400], 0)
    expect(received).toEqual(concatBytes(data, data))
  })

  //= rfc9846#section-5.1 5.1-2
  it('gives the same when each byte of a message is a record of its own', async () => {
    const { info } = await openScripted({ layout: (messages) => cutter([1])(concatBytes(...messages)) })
    expect(info.group).toBe('x25519')
  })

  it('gives the same when the flight is one record, and all of it one chunk', async () => {
    const { info } = await openScripted({ layout: (messages) => [concatBytes(...messages)] })
    expect(info.group).toBe('x25519')
  })

  it.each([1, 2, 3, 5, 40])('takes a ServerHello in records of %i bytes', async (length) => {
    const { info } = await openScripted({
      before: {
        server_hello: (server) => {
          const cut = cutter([length])
          server.records.tamper = (record) =>
            cut(record.slice(5)).map((part) => Uint8Array.from([22, 3, 3, 0, part.length, ...part]))
        },
        encrypted_extensions: (server) => {
          server.records.tamper = (record) => [record]
        },
      },
      changeCipherSpec: false,
    })
    expect(info.group).toBe('x25519')
  })
})
