import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTlsServer, type Server, type TLSSocket } from 'node:tls'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { connectTls, type TlsSocket, TrustAnchors } from '../../src/index.js'
import { dial, listen, type TlsListener } from '../../src/node.js'
import { createRelay } from '../../src/relay.js'
import { createTestCa, createTestCertificate, type TestCertificate } from '../support/certificates.js'
import { within } from '../support/deadline.js'
import { type DocExample, docExamples, type RunOptions, runExample, typeErrors } from '../support/doc-examples.js'

const documents = ['README.md']
const examples = documents.flatMap(docExamples)

describe('the examples of the documents', () => {
  it('are there', () => expect(examples.length).toBeGreaterThan(2))

  it('fit the types of the source', { timeout: 120_000 }, () => {
    expect(typeErrors(examples)).toEqual([])
  })
})

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  vi.unstubAllGlobals()
})

let ca: TestCertificate
let server: TestCertificate
beforeAll(async () => {
  ca = await createTestCa()
  server = await createTestCertificate({ ca, dnsNames: ['www.example.com', 'db.example.com', 'localhost'] })
})

async function run(name: string, options: RunOptions = {}): Promise<Record<string, unknown>> {
  return await within(runExample(find(name), options), `the example ${name}`, 15_000)
}

function find(name: string): DocExample {
  const example = examples.find((each) => each.name === name)
  if (!example) throw new Error(`no document has an example ${name}`)
  ran.add(name)
  return example
}
const ran = new Set<string>()

async function listening(made: Server): Promise<number> {
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => made.close())
  return (made.address() as { port: number }).port
}

const tlsOptions = () => ({ key: server.pkcs8Pem, cert: server.chainPem, minVersion: 'TLSv1.3' as const })

/** An echo by node:tls. */
async function echoServer(serve: (socket: TLSSocket) => void = (socket) => socket.pipe(socket)): Promise<number> {
  return await listening(
    createTlsServer(tlsOptions(), (socket) => {
      socket.on('error', () => undefined)
      cleanups.push(() => socket.destroy())
      serve(socket)
    }),
  )
}

const webServer = () => listening(createHttpsServer(tlsOptions(), (_, response) => response.end('hello')))

async function relayTo(port: number): Promise<string> {
  const relay = createRelay({
    allow: [`127.0.0.1:${port}`],
    allowMissingOrigin: true,
    logger: false,
    resolve: async () => ['127.0.0.1'],
  })
  cleanups.push(() => relay.close({ graceMs: 0 }))
  vi.stubGlobal('WebSocket', WebSocket)
  return (await relay.listen({ port: 0 })).url
}

const testRoots = { 'webtls/roots': { loadMozillaRoots: async () => TrustAnchors.from(ca.pem) } }

/** A listener that the example loops over: the test talks to it and then ends it. */
function listenerOf(): {
  readonly modules: NonNullable<RunOptions['modules']>
  readonly listener: Promise<TlsListener>
} {
  let take: (listener: TlsListener) => void = () => undefined
  const listener = new Promise<TlsListener>((resolve) => {
    take = resolve
  })
  const spied: typeof listen = async (_, config, options) => {
    const made = await listen({ port: 0 }, config, options)
    take(made)
    return made
  }
  return { modules: { 'webtls/node': { listen: spied } }, listener }
}

async function echoed(socket: TlsSocket, text: string): Promise<string> {
  const writer = socket.writable.getWriter()
  await writer.write(new TextEncoder().encode(text))
  await writer.close()
  return await new Response(socket.readable as ReadableStream<Uint8Array<ArrayBuffer>>).text()
}

describe('README.md', () => {
  it('readme-page', async () => {
    const port = await webServer()
    const url = await relayTo(port)
    const { answer, cipherSuite } = await run('readme-page', {
      replace: { 'wss://relay.example.com/': url, 'port: 443': `port: ${port}` },
      modules: testRoots,
    })
    expect(answer).toContain('hello')
    expect(cipherSuite).toMatch(/^TLS_/)
  })

  it('readme-node', async () => {
    const port = await echoServer()
    const { group, socket } = await run('readme-node', {
      replace: { "host: 'db.example.com'": "host: '127.0.0.1'", 'port: 5432': `port: ${port}` },
      modules: { 'webtls/node': { loadSystemTrustAnchors: async () => TrustAnchors.from(ca.pem) } },
    })
    expect(group).toBeDefined()
    await (socket as TlsSocket).close()
  })

  it('readme-server', async () => {
    const { modules, listener } = listenerOf()
    const files: Record<string, string> = { 'chain.pem': server.chainPem, 'key.pem': server.pkcs8Pem }
    const serving = run('readme-server', {
      modules: { ...modules, 'node:fs/promises': { readFile: async (name: string) => files[name] } },
    })
    const { address, close } = Object.assign(await listener, {})
    if (!address || 'path' in address) throw new Error('no port')
    const socket = connectTls(dial(address), { serverName: 'localhost', trustAnchors: ca.pem })
    expect(await echoed(socket, 'twice')).toBe('twice')
    await socket.closed
    await close.call(await listener)
    await serving
  })
})

describe('the examples with a name', () => {
  it('were all run', () => {
    expect(examples.flatMap(({ name }) => name ?? []).filter((name) => !ran.has(name))).toEqual([])
  })
})
