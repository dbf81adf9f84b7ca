import { describe, expect, it } from 'vitest'
import { TlsError } from '../../src/errors/tls-error.js'
import { isPending, rejection, within } from '../support/deadline.js'
import { connectScripted, failureOf, openScripted } from '../support/scripted-connection.js'
import { pattern, readAll, readBytes, sha256Hex } from '../support/streams.js'

describe('close()', () => {
  //= rfc9846#section-6.1 6.1-2 6.1-6 6.1-7
  it('sends what was written, says close_notify and ends the transport', async () => {
    const { socket, server } = await openScripted()
    void socket.writable.getWriter().write(pattern(100_000))
    const closing = socket.close()
    expect(sha256Hex(await server.receiveData(100_000))).toBe(sha256Hex(pattern(100_000)))
    expect(await server.receiveAlert()).toMatchObject({ level: 'warning', name: 'close_notify' })
    await server.sendCloseNotify()
    await within(closing, 'close()')
    await within(socket.closed, 'closed')
    expect(await server.next()).toEqual({ kind: 'end' })
  })

  it('refuses what is written after it, though what was written before is still on its way', async () => {
    const { socket, server } = await openScripted()
    const writer = socket.writable.getWriter()
    const writing = Promise.all([writer.write(pattern(2 ** 20)), writer.write(pattern(1000))])
    expect(await isPending(writing)).toBe(true)
    const closing = socket.close()
    const late = rejection(writer.write(pattern(1)), 'a write after close()')
    await within(server.receiveData(2 ** 20 + 1000), 'what was written before')
    expect(await server.receiveAlert()).toMatchObject({ name: 'close_notify' })
    await server.sendCloseNotify()
    await within(Promise.all([writing, closing]), 'close()')
    expect(await late).toMatchObject({ code: 'closed' })
  })

  it('does not wait when the peer has ended its direction', async () => {
    const { socket, server } = await openScripted()
    await server.sendCloseNotify()
    await readAll(socket.readable)
    await within(socket.close(), 'close()', 1000)
    await within(socket.closed, 'closed')
  })

  it('waits no more than two seconds for a peer that says nothing', async () => {
    const { socket } = await openScripted()
    await within(socket.close(), 'close()', 3500)
    await within(socket.closed, 'closed')
  })

  it('discards what still arrives', async () => {
    const { socket, server } = await openScripted()
    const closing = socket.close()
    await server.receiveAlert()
    for (let count = 0; count < 40; count++) await within(server.sendData(pattern(2 ** 14)), 'sending')
    await server.sendCloseNotify()
    await within(closing, 'close()')
  })

  it('ends when the peer first wants to be rid of what the application did not read', async () => {
    const { socket, server } = await openScripted()
    // nobody reads: the peer's data fills all that lies between
    const sending = (async () => {
      for (let count = 0; count < 100; count++) await server.sendData(pattern(2 ** 14))
      await server.sendCloseNotify()
    })()
    expect(await isPending(sending)).toBe(true)
    // and the peer reads only once its own data is gone
    void socket.writable
      .getWriter()
      .write(pattern(2 ** 20))
      .catch(() => undefined)
    const closing = socket.close()
    await within(sending, 'the peer')
    expect(sha256Hex(await server.receiveData(2 ** 20))).toBe(sha256Hex(pattern(2 ** 20)))
    await within(closing, 'close()')
  })

  it('may be called again, and after the end', async () => {
    const { socket, server } = await openScripted()
    const closing = Promise.all([socket.close(), socket.close()])
    await server.receiveAlert()
    await server.sendCloseNotify()
    await within(closing, 'close() twice')
    await within(socket.close(), 'close() after the end')
    await within(socket.closed, 'closed')
  })

  it('ends both streams without an error for the reader', async () => {
    const { socket, server } = await openScripted()
    await server.sendData(Uint8Array.of(1))
    const reader = socket.readable.getReader()
    await reader.read()
    const closing = socket.close()
    await server.receiveAlert()
    await server.sendCloseNotify()
    await within(closing, 'close()')
    expect((await reader.read()).done).toBe(true)
    expect(await rejection(socket.writable.getWriter().write(Uint8Array.of(1)), 'write')).toMatchObject({
      name: 'TlsError',
      code: 'closed',
    })
  })

  it('resolves though a write was refused because the stream was closing', async () => {
    const { socket, server } = await openScripted()
    const writer = socket.writable.getWriter()
    void writer.write(pattern(2 ** 20))
    const ended = writer.close()
    expect(await rejection(writer.write(Uint8Array.of(1)), 'write')).toBeInstanceOf(TypeError)
    const closing = socket.close()
    await server.receiveData(2 ** 20)
    await server.sendCloseNotify()
    await within(Promise.all([ended, closing, socket.closed]), 'close()')
  })

  //= rfc9846#section-6.1 6.1-3
  it('before the handshake is done ends it with user_canceled and close_notify (6.1)', async () => {
    const { socket, server } = await connectScripted({
      before: { server_hello: () => new Promise((resolve) => setTimeout(resolve, 50)) },
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    await within(socket.close(), 'close()')
    expect(await failureOf(socket)).toMatchObject({ code: 'aborted', category: 'usage' })
    expect(await server.receiveAlert()).toMatchObject({ level: 'warning', name: 'user_canceled' })
    expect(await server.receiveAlert()).toMatchObject({ level: 'warning', name: 'close_notify' })
  })
})

describe('close(reason)', () => {
  it('ends the connection at once, without close_notify: the peer must not take it for whole', async () => {
    const { socket, server } = await openScripted()
    const reason = new Error('no longer wanted')
    await within(socket.close(reason), 'close()')
    const error = await failureOf(socket)
    expect(error).toMatchObject({ code: 'aborted', message: expect.stringContaining('no longer wanted') })
    expect(error.cause).toBe(reason)
    expect(await rejection(server.next(), 'the peer')).toBe(error)
  })

  it('ends a close() that waits for a peer that does not read', async () => {
    const { socket } = await openScripted()
    void socket.writable
      .getWriter()
      .write(pattern(2 ** 21))
      .catch(() => undefined)
    const closing = socket.close()
    expect(await isPending(closing)).toBe(true)
    await socket.close('enough')
    await within(closing, 'the first close()')
    await expect(socket.closed).rejects.toMatchObject({ code: 'aborted' })
  })
})

describe('an AbortSignal', () => {
  it('that is aborted already ends the connection before it begins', async () => {
    const { socket } = await connectScripted({}, { signal: AbortSignal.abort('never mind') })
    expect(await failureOf(socket)).toMatchObject({ code: 'aborted', cause: 'never mind' })
  })

  it('aborted in the handshake ends it with user_canceled and close_notify', async () => {
    const controller = new AbortController()
    const { socket, server } = await connectScripted(
      { before: { certificate: () => controller.abort(new Error('changed my mind')) } },
      { signal: controller.signal },
    )
    const error = await failureOf(socket)
    expect(error).toMatchObject({ code: 'aborted', message: expect.stringContaining('changed my mind') })
    expect(await server.receiveAlert()).toMatchObject({ level: 'warning', name: 'user_canceled' })
    expect(await server.receiveAlert()).toMatchObject({ level: 'warning', name: 'close_notify' })
  })

  it('aborted later cuts the transport', async () => {
    const controller = new AbortController()
    const { socket, server } = await openScripted({}, { signal: controller.signal })
    const pendingRead = rejection(socket.readable.getReader().read(), 'read')
    controller.abort()
    const error = await rejection(socket.closed, 'closed')
    expect(error).toMatchObject({ code: 'aborted' })
    expect(await pendingRead).toBe(error)
    expect(await rejection(server.next(), 'the peer')).toBe(error)
  })

  it('ends a write that waits for a peer that does not read', async () => {
    const controller = new AbortController()
    const { socket } = await openScripted({}, { signal: controller.signal })
    const writing = rejection(socket.writable.getWriter().write(pattern(2 ** 21)), 'write')
    controller.abort('stop')
    expect(await writing).toMatchObject({ code: 'aborted', cause: 'stop' })
  })

  it('aborted after the end changes nothing, and is not listened to any more', async () => {
    const controller = new AbortController()
    const { socket, server } = await openScripted({}, { signal: controller.signal })
    const closing = socket.close()
    await server.receiveAlert()
    await server.sendCloseNotify()
    await within(closing, 'close()')
    controller.abort()
    await within(socket.closed, 'closed')
  })
})

describe('readable.cancel()', () => {
  it('lets the application go on writing, and drops what arrives', async () => {
    const { socket, server } = await openScripted()
    await socket.readable.cancel()
    for (let count = 0; count < 40; count++) await within(server.sendData(pattern(2 ** 14)), 'sending')
    const writer = socket.writable.getWriter()
    await writer.write(Uint8Array.of(1))
    expect(await server.receiveData(1)).toEqual(Uint8Array.of(1))
    await server.sendCloseNotify()
    await writer.close()
    await within(socket.closed, 'closed')
  })

  it('after the write side has ended closes the connection', async () => {
    const { socket, server } = await openScripted()
    await socket.writable.close()
    await socket.readable.cancel()
    expect(await server.receiveAlert()).toMatchObject({ name: 'close_notify' })
    await within(socket.closed, 'closed', 3500)
  })

  it('before the handshake is done does not end it', async () => {
    const { socket } = await connectScripted()
    await socket.readable.cancel()
    await expect(within(socket.opened, 'opened')).resolves.toBeDefined()
  })
})

describe('writable.abort()', () => {
  it('ends the connection with aborted, also for the reader', async () => {
    const { socket, server } = await openScripted()
    const reader = socket.readable.getReader()
    await within(socket.writable.abort(new Error('broken')), 'abort()')
    const error = await rejection(socket.closed, 'closed')
    expect(error).toMatchObject({ code: 'aborted', message: expect.stringContaining('broken') })
    expect(await rejection(reader.read(), 'read')).toBe(error)
    expect(await rejection(server.next(), 'the peer')).toBe(error)
  })

  it('ends a write that waits for a peer that does not read', async () => {
    const { socket } = await openScripted()
    const writer = socket.writable.getWriter()
    const writing = rejection(writer.write(pattern(2 ** 21)), 'write')
    expect(await isPending(writing)).toBe(true)
    await within(writer.abort('stop'), 'abort()')
    await writing
    await expect(socket.closed).rejects.toMatchObject({ code: 'aborted', cause: 'stop' })
  })

  it('ends a handshake that a write waits for', async () => {
    const { socket } = await connectScripted({ before: { server_hello: () => new Promise(() => undefined) } })
    const writer = socket.writable.getWriter()
    const writing = rejection(writer.write(Uint8Array.of(1)), 'write')
    await new Promise((resolve) => setTimeout(resolve, 20))
    await within(writer.abort('stop'), 'abort()')
    await writing
    expect(await rejection(socket.opened, 'opened')).toMatchObject({ code: 'aborted', cause: 'stop' })
  })
})

describe('truncation', () => {
  //= rfc9846#section-6 6-1
  //= rfc9846#section-6.1 6.1-9
  it('is told from an end, after all that arrived was read', async () => {
    const { socket, server } = await openScripted()
    await server.sendData(pattern(1000))
    await server.records.end()
    const reader = socket.readable.getReader()
    expect(await readBytes(reader, 1000)).toEqual(pattern(1000))
    const error = await rejection(reader.read(), 'read')
    expect(error).toBeInstanceOf(TlsError)
    expect(error).toMatchObject({ code: 'truncated', category: 'closed', alert: undefined })
    expect(await rejection(socket.closed, 'closed')).toBe(error)
  })

  it('within a record is truncation, too', async () => {
    const { socket, server } = await openScripted()
    await server.records.write(Uint8Array.of(23, 3, 3, 0, 40, 1, 2))
    await server.records.end()
    expect(await failureOf(socket)).toMatchObject({
      code: 'truncated',
      message: expect.stringContaining('within a record'),
    })
  })

  it('is no matter once close_notify came', async () => {
    const { socket, server } = await openScripted()
    await server.sendData(Uint8Array.of(1))
    await server.sendCloseNotify()
    await server.records.end()
    expect(await readAll(socket.readable)).toEqual(Uint8Array.of(1))
    await socket.writable.close()
    await within(socket.closed, 'closed')
  })
})

describe('a fatal alert of the peer', () => {
  //= rfc9846#section-6 6-2 6-3
  //= rfc9846#section-6.2 6.2-1 6.2-3
  it('ends both directions and is not answered', async () => {
    const { socket, server } = await openScripted()
    await server.sendAlert('fatal', 'internal_error')
    expect(await failureOf(socket)).toMatchObject({
      code: 'peer_alert',
      category: 'alert',
      alert: 'internal_error',
      alertDescription: 80,
    })
    expect(await within(server.next(), 'the end')).toEqual({ kind: 'end' })
  })

  it('ends what comes after a failure: keys cannot be updated, material still be exported', async () => {
    const { socket, server } = await openScripted()
    await server.sendAlert('fatal', 'internal_error')
    const error = await failureOf(socket)
    expect(await rejection(socket.updateKeys(), 'updateKeys')).toBe(error)
    await within(socket.close(), 'close()')
  })
})
