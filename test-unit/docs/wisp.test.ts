import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { type TlsSocket, TrustAnchors } from '../../src/index.js'
import { listen } from '../../src/node.js'
import { createRelay, type Relay, type RelayOptions } from '../../src/relay.js'
import type { WispSession } from '../../src/wisp.js'
import { credentials, webServer } from '../fetch/support.js'
import { createTestCa, createTestCertificate, type TestCertificate } from '../support/certificates.js'
import { within } from '../support/deadline.js'
import { docExamples, type RunOptions, runExample, typeErrors } from '../support/doc-examples.js'

const examples = docExamples('docs/wisp.md')
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

async function wispRelay(options: RelayOptions): Promise<string> {
  vi.stubGlobal('WebSocket', WebSocket)
  const relay = createRelay({ wisp: true, allowMissingOrigin: true, logger: false, ...options })
  cleanups.push(() => relay.close({ graceMs: 0 }))
  return `${(await relay.listen({ port: 0 })).url}wisp/`
}

describe('the examples of docs/wisp.md', () => {
  let ca: TestCertificate
  let leaf: TestCertificate
  beforeAll(async () => {
    ca = await createTestCa()
    leaf = await createTestCertificate({ ca, dnsNames: ['db.example.com'] })
  })

  it('fit the types of the source', { timeout: 120_000 }, () => {
    expect(examples).toHaveLength(4)
    expect(typeErrors(examples)).toEqual([])
  })

  it('connect', async () => {
    const identities = [{ certificateChain: leaf.chainPem, privateKey: leaf.pkcs8Pem }]
    const listener = await listen({ port: 0, host: '127.0.0.1' }, { identities })
    cleanups.push(() => listener.close({ graceMs: 0 }))
    const { port } = listener.address as { readonly port: number }
    const wispUrl = await wispRelay({ allow: ['127.0.0.1:*'] })
    const { session, socket } = await run('wisp-client', {
      given: { wispUrl, trustAnchors: TrustAnchors.from(ca.pem) },
      replace: { "host: 'db.example.com'": "host: '127.0.0.1'", '5432': String(port) },
    })
    await (socket as TlsSocket).close('the test is over')
    ;(session as WispSession).close()
  })

  it('fetch', async () => {
    const { ca: webCa } = await credentials()
    const { port } = await webServer((_, response) => response.end('hello'))
    const wispUrl = await wispRelay({ allow: ['one.test:*', '127.0.0.1:*'], resolve: async () => ['127.0.0.1'] })
    const { answer, session } = await run('wisp-fetch', {
      given: { wispUrl, trustAnchors: TrustAnchors.from(webCa.pem) },
      replace: { 'www.example.com': `one.test:${port}` },
    })
    expect(await (answer as Response).text()).toBe('hello')
    ;(session as WispSession).close()
  })

  it('dial again after the server was gone', async () => {
    vi.stubGlobal('WebSocket', WebSocket)
    const options = { wisp: true, allow: ['127.0.0.1:*'], allowMissingOrigin: true, logger: false } as const
    const first = createRelay(options)
    const address = await first.listen({ port: 0 })
    const { dial } = await run('wisp-again', { given: { wispUrl: `${address.url}wisp/` } })
    const { port } = await webServer((_, response) => response.end('hello'))
    const answers = async () => {
      const { readable, writable } = await (dial as WispSession['dial'])({ host: '127.0.0.1', port })
      await writable.getWriter().write(new TextEncoder().encode('no TLS'))
      for await (const _ of readable as unknown as AsyncIterable<Uint8Array>) return true
      return true
    }
    expect(await answers()).toBe(true)
    await first.close({ graceMs: 0 })
    await expect(answers()).rejects.toMatchObject({ code: 'transport_failed' })
    const second = createRelay(options)
    cleanups.push(() => second.close({ graceMs: 0 }))
    await second.listen({ port: address.port })
    expect(await answers()).toBe(true)
  })

  it('serve', async () => {
    vi.stubGlobal('WebSocket', WebSocket)
    const identities = [{ certificateChain: leaf.chainPem, privateKey: leaf.pkcs8Pem }]
    const listener = await listen({ port: 0, host: '127.0.0.1' }, { identities })
    cleanups.push(() => listener.close({ graceMs: 0 }))
    const { port } = listener.address as { readonly port: number }
    // the test's database has no public address
    const quiet = ({ allow = [], ...options }: RelayOptions) =>
      createRelay({
        ...options,
        allow: [...allow, `127.0.0.1:${port}`],
        resolve: async () => ['127.0.0.1'],
        logger: false,
      })
    const { relay, wispUrl } = await run('wisp-relay', {
      replace: { 8080: '0', 5432: String(port) },
      modules: { 'webtls/relay': { createRelay: quiet } },
    })
    cleanups.push(() => (relay as Relay).close({ graceMs: 0 }))
    expect(wispUrl).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/wisp\/$/)
    // the document's client, a program, over the document's relay
    const { session, socket } = await run('wisp-client', {
      given: { wispUrl, trustAnchors: TrustAnchors.from(ca.pem) },
      replace: { 5432: String(port) },
    })
    await (socket as TlsSocket).close('the test is over')
    ;(session as WispSession).close()
  })

  it('were all run', () => {
    expect(examples.flatMap(({ name }) => name ?? []).filter((name) => !ran.has(name))).toEqual([])
  })
})
