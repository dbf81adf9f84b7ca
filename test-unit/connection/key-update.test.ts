import { describe, expect, it } from 'vitest'
import type { CipherSuiteName } from '../../src/messages/code-points.js'
import { decodeMessage, encodeMessage } from '../../src/messages/handshake-message.js'
import { concatBytes } from '../../src/wire/bytes.js'
import { within } from '../support/deadline.js'
import type { PeerEvent } from '../support/peer-connection.js'
import { expectRefusal, openScripted } from '../support/scripted-connection.js'
import { pattern, readAll, readBytes } from '../support/streams.js'

const suites: readonly CipherSuiteName[] = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
]

const requestOf = (event: PeerEvent) =>
  event.kind === 'message' && event.name === 'key_update'
    ? decodeMessage('key_update', event.bytes).body.requestUpdate
    : undefined

describe.each(suites)('KeyUpdate with %s', (suite) => {
  //= rfc9846#section-4.7.3 4.7.3-3 4.7.3-8
  it('of the server is followed, with data in front of and behind it, many times', async () => {
    const { socket, server } = await openScripted({ suite })
    const sent = Array.from({ length: 8 }, (_, index) => pattern(3000, index))
    const received = readAll(socket.readable)
    for (const part of sent) {
      await server.sendData(part.slice(0, 1000))
      await server.sendData(part.slice(1000))
      await server.sendKeyUpdate()
    }
    await server.sendCloseNotify()
    expect(await within(received, 'all data')).toEqual(concatBytes(...sent))
  })

  //= rfc9846#section-4.7.3 4.7.3-2 4.7.3-7
  it('of the client is followed by data under the new keys', async () => {
    const { socket, server } = await openScripted({ suite })
    const writer = socket.writable.getWriter()
    for (let round = 0; round < 4; round++) {
      const part = pattern(2000, round)
      await writer.write(part)
      expect(await server.receiveData(2000)).toEqual(part)
      await socket.updateKeys()
      expect(requestOf(await server.next())).toBe(0)
    }
  })

  //= rfc9846#section-4.7.3 4.7.3-5
  it('that asks for one is answered with one that does not (4.7.3)', async () => {
    const { socket, server } = await openScripted({ suite })
    await server.sendKeyUpdate(1)
    expect(requestOf(await within(server.next(), 'the answer'))).toBe(0)
    await socket.writable.getWriter().write(Uint8Array.of(5))
    expect(await server.receiveData(1)).toEqual(Uint8Array.of(5))
    await server.sendData(Uint8Array.of(6))
    expect((await socket.readable.getReader().read()).value).toEqual(Uint8Array.of(6))
  })
})

describe('KeyUpdate', () => {
  //= rfc9846#section-4.7.3 4.7.3-6
  it('may ask the peer for one, and not again before it came (4.7.3)', async () => {
    const { socket, server } = await openScripted()
    await socket.updateKeys({ requestPeer: true })
    await socket.updateKeys({ requestPeer: true })
    await socket.updateKeys({ requestPeer: true })
    const requests = async (count: number) => {
      const seen: unknown[] = []
      while (seen.length < count) seen.push(requestOf(await within(server.next(), 'a KeyUpdate')))
      return seen
    }
    expect(await requests(3)).toEqual([1, 0, 0])
    await server.sendKeyUpdate()
    await server.sendData(Uint8Array.of(1))
    await socket.readable.getReader().read()
    await socket.updateKeys({ requestPeer: true })
    expect(await requests(1)).toEqual([1])
  })

  it('requests that come together are answered at least once, and at most as often as they were made', async () => {
    const { socket, server } = await openScripted()
    for (let count = 0; count < 10; count++) await server.sendKeyUpdate(1)
    await server.sendData(Uint8Array.of(1))
    await socket.readable.getReader().read()
    await socket.writable.getWriter().write(Uint8Array.of(2))
    let answers = 0
    for (;;) {
      const event = await within(server.next(), 'the answers and the data')
      if (event.kind === 'data') break
      if (requestOf(event) === 0) answers++
    }
    expect(answers).toBeGreaterThanOrEqual(1)
    expect(answers).toBeLessThanOrEqual(10)
  })

  it('requests to a client whose transport is full do not pile up answers', async () => {
    const { socket, server } = await openScripted({}, {}, { bufferedBytes: 1 })
    for (let round = 0; round < 100; round++) {
      await server.sendKeyUpdate(1)
      // data between them, so that it is no flood
      await server.sendData(Uint8Array.of(round))
    }
    await within(readBytes(socket.readable.getReader(), 100), 'the data')
    void socket.writable.getWriter().write(Uint8Array.of(1))
    let answers = 0
    for (;;) {
      const event = await within(server.next(), 'the answers and the data')
      if (event.kind === 'data') break
      answers++
    }
    expect(answers).toBeLessThanOrEqual(4)
  })

  it('records that were opened ahead with the old keys are opened again with the new', async () => {
    const { socket, server } = await openScripted()
    // all of it in one chunk: the client's window is full of records when it meets the KeyUpdates among them
    const records: Uint8Array[] = []
    server.records.tamper = (record) => {
      records.push(record)
      return []
    }
    const sent: Uint8Array[] = []
    for (let index = 0; index < 40; index++) {
      const part = pattern(100, index)
      sent.push(part)
      await server.sendData(part)
      if (index % 5 === 0) await server.sendKeyUpdate()
    }
    await server.sendCloseNotify()
    await server.records.write(concatBytes(...records))
    expect(await within(readAll(socket.readable), 'all data')).toEqual(concatBytes(...sent))
  })

  //= rfc9846#section-4.7.3 4.7.3-4
  //= rfc9846#section-6 6-10
  it.each([2, 3, 128, 255])('with request_update %i is illegal_parameter (4.7.3)', async (value) => {
    const { socket, server } = await openScripted()
    await server.sendMessage(encodeMessage('key_update', { requestUpdate: value }))
    await expectRefusal(socket, server, {
      code: 'illegal_parameter',
      alert: 'illegal_parameter',
      message: new RegExp(`request_update is ${value}`),
    })
  })

  it.each([
    ['without a value', []],
    ['with two values', [0, 0]],
  ])('%s is decode_error', async (_what, body) => {
    const { socket, server } = await openScripted()
    await server.sendMessage(Uint8Array.from([24, 0, 0, body.length, ...body]))
    await expectRefusal(socket, server, { code: 'decode_error', alert: 'decode_error', message: /key_update/ })
  })

  it('in a flood without data is refused, and 32 are not', async () => {
    const { socket, server } = await openScripted()
    for (let count = 0; count < 32; count++) await server.sendKeyUpdate()
    await server.sendData(Uint8Array.of(1))
    const reader = socket.readable.getReader()
    expect((await reader.read()).value).toEqual(Uint8Array.of(1))
    reader.releaseLock()
    for (let count = 0; count < 33; count++) await server.sendKeyUpdate()
    await expectRefusal(socket, server, {
      code: 'too_many_messages',
      alert: 'unexpected_message',
      message: /more than 32 KeyUpdates/,
    })
  })

  //= rfc9846#section-4.7.3 4.7.3-8 4.7.3-3
  it('data under the old keys behind a KeyUpdate is bad_record_mac', async () => {
    const { socket, server } = await openScripted()
    await server.sendMessage(encodeMessage('key_update', { requestUpdate: 0 }))
    await server.sendData(Uint8Array.of(1))
    await expectRefusal(socket, server, { code: 'bad_record_mac', alert: 'bad_record_mac', message: /./ })
  })

  it('is not sent any more once the client has said close_notify (6.1)', async () => {
    const { socket, server } = await openScripted()
    await socket.writable.close()
    expect(await within(server.next(), 'close_notify')).toMatchObject({ kind: 'alert', name: 'close_notify' })
    await server.sendKeyUpdate(1)
    await server.sendData(Uint8Array.of(1))
    await server.sendCloseNotify()
    expect(await readAll(socket.readable)).toEqual(Uint8Array.of(1))
    await socket.closed
    expect(await within(server.next(), 'the end')).toEqual({ kind: 'end' })
    await expect(socket.updateKeys()).rejects.toMatchObject({ name: 'TlsError' })
  })
})

describe('the option recordLimit', () => {
  //= rfc9846#section-5.5 5.5-1
  //= rfc9846#section-5.3 5.3-2
  it.each(suites)('changes the write keys by itself after so many records, with %s', async (suite) => {
    const { socket, server } = await openScripted({ suite }, { recordLimit: 3 })
    const sent = pattern(10 * 2 ** 14)
    void socket.writable.getWriter().write(sent)
    const updates: number[] = []
    const parts: Uint8Array[] = []
    let records = 0
    while (parts.length < 10) {
      const event = await within(server.next(), 'data and KeyUpdates')
      records++
      if (event.kind === 'data') parts.push(event.data)
      else updates.push(records)
    }
    expect(concatBytes(...parts)).toEqual(sent)
    // three records of data, then the KeyUpdate under the same keys
    expect(updates).toEqual([4, 8, 12])
  })

  //= rfc9846#section-5.5 5.5-3
  it('is not held against the peer (5.5)', async () => {
    const { socket, server } = await openScripted({}, { recordLimit: 3 })
    for (let count = 0; count < 10; count++) await server.sendData(pattern(100, count))
    await server.sendCloseNotify()
    expect((await readAll(socket.readable)).length).toBe(1000)
  })
})
