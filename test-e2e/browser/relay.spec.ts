import { freePort } from '../support/ports.js'
import { startTestRelay, type TestRelay, type TestRelayOptions } from '../support/test-relay.js'
import { test as base, expect } from './fixtures.js'

/** What a person sees when the relay does not let them through. */
const test = base.extend<{ otherRelay(options?: Partial<TestRelayOptions>): Promise<TestRelay> }>({
  otherRelay: async ({ testPageOrigin }, use) => {
    const running: TestRelay[] = []
    await use(async (options) => {
      const relay = await startTestRelay({ origins: [testPageOrigin], ...options })
      running.push(relay)
      return relay
    })
    for (const relay of running) await relay.stop()
  },
})

const target = { host: '127.0.0.1', port: 9 }
const transportFailed = { name: 'TlsError', code: 'transport_failed', category: 'io' }

test('a target that is not allowed', async ({ otherRelay, connectInVain }) => {
  const { url } = await otherRelay({ allow: ['example.com:443'] })
  expect(await connectInVain(target, { relay: url })).toMatchObject({ ...transportFailed, reason: 'blocked' })
})

test('a page that is not allowed', async ({ otherRelay, connectInVain }) => {
  const { url } = await otherRelay({ origins: ['https://elsewhere.example'] })
  const failure = await connectInVain(target, { relay: url })
  expect(failure).toMatchObject({ ...transportFailed, reason: expect.stringMatching(/forbidden_origin|unreachable/) })
})

test('a token that is wrong', async ({ otherRelay, connectInVain }) => {
  const { url } = await otherRelay({ tokens: ['right'] })
  const failure = await connectInVain(target, { relay: url, relayToken: 'wrong' })
  expect(failure).toMatchObject({ ...transportFailed, reason: expect.stringMatching(/unauthorized|unreachable/) })
})

test('a token that is right, and a server that is not there', async ({ otherRelay, connectInVain }) => {
  const { url } = await otherRelay({ tokens: ['right'] })
  const failure = await connectInVain(
    { host: '127.0.0.1', port: await freePort() },
    { relay: url, relayToken: 'right' },
  )
  expect(failure).toMatchObject({ ...transportFailed, reason: 'refused' })
})

test('a relay that is not there', async ({ connectInVain }) => {
  const failure = await connectInVain(target, { relay: `ws://127.0.0.1:${await freePort()}/` })
  expect(failure).toMatchObject({ ...transportFailed, reason: 'relay_unreachable' })
})
