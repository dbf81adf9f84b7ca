import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { patternBytes } from '../client/pattern-bytes.js'
import { type NginxServer, type NginxServerOptions, startNginxServer } from '../support/nginx-server.js'
import { smallText } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'
import { test as base, expect } from './fixtures.js'

/** The main job: a page, a relay, and a web server that knows nothing of either. */
const test = base.extend<{ nginx(options?: Partial<NginxServerOptions>): Promise<NginxServer> }>({
  nginx: async ({ pki, files }, use) => {
    const running: NginxServer[] = []
    await use(async (options) => {
      const server = await startNginxServer({ credentials: pki.leaf.rsa2048, folder: files.folder, ...options })
      running.push(server)
      return server
    })
    for (const server of running) await server.stop()
  },
})

const missing = missingTool('nginx', 'openssl')
test.skip(Boolean(missing), String(missing))

test('GET, of which the relay sees nothing', async ({ nginx, connect, relay }) => {
  const server = await nginx()
  relay.startCapture()
  const report = await connect(server, { request: { path: '/small.txt' }, alpnProtocols: ['http/1.1'] })
  const captured = relay.takeCapture()
  expect(report).toMatchObject({
    alpnProtocol: 'http/1.1',
    helloRetried: false,
    subjects: ['CN=server.test', 'CN=webtls test intermediate rsa2048', 'CN=webtls test root rsa2048'],
    answer: { status: 200, text: smallText },
  })
  // the server's name is in the clear, which shows that the capture works
  expect(captured.includes('server.test')).toBe(true)
  for (const plaintext of [smallText, 'GET /small.txt', 'HTTP/1.1', 'nginx', 'CN=']) {
    expect(captured.includes(plaintext), plaintext).toBe(false)
  }
})

test('a download of 50 MB', async ({ nginx, connect, files }) => {
  const report = await connect(await nginx(), { request: { path: '/large.bin' } })
  expect(report.answer).toMatchObject({ status: 200, length: files.large.size, sha256: files.large.sha256 })
})

test('an upload of 10 MB', async ({ nginx, connect }) => {
  const server = await nginx()
  const uploadBytes = 10_000_000
  const report = await connect(server, { request: { method: 'PUT', path: '/upload/page.bin', uploadBytes } })
  expect(report.answer?.status).toBe(201)
  expect(sha256(readFileSync(join(server.uploadFolder, 'page.bin')))).toBe(sha256(patternBytes(uploadBytes)))
})

test('a HelloRetryRequest, since the server has P-384 only', async ({ nginx, connect }) => {
  const report = await connect(await nginx({ groups: ['secp384r1'] }), { request: { path: '/small.txt' } })
  expect(report).toMatchObject({ group: 'secp384r1', helloRetried: true, answer: { status: 200, text: smallText } })
})

for (const group of ['x25519', 'secp256r1', 'secp521r1']) {
  const openssl = { x25519: 'X25519', secp256r1: 'prime256v1', secp521r1: 'secp521r1' }[group] ?? group
  test(`the group ${group}`, async ({ nginx, connect }) => {
    const report = await connect(await nginx({ groups: [openssl] }), { request: { path: '/small.txt' } })
    expect(report).toMatchObject({ group, answer: { status: 200 } })
  })
}

for (const cipherSuite of ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']) {
  test(`the suite ${cipherSuite}`, async ({ nginx, connect, files }) => {
    const server = await nginx({ cipherSuites: [cipherSuite] })
    const report = await connect(server, { request: { path: '/medium.bin' } })
    const { length, sha256 } = { length: files.medium.size, sha256: files.medium.sha256 }
    expect(report).toMatchObject({ cipherSuite, answer: { status: 200, length, sha256 } })
  })
}

test('a plain relay, of the wsproxy convention', async ({ nginx, connect }) => {
  const report = await connect(await nginx(), { relayMode: 'plain', request: { path: '/small.txt' } })
  expect(report.answer).toMatchObject({ status: 200, text: smallText })
})

test('ten connections at once', async ({ nginx, connect }) => {
  const server = await nginx()
  const reports = await Promise.all(
    Array.from({ length: 10 }, () => connect(server, { request: { path: '/small.txt' } })),
  )
  expect(reports.map((report) => report.answer?.text)).toEqual(Array(10).fill(smallText))
})

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
