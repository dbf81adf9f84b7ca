import { buildDatabasePage, serveDatabasePage } from '../support/build-database-clients.js'
import type { RunningServer } from '../support/gnutls-server.js'
import { postgresFolder, startPostgresServer } from '../support/postgres-server.js'
import { test as base, expect, skipWithoutOpenssl } from './fixtures.js'

const test = base.extend<object, { postgres: RunningServer | undefined }>({
  postgres: [
    async ({ pki }, use) => {
      const server = postgresFolder() === undefined ? undefined : await startPostgresServer(pki.leaf['ecdsa-p256'])
      await use(server)
      await server?.stop()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
})

const expected = {
  ssl: true,
  version: 'TLSv1.3',
  sum: 42,
  length: 5_000_000,
  numbers: Array.from({ length: 10 }, (_, number) => number),
  failed: '42703',
}

test('a page queries PostgreSQL through the relay, with a client that is written for the Sockets API', async ({
  engine,
  testPage,
  relay,
  pki,
  postgres,
}, testInfo) => {
  skipWithoutOpenssl(testInfo)
  testInfo.skip(postgres === undefined, 'not installed: postgresql')
  if (postgres === undefined) return
  const module = await buildDatabasePage(engine)
  relay.startCapture()
  const task = { module, relay: relay.url, host: '127.0.0.1', port: postgres.port, trustAnchors: pki.trustAnchors }
  const answers = await testPage.evaluate(async (task) => {
    // a module of its own: the test page need not carry a database's client
    const { queryThroughRelay } = await import(task.module)
    return await queryThroughRelay(task)
  }, task)
  expect(answers).toEqual(expected)
  const seen = relay.takeCapture()
  expect(seen.length).toBeGreaterThan(5_000_000)
  for (const text of ['tester', 'select', 'xxxxxxxx', 'nonsense']) expect(seen.includes(text)).toBe(false)
})

test("a page of Vite's development server does so with the same configuration", async ({
  engine,
  testPage,
  relay,
  pki,
  postgres,
}, testInfo) => {
  skipWithoutOpenssl(testInfo)
  testInfo.skip(postgres === undefined, 'not installed: postgresql')
  if (postgres === undefined) return
  const { url, stop } = await serveDatabasePage(engine)
  try {
    const task = {
      module: url,
      relay: relay.url,
      host: '127.0.0.1',
      port: postgres.port,
      trustAnchors: pki.trustAnchors,
    }
    const answers = await testPage.evaluate(async (task) => {
      const { queryThroughRelay } = await import(task.module)
      return await queryThroughRelay(task)
    }, task)
    expect(answers).toEqual(expected)
  } finally {
    await stop()
  }
})
