import { afterEach, describe, expect, test } from 'vitest'
import { readToEnd } from '../client/http-exchange.js'
import { type NginxServer, startNginxServer } from '../support/nginx-server.js'
import { serverName, testPki } from '../support/pki.js'
import { smallText, testFiles } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'
import { connectTo, NotedSessions, writeText } from './connecting.js'

let server: NginxServer | undefined
afterEach(async () => {
  await server?.stop()
  server = undefined
})

const request = `GET /small.txt HTTP/1.1\r\nHost: ${serverName}\r\nConnection: close\r\n\r\n`

async function serve(options: { readonly groups?: readonly string[]; readonly earlyData?: boolean } = {}) {
  server = await startNginxServer({ credentials: testPki().leaf.rsa2048, folder: testFiles().folder, ...options })
  return server
}

async function ask(socket: ReturnType<typeof connectTo>): Promise<void> {
  await writeText(socket, request)
  await answers(socket)
}

async function answers(socket: ReturnType<typeof connectTo>): Promise<void> {
  const answer = new TextDecoder().decode(await readToEnd(socket.readable))
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(answer.endsWith(smallText)).toBe(true)
  await socket.close()
}

async function gainSession(running: NginxServer, sessionStore: NotedSessions): Promise<void> {
  const socket = connectTo(running, { sessionStore })
  expect(await socket.opened).toMatchObject({ resumed: false })
  await ask(socket)
  await sessionStore.received
}

describe.skipIf(missingTool('nginx', 'openssl'))('with nginx', () => {
  test.each([
    ['at once', undefined, false],
    ['after a HelloRetryRequest', ['secp384r1'], true],
  ])('resumes a session, %s', async (_when, groups, helloRetried) => {
    const running = await serve(groups && { groups })
    const sessionStore = new NotedSessions()
    await gainSession(running, sessionStore)
    const socket = connectTo(running, { sessionStore })
    expect(await socket.opened).toMatchObject({ resumed: true, helloRetried, signatureScheme: undefined })
    await ask(socket)
  })

  test('has a request answered that was early data', async () => {
    const running = await serve({ earlyData: true })
    const sessionStore = new NotedSessions()
    await gainSession(running, sessionStore)
    const socket = connectTo(running, { sessionStore, earlyData: new TextEncoder().encode(request) })
    expect(await socket.opened).toMatchObject({ resumed: true, earlyData: 'accepted' })
    await answers(socket)
  })

  test('sends a request again that was rejected as early data', async () => {
    const running = await serve({ earlyData: true, groups: ['secp521r1'] })
    const sessionStore = new NotedSessions()
    await gainSession(running, sessionStore)
    const socket = connectTo(running, { sessionStore, earlyData: new TextEncoder().encode(request) })
    expect(await socket.opened).toMatchObject({ resumed: true, helloRetried: true, earlyData: 'rejected' })
    await ask(socket)
  })
})
