import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { cli, startCli } from './cli-support.js'

const folder = mkdtempSync(join(tmpdir(), 'webtls-serve-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('serve echoes to connect, and both end well', async () => {
  const ca = join(folder, 'ca.pem')
  const server = startCli(['serve', '--port', '0', '--ca-out', ca, '--json'])
  const [, port] = await server.waitFor(/:(\d+)\//)
  const { code, stdout, stderr } = await cli(['connect', `localhost:${port}`, '--ca', ca], 'hello')
  expect(stdout).toBe('hello')
  expect(stderr).toContain('TLSv1.3, TLS_AES_128_GCM_SHA256')
  expect(code).toBe(0)
  await server.waitFor(/"event":"closed"/)
  server.interrupt()
  expect(await server.exited).toBe(0)
})

it('relay listens, shows its health, and ends by an interrupt', async () => {
  const options = ['--port', '0', '--metrics-port', '0', '--allow', '127.0.0.1:1', '--origin', '*', '--log', 'silent']
  const relay = startCli(['relay', ...options])
  const [, port, metricsPort] = await relay.waitFor(/relay at ws:\S+:(\d+)\/\nmetrics at http:\S+:(\d+)\/metrics/)
  expect(await (await fetch(`http://127.0.0.1:${port}/health`)).json()).toEqual({ status: 'ok' })
  const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  expect(metrics).toContain('webtls_relay_connections')
  relay.interrupt()
  expect(await relay.exited).toBe(0)
})

it('relay says at its start of which listed names no address is permitted', async () => {
  const allow = ['localhost:18443', 'db.internal:5432', 'localhost:80', '127.0.0.1:80'].flatMap((each) => [
    '--allow',
    each,
  ])
  const relay = startCli(['relay', '--port', '0', '--origin', '*', '--log', 'silent', ...allow])
  await relay.waitFor(/relay at/)
  expect(relay.stderr()).toContain('webtls: localhost:18443 permits public addresses only')
  expect(relay.stderr()).toContain('as 127.0.0.1:18443\n')
  expect(relay.stderr()).toContain('webtls: db.internal:5432 permits public addresses only')
  expect(relay.stderr()).not.toContain('localhost:80')
  relay.interrupt()
  expect(await relay.exited).toBe(0)
})

it.each(['--origin', '--config'])('relay refuses by %s an origin that no page has', async (option) => {
  const config = join(folder, 'relay.json')
  writeFileSync(config, JSON.stringify({ origins: ['https://a.example/'] }))
  const { code, stderr } = await cli([
    'relay',
    '--port',
    '0',
    option,
    option === '--config' ? config : 'https://a.example/',
  ])
  expect(stderr).toContain('it should be "https://a.example"')
  expect(code).toBe(2)
})
