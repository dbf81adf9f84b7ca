import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ContentType } from '../../src/messages/code-points.js'
import { encodeMessage } from '../../src/messages/handshake-message.js'
import { type Bytes, concatBytes } from '../../src/wire/bytes.js'
import {
  acceptScriptedWith,
  expectServerRefusal,
  openAccepted,
  serverOptions,
  whenOpen,
} from '../support/accepted-connection.js'
import { clientIdentity } from '../support/client-identity.js'
import type { ClientBodies } from '../support/client-script.js'
import { within } from '../support/deadline.js'
import { pattern, readAll } from '../support/streams.js'

describe('KeyUpdate at a server (4.7.3)', () => {
  const keyUpdate = (requestUpdate: number) => encodeMessage('key_update', { requestUpdate })

  it('is followed in both directions', async () => {
    const { socket, client } = await openAccepted()
    const reader = socket.readable.getReader()
    const writer = socket.writable.getWriter()
    for (let round = 0; round < 4; round++) {
      await client.sendKeyUpdate(round % 2)
      await client.sendData(Uint8Array.of(round))
      expect((await within(reader.read(), 'data')).value).toEqual(Uint8Array.of(round))
      if (round % 2 === 0) await socket.updateKeys({ requestPeer: false })
      await writer.write(Uint8Array.of(round + 10))
      expect(await client.receiveData(1)).toEqual(Uint8Array.of(round + 10))
    }
  })

  it.each([
    [2, 'illegal_parameter', 'illegal_parameter', /request_update is 2/],
    [255, 'illegal_parameter', 'illegal_parameter', /request_update is 255/],
  ] as const)('is refused with request_update %i', async (value, code, alert, message) => {
    const { socket, client } = await openAccepted()
    await client.sendMessage(keyUpdate(value))
    await expectServerRefusal({ socket, client }, { code, alert, message })
  })

  it('is refused with bytes behind it under the old keys (5.1)', async () => {
    const { socket, client } = await openAccepted()
    await client.sendMessage(concatBytes(keyUpdate(0), Uint8Array.of(24)))
    await expectServerRefusal(
      { socket, client },
      { code: 'unexpected_message', alert: 'unexpected_message', message: /handshake bytes follow/ },
    )
  })

  it('is bad_record_mac when the client keeps its old keys', async () => {
    const { socket, client } = await openAccepted()
    await client.sendMessage(keyUpdate(0))
    await client.sendData(Uint8Array.of(1))
    await expectServerRefusal(
      { socket, client },
      { code: 'bad_record_mac', alert: 'bad_record_mac', message: /could not be decrypted/ },
    )
  })

  it('is too much when a flood of it comes', async () => {
    const { socket, client } = await openAccepted()
    for (let count = 0; count < 40; count++) await client.sendKeyUpdate()
    await expectServerRefusal(
      { socket, client },
      { code: 'too_many_messages', alert: 'unexpected_message', message: /KeyUpdates without data/ },
    )
  })
})

describe('records at a server', () => {
  it('are refused when they have more than the limit that it announced (RFC 8449)', async () => {
    const limited = await serverOptions({ recordSizeLimit: 100 })
    const offering = { edit: { client_hello: withLimit } }
    const good = await whenOpen(acceptScriptedWith(limited, offering))
    await good.client.sendData(pattern(99))
    await good.client.sendCloseNotify()
    expect((await readAll(good.socket.readable)).length).toBe(99)

    const { socket, client } = await whenOpen(acceptScriptedWith(limited, offering))
    await client.sendData(pattern(100))
    await expectServerRefusal(
      { socket, client },
      { code: 'record_overflow', alert: 'record_overflow', message: /101 bytes in a record/ },
    )
  })

  it('are refused with more than 2^14 bytes of content (5.2)', async () => {
    const { socket, client } = await openAccepted()
    await client.records.send(ContentType.application_data, pattern(2 ** 14 + 1))
    await expectServerRefusal(
      { socket, client },
      { code: 'record_overflow', alert: 'record_overflow', message: /16386 bytes in a record/ },
    )
  })

  it('are sent no longer than the client takes (RFC 8449)', async () => {
    const { socket, client } = await openAccepted({ edit: { client_hello: withLimit } })
    const lengths: number[] = []
    void socket.writable.getWriter().write(pattern(1000))
    for (let received = 0; received < 1000; ) {
      const event = await within(client.next(), 'data')
      if (event.kind !== 'data') continue
      lengths.push(event.data.length)
      received += event.data.length
    }
    expect(Math.max(...lengths)).toBe(199)
  })
})

describe('any split of what the client sends', () => {
  it('into chunks of the transport and of its messages into records gives the same connection', async () => {
    const identity = await clientIdentity()
    const config = await serverOptions({ clientAuth: 'required', clientTrustAnchors: identity.ca.pem })
    const lengths = (max: number) => fc.array(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 12 })
    const data = pattern(4000)
    await fc.assert(
      fc.asyncProperty(lengths(600), lengths(400), fc.nat(30), async (chunks, records, padding) => {
        const connection = acceptScriptedWith(config, {
          identity,
          padding,
          layout: cutter(records),
          before: {
            client_hello: (client) => {
              client.records.chunks = cutter(chunks)
            },
          },
        })
        const { socket, client, info } = await whenOpen(connection)
        const received = readAll(socket.readable)
        for (const part of cutter(records)(data)) await client.sendData(part, padding)
        await client.sendKeyUpdate()
        for (const part of cutter(records)(data)) await client.sendData(part, padding)
        await client.sendCloseNotify()
        expect(await within(received, 'the data')).toEqual(concatBytes(data, data))
        expect(info).toMatchObject({ group: 'x25519', signatureScheme: 'ecdsa_secp256r1_sha256' })
      }),
      { numRuns: 12 },
    )
  }, 60_000)

  it('gives the same when each byte is a chunk and a record of its own', async () => {
    const { info } = await openAccepted({
      layout: cutter([1]),
      before: {
        client_hello: (client) => {
          client.records.chunks = cutter([1])
        },
      },
    })
    expect(info.group).toBe('x25519')
  })
})

type Hello = ClientBodies['client_hello']

/** record_size_limit of 200. */
function withLimit(body: Hello): Hello {
  return { ...body, extensions: [...body.extensions, { type: 28, data: Uint8Array.of(0, 200) }] }
}

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
