import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { connectTls } from '../../src/index.js'
import { dialWebSocketRelay } from '../../src/websocket.js'
import { startNodeServer } from '../support/node-server.js'
import { inFolder } from '../support/openssl-client.js'
import { serverName, testPki } from '../support/pki.js'
import type { ServerProcess } from '../support/server-process.js'
import { missingTool } from '../support/tools.js'
import { startWebtls, webtls } from './command-line.js'

const pki = testPki()
const running: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop()
})

/** node:tls, which says back what it hears. */
async function startEcho() {
  const server = await startNodeServer(pki.leaf['ecdsa-p256'], (socket) => socket.pipe(socket))
  running.push(server)
  return server
}

interface RelayCommand {
  readonly process: ServerProcess
  readonly url: string
  /** Without its path. */
  readonly http: string
  readonly metrics: string | undefined
}

async function startRelay(...args: readonly string[]): Promise<RelayCommand> {
  const process = startWebtls(['relay', '--metrics-port', '0', ...args])
  running.push(process)
  const [, url = '', metrics] = await process.waitForOutput(/relay at (\S+)\nmetrics at (\S+)\n/, 20_000)
  return { process, url, http: url.replace(/^ws(s?:\/\/[^/]+).*$/, 'http$1'), metrics }
}

/** Our client through the relay, to the test's server. */
function connect(relay: RelayCommand, { host, port }: { host: string; port: number }, token?: string) {
  const transport = dialWebSocketRelay(relay.url, { host, port, WebSocket, ...(token && { token }) })
  return connectTls(transport, { serverName, trustAnchors: pki.trustAnchors })
}

async function echoes(socket: ReturnType<typeof connect>, text = 'through the relay'): Promise<void> {
  const writer = socket.writable.getWriter()
  await writer.write(new TextEncoder().encode(text))
  await writer.close()
  expect(await new Response(socket.readable).text()).toBe(text)
  await socket.closed
}

describe.skipIf(missingTool('openssl'))('webtls relay', () => {
  test('carries TLS by its flags alone, and shows health, metrics and a log', async () => {
    const server = await startEcho()
    const relay = await startRelay('--port', '0', '--allow', `127.0.0.1:${server.port}`, '--allow-missing-origin')
    await echoes(connect(relay, server))
    expect(await (await fetch(`${relay.http}/health`)).json()).toEqual({ status: 'ok' })
    const metrics = await (await fetch(relay.metrics ?? '')).text()
    expect(metrics).toMatch(/^webtls_relay_connections_ended_total\{outcome="ok"\} 1$/m)
    expect(metrics).toMatch(/^webtls_relay_bytes_total\{[^}]*\} [1-9]\d{2,}$/m)
    const lines = relay.process.output().split('\n')
    const logged = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
    expect(logged.some(({ name }) => name === 'webtls-relay')).toBe(true)
    expect(relay.process.output()).not.toContain('through the relay')
  })

  test('is set up by a file, of which flags replace parts', async () => {
    const server = await startEcho()
    await inFolder(async (folder) => {
      const [config, tokens] = [join(folder, 'relay.json'), join(folder, 'tokens.txt')]
      writeFileSync(tokens, 'open-sesame\n\nsecond\n')
      const file = {
        port: 0,
        basePath: '/of-file/',
        metrics: { port: 0 },
        allow: ['127.0.0.1:1'],
        tokens: ['of-file'],
        log: 'silent',
      }
      writeFileSync(config, JSON.stringify(file))
      const allow = ['--allow', `127.0.0.1:${server.port}`]
      const relay = await startRelay('--config', config, ...allow, '--token-file', tokens, '--base-path', '/of-flag/')
      expect(relay.url).toMatch(/\/of-flag\/$/)
      await echoes(connect(relay, server, 'open-sesame'))
      await echoes(connect(relay, server, 'second'))
      for (const token of ['of-file', undefined]) {
        await expect(connect(relay, server, token).opened).rejects.toMatchObject({ code: 'transport_failed' })
      }
      await expect(connect(relay, { host: '127.0.0.1', port: 1 }, 'second').opened).rejects.toMatchObject({
        code: 'transport_failed',
        cause: { code: 'blocked' },
      })
      // silent: nothing but where it is
      expect(relay.process.output().trim().split('\n')).toHaveLength(2)
    })
  })

  test('drains at the first interrupt, is not healthy then, and ends with 0', async () => {
    const server = await startEcho()
    const relay = await startRelay('--port', '0', '--allow', '127.0.0.1:*', '--allow-missing-origin', '--grace', '30')
    const socket = connect(relay, server)
    await socket.opened
    relay.process.kill('SIGTERM')
    await expect.poll(async () => (await fetch(`${relay.http}/health`).catch(() => undefined))?.status).toBe(503)
    await expect(connect(relay, server).opened).rejects.toMatchObject({ code: 'transport_failed' })
    await echoes(socket, 'what was begun may end')
    expect(await relay.process.exited).toBe(0)
  })

  test('cuts at the second interrupt, and ends with 0', async () => {
    const server = await startEcho()
    const relay = await startRelay('--port', '0', '--allow', '127.0.0.1:*', '--allow-missing-origin')
    const socket = connect(relay, server)
    await socket.opened
    relay.process.kill('SIGINT')
    await expect.poll(async () => (await fetch(`${relay.http}/health`).catch(() => undefined))?.status).toBe(503)
    relay.process.kill('SIGINT')
    expect(await relay.process.exited).toBe(0)
    await expect(socket.closed).rejects.toMatchObject({ code: 'transport_failed' })
  })

  test.each([
    ['a key that is not known', { alow: ['a:1'] }, 'the file has no "alow"; it may have port, host'],
    ['a value of another kind', { limits: { connections: 'many' } }, 'limits.connections is a whole number'],
    ['a pattern that is none', { allow: ['nowhere'] }, 'nowhere'],
  ])('refuses a file with %s, and ends with 2', async (_what, config, message) => {
    await inFolder(async (folder) => {
      const file = join(folder, 'relay.json')
      writeFileSync(file, JSON.stringify(config))
      const { code, stderr } = await webtls(['relay', '--port', '0', '--config', file])
      expect(stderr).toContain(message)
      expect(code).toBe(2)
    })
  })

  test('ends with 3 where its port is taken', async () => {
    const { port } = await startEcho()
    const { code, stderr } = await webtls(['relay', '--port', String(port), '--allow', '*:443', '--origin', '*'])
    expect(stderr).toContain(`cannot listen on 127.0.0.1 port ${port}`)
    expect(code).toBe(3)
  })
})
