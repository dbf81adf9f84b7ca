import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createFetch, type FetchOptions } from '../../src/fetch.js'
import { TrustAnchors } from '../../src/index.js'
import { dial } from '../../src/node.js'
import { createRelay } from '../../src/relay.js'
import { credentials, webServer } from '../fetch/support.js'
import { createTestCertificate } from '../support/certificates.js'
import { within } from '../support/deadline.js'
import { docExamples, type RunOptions, runExample, typeErrors } from '../support/doc-examples.js'

const examples = docExamples('docs/fetch.md')
const ran = new Set<string>()

async function run(name: string, options: RunOptions = {}): Promise<Record<string, unknown>> {
  const example = examples.find((each) => each.name === name)
  if (!example) throw new Error(`there is no example ${name}`)
  ran.add(name)
  return await within(runExample(example, options), `the example ${name}`, 15_000)
}

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  vi.unstubAllGlobals()
})

/** A server for the names of the examples, and the options that lead there. */
async function example() {
  const { ca } = await credentials()
  const server = await webServer((request, response) => {
    const cookie = request.headers.cookie ?? ''
    request.resume()
    request.on('end', () => {
      if (request.url === '/login') response.setHeader('set-cookie', 'session=1')
      if (request.url === '/status') response.end('{"ok":true}')
      else if (request.url === '/large') response.end(Buffer.alloc(1_000_000))
      else response.end(`hello ${request.method} ${cookie}`)
    })
  })
  const options: FetchOptions = {
    dial: ({ signal }) => dial({ host: '127.0.0.1', port: server.port, signal }),
    tls: { trustAnchors: ca.pem, serverName: 'one.test' },
  }
  return { ca, port: server.port, options }
}

async function exampleFetch(changes: Partial<FetchOptions> = {}) {
  const { options } = await example()
  const fetch = createFetch({ ...options, ...changes })
  cleanups.push(() => fetch.close('the test is over'))
  return fetch
}

describe('docs/fetch.md', () => {
  it('fits the types of the source', { timeout: 120_000 }, () => {
    expect(examples.length).toBeGreaterThan(4)
    expect(typeErrors(examples)).toEqual([])
  })

  it('fetch-page', async () => {
    const { ca, port } = await example()
    const relay = createRelay({
      allow: [`127.0.0.1:${port}`],
      allowMissingOrigin: true,
      logger: false,
      resolve: async () => ['127.0.0.1'],
    })
    cleanups.push(() => relay.close({ graceMs: 0 }))
    vi.stubGlobal('WebSocket', WebSocket)
    const { url } = await relay.listen({ port: 0 })
    const { text } = await run('fetch-page', {
      replace: { 'wss://relay.example.com/': url, 'https://www.example.com/': `https://one.test:${port}/` },
      modules: { 'webtls/roots': { loadMozillaRoots: async () => TrustAnchors.from(ca.pem) } },
    })
    expect(text).toBe('hello GET ')
  })

  it('fetch-node', async () => {
    const { ca, port } = await example()
    const client = await createTestCertificate({ ca, subject: 'client', keyType: 'ecdsa-p256' })
    const { answer } = await run('fetch-node', {
      given: { caPem: ca.pem, clientChainPem: client.chainPem, clientKeyPem: client.pkcs8Pem },
      replace: { 'https://internal.example.com/': `https://one.test:${port}/` },
      modules: { 'webtls/node': { dial: () => dial({ host: '127.0.0.1', port }) } },
    })
    expect(answer).toEqual({ ok: true })
  })

  it('fetch-streams', async () => {
    const shown: number[] = []
    const given = {
      fetch: await exampleFetch(),
      file: new Blob([new Uint8Array(300_000)]),
      show: (received: number) => shown.push(received),
    }
    const { upload, received } = await run('fetch-streams', { given })
    expect([(upload as Response).status, received, shown.at(-1)]).toEqual([200, 1_000_000, 1_000_000])
  })

  it('fetch-errors', async () => {
    const shown: string[] = []
    const show = (text: string) => shown.push(text)
    const { ca } = await credentials()
    for (const fetch of [
      await exampleFetch(),
      await exampleFetch({ tls: { trustAnchors: ca.pem } }),
      await exampleFetch({ dial: () => new Promise(() => undefined), connectTimeoutMs: 20 }),
      await exampleFetch({ dial: () => Promise.reject(new Error('no network')) }),
    ]) {
      await run('fetch-errors', { given: { fetch, show } })
    }
    expect(shown).toEqual([
      'hello GET ',
      expect.stringContaining('not to be trusted'),
      'the server is too slow',
      expect.stringContaining('no network'),
    ])
  })

  it('fetch-cookies', async () => {
    const { options } = await example()
    const { page, fetch } = await run('fetch-cookies', { given: { options } })
    expect(await (page as Response).text()).toBe('hello GET session=1')
    ;(fetch as ReturnType<typeof createFetch>).close()
  })

  it('has no example that was not run', () => {
    expect(examples.flatMap(({ name }) => name ?? []).filter((name) => !ran.has(name))).toEqual([])
  })
})
