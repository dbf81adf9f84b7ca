import { describe, expect, it } from 'vitest'
import type { CipherSuiteName, NamedGroupName } from '../../src/messages/code-points.js'
import { SecurityPolicy } from '../../src/policy/security-policy.js'
import { concatBytes, noBytes } from '../../src/wire/bytes.js'
import { isPending, rejection, within } from '../support/deadline.js'
import { connectScripted, failureOf, openScripted } from '../support/scripted-connection.js'
import { pattern, readAll, readBytes, sha256Hex } from '../support/streams.js'

const suites: readonly CipherSuiteName[] = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
]
const groups: readonly NamedGroupName[] = ['x25519', 'secp256r1', 'secp384r1', 'secp521r1']
const keyShares = { securityPolicy: SecurityPolicy.from({ keyShares: groups }) }

describe.each(suites)('data with %s', (suite) => {
  //= rfc9846#section-9.1 9.1-1 9.1-2
  //= rfc9846#section-9.3 9.3-4
  it.each(groups)('and %s goes both ways', async (group) => {
    const { socket, server, info } = await openScripted({ suite, group }, keyShares)
    expect(info).toMatchObject({ cipherSuite: suite, group })
    await socket.writable.getWriter().write(pattern(20_000, 1))
    expect(await server.receiveData(20_000)).toEqual(pattern(20_000, 1))
    await server.sendData(pattern(9000, 2))
    expect(await readBytes(socket.readable.getReader(), 9000)).toEqual(pattern(9000, 2))
  })

  it('of 2 MB each way at the same time arrives whole', async () => {
    const { socket, server } = await openScripted({ suite })
    const [up, down] = [pattern(2 ** 21, 1), pattern(2 ** 21, 2)]
    const send = async () => {
      for (let offset = 0; offset < down.length; offset += 2 ** 14) {
        await server.sendData(down.slice(offset, offset + 2 ** 14))
      }
      await server.sendCloseNotify()
    }
    const write = async () => {
      const writer = socket.writable.getWriter()
      await writer.write(up)
      await writer.close()
    }
    const [received, read] = await within(
      Promise.all([server.receiveData(up.length), readAll(socket.readable), send(), write()]),
      'both transfers',
      20_000,
    )
    expect(sha256Hex(received)).toBe(sha256Hex(up))
    expect(sha256Hex(read)).toBe(sha256Hex(down))
  })
})

describe('writes', () => {
  //= rfc9846#section-2 2-2
  //= rfc9846#section-5.1 5.1-20
  it('before the handshake is done wait for it, and keep their order', async () => {
    const { socket, server, handshaken } = await connectScripted()
    const writer = socket.writable.getWriter()
    void writer.write(Uint8Array.of(1))
    void writer.write(Uint8Array.of(2))
    await Promise.all([socket.opened, handshaken.then(() => server.finish())])
    expect(await server.receiveData(2)).toEqual(Uint8Array.of(1, 2))
  })

  it('of no bytes send nothing', async () => {
    const { socket, server } = await openScripted()
    const writer = socket.writable.getWriter()
    const before = server.recordTypes.length
    await writer.write(new Uint8Array())
    await writer.write(Uint8Array.of(1))
    expect(await server.receiveData(1)).toEqual(Uint8Array.of(1))
    expect(server.recordTypes.slice(before)).toEqual(['application_data'])
  })

  it('take an ArrayBuffer and any view of one', async () => {
    const { socket, server } = await openScripted()
    const writer = socket.writable.getWriter() as WritableStreamDefaultWriter<unknown>
    await writer.write(Uint8Array.of(1, 2).buffer)
    await writer.write(new DataView(Uint8Array.of(0, 3, 4, 0).buffer, 1, 2))
    await writer.write(Uint16Array.of(0x0605))
    await writer.write(Buffer.from([7]))
    expect(await server.receiveData(7)).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7))
  })

  it('of shared bytes take them as they are at the call', async () => {
    const { socket, server } = await openScripted()
    const shared = new Uint8Array(new SharedArrayBuffer(3)).fill(7)
    await socket.writable.getWriter().write(shared)
    shared.fill(0)
    expect(await server.receiveData(3)).toEqual(Uint8Array.of(7, 7, 7))
  })

  it.each(['text', 7, null, undefined, [1, 2], {}])('of %o are refused with invalid_argument', async (chunk) => {
    const { socket } = await openScripted()
    const writer = socket.writable.getWriter() as WritableStreamDefaultWriter<unknown>
    expect(await rejection(writer.write(chunk), 'write')).toMatchObject({
      name: 'TlsError',
      code: 'invalid_argument',
    })
    writer.releaseLock()
    expect(await failureOf(socket)).toMatchObject({ code: 'invalid_argument' })
  })

  //= rfc9846#section-5.1 5.1-12 5.1-16
  //= rfc9846#section-5.2 5.2-1
  it('go out in records of at most 2^14 bytes', async () => {
    const { socket, server } = await openScripted()
    void socket.writable.getWriter().write(pattern(40_000))
    const lengths: number[] = []
    while (lengths.length < 3) {
      const event = await server.next()
      if (event.kind === 'data') lengths.push(event.data.length)
    }
    expect(lengths).toEqual([16384, 16384, 7232])
  })
})

describe('backpressure', () => {
  const parts = Array.from({ length: 200 }, (_, count) => pattern(2 ** 14, count))
  const wholePattern = concatBytes(...parts)

  it('of a reader that stops reaches the sender, with bounded memory', async () => {
    const { socket, server } = await openScripted()
    const reader = socket.readable.getReader()
    await server.sendData(Uint8Array.of(1))
    await reader.read()
    let sent = 0
    const sending = (async () => {
      for (let count = 0; count < 200; count++) {
        await server.sendData(parts[count] ?? noBytes)
        sent += 2 ** 14
      }
      await server.sendCloseNotify()
    })()
    expect(await isPending(sending, 300)).toBe(true)
    // 64 KiB ahead of the application, 16 records ahead in the record layer, 64 KiB in the pair
    expect(sent).toBeLessThan(640 * 1024)
    const stoppedAt = sent
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(sent).toBe(stoppedAt)
    const rest = await within(readBytes(reader, 200 * 2 ** 14), 'the rest', 20_000)
    expect(sha256Hex(rest)).toBe(sha256Hex(wholePattern))
    await sending
  })

  it('of a reader that stops reaches a sender of single bytes in records of padding', async () => {
    const { socket, server } = await openScripted()
    let sent = 0
    const sending = (async () => {
      for (; sent < 1000; sent++) await server.sendData(Uint8Array.of(1), 2 ** 14 - 1)
    })()
    expect(await isPending(sending, 2000)).toBe(true)
    // 256 chunks ahead of the application, 16 records ahead in the record layer, 64 KiB in the pair
    expect(sent).toBeLessThan(300)
    await socket.close('enough')
  })

  it('of a peer that stops reading reaches the writer, with bounded memory', async () => {
    const { socket, server } = await openScripted()
    const writer = socket.writable.getWriter()
    let written = 0
    const writing = (async () => {
      for (let count = 0; count < 200; count++) {
        await writer.ready
        void writer.write(parts[count] ?? noBytes)
        written += 2 ** 14
      }
      await writer.close()
    })()
    expect(await isPending(writing, 300)).toBe(true)
    expect(written).toBeLessThan(1024 * 1024)
    const stoppedAt = written
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(written).toBe(stoppedAt)
    const received = await within(server.receiveData(200 * 2 ** 14), 'the rest', 20_000)
    expect(sha256Hex(received)).toBe(sha256Hex(wholePattern))
    await writing
  })

  it('of one direction does not hold the other', async () => {
    const { socket, server } = await openScripted()
    const stuck = socket.writable.getWriter().write(pattern(2 ** 21))
    stuck.catch(() => undefined)
    expect(await isPending(stuck)).toBe(true)
    await server.sendData(pattern(5000))
    const reader = socket.readable.getReader()
    expect(await within(readBytes(reader, 5000), 'data')).toEqual(pattern(5000))
    await socket.close('enough')
  })
})

describe('half-close', () => {
  //= rfc9846#section-6.1 6.1-6
  it('of the write side lets data go on arriving', async () => {
    const { socket, server } = await openScripted()
    const writer = socket.writable.getWriter()
    await writer.write(Uint8Array.of(1))
    await writer.close()
    expect(await server.receiveData(1)).toEqual(Uint8Array.of(1))
    expect(await server.receiveAlert()).toMatchObject({ level: 'warning', name: 'close_notify' })
    expect(await isPending(socket.closed)).toBe(true)
    await server.sendData(pattern(50_000))
    await server.sendCloseNotify()
    expect(sha256Hex(await within(readAll(socket.readable), 'data'))).toBe(sha256Hex(pattern(50_000)))
    await within(socket.closed, 'closed')
    expect(await server.next()).toEqual({ kind: 'end' })
  })

  it('of the read side lets data go on being sent', async () => {
    const { socket, server } = await openScripted()
    await server.sendData(Uint8Array.of(9))
    await server.sendCloseNotify()
    expect(await within(readAll(socket.readable), 'the end of the read side')).toEqual(Uint8Array.of(9))
    expect(await isPending(socket.closed)).toBe(true)
    const writer = socket.writable.getWriter()
    await writer.write(pattern(50_000))
    expect(sha256Hex(await server.receiveData(50_000))).toBe(sha256Hex(pattern(50_000)))
    await writer.close()
    expect(await server.receiveAlert()).toMatchObject({ name: 'close_notify' })
    await within(socket.closed, 'closed')
  })

  //= rfc9846#section-6.1 6.1-1
  it('ignores what comes after close_notify (6.1)', async () => {
    const { socket, server } = await openScripted()
    await server.sendCloseNotify()
    await server.sendData(Uint8Array.of(1))
    await server.records.write(Uint8Array.of(99, 99))
    expect(await within(readAll(socket.readable), 'the end')).toHaveLength(0)
    await socket.close()
    await within(socket.closed, 'closed')
  })
})
