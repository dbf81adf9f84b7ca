import { createServer } from 'node:http'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { createRelay } from '../../src/relay.js'
import { dial, echo, readAll, relayFor, target, until, utf8, wait, whenDone } from './relay-support.js'

describe('a relay that closes', () => {
  it('lets connections end, and takes no new ones meanwhile', async () => {
    const { port } = await target(echo)
    const { url, relay } = await relayFor()
    const stream = await dial(url, port)
    const closing = relay.close({ graceMs: 5000 })
    await expect(dial(url, port)).rejects.toMatchObject({ cause: { code: 'shutting_down' } })
    const writer = stream.writable.getWriter()
    await writer.write(utf8('last words'))
    await writer.close()
    expect((await readAll(stream.readable)).toString()).toBe('last words')
    await closing
    await expect(dial(url, port)).rejects.toMatchObject({ cause: { code: 'relay_unreachable' } })
  })

  it('ends those that do not end by the deadline, with a reason', async () => {
    const { port } = await target(echo)
    const { url, relay } = await relayFor()
    const reading = (await dial(url, port)).readable.getReader().read()
    const closing = relay.close({ graceMs: 50 })
    await expect(reading).rejects.toMatchObject({ cause: { code: 'shutting_down' } })
    await closing
  })
})

describe('a client', () => {
  it('may give up dialling', async () => {
    const { url } = await relayFor({ allow: ['*:1'], resolve: () => new Promise(() => undefined) })
    const abort = new AbortController()
    const dialling = dial(url, 1, { host: 'slow.example', signal: abort.signal })
    setTimeout(() => abort.abort(new Error('enough')), 50)
    await expect(dialling).rejects.toMatchObject({ name: 'TlsError', code: 'aborted' })
    await expect(dial(url, 1, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    await expect(dial(url, 1, { host: 'slow.example', timeoutMs: 50 })).rejects.toMatchObject({
      cause: { code: 'timed_out' },
    })
  })

  it('is told of wrong arguments before anything is sent', async () => {
    for (const [url, host, port] of [
      ['nonsense', 'a', 1],
      ['ftp://a/', 'a', 1],
      ['ws://a/', 'a/b', 1],
      ['ws://a/', '', 1],
      ['ws://a/', 'a', 0],
      ['ws://a/', 'a', 65536],
    ] as const) {
      await expect(dial(url, port, { host })).rejects.toMatchObject({ code: 'invalid_argument' })
    }
  })

  it('learns that the relay was lost, in reads and in writes that wait', async () => {
    const { port } = await target((socket) => socket.pause())
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const relay = createRelay({ allow: ['127.0.0.1:*'], allowMissingOrigin: true, logger: false })
    relay.attach(server)
    whenDone(() => relay.close({ graceMs: 0 }))
    const sockets: { destroy(): void }[] = []
    server.on('connection', (socket) => sockets.push(socket))
    const { port: relayPort } = server.address() as { port: number }
    const stream = await dial(`ws://127.0.0.1:${relayPort}/`, port)
    const reading = stream.readable.getReader().read()
    const writer = stream.writable.getWriter()
    writer.write(new Uint8Array(64 * 1024 * 1024)).catch(() => undefined)
    await wait(50)
    for (const socket of sockets) socket.destroy()
    await expect(reading).rejects.toMatchObject({ code: 'transport_failed', cause: { code: 'relay_lost' } })
    await expect(writer.closed).rejects.toMatchObject({ cause: { code: 'relay_lost' } })
    server.close()
  })
})

describe('around the relay', () => {
  it('answers requests that are no WebSockets, and health', async () => {
    const { url } = await relayFor()
    const http = url.replace('ws:', 'http:')
    expect((await fetch(http)).status).toBe(404)
    const response = await fetch(`${http}127.0.0.1:80`)
    expect([response.status, response.headers.get('upgrade')]).toEqual([426, 'websocket'])
    expect(await (await fetch(`${http}health`)).json()).toEqual({ status: 'ok' })
  })

  it('serves metrics on their own port only', async () => {
    const { port } = await target(echo)
    const relay = createRelay({ allow: ['127.0.0.1:*'], allowMissingOrigin: true, logger: false })
    const { url } = await relay.listen({ port: 0, metrics: { port: 0 } })
    whenDone(() => relay.close({ graceMs: 0 }))
    const stream = await dial(url, port)
    await stream.writable.getWriter().write(utf8('12345'))
    await stream.readable.getReader().read()
    const metrics = await (await fetch(`${relay.metricsAddress?.url}metrics`)).text()
    expect(metrics).toContain('webtls_relay_connections 1')
    expect(metrics).toContain('webtls_relay_bytes_total{direction="to-target"} 5')
    expect((await fetch(`${relay.metricsAddress?.url}health`)).status).toBe(200)
    expect((await fetch(`${url.replace('ws:', 'http:')}metrics`)).status).toBe(426)
  })

  it('logs who, where and how it ended, and neither payload nor token', async () => {
    let log = ''
    const sink = new Writable({
      write(chunk, _, done) {
        log += chunk
        done()
      },
    })
    const { port } = await target(echo)
    const { url } = await relayFor({ logger: pino(sink), tokens: ['hush-hush'] })
    const stream = await dial(url, port, { token: 'hush-hush' })
    const writer = stream.writable.getWriter()
    await writer.write(utf8('TOP SECRET'))
    await writer.close()
    await readAll(stream.readable)
    await until(() => log.includes('connection ended'))
    const entries = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(entries.at(-1)).toMatchObject({
      connection: stream.connectionId,
      client: '127.0.0.1',
      host: '127.0.0.1',
      port,
      outcome: 'ok',
      bytesToTarget: 10,
      bytesToClient: 10,
    })
    expect(log).not.toMatch(/TOP SECRET|hush|VE9QIFNFQ1JFVA|aHVzaC1odXNo/)
  })

  it.each(['framed', 'plain'] as const)(
    'tells the log, and not the client, to which addresses a permitted name leads (%s)',
    async (mode) => {
      let log = ''
      const sink = new Writable({
        write(chunk, _, done) {
          log += chunk
          done()
        },
      })
      const options = { allow: ['localhost:18443'], resolve: async () => ['127.0.0.1', '::1'], logger: pino(sink) }
      const { url } = await relayFor(options)
      const reached = dial(url, 18443, { host: 'localhost', mode }).then((stream) => readAll(stream.readable))
      const error = await reached.catch((thrown: Error) => thrown)
      expect(String(error)).toMatch(/this relay does not allow localhost:18443/)
      expect(String(error)).not.toMatch(/127\.0\.0\.1|loopback|::1/)
      await until(() => log.includes('connection ended'))
      expect(JSON.parse(log.trim().split('\n').at(-1) ?? '')).toMatchObject({
        outcome: 'blocked',
        detail:
          'localhost leads to 127.0.0.1, a loopback address; ::1, a loopback address, which a name does not permit: ' +
          'list 127.0.0.1:18443, [::1]:18443',
      })
    },
  )

  it('shares a server with other upgrades below its base path', async () => {
    const { port } = await target(echo)
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const relay = createRelay({ allow: ['127.0.0.1:*'], allowMissingOrigin: true, basePath: '/relay/', logger: false })
    const detach = relay.attach(server)
    whenDone(() => relay.close({ graceMs: 0 }))
    whenDone(() => server.close())
    const { port: relayPort } = server.address() as { port: number }
    const base = `ws://127.0.0.1:${relayPort}`
    await dial(`${base}/relay`, port)
    await expect(dial(base, port)).rejects.toMatchObject({ cause: { code: 'relay_unreachable' } })
    let others = 0
    server.on('upgrade', (_, socket) => {
      others += 1
      socket.destroy()
    })
    await expect(dial(base, port)).rejects.toMatchObject({ cause: { code: 'relay_unreachable' } })
    expect(others).toBeGreaterThan(0)
    detach()
  })
})
