import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { endFrame } from '../../../src/transports/relay-frames.js'
import {
  arrivalFrame,
  registrationFrame,
  reverseCreditFrame,
  reverseEndFrame,
  reverseSubprotocol,
} from '../../../src/transports/reverse-frames.js'
import { until, wait, whenDone } from '../relay-support.js'
import { echoTls, name, nodeClient, page, readSocket, reverseRelay, tcpClient, token } from './reverse-support.js'

describe('clients that mean harm', () => {
  it('are told by an alert that no page has the name they ask for', async () => {
    const { port } = await reverseRelay()
    await expect(nodeClient(port, 'nobody.localhost')).rejects.toMatchObject({
      code: expect.stringMatching(/UNRECOGNIZED_NAME/),
    })
  })

  it('have so long for their ClientHello, and so many may be without one', async () => {
    const { port, relay } = await reverseRelay({ reverse: { limits: { helloTimeoutMs: 150, pendingHellos: 2 } } })
    const slow = await Promise.all([tcpClient(port), tcpClient(port)])
    for (const client of slow) client.write(Uint8Array.of(22, 3, 1))
    await until(() => relay.status().reverse?.pendingHellos === 2)
    expect([...(await readSocket(await tcpClient(port)))]).toEqual([21, 3, 3, 0, 2, 2, 80])
    await Promise.all(slow.map((client) => readSocket(client)))
    expect(relay.status().reverse?.pendingHellos).toBe(0)
  })

  it('of one address cannot take the places of all that have not said their name', async () => {
    const limits = { pendingHellos: 3, pendingHellosPerClient: 2 }
    const { port, relay } = await reverseRelay({ reverse: { limits } })
    const silent = await Promise.all([tcpClient(port), tcpClient(port)])
    await until(() => relay.status().reverse?.pendingHellos === 2)
    expect([...(await readSocket(await tcpClient(port)))]).toEqual([21, 3, 3, 0, 2, 2, 80])
    const other = await tcpClient(port, '127.0.0.2')
    await until(() => relay.status().reverse?.pendingHellos === 3)
    other.destroy()
    for (const client of silent) client.destroy()
    await until(() => relay.status().reverse?.pendingHellos === 0)
    // the places were given back
    await tcpClient(port)
    await until(() => relay.status().reverse?.pendingHellos === 1)
  })

  it('get no further with what is no TLS, and cost nothing when they leave', async () => {
    const { port, relay } = await reverseRelay()
    const http = await tcpClient(port)
    http.write('GET / HTTP/1.1\r\n\r\n')
    expect((await readSocket(http)).length).toBe(0)
    const endless = await tcpClient(port)
    endless.on('error', () => undefined)
    endless.write(
      Buffer.concat([Uint8Array.of(22, 3, 1, 0x40, 0), Uint8Array.of(1, 0, 0x3f, 0), new Uint8Array(16_380)]),
    )
    endless.write(Buffer.concat([Uint8Array.of(22, 3, 1, 0x40, 0), new Uint8Array(16_384)]))
    expect([...(await readSocket(endless))].slice(0, 6)).toEqual([21, 3, 3, 0, 2, 2])
    const leaving = await tcpClient(port)
    leaving.write(Uint8Array.of(22))
    await until(() => relay.status().reverse?.pendingHellos === 1)
    leaving.destroy()
    await until(() => relay.status().reverse?.pendingHellos === 0)
  })

  it('are counted by their address', async () => {
    const { port } = await reverseRelay({ reverse: { limits: { connectionsPerClient: 1 } } })
    const first = await tcpClient(port)
    expect([...(await readSocket(await tcpClient(port)))]).toEqual([21, 3, 3, 0, 2, 2, 80])
    first.destroy()
    await once(first, 'close')
    await wait(50)
    const next = await tcpClient(port)
    next.write('x')
    expect((await readSocket(next)).length).toBe(0)
  })
})

describe('a page that breaks the protocol', () => {
  async function rawPage(url: string): Promise<{ socket: WebSocket; closed: Promise<unknown[]> }> {
    const entry = `webtls.token.${Buffer.from(token).toString('base64url')}`
    const socket = new WebSocket(`${url}${name}`, [reverseSubprotocol, entry])
    const closed = once(socket, 'close')
    await once(socket, 'message')
    return { socket, closed }
  }

  const data = (stream: number, length: number) => {
    const frame = Buffer.alloc(5 + length)
    frame.writeUInt32BE(stream)
    frame[4] = 2
    return frame
  }

  it.each([
    ['a text message', (socket: WebSocket) => socket.send('x')],
    ['a frame of an unknown type', (socket: WebSocket) => socket.send(Uint8Array.of(0, 0, 0, 0, 99))],
    ['a message too short', (socket: WebSocket) => socket.send(Uint8Array.of(0, 0))],
    ['data of a stream never opened', (socket: WebSocket) => socket.send(data(7, 1))],
    ['data of the registration', (socket: WebSocket) => socket.send(data(0, 1))],
    [
      'an opened stream',
      (socket: WebSocket) => socket.send(arrivalFrame(1, { id: 'x', remoteAddress: '', remotePort: 0 }, 1)),
    ],
    ['credit of the registration', (socket: WebSocket) => socket.send(reverseCreditFrame(0, 1))],
    [
      'two ends',
      (socket: WebSocket) => {
        socket.send(reverseEndFrame(0))
        socket.send(reverseEndFrame(0))
      },
    ],
  ])('is ended: %s', async (_, send) => {
    const { url, relay } = await reverseRelay()
    const { socket, closed } = await rawPage(url)
    send(socket)
    expect((await closed)[0]).toBe(4002)
    await until(() => relay.status().reverse?.pages === 0)
  })

  it('is ended for data beyond the credit of a stream, and its clients with it', async () => {
    const { url, relay } = await reverseRelay({ limits: { bufferedBytes: 65_536 } })
    const { port } = await relay.listenReverse({ port: 0, name })
    const { socket, closed } = await rawPage(url)
    const client = await tcpClient(port)
    client.pause()
    await once(socket, 'message')
    for (let index = 0; index < 200; index++) socket.send(data(1, 65_536))
    expect((await closed)[0]).toBe(4002)
    client.resume()
    await readSocket(client)
    expect(relay.status().reverse).toMatchObject({ pages: 0, connections: 0 })
  })

  it('is ended for data beyond the credit of the registration', async () => {
    const { url } = await reverseRelay({ reverse: { limits: { pageBytes: 1000 } } })
    const { socket, closed } = await rawPage(url)
    socket.send(data(1, 2000))
    expect((await closed)[0]).toBe(4002)
  })
})

describe('a relay that breaks the protocol', () => {
  async function fakeRelay(serve: (socket: WebSocket) => void): Promise<string> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => reverseSubprotocol })
    server.on('connection', serve)
    await once(server, 'listening')
    whenDone(() => {
      for (const client of server.clients) client.terminate()
      server.close()
    })
    return `ws://127.0.0.1:${(server.address() as { port: number }).port}/`
  }
  const registration = registrationFrame({ id: 'r', maxDataLength: 65_536, credit: 1_000_000, port: 1 })
  const arrival = (stream: number) => arrivalFrame(stream, { id: 'c', remoteAddress: '::1', remotePort: 9 }, 65_536)

  it.each([
    ['a connection before the registration', [arrival(1)]],
    ['a text message', ['x']],
    ['an end in place of the registration', [reverseEndFrame(0)]],
    ['v1 frames', [endFrame()]],
    ['a registration cut short', [registration.subarray(0, 12)]],
  ])('is refused at once: %s', async (_, messages) => {
    const url = await fakeRelay((socket) => {
      for (const message of messages) socket.send(message)
    })
    await expect(page(url)).rejects.toMatchObject({ cause: { code: 'protocol_error' } })
  })

  it.each([
    ['a second registration', [registration]],
    ['a stream opened twice', [arrival(1), arrival(1)]],
    ['data of a stream never opened', [Uint8Array.of(0, 0, 0, 9, 2, 1)]],
    ['data without credit', [arrival(1), new Uint8Array([0, 0, 0, 1, 2, ...new Uint8Array(300_000)])]],
    ['data after the end', [arrival(1), reverseEndFrame(1), Uint8Array.of(0, 0, 0, 1, 2, 1)]],
  ])('ends the listener and its connections: %s', async (_, messages) => {
    const url = await fakeRelay((socket) => {
      socket.send(registration)
      setTimeout(() => messages.forEach((message) => void socket.send(message)), 20)
    })
    const listener = await page(url)
    await expect(listener.closed).rejects.toMatchObject({ cause: { code: 'protocol_error' } })
  })

  it('does not keep a page waiting that gets no answer', async () => {
    const url = await fakeRelay(() => undefined)
    await expect(page(url, { timeoutMs: 50 })).rejects.toMatchObject({ cause: { code: 'timed_out' } })
  })
})

/** Between page and relay: changes the DATA frames of one direction once enough of them have passed. */
async function meddler(
  relayUrl: string,
  direction: 'to-page' | 'to-relay',
  meddle: (frames: readonly Buffer[]) => readonly Buffer[],
): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => reverseSubprotocol })
  await once(server, 'listening')
  whenDone(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  server.on('connection', (near, request) => {
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((entry) => entry.trim())
    const far = new WebSocket(`${relayUrl}${request.url?.slice(1)}`, protocols)
    for (const [from, to, way] of [
      [near, far, 'to-relay'],
      [far, near, 'to-page'],
    ] as const) {
      let passed = 0
      let kept: Buffer[] = []
      from.on('error', () => undefined)
      from.on('close', () => to.close())
      from.on('message', (message: Buffer) => {
        const isData = message[4] === 2 && way === direction && message.length > 100
        passed += isData ? message.length : 0
        // behind the handshake
        if (!isData || passed < 300_000) return to.send(message)
        kept.push(Buffer.from(message))
        if (kept.length < 2) return
        for (const changed of meddle(kept)) to.send(changed)
        kept = []
      })
    }
  })
  return `ws://127.0.0.1:${(server.address() as { port: number }).port}/`
}

describe('a relay that changes what it carries', () => {
  const ways: Record<string, (frames: readonly Buffer[]) => readonly Buffer[]> = {
    'alters a byte': ([first = Buffer.alloc(0), ...rest]) => {
      first[first.length - 20] = (first[first.length - 20] ?? 0) ^ 1
      return [first, ...rest]
    },
    drops: ([first = Buffer.alloc(0)]) => [first],
    replays: ([first = Buffer.alloc(0), ...rest]) => [first, first, ...rest],
    reorders: (frames) => [...frames].reverse(),
  }

  it.each(Object.keys(ways).flatMap((way) => [[way, 'to-page'] as const, [way, 'to-relay'] as const]))(
    'brings about errors and nothing else: it %s, %s',
    async (way, direction) => {
      const { url, port } = await reverseRelay()
      const listener = await page(await meddler(url, direction, ways[way] ?? ((frames) => frames)))
      const failed: unknown[] = []
      await echoTls(listener, (socket) => socket.closed.catch((error) => failed.push(error)))
      const client = await nodeClient(port)
      const errors: unknown[] = []
      client.on('error', (error) => errors.push(error))
      const sent = randomBytes(3_000_000)
      client.end(sent)
      const back = await readSocket(client)
      // what came is genuine, and not all of it came
      expect(back.length).toBeLessThan(sent.length)
      expect(sha256(back)).toBe(sha256(sent.subarray(0, back.length)))
      await until(() => failed.length + errors.length > 0)
    },
  )

  it('goes unnoticed only where it changes nothing', async () => {
    const { url, port } = await reverseRelay()
    await echoTls(await page(await meddler(url, 'to-page', (frames) => frames)))
    const client = await nodeClient(port)
    const sent = randomBytes(3_000_000)
    client.write(sent)
    client.end(Buffer.alloc(0))
    const back = await readSocket(client)
    expect(sha256(back.subarray(0, 2_000_000))).toBe(sha256(sent.subarray(0, 2_000_000)))
  })
})

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
