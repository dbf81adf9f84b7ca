import { connect } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { dialWebSocketRelay } from '../../src/websocket.js'
import { dial, echo, relayFor, target, until, utf8, wait, withHeaders } from './relay-support.js'

const because = (code: string) => ({ code: 'transport_failed', category: 'io', cause: { name: 'RelayError', code } })

/** What an HTTP client gets for an upgrade: status and body. */
async function httpUpgrade(url: string, path: string, headers: Record<string, string> = {}): Promise<string> {
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  const lines = Object.entries({
    host: 'relay',
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

describe('a target that cannot be reached is told as', () => {
  it('names the host that an untyped caller has left out', async () => {
    const dialling = dialWebSocketRelay('ws://127.0.0.1:9/', { hostname: 'a', port: 1, WebSocket } as never)
    await expect(dialling).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(/^host is missing/),
    })
  })

  it('refused', async () => {
    const { server, port } = await target(echo)
    await new Promise((resolve) => server.close(resolve))
    const { url } = await relayFor()
    await expect(dial(url, port)).rejects.toMatchObject(because('refused'))
  })

  it('unresolvable', async () => {
    const { url } = await relayFor({
      allow: ['*:443'],
      resolve: () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })),
    })
    const dialling = dialWebSocketRelay(url, { host: 'nowhere.example', port: 443, WebSocket })
    await expect(dialling).rejects.toMatchObject(because('unresolvable'))
    await expect(dialling).rejects.toThrow('nowhere.example does not resolve')
  })

  it('timed_out when the resolver does not answer', async () => {
    const { url } = await relayFor({
      allow: ['*:443'],
      limits: { connectTimeoutMs: 50 },
      resolve: () => new Promise(() => undefined),
    })
    await expect(dialWebSocketRelay(url, { host: 'slow.example', port: 443, WebSocket })).rejects.toMatchObject(
      because('timed_out'),
    )
  })

  it('blocked by default, by port, by name and by resolved address', async () => {
    const { port } = await target(echo)
    await expect(dial((await relayFor({ allow: [] })).url, port)).rejects.toMatchObject(because('blocked'))
    await expect(dial((await relayFor({ allow: ['127.0.0.1:1'] })).url, port)).rejects.toMatchObject(because('blocked'))
    const { url } = await relayFor({ allow: ['localhost:*'] })
    for (const host of ['localhost', '127.0.0.1', '::1', '::ffff:127.0.0.1', 'other.example']) {
      await expect(dialWebSocketRelay(url, { host, port, WebSocket })).rejects.toMatchObject(because('blocked'))
    }
  })

  it('bad_target for addresses in other spellings', async () => {
    const { url } = await relayFor({ allow: ['*:*', '127.0.0.0/8:*'] })
    for (const host of ['2130706433', '0x7f000001', '0177.0.0.1', '127.1']) {
      await expect(dialWebSocketRelay(url, { host, port: 80, WebSocket })).rejects.toMatchObject(because('bad_target'))
    }
  })
})

describe('DNS rebinding', () => {
  it('gains nothing: the address that was checked is the one connected to, and nothing is resolved twice', async () => {
    const { port } = await target((socket) => socket.end('checked'))
    const answers = [['127.0.0.1'], ['169.254.169.254']]
    let asked = 0
    const { url } = await relayFor({ resolve: async () => answers[asked++] ?? [] })
    const stream = await dialWebSocketRelay(url, { host: 'rebind.example', port, WebSocket })
    const { value } = await stream.readable.getReader().read()
    expect(Buffer.from(value ?? []).toString()).toBe('checked')
    expect(asked).toBe(1)
    await expect(dialWebSocketRelay(url, { host: 'rebind.example', port, WebSocket })).rejects.toMatchObject(
      because('blocked'),
    )
  })

  it('tries the next allowed address when one does not answer, and never one that is not allowed', async () => {
    const { port } = await target((socket) => socket.end('second'))
    const { url } = await relayFor({
      allow: ['127.0.0.0/8:*'],
      resolve: async () => ['10.0.0.1', '127.0.0.9', '127.0.0.1'],
    })
    const stream = await dialWebSocketRelay(url, { host: 'two.example', port, WebSocket })
    const { value } = await stream.readable.getReader().read()
    expect(Buffer.from(value ?? []).toString()).toBe('second')
  })
})

describe('origins', () => {
  it('are compared exactly; a missing one is refused by default', async () => {
    const { port } = await target(echo)
    const { url } = await relayFor({ origins: ['https://app.example'], allowMissingOrigin: false })
    const from = (origin: string) => dial(url, port, { WebSocket: withHeaders({ origin }) })
    await from('https://app.example')
    for (const origin of ['http://app.example', 'https://app.example:444', 'https://app.example.evil', 'null']) {
      await expect(from(origin)).rejects.toMatchObject(because('forbidden_origin'))
    }
    await expect(dial(url, port)).rejects.toMatchObject(because('forbidden_origin'))
  })

  it('may be any, or what a function says', async () => {
    const { port } = await target(echo)
    const page = withHeaders({ origin: 'http://localhost:5173' })
    await dial((await relayFor({ origins: ['*'] })).url, port, { WebSocket: page })
    await dial((await relayFor({ origins: (origin) => origin.endsWith(':5173') })).url, port, { WebSocket: page })
    await expect(dial((await relayFor({})).url, port, { WebSocket: page })).rejects.toMatchObject(
      because('forbidden_origin'),
    )
  })
})

describe('tokens', () => {
  it('open the relay as a subprotocol entry or as an Authorization header', async () => {
    const { port } = await target(echo)
    const { url } = await relayFor({ tokens: ['old', 'Grüße, {new}'] })
    await dial(url, port, { token: 'old' })
    await dial(url, port, { token: 'Grüße, {new}' })
    await dial(url, port, { WebSocket: withHeaders({ authorization: 'Bearer old' }) })
    await dial(url, port, { token: 'old', mode: 'plain' })
    for (const token of ['', 'ol', 'oldd', 'Old']) {
      await expect(dial(url, port, { token })).rejects.toMatchObject(because('unauthorized'))
    }
    await expect(dial(url, port)).rejects.toMatchObject(because('unauthorized'))
  })
})

describe('limits', () => {
  it.each(['webtls.relay.v1', 'binary'])(
    'have no more names looked up at once than there are places, whoever comes and goes (%s)',
    async (protocol) => {
      const questions: (() => void)[] = []
      const { url, relay } = await relayFor({
        allow: ['*.test:1'],
        resolve: (name) => new Promise((_, reject) => questions.push(() => reject(new Error(name)))),
        limits: { connectionsPerClient: 3 },
      })
      const outcome = () =>
        new Promise<string>((resolve) => {
          const client = new WebSocket(`${url}a.test:1`, [protocol])
          client.on('error', () => resolve('refused'))
          client.on('open', () => client.terminate())
          client.on('close', () => resolve(client.protocol === '' ? 'refused' : 'gone'))
        })
      const asked = async (count: number) => vi.waitFor(() => expect(questions.length).toBe(count))
      for (let count = 1; count <= 3; count++) {
        await outcome()
        await asked(count)
      }
      for (let count = 0; count < 20; count++) await outcome()
      await vi.waitFor(() => expect(relay.status().connections).toBe(0))
      expect(questions.length).toBe(3)
      for (const answer of questions.splice(0)) answer()
      await vi.waitFor(async () => {
        await outcome()
        expect(questions.length).toBeGreaterThan(0)
      })
      for (const answer of questions) answer()
    },
  )

  it('hold for one client and for all, and places come back', async () => {
    const { port } = await target(echo)
    const { url, relay } = await relayFor({ limits: { connectionsPerClient: 2 } })
    const first = await dial(url, port)
    await dial(url, port)
    await expect(dial(url, port)).rejects.toMatchObject(because('limit'))
    await first.writable.abort()
    await until(() => relay.status().connections === 1)
    await dial(url, port)
    const small = await relayFor({ limits: { connections: 1 } })
    await dial(small.url, port)
    await expect(dial(small.url, port)).rejects.toMatchObject(because('limit'))
  })

  it('count the address that a trusted proxy gives, and believe no one else', async () => {
    const { port } = await target(echo)
    const of = (client: string) => ({ WebSocket: withHeaders({ 'x-forwarded-for': client }) })
    const trusting = await relayFor({ trustProxy: true, limits: { connectionsPerClient: 1 } })
    await dial(trusting.url, port, of('203.0.113.1'))
    await dial(trusting.url, port, of('203.0.113.1, 203.0.113.2'))
    await expect(dial(trusting.url, port, of('198.51.100.9, 203.0.113.1'))).rejects.toMatchObject(because('limit'))
    // one IPv6 client has a whole /64
    await dial(trusting.url, port, of('2001:db8:1:2::1'))
    await expect(dial(trusting.url, port, of('2001:db8:1:2:ffff::9'))).rejects.toMatchObject(because('limit'))
    await dial(trusting.url, port, of('2001:db8:1:3::1'))
    const strict = await relayFor({ limits: { connectionsPerClient: 1 } })
    await dial(strict.url, port, of('203.0.113.1'))
    await expect(dial(strict.url, port, of('203.0.113.2'))).rejects.toMatchObject(because('limit'))
  })

  it('end a connection that is idle, not one that is used', async () => {
    const { port } = await target(echo)
    const { url } = await relayFor({ limits: { idleTimeoutMs: 1000 } })
    const stream = await dial(url, port)
    const writer = stream.writable.getWriter()
    const reader = stream.readable.getReader()
    for (let index = 0; index < 4; index++) {
      await wait(400)
      await writer.write(utf8('x'))
      await reader.read()
    }
    await expect(reader.read()).rejects.toMatchObject(because('idle'))
  })

  it('close on a message that is too large', async () => {
    const { port } = await target(echo)
    const { url } = await relayFor({ limits: { messageBytes: 1000 } })
    const client = new WebSocket(`${url}127.0.0.1:${port}`)
    client.on('open', () => client.send(new Uint8Array(1001)))
    expect(await new Promise((resolve) => client.on('close', resolve))).toBe(1009)
    // our own client is told the limit and keeps to it
    const writer = (await dial(url, port)).writable.getWriter()
    await writer.write(new Uint8Array(50_000))
  })

  it('cut a client that gives no sign of life', async () => {
    const { port } = await target(echo)
    const { url, relay } = await relayFor({ limits: { pingIntervalMs: 50 } })
    const mute = new WebSocket(`${url}127.0.0.1:${port}`, { autoPong: false })
    await new Promise((resolve) => mute.on('open', resolve))
    await until(() => relay.status().connections === 0)
    await dial(url, port)
    await wait(200)
    expect(relay.status().connections).toBe(1)
  })
})

describe('refusals to clients without the framed protocol are HTTP statuses', () => {
  it.each([
    ['/nonsense', {}, '400 Bad Request'],
    ['/127.0.0.1:80', { 'sec-websocket-protocol': 'mqtt' }, '400 Bad Request'],
    ['/127.0.0.1:80', { origin: 'https://evil.example' }, '403 Forbidden'],
  ])('%s %o: %s', async (path, headers, status) => {
    const { url } = await relayFor()
    expect(await httpUpgrade(url, path, headers as Record<string, string>)).toContain(`HTTP/1.1 ${status}`)
  })

  it('401 without a token', async () => {
    const { url } = await relayFor({ tokens: ['t'] })
    expect(await httpUpgrade(url, '/127.0.0.1:80')).toMatch(/401 Unauthorized[\s\S]*x-webtls-relay-error: unauthorized/)
  })
})
