import { Writable } from 'node:stream'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { createRelay } from '../../../src/relay.js'
import { until } from '../relay-support.js'
import { echoTls, name, nodeClient, page, readSocket, reverseRelay, token } from './reverse-support.js'

it('counts pages, connections, bytes and refusals of the reverse relay', async () => {
  const { url, port, relay } = await reverseRelay()
  await echoTls(await page(url))
  await expect(page(url, { token: 'wrong' })).rejects.toThrow()
  await expect(nodeClient(port, 'nobody.localhost')).rejects.toThrow()
  const client = await nodeClient(port)
  const during = await relay.registry.metrics()
  expect(during).toContain('webtls_relay_reverse_pages 1')
  expect(during).toContain('webtls_relay_reverse_connections 1')
  client.end('x')
  await readSocket(client)
  await until(() => relay.status().reverse?.connections === 0)
  const after = await relay.registry.metrics()
  expect(after).toContain('webtls_relay_reverse_connections_opened_total 1')
  expect(after).toMatch(/webtls_relay_reverse_connections_ended_total\{outcome="ok"\} 1/)
  expect(after).toMatch(/webtls_relay_reverse_refused_total\{reason="unresolvable"\} 1/)
  expect(after).toMatch(/webtls_relay_refused_total\{reason="unauthorized"\} 1/)
  expect(after).toMatch(/webtls_relay_reverse_bytes_total\{direction="to-page"\} [1-9]\d\d/)
})

it('logs who served and who came, and neither tokens nor payload', async () => {
  let log = ''
  const sink = new Writable({
    write(chunk, _, done) {
      log += chunk
      done()
    },
  })
  const { url, port } = await reverseRelay({ logger: pino(sink) })
  const listener = await page(url)
  await echoTls(listener)
  await expect(page(url, { name: 'a.many.localhost', token: 'not this one' })).rejects.toThrow()
  const client = await nodeClient(port)
  client.end('TOP SECRET')
  await readSocket(client)
  await until(() => log.includes('client ended'))
  await listener.close({ graceMs: 0 })
  await until(() => log.includes('page left'))
  const entries = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(entries.find(({ msg }) => msg === 'client ended')).toMatchObject({ name, client: '127.0.0.1', outcome: 'ok' })
  for (const secret of [token, 'not this one']) {
    expect(log).not.toContain(secret)
    expect(log).not.toContain(Buffer.from(secret).toString('base64url'))
  }
  expect(log).not.toContain('TOP SECRET')
})

it.each([
  [{ 'a..b': 'x' }, /is no name/],
  [{ '*': 'x' }, /is no name/],
  [{ '10.0.0.1': 'x' }, /is no name/],
  [{ 'a.example': '' }, /token of "a.example" is empty/],
])('refuses names %j when it is made', (names, message) => {
  expect(() => createRelay({ logger: false, reverse: { names } })).toThrow(message)
})

it('refuses limits that are none, and a reverse relay that no page could use', () => {
  const names = { 'a.example': 'x' }
  for (const limits of [{ pages: 0 }, { helloBytes: 100_000 }, { helloTimeoutMs: Number.NaN }]) {
    expect(() => createRelay({ logger: false, reverse: { names, limits } })).toThrow(/reverse\.limits/)
  }
  expect(() => createRelay({ logger: false, reverse: {} })).toThrow(/needs names or authorize/)
})
