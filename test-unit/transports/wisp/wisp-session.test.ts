import { describe, expect, it } from 'vitest'
import { WispCloseReason } from '../../../src/transports/wisp/close-reason.js'
import {
  closePacket,
  connectPacket,
  continuePacket,
  dataPacket,
  parseWispPacket,
} from '../../../src/transports/wisp/packets.js'
import { fromHex } from '../../../src/wire/bytes.js'
import { type ConnectWispOptions, connectWisp, type WispSession } from '../../../src/wisp.js'
import { isPending, rejection, within } from '../../support/deadline.js'
import { ScriptedWebSocket } from '../../support/scripted-web-socket.js'

const target = { host: 'db.test', port: 5432 }

/** A session that stands, and its server, which the test plays. */
async function session(options: ConnectWispOptions = {}, credit = 4) {
  const socket = new ScriptedWebSocket()
  const opening = connectWisp(socket, options)
  socket.open()
  socket.say(continuePacket(0, credit))
  const opened: WispSession = await within(opening, 'the session')
  return { socket, session: opened }
}

async function stream(options: ConnectWispOptions = {}, credit = 4) {
  const { socket, session: opened } = await session(options, credit)
  const { readable, writable } = await opened.dial(target)
  const [connect] = socket.takeSent().map(parseWispPacket)
  const id = connect?.stream ?? 0
  return { socket, session: opened, id, reader: readable.getReader(), writer: writable.getWriter(), readable }
}

const sentTo = (socket: ScriptedWebSocket) => socket.takeSent().map(parseWispPacket)
const tick = () => new Promise((resolve) => setTimeout(resolve, 1))

describe('a Wisp session', () => {
  it('sends nothing before the server has said how much it takes', async () => {
    const socket = new ScriptedWebSocket()
    const opening = connectWisp(socket)
    socket.open()
    // a server of a later version begins with this, and waits
    socket.say(fromHex('05000000000200'))
    socket.say(dataPacket(1, Uint8Array.of(1)))
    expect(await isPending(opening)).toBe(true)
    expect(socket.sent).toEqual([])
    socket.say(continuePacket(0, 1))
    expect((await within(opening, 'the session')).streams).toBe(0)
  })

  it('has methods that can be handed on without it', async () => {
    const { socket, session: opened } = await session()
    const { dial, close, closed } = opened
    await dial(target)
    expect(sentTo(socket)).toMatchObject([{ type: 'connect', hostname: 'db.test', port: 5432 }])
    close()
    await within(closed, 'closed')
  })

  it('says that a host is missing', async () => {
    const { session: opened } = await session()
    const error = await rejection(opened.dial({ hostname: 'db.test', port: 1 } as never), 'dial')
    expect(error).toMatchObject({ code: 'invalid_argument', message: expect.stringMatching(/^host is missing/) })
  })

  it('asks for a stream by name and port, under an id of its own', async () => {
    const { socket, session: opened } = await session()
    await opened.dial(target)
    await opened.dial({ host: '[2001:DB8::1]', port: 443 })
    await opened.dial({ host: 'bücher.test', port: 443 })
    const asked = sentTo(socket)
    expect(asked).toMatchObject([
      { type: 'connect', streamType: 1, hostname: 'db.test', port: 5432 },
      { type: 'connect', streamType: 1, hostname: '2001:db8::1', port: 443 },
      { type: 'connect', streamType: 1, hostname: 'xn--bcher-kva.test', port: 443 },
    ])
    expect(new Set([0, ...asked.map(({ stream: id }) => id)]).size).toBe(4)
    expect(opened.streams).toBe(3)
  })

  it.each(['', 'a b', 'a/b', 'user@a', 'a:b', '[::1]:1', 'x'.repeat(2000)])(
    'does not dial the host "%s"',
    async (host) => {
      const { session: opened, socket } = await session()
      expect(await rejection(opened.dial({ host, port: 1 }), 'dial')).toMatchObject({ code: 'invalid_argument' })
      expect(socket.sent).toEqual([])
    },
  )

  it.each([0, 65536, 1.5, Number.NaN])('does not dial the port %s', async (port) => {
    const { session: opened } = await session()
    expect(await rejection(opened.dial({ host: 'a', port }), 'dial')).toMatchObject({ code: 'invalid_argument' })
  })

  it.each<[string, Uint8Array | string, object]>([
    ['a text message', 'hello', { code: 'protocol_error' }],
    ['a message too short', Uint8Array.of(2, 0), { code: 'protocol_error' }],
    ['an empty message', new Uint8Array(0), { code: 'protocol_error' }],
    ['a CLOSE too long', fromHex('04010000000202'), { code: 'protocol_error' }],
    ['a CONNECT', connectPacket(9, 'a', 1), { code: 'protocol_error' }],
    ['a CLOSE of stream 0', closePacket(0, WispCloseReason.throttled), { code: 'throttled', reason: 0x49 }],
    ['a CLOSE of stream 0 with a reason of version 2', fromHex('0400000000c0'), { code: 'unspecified', reason: 0xc0 }],
  ])('ends with all its streams at %s', async (_, message, cause) => {
    const { socket, session: opened, reader, writer } = await stream()
    socket.say(message)
    const error = { code: 'transport_failed', cause: { name: 'WispError', ...cause } }
    expect(await rejection(reader.read(), 'a read')).toMatchObject(error)
    expect(await rejection(writer.closed, 'the writer')).toMatchObject(error)
    expect(await rejection(opened.closed, 'closed')).toMatchObject(error)
    expect(await rejection(opened.dial(target), 'dial')).toMatchObject(error)
    expect(socket.closedWith).toBe(1000)
    expect(opened.streams).toBe(0)
    // what comes after its end means nothing
    socket.say(message)
  })

  it.each<[string, Uint8Array]>([
    ['DATA of a stream it does not have', dataPacket(1, Uint8Array.of(1))],
    ['CONTINUE of a stream it does not have', continuePacket(1, 1)],
    ['CLOSE of a stream it does not have', closePacket(1, WispCloseReason.refused)],
    ['DATA of stream 0', dataPacket(0, Uint8Array.of(1))],
    ['a second CONTINUE of stream 0', continuePacket(0, 0)],
    ['a type it does not know', Uint8Array.of(9, 0, 0, 0, 0, 1, 2, 3)],
  ])('passes over %s', async (_, message) => {
    const { socket, session: opened, id, reader } = await stream()
    socket.say(message)
    socket.say(dataPacket(id, Uint8Array.of(7)))
    expect((await within(reader.read(), 'a read')).value).toEqual(Uint8Array.of(7))
    expect(sentTo(socket)).toEqual([])
    expect(opened.streams).toBe(1)
  })

  it.each([1006, 1000, 1011, 4014])('fails its streams when the WebSocket closes with %d', async (code) => {
    const { socket, session: opened, id, reader, writer } = await stream({}, 1)
    const waiting = writer.write(new Uint8Array(200_000))
    await tick()
    socket.say(dataPacket(id, Uint8Array.of(7)))
    socket.lose(code, 'why')
    const error = { code: 'transport_failed', cause: { name: 'WispError', code: 'session_lost' } }
    // what came before is still read
    expect((await within(reader.read(), 'a read')).value).toEqual(Uint8Array.of(7))
    expect(await rejection(reader.read(), 'a read')).toMatchObject(error)
    expect(await rejection(waiting, 'a write')).toMatchObject(error)
    expect(await rejection(opened.closed, 'closed')).toMatchObject(error)
  })

  it('ends its streams when it is closed, and closes the WebSocket', async () => {
    const { socket, session: opened, reader } = await stream()
    opened.close()
    opened.close()
    await within(opened.closed, 'closed')
    expect(await rejection(reader.read(), 'a read')).toMatchObject({ code: 'closed' })
    expect(await rejection(opened.dial(target), 'dial')).toMatchObject({ code: 'closed' })
    expect(socket.closedWith).toBe(1000)
  })

  it('does not open over a WebSocket that fails, or is closed', async () => {
    const socket = new ScriptedWebSocket()
    const opening = connectWisp(socket)
    socket.lose()
    expect(await rejection(opening, 'the session')).toMatchObject({
      cause: { code: 'server_unreachable' },
      // all that a client can learn is what it may have been
      message: expect.stringMatching(/origin, path, a token in the path.*allowMissingOrigin/),
    })
    expect(await rejection(connectWisp(socket), 'the session')).toMatchObject({ code: 'closed' })
    expect(await rejection(connectWisp({} as WebSocket), 'the session')).toMatchObject({ code: 'invalid_argument' })
    expect(await rejection(connectWisp('ftp://a.test/'), 'the session')).toMatchObject({ code: 'invalid_argument' })
  })

  it('says what a WebSocket says that cannot be opened at all', async () => {
    class Forbidden {
      constructor() {
        throw new DOMException('the page is secure', 'SecurityError')
      }
    }
    const error = await rejection(connectWisp('ws://a.test/', { WebSocket: Forbidden }), 'the session')
    expect(error).toMatchObject({ code: 'transport_failed', cause: { code: 'server_unreachable' } })
    expect(String(error)).toContain('the page is secure')
  })

  it('does not wait for ever for the first packet', async () => {
    const socket = new ScriptedWebSocket()
    const opening = connectWisp(socket, { timeoutMs: 10 })
    socket.open()
    expect(await rejection(opening, 'the session')).toMatchObject({ cause: { code: 'timed_out', reason: undefined } })
    expect(socket.closedWith).toBe(1000)
  })

  it('ends when its signal is aborted, before it stands and after', async () => {
    const early = new AbortController()
    const opening = connectWisp(new ScriptedWebSocket(), { signal: early.signal })
    early.abort('enough')
    expect(await rejection(opening, 'the session')).toMatchObject({ code: 'aborted', cause: 'enough' })
    const late = new AbortController()
    const { session: opened, reader } = await stream({ signal: late.signal })
    late.abort()
    expect(await rejection(reader.read(), 'a read')).toMatchObject({ code: 'aborted' })
    expect(await rejection(opened.closed, 'closed')).toMatchObject({ code: 'aborted' })
    expect(await rejection(connectWisp(new ScriptedWebSocket(), { signal: late.signal }), 'the session')).toMatchObject(
      {
        code: 'aborted',
      },
    )
  })
})

describe('the credit of a Wisp stream', () => {
  it('is counted in packets, and begins with what the server said of all streams', async () => {
    const { socket, writer } = await stream({}, 2)
    const writes = [1, 2, 3].map((value) => writer.write(Uint8Array.of(value)))
    await tick()
    expect(sentTo(socket)).toHaveLength(2)
    expect(await isPending(writes[2] as Promise<void>)).toBe(true)
  })

  it('is what the last CONTINUE says, however much was left', async () => {
    const { socket, id, writer } = await stream({}, 100)
    socket.say(continuePacket(id, 1))
    void writer.write(Uint8Array.of(1))
    const second = writer.write(Uint8Array.of(2))
    await tick()
    expect(sentTo(socket)).toHaveLength(1)
    socket.say(continuePacket(id, 0xffffffff))
    await within(second, 'a write')
    for (let count = 0; count < 300; count++) await writer.write(Uint8Array.of(3))
    expect(sentTo(socket)).toHaveLength(301)
  })

  it('may be none to begin with', async () => {
    const { socket, id, writer } = await stream({}, 0)
    const writing = writer.write(Uint8Array.of(1))
    expect(await isPending(writing)).toBe(true)
    socket.say(continuePacket(id, 1))
    await within(writing, 'a write')
  })

  it('is of one stream alone', async () => {
    const { socket, session: opened, id, writer } = await stream({}, 1)
    const other = (await opened.dial(target)).writable.getWriter()
    await writer.write(Uint8Array.of(1))
    void writer.write(Uint8Array.of(2)).catch(() => undefined)
    await within(other.write(Uint8Array.of(3)), 'a write of another stream')
    const blocked = other.write(Uint8Array.of(4))
    socket.say(continuePacket(id, 5))
    expect(await isPending(blocked)).toBe(true)
    opened.close()
    await blocked.catch(() => undefined)
  })

  it('is spent on packets of 32 KiB at most, and not on empty writes', async () => {
    const { socket, writer } = await stream({}, 3)
    await writer.write(new Uint8Array(0))
    await writer.write(new Uint8Array(2 * 32768 + 1))
    expect(sentTo(socket).map((packet) => packet.type === 'data' && packet.data.length)).toEqual([32768, 32768, 1])
  })

  it('does not fill the WebSocket beyond its own limit', async () => {
    const { socket, writer } = await stream({ sendBufferBytes: 1000 }, 100)
    socket.bufferedAmount = 1001
    const writing = writer.write(Uint8Array.of(1))
    expect(await isPending(writing)).toBe(true)
    socket.bufferedAmount = 0
    await within(writing, 'a write')
  })
})

describe('the end of a Wisp stream', () => {
  it('is an end for the reader when the server closes it voluntarily, after what came before', async () => {
    const { socket, session: opened, id, reader, writer } = await stream()
    socket.say(dataPacket(id, Uint8Array.of(1)))
    socket.say(closePacket(id, WispCloseReason.voluntary))
    socket.say(dataPacket(id, Uint8Array.of(2)))
    expect((await within(reader.read(), 'a read')).value).toEqual(Uint8Array.of(1))
    expect((await within(reader.read(), 'a read')).done).toBe(true)
    expect(await rejection(writer.write(Uint8Array.of(1)), 'a write')).toMatchObject({ code: 'closed' })
    expect(sentTo(socket)).toEqual([])
    expect(opened.streams).toBe(0)
  })

  it('fails the writes that wait, and those to come, and lets the writer close', async () => {
    const { socket, id, writer } = await stream({}, 0)
    const waiting = writer.write(Uint8Array.of(1))
    await tick()
    socket.say(closePacket(id, WispCloseReason.voluntary))
    expect(await rejection(waiting, 'a write that waits')).toMatchObject({ code: 'closed' })
    const other = await stream()
    other.socket.say(closePacket(other.id, WispCloseReason.voluntary))
    expect(await isPending(other.writer.closed)).toBe(true)
    await within(other.writer.close(), 'close')
    expect(sentTo(other.socket)).toEqual([])
  })

  it('is told to the writer after a failure, when the reader has had all', async () => {
    const { socket, id, reader, writer } = await stream()
    socket.say(dataPacket(id, Uint8Array.of(1)))
    socket.say(closePacket(id, WispCloseReason.networkError))
    const told = writer.closed.catch((error: unknown) => error)
    expect(await isPending(told)).toBe(true)
    await reader.read()
    expect(await within(told, 'the writer')).toMatchObject({ cause: { code: 'network_error' } })
  })

  it.each(Object.entries(WispCloseReason).filter(([name]) => name !== 'voluntary'))(
    'is an error with the reason when the server closes it: %s',
    async (_, reason) => {
      const { socket, session: opened, id, reader, writer } = await stream()
      socket.say(closePacket(id, reason))
      const error = { code: 'transport_failed', cause: { name: 'WispError', reason } }
      expect(await rejection(reader.read(), 'a read')).toMatchObject(error)
      expect(await rejection(writer.closed, 'the writer')).toMatchObject(error)
      expect(sentTo(socket)).toEqual([])
      expect(opened.streams).toBe(0)
      expect(await isPending(opened.closed)).toBe(true)
    },
  )

  it('waits for the reader when the writer is closed: CLOSE would cut off what was sent', async () => {
    const { socket, session: opened, id, reader, writer } = await stream()
    await writer.write(Uint8Array.of(1))
    await within(writer.close(), 'close')
    expect(sentTo(socket).map(({ type }) => type)).toEqual(['data'])
    socket.say(dataPacket(id, Uint8Array.of(2)))
    expect((await within(reader.read(), 'a read')).value).toEqual(Uint8Array.of(2))
    await reader.cancel()
    expect(sentTo(socket)).toEqual([{ type: 'close', stream: id, reason: 0x02 }])
    expect(opened.streams).toBe(0)
  })

  it('comes with the writer when the reader was cancelled, and what still comes is dropped', async () => {
    const { socket, session: opened, id, reader, writer } = await stream({ maxBufferedBytes: 10 })
    await reader.cancel()
    socket.say(dataPacket(id, new Uint8Array(1000)))
    await writer.write(Uint8Array.of(1))
    expect(opened.streams).toBe(1)
    await within(writer.close(), 'close')
    expect(sentTo(socket).map(({ type }) => type)).toEqual(['data', 'close'])
    expect(opened.streams).toBe(0)
  })

  it('sends no CLOSE when the server closed a stream whose writer was closed', async () => {
    const { socket, id, reader, writer } = await stream()
    await writer.close()
    socket.say(closePacket(id, WispCloseReason.voluntary))
    expect((await within(reader.read(), 'a read')).done).toBe(true)
    expect(sentTo(socket)).toEqual([])
  })

  it('is told to the server at once when the writer is aborted, and ends the reader', async () => {
    const { socket, id, reader, writer } = await stream({}, 0)
    const writing = writer.write(Uint8Array.of(1))
    const reading = reader.read()
    await tick()
    await within(writer.abort(new Error('enough')), 'abort')
    await writing.catch(() => undefined)
    expect(await rejection(reading, 'a read')).toMatchObject({ code: 'closed' })
    expect(sentTo(socket)).toEqual([{ type: 'close', stream: id, reason: 0x02 }])
  })

  it('comes with its signal', async () => {
    const { socket, session: opened } = await session()
    const controller = new AbortController()
    const { readable, writable } = await opened.dial({ ...target, signal: controller.signal })
    socket.takeSent()
    controller.abort('enough')
    const error = { code: 'aborted', cause: 'enough' }
    expect(await rejection(readable.getReader().read(), 'a read')).toMatchObject(error)
    expect(await rejection(writable.getWriter().closed, 'the writer')).toMatchObject(error)
    expect(sentTo(socket)).toMatchObject([{ type: 'close', reason: 0x02 }])
    expect(await rejection(opened.dial({ ...target, signal: controller.signal }), 'dial')).toMatchObject(error)
    expect(sentTo(socket)).toEqual([])
  })
})

describe('a server that does not wait for the reader', () => {
  const overflow = { code: 'transport_failed', cause: { name: 'WispError', code: 'overflow' } }

  it('loses the stream at its limit, and no other', async () => {
    const { socket, session: opened, id, reader } = await stream({ maxBufferedBytes: 10_000 })
    const other = (await opened.dial(target)).readable.getReader()
    const [connect] = sentTo(socket)
    for (let count = 0; count < 100; count++) socket.say(dataPacket(id, new Uint8Array(1000)))
    expect(await rejection(reader.read(), 'a read')).toMatchObject(overflow)
    expect(sentTo(socket)).toEqual([{ type: 'close', stream: id, reason: 0x81 }])
    socket.say(dataPacket(connect?.stream ?? 0, Uint8Array.of(1)))
    expect((await within(other.read(), 'a read')).value).toEqual(Uint8Array.of(1))
  })

  it('cannot pass the limit by packets of one byte, and none by empty ones', async () => {
    const { socket, id, reader } = await stream({ maxBufferedBytes: 256 * 100 })
    for (let count = 0; count < 1000; count++) socket.say(dataPacket(id, new Uint8Array(0)))
    for (let count = 0; count < 99; count++) socket.say(dataPacket(id, Uint8Array.of(1)))
    expect(sentTo(socket)).toEqual([])
    socket.say(dataPacket(id, Uint8Array.of(1)))
    expect(sentTo(socket)).toMatchObject([{ type: 'close', reason: 0x81 }])
    expect(await rejection(reader.read(), 'a read')).toMatchObject(overflow)
  })

  it('loses the stream that holds most when all together hold too much', async () => {
    const { socket, session: opened } = await session({ maxSessionBufferedBytes: 93_000 })
    const streams = await Promise.all(Array.from({ length: 20 }, () => opened.dial(target)))
    const ids = sentTo(socket).map(({ stream: id }) => id)
    for (const [index, id] of ids.entries()) socket.say(dataPacket(id, new Uint8Array(index === 7 ? 9000 : 4000)))
    expect(opened.streams).toBe(20)
    for (let count = 0; count < 2; count++) socket.say(dataPacket(ids[3] ?? 0, new Uint8Array(2000)))
    expect(sentTo(socket)).toEqual([{ type: 'close', stream: ids[7], reason: 0x81 }])
    expect(await rejection(streams[7]?.readable.getReader().read() ?? Promise.resolve(), 'a read')).toMatchObject(
      overflow,
    )
    const survivor = streams[3]?.readable.getReader()
    expect((await survivor?.read())?.value).toHaveLength(4000)
    expect((await survivor?.read())?.value).toHaveLength(2000)
  })

  it('cannot have others pay for what streams that it has ended still hold', async () => {
    const { socket, session: opened } = await session({ maxSessionBufferedBytes: 50_000 })
    const [ended, alive] = await Promise.all([opened.dial(target), opened.dial(target)])
    const [first, second] = sentTo(socket).map(({ stream: id }) => id)
    socket.say(dataPacket(first ?? 0, new Uint8Array(40_000)))
    socket.say(closePacket(first ?? 0, WispCloseReason.voluntary))
    socket.say(dataPacket(second ?? 0, new Uint8Array(20_000)))
    expect(await rejection(ended.readable.getReader().read(), 'a read')).toMatchObject(overflow)
    expect((await within(alive.readable.getReader().read(), 'a read')).value).toHaveLength(20_000)
    expect(sentTo(socket)).toEqual([])
    expect(opened.streams).toBe(1)
  })

  it.each([0, -1, Number.NaN, 1.5, Number.POSITIVE_INFINITY])('is not left without a limit by %d', async (bytes) => {
    for (const name of ['maxBufferedBytes', 'maxSessionBufferedBytes', 'sendBufferBytes']) {
      const opening = connectWisp(new ScriptedWebSocket(), { [name]: bytes })
      expect(await rejection(opening, 'the session')).toMatchObject({ code: 'invalid_argument' })
    }
  })

  it('has its limits back when the reader reads', async () => {
    const { socket, id, reader } = await stream({ maxBufferedBytes: 10_000, maxSessionBufferedBytes: 10_000 })
    for (let count = 0; count < 50; count++) {
      socket.say(dataPacket(id, new Uint8Array(3000)))
      socket.say(dataPacket(id, new Uint8Array(3000)))
      await within(reader.read(), 'a read')
      await within(reader.read(), 'a read')
    }
    expect(sentTo(socket)).toEqual([])
  })
})
