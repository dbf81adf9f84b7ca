import type { Socket } from 'node:net'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { connectWisp } from '../../../src/wisp.js'
import { rejection, within } from '../../support/deadline.js'
import { echo, readAll, relayFor, target, until, utf8, wait, withHeaders } from '../relay-support.js'
import { rawClient, wispRelay, wispSession } from './wisp-support.js'

const MiB = 1024 * 1024
const host = '127.0.0.1'

describe('Wisp through the relay', () => {
  it('carries bytes both ways, over many streams at once', async () => {
    const { port } = await target(echo)
    const { url, relay } = await wispRelay({ limits: { connectionsPerClient: 200 } })
    const session = await wispSession(url)
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const { readable, writable } = await session.dial({ host, port })
        const writer = writable.getWriter()
        const reader = readable.getReader()
        await writer.write(utf8(`${index}`))
        const { value } = await reader.read()
        if (index === 99) expect(relay.status().connections).toBeGreaterThan(1)
        await reader.cancel()
        await writer.close()
        return Buffer.from(value ?? []).toString()
      }),
    )
    expect(answers).toEqual(answers.map((_, index) => `${index}`))
    await until(() => relay.status().connections === 0)
  })

  it('ends a stream when the target ends, behind all that it sent', async () => {
    const { port } = await target((socket) => socket.end(new Uint8Array(3 * MiB)))
    const { url } = await wispRelay()
    const session = await wispSession(url)
    expect((await readAll((await session.dial({ host, port })).readable)).length).toBe(3 * MiB)
    await until(() => session.streams === 0)
  })

  it('delivers what was sent before the client closed its stream', async () => {
    let received = 0
    const { port } = await target((socket) => {
      socket.on('data', (chunk) => {
        received += chunk.byteLength
      })
      socket.on('end', () => socket.end())
    })
    const { url, relay } = await wispRelay()
    const session = await wispSession(url)
    const { readable, writable } = await session.dial({ host, port })
    await readable.cancel()
    const writer = writable.getWriter()
    await writer.write(new Uint8Array(5 * MiB))
    await writer.close()
    await until(() => received === 5 * MiB)
    await until(() => relay.status().connections === 0)
  })

  it('delivers what was sent before the client closed the session', async () => {
    let received = 0
    const { port } = await target((socket) => {
      socket.on('data', (chunk) => {
        received += chunk.byteLength
      })
      socket.on('end', () => socket.end())
    })
    const { url, relay } = await wispRelay()
    const session = await wispSession(url)
    const { writable } = await session.dial({ host, port })
    await writable.getWriter().write(new Uint8Array(MiB))
    await until(() => received > 0)
    session.close()
    await until(() => received === MiB)
    await until(() => relay.status().connections === 0)
  })

  it('holds a client whose target does not read, with bounded memory, and lets other streams go on', async () => {
    let sink: Socket | undefined
    let received = 0
    const stalled = await target((socket) => {
      sink = socket.pause()
    })
    const { port } = await target(echo)
    const { url, relay } = await wispRelay()
    const session = await wispSession(url)
    const writer = (await session.dial({ host, port: stalled.port })).writable.getWriter()
    const other = await session.dial({ host, port })
    let written = 0
    const total = 48 * MiB
    const writing = (async () => {
      for (; written < total; written += 65536) await writer.write(new Uint8Array(65536))
    })()
    writing.catch(() => undefined)
    let stopped = -1
    for (; stopped !== written; await wait(300)) stopped = written
    const [asking, answers] = [other.writable.getWriter(), other.readable.getReader()]
    for (let count = 0; count < 200; count++) {
      await within(asking.write(utf8('hello')), 'a write')
      await within(answers.read(), 'an answer')
    }
    expect(written).toBe(stopped)
    expect(stopped).toBeLessThan(24 * MiB)
    expect(relay.status().buffered.toTarget).toBeLessThanOrEqual(2 * MiB + 65536)
    sink?.on('data', (chunk) => {
      received += chunk.byteLength
    })
    sink?.resume()
    await writing
    await until(() => received === total, 15_000)
  })

  it('holds a target whose client does not read its WebSocket, with bounded memory', async () => {
    let source: Socket | undefined
    const { port } = await target((socket) => {
      source = socket
      socket.end(new Uint8Array(24 * MiB))
    })
    const { url, relay } = await wispRelay({ limits: { bufferedBytes: 256 * 1024 } })
    const client = await rawClient(url)
    await until(() => client.packets.length > 0)
    client.socket.pause()
    for (let stream = 1; stream <= 4; stream++) client.connect(stream, port)
    await until(() => relay.status().buffered.toClient > 256 * 1024)
    await wait(200)
    expect(relay.status().buffered.toClient).toBeLessThanOrEqual(256 * 1024 + 4 * 65536 + 1000)
    expect(source?.writableLength).toBeGreaterThan(0)
    client.socket.resume()
    for (let stream = 1; stream <= 4; stream++) expect(await client.reasonOf(stream)).toBe(0x02)
    const bytes = client.packets.reduce((sum, packet) => sum + (packet.type === 'data' ? packet.data.length : 0), 0)
    expect(bytes).toBe(4 * 24 * MiB)
  }, 30_000)

  it('carries a reset both ways', async () => {
    let end: string | undefined
    const { port } = await target((socket) => {
      socket.once('data', (chunk) => {
        if (chunk.toString() === 'reset') socket.resetAndDestroy()
      })
      socket.on('error', (error: Error & { code?: string }) => {
        end = error.code
      })
    })
    const { url } = await wispRelay()
    const session = await wispSession(url)
    const one = await session.dial({ host, port })
    await one.writable.getWriter().write(utf8('reset'))
    expect(await rejection(one.readable.getReader().read(), 'a read')).toMatchObject({
      cause: { code: 'network_error' },
    })
    const client = await rawClient(url)
    client.connect(1, port)
    await wait(50)
    client.send(Uint8Array.of(4, 1, 0, 0, 0, 0x81))
    await until(() => end === 'ECONNRESET')
  })

  it.each([
    ['a target that is not allowed', { host: 'example.com', port: 443 }, 'blocked'],
    ['an address that is not allowed', { host: '10.0.0.1', port: 443 }, 'blocked'],
    ['a name that resolves to one', { host: 'rebinding.test', port: 443 }, 'blocked'],
    ['a name that does not resolve', { host: 'nowhere.test', port: 443 }, 'unreachable'],
    ['a host that is none', { host: '0x7f.1', port: 443 }, 'bad_target'],
  ])('refuses %s', async (_, where, code) => {
    const { url, relay } = await wispRelay({
      allow: ['*.test:443'],
      resolve: async (name) => (name === 'rebinding.test' ? ['10.0.0.1'] : []),
    })
    const client = await rawClient(url)
    client.connect(5, where.port, where.host)
    await client.reasonOf(5)
    const session = await wispSession(url)
    const { readable } = await session.dial(where)
    // a client that reads the host as an address asks for that
    const error = await rejection(readable.getReader().read(), 'a read')
    expect(error).toMatchObject({ cause: { code: where.host === '0x7f.1' ? 'bad_target' : code } })
    await until(() => relay.status().connections === 0)
  })

  it('tells of a port that nothing listens on, and of a target that does not answer', async () => {
    const { port, server } = await target(echo)
    await new Promise((resolve) => server.close(resolve))
    const { url } = await wispRelay({
      allow: ['127.0.0.1:*', 'slow.test:1'],
      resolve: () => new Promise(() => undefined),
      limits: { connectTimeoutMs: 50 },
    })
    const session = await wispSession(url)
    const refused = await session.dial({ host, port })
    expect(await rejection(refused.readable.getReader().read(), 'a read')).toMatchObject({ cause: { code: 'refused' } })
    const slow = await session.dial({ host: 'slow.test', port: 1 })
    expect(await rejection(slow.readable.getReader().read(), 'a read')).toMatchObject({ cause: { code: 'timed_out' } })
  })

  it('tells the log alone to which addresses a permitted name leads', async () => {
    let log = ''
    const sink = new Writable({
      write(entry, _, done) {
        log += entry
        done()
      },
    })
    const { url } = await wispRelay({ allow: ['a.test:1'], resolve: async () => ['10.0.0.1'], logger: pino(sink) })
    const { readable } = await (await wispSession(url)).dial({ host: 'a.test', port: 1 })
    const error = await rejection(readable.getReader().read(), 'a read')
    expect(error).toMatchObject({ cause: { code: 'blocked' } })
    expect(String(error)).not.toContain('10.0.0.1')
    await until(() => log.includes('"detail":"a.test leads to 10.0.0.1, a private address'))
  })

  it('ends a stream on which nothing moves, and a session without streams', async () => {
    const { port } = await target((socket) => socket.resume())
    const { url, relay } = await wispRelay({ limits: { idleTimeoutMs: 100 } })
    const session = await wispSession(url)
    const { readable } = await session.dial({ host, port })
    expect(await rejection(readable.getReader().read(), 'a read')).toMatchObject({
      cause: { code: 'transfer_timed_out' },
    })
    expect(await rejection(session.closed, 'the session')).toMatchObject({ cause: { code: 'session_lost' } })
    await until(() => relay.status().connections === 0)
  })
})

describe('who may use Wisp', () => {
  it('is decided as for everyone else: origin', async () => {
    const { url } = await wispRelay({ origins: ['https://app.test'], allowMissingOrigin: false })
    const attempt = (headers: Record<string, string>) => connectWisp(url, { WebSocket: withHeaders(headers) })
    expect(await rejection(attempt({}), 'without')).toMatchObject({ cause: { code: 'server_unreachable' } })
    expect(await rejection(attempt({ origin: 'https://other.test' }), 'another')).toMatchObject({
      cause: { code: 'server_unreachable' },
    })
    ;(await attempt({ origin: 'https://app.test' })).close()
  })

  it('is decided by a token in the path, or in a header', async () => {
    const { url } = await wispRelay({ tokens: ['right one'] })
    const refused = { cause: { code: 'server_unreachable' } }
    expect(await rejection(wispSession(url), 'without')).toMatchObject(refused)
    expect(await rejection(wispSession(`${url}wrong/`), 'a wrong one')).toMatchObject(refused)
    expect(await rejection(wispSession(`${url}right%20one/x/`), 'a longer path')).toMatchObject(refused)
    await wispSession(`${url}${encodeURIComponent('right one')}/`)
    // as docs/wisp.md has it: the slash at the end is added, and http: taken for ws:
    await wispSession(new URL(encodeURIComponent('right one'), url.replace(/^ws:/, 'http:')).href)
    ;(
      await connectWisp(url, { WebSocket: withHeaders({ authorization: 'Bearer right one' }) }).catch(() => undefined)
    )?.close()
  })

  it('is nobody unless the relay was told to speak it', async () => {
    const { url } = await relayFor()
    expect(await rejection(wispSession(`${url}wisp/`), 'Wisp')).toMatchObject({ cause: { code: 'server_unreachable' } })
  })

  it('is nobody who gives a token to a relay without, or another protocol', async () => {
    const { url } = await wispRelay()
    expect(await rejection(wispSession(`${url}token/`), 'Wisp')).toMatchObject({
      cause: { code: 'server_unreachable' },
    })
    const socket = new WebSocket(url, ['webtls.relay.v1'])
    const closed = new Promise<number>((resolve) => socket.on('close', resolve))
    expect(await closed).toBe(4002)
  })

  it('is limited: each stream takes a place as a connection does', async () => {
    const { port } = await target(echo)
    const { url, relay } = await wispRelay({ limits: { connectionsPerClient: 3 } })
    const session = await wispSession(url)
    const held = await Promise.all([session.dial({ host, port }), session.dial({ host, port })])
    const refused = await session.dial({ host, port })
    expect(await rejection(refused.readable.getReader().read(), 'a read')).toMatchObject({
      cause: { code: 'throttled' },
    })
    expect(
      await rejection(
        wispSession(url)
          .then((other) => other.dial({ host, port }))
          .then(({ readable }) => readable.getReader().read()),
        'one more',
      ),
    ).toBeDefined()
    await held[0]?.writable.abort()
    await until(() => relay.status().connections <= 1)
    const again = await session.dial({ host, port })
    await again.writable.getWriter().write(utf8('x'))
    expect((await again.readable.getReader().read()).value).toEqual(utf8('x'))
  })
})

describe('the end of a relay that speaks Wisp', () => {
  it('gives streams their time, refuses new ones, and closes sessions without any', async () => {
    const { port } = await target(echo)
    const { url, relay } = await wispRelay()
    const [idle, busy] = [await wispSession(url), await wispSession(url)]
    const { readable, writable } = await busy.dial({ host, port })
    const [writer, reader] = [writable.getWriter(), readable.getReader()]
    await writer.write(utf8('a'))
    await reader.read()
    const closing = relay.close({ graceMs: 5000 })
    expect(await rejection(idle.closed, 'the idle session')).toMatchObject({ cause: { code: 'session_lost' } })
    const late = await busy.dial({ host, port })
    expect(await rejection(late.readable.getReader().read(), 'a read')).toMatchObject({ cause: { code: 'throttled' } })
    await writer.write(utf8('b'))
    expect((await reader.read()).value).toEqual(utf8('b'))
    await reader.cancel()
    await writer.close()
    await within(closing, 'the end')
    expect(await rejection(busy.closed, 'the session')).toMatchObject({ cause: { code: 'session_lost' } })
  })

  it('waits no longer than it was told, whatever a target does', async () => {
    const { port } = await target((socket) => socket.pause())
    const { url, relay } = await wispRelay()
    const session = await wispSession(url)
    const { writable, readable } = await session.dial({ host, port })
    const writing = writable.getWriter().write(new Uint8Array(20 * MiB))
    writing.catch(() => undefined)
    await wait(200)
    const left = await session.dial({ host, port })
    await left.readable.cancel()
    await left.writable.getWriter().write(new Uint8Array(MiB))
    await within(relay.close({ graceMs: 50 }), 'the end', 4000)
    expect(await rejection(readable.getReader().read(), 'a read')).toMatchObject({ cause: { code: 'session_lost' } })
    expect(relay.status().connections).toBe(0)
  })

  it('shows streams as connections in its metrics', async () => {
    const { port } = await target(echo)
    const { url, relay } = await wispRelay()
    const session = await wispSession(url)
    const streams = await Promise.all(Array.from({ length: 3 }, () => session.dial({ host, port })))
    for (const { writable, readable } of streams) {
      await writable.getWriter().write(utf8('four'))
      await readable.getReader().read()
    }
    const metrics = async () => await relay.registry.metrics()
    expect(await metrics()).toMatch(/^webtls_relay_connections 3$/m)
    expect(await metrics()).toMatch(/^webtls_relay_bytes_total\{direction="to-target"\} 12$/m)
    session.close()
    await until(() => relay.status().connections === 0)
    expect(await metrics()).toMatch(/^webtls_relay_connections_ended_total\{outcome="ok"\} 3$/m)
  })
})
