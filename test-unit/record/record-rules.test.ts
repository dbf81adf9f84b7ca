import { describe, expect, it } from 'vitest'
import { ContentType, HandshakeType } from '../../src/messages/code-points.js'
import { encodeMessage } from '../../src/messages/handshake-message.js'
import { concatBytes } from '../../src/wire/bytes.js'
import { itRefuses, type RefusalRow } from '../support/refusal-table.js'
import { connectScripted, expectRefusal, openScripted, type Refusal } from '../support/scripted-connection.js'
import type { ScriptedServer } from '../support/scripted-server.js'

const overflow = { code: 'record_overflow', alert: 'record_overflow' } as const
const unexpected = { code: 'unexpected_message', alert: 'unexpected_message' } as const
const badMac = { code: 'bad_record_mac', alert: 'bad_record_mac', message: /authentication tag is wrong/ } as const
const tooMany = { code: 'too_many_messages', alert: 'unexpected_message' } as const

const rawRecord = (type: number, length: number, version = 0x0303) =>
  concatBytes(
    Uint8Array.of(type, version >> 8, version & 0xff, length >> 8, length & 0xff),
    new Uint8Array(length).fill(0x16),
  )

/** What a server does in place of its ServerHello, and what the client makes of it. */
const first = (what: string, act: (server: ScriptedServer) => Promise<void>, refusal: Refusal): RefusalRow => ({
  what,
  script: { before: { server_hello: act } },
  ...refusal,
})

describe('a client that waits for a ServerHello', () => {
  itRefuses([
    first(
      //= rfc9846#section-5.1 5.1-17
      'an unprotected record of 2^14 + 1 bytes (5.1)',
      (server) => server.records.write(rawRecord(ContentType.handshake, 2 ** 14 + 1)),
      { ...overflow, message: /16385 bytes in an unprotected record/ },
    ),
    first(
      //= rfc9846#section-5.2 5.2-2 5.2-5
      'a record that announces 2^14 + 257 bytes, before they come (5.2)',
      (server) => server.records.write(Uint8Array.of(22, 3, 3, 0x41, 0x01)),
      { ...overflow, message: /a record of 16641 bytes/ },
    ),
    ...[0, 19, 24, 128, 255].map((type) =>
      //= rfc9846#section-5 5-5
      first(`a record of type ${type} (5)`, (server) => server.records.write(Uint8Array.of(type, 3, 3, 0, 1, 0)), {
        ...unexpected,
        message: new RegExp(`a record of type ${type}`),
      }),
    ),
    first(
      'an answer in plain text',
      (server) => server.records.write(new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n\r\n')),
      { ...unexpected, message: /does not speak TLS \(its answer starts with text\)/ },
    ),
    first('a single byte of plain text', (server) => server.records.write(new TextEncoder().encode('-')), {
      ...unexpected,
      message: /does not speak TLS/,
    }),
    //= rfc9846#section-5.1 5.1-20
    first('application data before protection has begun (5.1)', (server) => server.sendData(Uint8Array.of(1)), {
      ...unexpected,
      message: /application data before protection has begun/,
    }),
    first(
      'more than 32 change_cipher_spec records',
      async (server) => {
        for (let count = 0; count < 33; count++) await server.sendChangeCipherSpec()
      },
      { ...tooMany, message: /more than 32 change_cipher_spec records/ },
    ),
    ...[[], [0], [2], [1, 1]].map((body) =>
      //= rfc9846#section-5 5-2
      first(`a change_cipher_spec of [${body}] (5)`, (server) => server.sendChangeCipherSpec(Uint8Array.from(body)), {
        ...unexpected,
        message: /change_cipher_spec record that may not stand here/,
      }),
    ),
  ])

  //= rfc9846#section-5.1 5.1-15
  //= rfc9846#section-E E-1
  //= rfc9846#section-E.2 E.2-4
  it.each([0x0300, 0x0301, 0x0304, 0xffff])('does not look at the version %i of a record (5.1)', async (version) => {
    const { socket } = await connectScripted({
      before: {
        server_hello: (server) => {
          server.records.tamper = (record) => [
            Uint8Array.from(record, (byte, index) =>
              index === 1 ? version >> 8 : index === 2 ? version & 0xff : byte,
            ),
          ]
        },
        // protected records have it in their additional data
        encrypted_extensions: (server) => {
          server.records.tamper = (record) => [record]
        },
      },
    })
    await expect(socket.opened).resolves.toBeDefined()
  })
})

describe('a client that waits for protected records', () => {
  /** What a server does in place of its EncryptedExtensions. */
  const next = (what: string, act: (server: ScriptedServer) => Promise<void>, refusal: Refusal): RefusalRow => ({
    what,
    script: { before: { encrypted_extensions: act } },
    ...refusal,
  })
  const corrupted = (change: (record: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) =>
    async function act(server: ScriptedServer) {
      const message = encodeMessage('encrypted_extensions', { extensions: [] })
      await server.records.write(change(await server.records.seal(ContentType.handshake, message)))
    }

  itRefuses([
    next(
      //= rfc9846#section-5.2 5.2-3
      'a record with a bit of its ciphertext changed',
      corrupted((record) => flip(record, 6)),
      badMac,
    ),
    next(
      'a record with a bit of its tag changed',
      corrupted((record) => flip(record, record.length - 1)),
      badMac,
    ),
    // it is part of the additional data
    //= rfc9846#section-E E-2 E-3
    next(
      'a record whose version was changed (5.2)',
      corrupted((record) => flip(record, 2)),
      badMac,
    ),
    ...[0, 1, 15, 16].map((length) =>
      next(`a record of ${length} bytes`, (server) => server.records.write(rawRecord(23, length)), badMac),
    ),
    next(
      //= rfc9846#section-5.3 5.3-1
      'a record sealed with another sequence number (5.3)',
      async (server) => {
        await server.records.seal(ContentType.handshake, Uint8Array.of(1))
        await server.sendMessage(encodeMessage('encrypted_extensions', { extensions: [] }))
      },
      badMac,
    ),
    next(
      'content of 2^14 + 1 bytes (5.2)',
      (server) => server.records.send(ContentType.handshake, new Uint8Array(2 ** 14 + 1).fill(8)),
      { ...overflow, message: /16386 bytes in a record/ },
    ),
    next(
      //= rfc9846#section-5.4 5.4-7
      'content that padding makes too long (5.4)',
      (server) => server.records.send(ContentType.handshake, Uint8Array.of(8, 0, 0), { padding: 2 ** 14 }),
      { ...overflow, message: /16388 bytes in a record/ },
    ),
    next(
      //= rfc9846#section-5.2 5.2-2 5.2-5
      'a ciphertext of 2^14 + 257 bytes, before it comes (5.2)',
      (server) => server.records.write(Uint8Array.of(23, 3, 3, 0x41, 0x01)),
      { ...overflow, message: /a record of 16641 bytes/ },
    ),
    //= rfc9846#section-5.4 5.4-6 5.4-5
    next('a record of padding alone (5.4)', (server) => server.records.send(0, new Uint8Array(), { padding: 20 }), {
      ...unexpected,
      message: /a record of padding alone/,
    }),
    ...[1, 19, 24, 255].map((type) =>
      //= rfc9846#section-5 5-5 5-4
      next(`a protected record of type ${type} (5)`, (server) => server.records.send(type, Uint8Array.of(1)), {
        ...unexpected,
        message: /a protected record of type/,
      }),
    ),
    next(
      //= rfc9846#section-5 5-2
      'a protected change_cipher_spec (5)',
      (server) => server.records.send(ContentType.change_cipher_spec, Uint8Array.of(1)),
      { ...unexpected, message: /a protected record of type change_cipher_spec/ },
    ),
  ])
})

describe('keys change at a record boundary alone (5.1)', () => {
  const longer = (bytes: Uint8Array) => Uint8Array.from([...bytes, HandshakeType.encrypted_extensions])
  const behind = { ...unexpected, message: /handshake bytes follow/ }

  itRefuses([
    //= rfc9846#section-5.1 5.1-4 5.1-5
    { what: 'bytes behind a ServerHello in its record', script: { rewrite: { server_hello: longer } }, ...behind },
    //= rfc9846#section-5.1 5.1-4 5.1-5
    { what: 'bytes behind a Finished in its record', script: { rewrite: { finished: longer } }, ...behind },
    {
      what: 'a whole message behind a Finished in its record',
      script: {
        rewrite: {
          finished: (bytes) => concatBytes(bytes, encodeMessage('key_update', { requestUpdate: 0 })),
        },
      },
      ...behind,
    },
  ])

  //= rfc9846#section-5.1 5.1-4 5.1-5
  it('refuses bytes behind a KeyUpdate in its record with unexpected_message', async () => {
    const { socket, server } = await openScripted()
    await server.sendMessage(longer(encodeMessage('key_update', { requestUpdate: 0 })))
    await expectRefusal(socket, server, behind)
  })

  //= rfc9846#section-5.1 5.1-5
  it('refuses a message behind a HelloRetryRequest in its record with unexpected_message', async () => {
    const { socket, server } = await connectScripted({
      retry: { group: 'secp384r1' },
      rewrite: {
        hello_retry_request: (bytes) => concatBytes(bytes, Uint8Array.of(HandshakeType.certificate, 0, 0, 0)),
      },
    })
    await expectRefusal(socket, server, { ...unexpected, message: /handshake bytes follow server_hello/ })
  })
})

describe('how long messages may be', () => {
  const announced = (type: number, length: number) =>
    Uint8Array.of(type, length >> 16, (length >> 8) & 0xff, length & 0xff)
  const inHandshake = [
    ['server_hello', 2 ** 14],
    ['encrypted_extensions', 2 ** 16],
    ['certificate', 2 ** 17],
    ['certificate_verify', 2 ** 14],
    ['finished', 2 ** 8],
  ] as const
  const tooLong = (name: string, limit: number) =>
    ({
      code: 'message_too_large',
      alert: 'illegal_parameter',
      message: new RegExp(`${name} announces ${limit + 1} bytes, where at most ${limit} are taken`),
    }) as const

  itRefuses([
    ...inHandshake.map(
      ([name, limit]): RefusalRow => ({
        what: `a ${name} that announces ${limit + 1} bytes`,
        script: {
          before: { [name]: (server: ScriptedServer) => server.sendMessage(announced(HandshakeType[name], limit + 1)) },
        },
        ...tooLong(name, limit),
      }),
    ),
    {
      what: 'a certificate_request that announces 131073 bytes',
      script: {
        before: {
          certificate: (server) => server.sendMessage(announced(HandshakeType.certificate_request, 2 ** 17 + 1)),
        },
      },
      ...tooLong('certificate_request', 2 ** 17),
    },
  ])

  it.each([
    ['key_update', 2 ** 8],
    ['new_session_ticket', 2 ** 17],
  ] as const)('refuses a %s that announces more than %i bytes with illegal_parameter', async (name, limit) => {
    const { socket, server } = await openScripted()
    await server.sendMessage(announced(HandshakeType[name], limit + 1))
    await expectRefusal(socket, server, tooLong(name, limit))
  })

  itRefuses([
    {
      what: 'a certificate longer than maxCertificateLength',
      script: {},
      options: { maxCertificateLength: 100 },
      code: 'message_too_large',
      alert: 'illegal_parameter',
      message: /certificate announces \d+ bytes, where at most 100 are taken/,
    },
  ])
})

describe('padding and empty records', () => {
  it.each([1, 255, 15000])('takes handshake records with %i bytes of padding (5.4)', async (padding) => {
    const { info } = await openScripted({ padding, layout: (messages) => messages })
    expect(info.protocol).toBe('TLSv1.3')
  })

  it.each([
    [500, 501],
    [10 ** 9, 2 ** 14 + 1],
    [0, 11],
  ])(
    //= rfc9846#section-5.4 5.4-1 5.4-2 5.4-7
    'pads records of ten bytes to %i with zeros, up to the limit: to %i with the type (5.4)',
    async (wanted, inner) => {
      const { socket, server } = await openScripted({}, { padding: () => wanted })
      void socket.writable.getWriter().write(new Uint8Array(10).fill(0xff))
      const record = await server.records.receive()
      // the peer takes for the type what stands in front of the zeros: other padding would not open as data
      expect(record).toMatchObject({ type: ContentType.application_data, fragment: new Uint8Array(10).fill(0xff) })
      expect(record?.wire.length).toBe(5 + inner + 16)
    },
  )

  it('takes records of 2^14 bytes, and padding up to the limit', async () => {
    const { socket, server } = await openScripted()
    const data = new Uint8Array(2 ** 14).map((_, index) => index)
    await server.sendData(data)
    await server.sendData(Uint8Array.of(7), 2 ** 14 - 1)
    const reader = socket.readable.getReader()
    expect((await reader.read()).value).toEqual(data)
    expect((await reader.read()).value).toEqual(Uint8Array.of(7))
  })

  it('takes empty records of application data, and more than 32 in all, but not in a row', async () => {
    const { socket, server } = await openScripted()
    for (let round = 0; round < 3; round++) {
      for (let count = 0; count < 32; count++) await server.sendData(new Uint8Array(), count)
      await server.sendData(Uint8Array.of(round))
    }
    const reader = socket.readable.getReader()
    for (let round = 0; round < 3; round++) expect((await reader.read()).value).toEqual(Uint8Array.of(round))
    for (let count = 0; count < 33; count++) await server.sendData(new Uint8Array())
    reader.releaseLock()
    await expectRefusal(socket, server, { ...tooMany, message: /too many empty records in a row/ })
  })
})

function flip(record: Uint8Array<ArrayBuffer>, index: number): Uint8Array<ArrayBuffer> {
  const changed = record.slice()
  changed[index] = (changed[index] ?? 0) ^ 1
  return changed
}
