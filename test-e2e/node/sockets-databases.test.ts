import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { dial } from '../../src/node.js'
import { createConnect, type SocketTlsOptions } from '../../src/sockets.js'
import { dialWebSocketRelay } from '../../src/websocket.js'
import { type DatabaseClients, loadDatabaseClients } from '../support/build-database-clients.js'
import type { RunningServer } from '../support/gnutls-server.js'
import { testPki } from '../support/pki.js'
import { postgresFolder, startPostgresServer } from '../support/postgres-server.js'
import { startTestRelay, type TestRelay } from '../support/test-relay.js'
import { missingTool } from '../support/tools.js'

const missing = missingTool('openssl') || (postgresFolder() === undefined && 'not installed: postgresql')
if (missing && process.env.CI) throw new Error(missing)

const origin = 'https://page.test'

/** The relay serves pages. */
class PageSocket extends WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols, { origin })
  }
}

/** Clients that people use, with our connect() in place of `cloudflare:sockets`, against a real PostgreSQL. */
describe.skipIf(missing)('clients of PostgreSQL that are written for the Sockets API', () => {
  let server: RunningServer
  let relay: TestRelay
  let clients: DatabaseClients
  const target = () => ({ host: 'localhost', port: server.port })
  const tls = (): SocketTlsOptions => ({ trustAnchors: testPki().trustAnchors })
  const direct = () =>
    createConnect({ dial: ({ port, signal }) => dial({ host: '127.0.0.1', port, signal }), tls: tls() })

  beforeAll(async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    clients = await loadDatabaseClients()
    server = await startPostgresServer(testPki().leaf['ecdsa-p256'])
    relay = await startTestRelay({ origins: [origin] })
  })
  afterAll(async () => {
    await Promise.all([server?.stop(), relay?.stop()])
    vi.unstubAllGlobals()
  })

  const expected = { ssl: true, version: 'TLSv1.3', sum: 42, length: 5_000_000, failed: '42703' }

  it('pg queries over TLS, which PostgreSQL itself confirms', async () => {
    expect(await clients.queryWithPg(direct(), target())).toEqual({
      ...expected,
      notes: { count: 1000, length: 1_000_000 },
      errors: [],
    })
  })

  it('pg queries in plaintext, which the socket calls off', async () => {
    expect(await clients.queryWithPg(direct(), { ...target(), ssl: false })).toMatchObject({
      ssl: false,
      sum: 42,
      errors: [],
    })
  })

  it('pg keeps a pool', async () => {
    expect(await clients.poolWithPg(direct(), target())).toEqual(Array.from({ length: 20 }, (_, number) => number))
  })

  it('pg is told why a server is not trusted', async () => {
    const connect = createConnect({ dial: ({ port }) => dial({ host: '127.0.0.1', port }), tls: tls() })
    await expect(clients.queryWithPg(connect, { host: 'elsewhere.test', port: server.port })).rejects.toThrow(
      /^SocketError: certificate .* not for "elsewhere.test"/,
    )
  })

  it('Postgres.js queries over TLS', async () => {
    const numbers = Array.from({ length: 10 }, (_, number) => number)
    expect(await clients.queryWithPostgres(direct(), target())).toEqual({ ...expected, numbers })
    const plain = await clients.queryWithPostgres(direct(), { ...target(), ssl: false })
    expect(plain).toMatchObject({ ssl: false, sum: 42 })
  })

  it('both through a relay, which sees the request for TLS and ciphertext', async () => {
    const connect = createConnect({
      dial: ({ port, signal }) =>
        dialWebSocketRelay(relay.url, { host: '127.0.0.1', port, signal, WebSocket: PageSocket }),
      tls: tls(),
    })
    relay.startCapture()
    expect(await clients.queryWithPg(connect, target())).toMatchObject(expected)
    expect(await clients.queryWithPostgres(connect, target())).toMatchObject(expected)
    const seen = relay.takeCapture()
    expect(seen.length).toBeGreaterThan(10_000_000)
    expect(seen.includes(Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]))).toBe(true)
    for (const text of ['tester', 'select', 'xxxxxxxx', 'nonsense']) expect(seen.includes(text)).toBe(false)
  })
})
