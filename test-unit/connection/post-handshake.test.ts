import { describe, expect, it } from 'vitest'
import { ContentType, ExtensionType } from '../../src/messages/code-points.js'
import { encodeMessage, type MessageBody } from '../../src/messages/handshake-message.js'
import { appendExtensions, extensionOf } from '../support/refusal-table.js'
import { expectRefusal, openScripted } from '../support/scripted-connection.js'

const ticket = (change: Partial<MessageBody<'new_session_ticket'>> = {}) =>
  encodeMessage('new_session_ticket', {
    ticketLifetime: 3600,
    ticketAgeAdd: 7,
    ticketNonce: Uint8Array.of(0),
    ticket: new Uint8Array(100).fill(1),
    extensions: [],
    ...change,
  })

/** Type, length, lifetime, age_add, nonce and ticket with their lengths: then the extension block. */
const blockOffset = 4 + 4 + 4 + 1 + 1 + 2 + 100

describe('a NewSessionTicket', () => {
  it.each([
    ['of the longest lifetime', ticket({ ticketLifetime: 604_800 })],
    ['of no lifetime', ticket({ ticketLifetime: 0 })],
    ['with an empty nonce', ticket({ ticketNonce: new Uint8Array() })],
    ['with early_data', ticket({ extensions: [extensionOf(ExtensionType.early_data, 0, 0, 64, 0)] })],
    [
      'with extensions that nobody knows (4.7.1)',
      ticket({ extensions: [extensionOf(0xfe01, 1), extensionOf(0x0a0a)] }),
    ],
    ['of 60000 bytes', ticket({ ticket: new Uint8Array(60_000) })],
    //= rfc9846#section-4.7.1 4.7.1-3 4.7.1-18
    //= rfc9846#section-9.3 9.3-6
  ])('%s is taken, and data behind it', async (_what, bytes) => {
    const { socket, server } = await openScripted()
    await server.sendMessage(bytes.slice(0, 2 ** 14))
    for (let offset = 2 ** 14; offset < bytes.length; offset += 2 ** 14) {
      await server.sendMessage(bytes.slice(offset, offset + 2 ** 14))
    }
    await server.sendData(Uint8Array.of(5))
    expect((await socket.readable.getReader().read()).value).toEqual(Uint8Array.of(5))
  })

  //= rfc9846#section-4.7.1 4.7.1-13
  it('with a lifetime of more than seven days does no harm: it is not used for longer (4.7.1)', async () => {
    const { socket, server } = await openScripted()
    await server.sendMessage(ticket({ ticketLifetime: 604_801 }))
    await server.records.send(ContentType.application_data, Uint8Array.of(7))
    const { value } = await socket.readable.getReader().read()
    expect(value).toEqual(Uint8Array.of(7))
  })

  it('with an extension that belongs elsewhere is illegal_parameter (4.3)', async () => {
    const { socket, server } = await openScripted()
    await server.sendMessage(ticket({ extensions: [extensionOf(ExtensionType.cookie, 0, 1, 1)] }))
    await expectRefusal(socket, server, {
      code: 'illegal_parameter',
      alert: 'illegal_parameter',
      message: /cookie may not stand in newSessionTicket/,
    })
  })

  it('with an extension twice is illegal_parameter (4.3)', async () => {
    const { socket, server } = await openScripted()
    const early = extensionOf(ExtensionType.early_data, 0, 0, 64, 0)
    await server.sendMessage(appendExtensions(ticket({ extensions: [early] }), blockOffset, early))
    await expectRefusal(socket, server, {
      code: 'illegal_parameter',
      alert: 'illegal_parameter',
      message: /early_data stands there twice/,
    })
  })

  it('without a ticket is decode_error (4.7.1)', async () => {
    const { socket, server } = await openScripted()
    await server.sendMessage(Uint8Array.of(4, 0, 0, 13, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    await expectRefusal(socket, server, { code: 'decode_error', alert: 'decode_error', message: /ticket/ })
  })

  it('comes up to a thousand times, and not more', async () => {
    const { socket, server } = await openScripted()
    const many = Buffer.concat(Array.from({ length: 100 }, () => ticket()))
    for (let round = 0; round < 10; round++) await server.sendMessage(Uint8Array.from(many))
    await server.sendData(Uint8Array.of(5))
    const reader = socket.readable.getReader()
    expect((await reader.read()).value).toEqual(Uint8Array.of(5))
    reader.releaseLock()
    await server.sendMessage(ticket())
    await expectRefusal(socket, server, {
      code: 'too_many_messages',
      alert: 'unexpected_message',
      message: /more than 1000 session tickets/,
    })
  })
})

it('a CertificateRequest after the handshake is unexpected_message, since it was not offered (4.7.2)', async () => {
  const { socket, server } = await openScripted()
  await server.sendMessage(
    encodeMessage('certificate_request', {
      certificateRequestContext: Uint8Array.of(1),
      extensions: [extensionOf(ExtensionType.signature_algorithms, 0, 2, 4, 3)],
    }),
  )
  await expectRefusal(socket, server, {
    code: 'unexpected_message',
    alert: 'unexpected_message',
    message: /certificate_request after the handshake/,
  })
})
