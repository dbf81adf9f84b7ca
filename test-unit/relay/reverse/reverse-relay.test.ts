import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { TlsError } from '../../../src/index.js'
import type { RelayBytesEvent } from '../../../src/relay.js'
import { listenOnRelay } from '../../../src/websocket.js'
import { readAll, until, utf8, wait } from '../relay-support.js'
import {
  echoBytes,
  echoTls,
  name,
  nodeClient,
  page,
  readSocket,
  reverseRelay,
  serveEach,
  tcpClient,
  token,
} from './reverse-support.js'

const reasonOf = (code: string) => ({ name: 'TlsError', code: 'transport_failed', cause: { code } })

describe('a page that serves a name', () => {
  it('is reached by a TLS client that asks for it, and the relay holds ciphertext only', async () => {
    const seen: RelayBytesEvent[] = []
    const { url, port, relay } = await reverseRelay({ onBytes: (event) => seen.push(event) })
    const listener = await page(url)
    expect(listener).toMatchObject({ name, port, status: 'listening' })
    await echoTls(listener)
    const secret = 'what the relay must not read'
    const client = await nodeClient(port)
    client.end(secret)
    expect((await readSocket(client)).toString()).toBe(secret)
    const passed = Buffer.concat(seen.map(({ bytes }) => bytes))
    expect(passed.length).toBeGreaterThan(1000)
    expect(passed.includes(secret)).toBe(false)
    await until(() => relay.status().reverse?.connections === 0)
    expect(listener.connections).toBe(0)
  })

  it('tells where each client comes from', async () => {
    const { url, port } = await reverseRelay()
    const listener = await page(url)
    const arrived = new Promise((resolve) => void serveEach(listener, resolve))
    nodeClient(port).catch(() => undefined)
    expect(await arrived).toMatchObject({
      remoteAddress: '127.0.0.1',
      remotePort: expect.any(Number),
      connectionId: expect.stringMatching(/^[0-9a-f]{16}$/),
    })
  })

  it('serves many at once, each its own bytes, both ways', async () => {
    const { url, relay } = await reverseRelay()
    const { port } = await relay.listenReverse({ port: 0, name })
    void serveEach(await page(url), echoBytes)
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const data = randomBytes(100_000 + 7919 * index)
        const client = await tcpClient(port)
        client.end(data)
        const back = await readSocket(client)
        expect(createHash('sha256').update(back).digest('hex')).toBe(createHash('sha256').update(data).digest('hex'))
      }),
    )
    await until(() => relay.status().reverse?.connections === 0)
  })

  it('ends its side and reads on, and the client the same', async () => {
    const { url, relay } = await reverseRelay()
    const { port } = await relay.listenReverse({ port: 0, name })
    let heard = ''
    void serveEach(await page(url), async ({ readable, writable }) => {
      const writer = writable.getWriter()
      await writer.write(utf8('I have said all'))
      await writer.close()
      heard = (await readAll(readable)).toString()
    })
    const client = await tcpClient(port)
    expect((await readSocket(client)).toString()).toBe('I have said all')
    client.end('and I have heard it')
    await until(() => heard === 'and I have heard it')
  })

  it('leaves a connection unread once it has said all: the client still gets everything', async () => {
    const { url, relay } = await reverseRelay()
    const { port } = await relay.listenReverse({ port: 0, name })
    void serveEach(await page(url), async ({ readable, writable }) => {
      const writer = writable.getWriter()
      await writer.write(new Uint8Array(300_000))
      await writer.close()
      await readable.cancel()
    })
    const client = await tcpClient(port)
    client.write('never read')
    expect((await readSocket(client)).length).toBe(300_000)
    client.end()
    await until(() => relay.status().reverse?.connections === 0)
  })

  it('resets a client by aborting, and learns of a client that was reset', async () => {
    const { url, relay } = await reverseRelay()
    const { port } = await relay.listenReverse({ port: 0, name })
    const failures: unknown[] = []
    let count = 0
    void serveEach(await page(url), async ({ readable, writable }) => {
      count += 1
      if (count === 1) return await writable.abort(new Error('no'))
      await readable.pipeTo(new WritableStream()).catch((error) => failures.push(error))
    })
    const first = await tcpClient(port)
    await expect(once(first, 'data')).rejects.toMatchObject({ code: 'ECONNRESET' })
    const second = await tcpClient(port)
    second.write('x')
    await until(() => count === 2)
    second.resetAndDestroy()
    await until(() => failures.length === 1)
    expect(failures[0]).toMatchObject(reasonOf('reset'))
  })

  it('does not stall when one client takes nothing, and holds no more for it than its window', async () => {
    const bufferedBytes = 256 * 1024
    const { url, relay } = await reverseRelay({ limits: { bufferedBytes } })
    const { port } = await relay.listenReverse({ port: 0, name })
    let written = 0
    void serveEach(await page(url), async ({ readable, writable }) => {
      const { value } = await readable.getReader().read()
      const writer = writable.getWriter()
      writer.closed.catch(() => undefined)
      const isSlow = value?.[0] === 0
      for (let index = 0; index < (isSlow ? 1000 : 20); index++) {
        await writer.write(new Uint8Array(65_536))
        if (isSlow) written += 65_536
      }
      await writer.close()
    })
    const slow = await tcpClient(port)
    slow.pause()
    slow.write(Uint8Array.of(0))
    await until(() => written > 0)
    await wait(300)
    const stalledAt = written
    const others = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const client = await tcpClient(port)
        client.write(Uint8Array.of(1))
        return (await readSocket(client)).length
      }),
    )
    expect(others).toEqual(Array.from({ length: 5 }, () => 20 * 65_536))
    // what is under way: the window and the buffers of loopback TCP
    expect(written).toBe(stalledAt)
    expect(relay.status().reverse?.buffered.toClient).toBeLessThanOrEqual(bufferedBytes)
    slow.resume()
    expect((await readSocket(slow)).length).toBe(65_536_000)
  })

  it('stops a client that it does not read, at its window', async () => {
    const { url, relay } = await reverseRelay({ limits: { bufferedBytes: 65_536 } })
    const { port } = await relay.listenReverse({ port: 0, name })
    const arrived: { readable: ReadableStream<Uint8Array> }[] = []
    void serveEach(await page(url, { receiveWindowBytes: 65_536 }), (connection) => arrived.push(connection))
    const client = await tcpClient(port)
    const data = randomBytes(30_000_000)
    client.end(data)
    await until(() => arrived.length === 1)
    await wait(300)
    expect(relay.status().reverse?.buffered.toTarget).toBeLessThanOrEqual(3 * 65_536)
    expect(client.writableLength).toBeGreaterThan(0)
    const readable = arrived[0]?.readable as ReadableStream<Uint8Array>
    expect((await readAll(readable)).equals(data)).toBe(true)
  })

  it('gives its name back when it closes, lets connections end, and takes no further', async () => {
    const { url, relay } = await reverseRelay()
    const { port } = await relay.listenReverse({ port: 0, name })
    const listener = await page(url)
    const served = serveEach(listener, echoBytes)
    const client = await tcpClient(port)
    client.write('one')
    await once(client, 'data')
    const closing = listener.close({ graceMs: 5000 })
    await served
    expect(listener.status).toBe('closing')
    // the name is free at once
    await (await page(url)).close()
    client.end('two')
    expect((await readSocket(client)).toString()).toBe('two')
    await closing
    await listener.closed
    expect(listener.status).toBe('closed')
  })

  it('cuts what has not ended by the deadline', async () => {
    const { url, relay } = await reverseRelay()
    const { port } = await relay.listenReverse({ port: 0, name })
    const listener = await page(url)
    void serveEach(listener, echoBytes)
    const client = await tcpClient(port)
    client.write('one')
    await once(client, 'data')
    const cut = readSocket(client)
    await listener.close({ graceMs: 30 })
    await cut
  })
})

describe('who may serve a name', () => {
  it.each([
    [{ token: 'another' }, 'unauthorized'],
    [{ name: 'other.localhost' }, 'unauthorized'],
    [{ name: 'many.localhost' }, 'unauthorized'],
    [{ name: 'a.b.many.localhost' }, 'unauthorized'],
    [{ name: '127.0.0.1' }, 'bad_target'],
  ])('refuses %j with %s', async (options, reason) => {
    const { url, relay } = await reverseRelay()
    await expect(page(url, options)).rejects.toMatchObject(reasonOf(reason))
    expect(relay.status().reverse?.pages).toBe(0)
  })

  it('takes any one label where a star stands', async () => {
    const { url } = await reverseRelay()
    expect((await page(url, { name: 'A.many.localhost' })).name).toBe('a.many.localhost')
  })

  it('asks a function, and its failure refuses', async () => {
    const asked: unknown[] = []
    const { url } = await reverseRelay({
      reverse: {
        names: {},
        async authorize(request) {
          asked.push(request)
          if (request.name === 'broken.localhost') throw new Error('the database is down')
          return request.token === 'by function'
        },
      },
    })
    await page(url, { token: 'by function' })
    expect(asked[0]).toMatchObject({ name, token: 'by function', origin: undefined, clientAddress: '127.0.0.1' })
    await expect(page(url, { name: 'x.localhost', token: 'no' })).rejects.toMatchObject(reasonOf('unauthorized'))
    const failing = page(url, { name: 'broken.localhost' })
    await expect(failing).rejects.toMatchObject(reasonOf('failed'))
    await expect(failing).rejects.not.toMatchObject({ message: expect.stringContaining('database') })
  })

  it('keeps no place among the pages for a token that is still being judged', async () => {
    let judge: (() => void) | undefined
    const authorize = () => new Promise<boolean>((resolve) => (judge = () => resolve(false)))
    const { url } = await reverseRelay({ reverse: { authorize, limits: { pages: 1 } } })
    const stranger = page(url, { name: 'stranger.localhost', token: 'guessed' })
    stranger.catch(() => undefined)
    await until(() => judge !== undefined)
    expect((await page(url)).status).toBe('listening')
    judge?.()
    await expect(stranger).rejects.toMatchObject(reasonOf('unauthorized'))
    await expect(page(url, { name: 'a.many.localhost' })).rejects.toMatchObject(reasonOf('limit'))
  })

  it('gives a name to one page only', async () => {
    const { url, port } = await reverseRelay()
    const first = await page(url)
    await echoTls(first)
    await expect(page(url)).rejects.toMatchObject(reasonOf('name_taken'))
    const client = await nodeClient(port)
    client.end('still the first')
    expect((await readSocket(client)).toString()).toBe('still the first')
  })

  it('refuses pages of other origins, and pages where it takes none', async () => {
    const { url } = await reverseRelay({ origins: ['https://good.example'] })
    const from = (origin: string) =>
      class extends WebSocket {
        constructor(address: string, protocols: string[]) {
          super(address, protocols, { origin })
        }
      }
    const foreign = page(url, { WebSocket: from('https://bad.example') })
    await expect(foreign).rejects.toMatchObject(reasonOf('forbidden_origin'))
    await page(url, { WebSocket: from('https://good.example') })
    const { createRelay } = await import('../../../src/relay.js')
    const plain = createRelay({ logger: false, allowMissingOrigin: true })
    const { url: other } = await plain.listen({ port: 0 })
    await expect(page(other)).rejects.toMatchObject(reasonOf('protocol_error'))
    await expect(plain.listenReverse({ port: 0 })).rejects.toMatchObject({ code: 'invalid_state' })
    await plain.close({ graceMs: 0 })
  })

  it('is told of wrong arguments before anything is sent', async () => {
    for (const options of [{ name: '' }, { name: 'a b' }, { name: 'a/b' }, { name: '-a.example' }, { token: '' }]) {
      const asked = listenOnRelay('ws://127.0.0.1:1/', { name, token, WebSocket, ...options })
      await expect(asked).rejects.toMatchObject({ code: 'invalid_argument' })
    }
    const aborted = listenOnRelay('ws://127.0.0.1:1/', { name, token, WebSocket, signal: AbortSignal.abort() })
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' })
  })

  it('takes so many pages, and so many connections of one', async () => {
    const { url, relay } = await reverseRelay({ reverse: { limits: { pages: 1, connectionsPerPage: 1 } } })
    const { port } = await relay.listenReverse({ port: 0, name })
    void serveEach(await page(url), echoBytes)
    await expect(page(url, { name: 'a.many.localhost' })).rejects.toMatchObject(reasonOf('limit'))
    const first = await tcpClient(port)
    first.write('x')
    await once(first, 'data')
    // internal_error, in plaintext
    expect([...(await readSocket(await tcpClient(port)))]).toEqual([21, 3, 3, 0, 2, 2, 80])
    first.end('y')
    expect((await readSocket(first)).toString()).toBe('y')
  })

  it('refuses connections beyond its backlog', async () => {
    const { url, relay } = await reverseRelay()
    const { port } = await relay.listenReverse({ port: 0, name })
    await page(url, { backlog: 1 })
    const first = await tcpClient(port)
    await until(() => relay.status().reverse?.connections === 1)
    const second = await tcpClient(port)
    await expect(once(second, 'data')).rejects.toMatchObject({ code: 'ECONNRESET' })
    first.destroy()
  })
})

describe('when the relay is lost', () => {
  it('connections fail, and the name is registered again when it is back', async () => {
    const first = await reverseRelay()
    const states: [string, string | undefined][] = []
    const listener = await page(first.url, {
      reconnect: { minDelayMs: 20, maxDelayMs: 50 },
      onStatus: (status, error) => states.push([status, (error?.cause as TlsError | undefined)?.code]),
    })
    await echoTls(listener)
    const client = await nodeClient(first.port)
    client.on('error', () => undefined)
    const cut = readSocket(client)
    await first.relay.close({ graceMs: 0 })
    await cut
    await until(() => listener.status === 'reconnecting')
    const ports = { pages: Number(new URL(first.url).port), clients: first.port }
    await reverseRelay({}, ports)
    await until(() => listener.status === 'listening')
    const again = await nodeClient(first.port)
    again.end('after the blink')
    expect((await readSocket(again)).toString()).toBe('after the blink')
    expect(states[0]).toEqual(['listening', undefined])
    expect(states[1]).toEqual(['reconnecting', 'shutting_down'])
    expect(states.at(-1)).toEqual(['listening', undefined])
  })

  it('a page takes its name over from its own WebSocket that has no network; another may not', async () => {
    const { url, relay } = await reverseRelay()
    const sockets: WebSocket[] = []
    class Watched extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols)
        sockets.push(this)
      }
    }
    const listener = await page(url, { WebSocket: Watched, reconnect: { minDelayMs: 300, maxDelayMs: 300 } })
    // without a word: the relay keeps the name for the page
    sockets[0]?.terminate()
    await until(() => relay.status().reverse?.pages === 0)
    await expect(page(url)).rejects.toMatchObject(reasonOf('name_taken'))
    await until(() => listener.status === 'listening')
    expect(sockets.length).toBe(2)
  })

  it('a page is told at once when another has its name by then', async () => {
    const { url } = await reverseRelay({ reverse: { limits: { reservedMs: 1 } } })
    const sockets: WebSocket[] = []
    class Watched extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols)
        sockets.push(this)
      }
    }
    const listener = await page(url, { WebSocket: Watched, reconnect: { minDelayMs: 200, maxDelayMs: 200 } })
    const next = listener[Symbol.asyncIterator]().next()
    next.catch(() => undefined)
    sockets[0]?.terminate()
    await wait(50)
    await page(url)
    await expect(next).rejects.toMatchObject(reasonOf('name_taken'))
    await expect(listener.closed).rejects.toMatchObject(reasonOf('name_taken'))
  })

  it('a relay that says nothing any more is given up', async () => {
    const { url } = await reverseRelay()
    const sockets: WebSocket[] = []
    class Deaf extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols)
        sockets.push(this)
      }
    }
    const lost: (string | undefined)[] = []
    await page(url, {
      WebSocket: Deaf,
      pingIntervalMs: 30,
      onStatus: (status, error) => status === 'reconnecting' && lost.push((error?.cause as TlsError | undefined)?.code),
    })
    await wait(200)
    expect(lost).toEqual([])
    sockets[0]?.pause()
    await until(() => lost.length === 1)
    expect(lost).toEqual(['relay_lost'])
  })

  it('ends for good where it is not to come again, and by a signal', async () => {
    const { url, relay } = await reverseRelay()
    const abort = new AbortController()
    const aborted = await page(url, { name: 'a.many.localhost', signal: abort.signal })
    abort.abort(new Error('enough'))
    await expect(aborted.closed).rejects.toMatchObject({ code: 'aborted' })
    const listener = await page(url, { reconnect: false })
    await relay.close({ graceMs: 0 })
    await expect(listener.closed).rejects.toMatchObject(reasonOf('shutting_down'))
    await expect(listener[Symbol.asyncIterator]().next()).rejects.toMatchObject(reasonOf('shutting_down'))
  })
})
