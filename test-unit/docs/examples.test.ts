import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTlsServer, type Server, type TLSSocket } from 'node:tls'
import { brotliDecompressSync } from 'node:zlib'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import {
  acceptTls,
  connectTls,
  type DuplexStream,
  MemorySessionStore,
  TicketKeys,
  type TlsClientOptions,
  TlsServerConfig,
  type TlsServerOptions,
  type TlsServerSocket,
  type TlsSocket,
  TrustAnchors,
} from '../../src/index.js'
import { dial, listen, type TlsListener } from '../../src/node.js'
import { createRelay, type Relay } from '../../src/relay.js'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'
import type { Bytes } from '../../src/wire/bytes.js'
import { createSelfSigned } from '../../src/x509.js'
import { createTestCa, createTestCertificate, type TestCertificate } from '../support/certificates.js'
import { within } from '../support/deadline.js'
import { type DocExample, docExamples, type RunOptions, runExample, typeErrors } from '../support/doc-examples.js'
import { createTestCrl } from '../support/revocation.js'
import { signWithTestKey, toPem } from '../support/test-keys.js'

const documents = ['README.md', 'docs/guide.md']
const examples = documents.flatMap(docExamples)

describe('the examples of the documents', () => {
  it('are there', () => expect(examples.length).toBeGreaterThan(2))

  it('fit the types of the source', { timeout: 120_000 }, () => {
    // run in files of their own or not at all, and judged here, where the compiler is at work
    const names = ['server-in-a-page', 'sockets', 'relay', 'node', 'errors', 'security-policies', 'x509']
    const others = names.map((name) => `docs/${name}.md`).flatMap(docExamples)
    expect(typeErrors([...examples, ...others])).toEqual([])
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

/** The client's end of a connection to a server of ours, which echoes. */
function echoTransport(options: Partial<TlsServerOptions> = {}, serve = echo): DuplexStream {
  const [client, serverEnd] = memoryDuplexPair()
  const socket = acceptTls(serverEnd, { ...identityOptions(), ...options })
  cleanups.push(() => socket.close('the test is over'))
  serve(socket)
  return client
}

const echo = (socket: TlsServerSocket): void => {
  socket.readable.pipeTo(socket.writable).catch(() => undefined)
}

const identityOptions = (certificate = server) => ({
  identities: [{ certificateChain: certificate.chainPem, privateKey: certificate.pkcs8Pem }],
})

const caPem = () => ca.pem

async function runOver(name: string, given: Record<string, unknown> = {}, transport = echoTransport()) {
  const result = await run(name, { given: { transport, caPem: ca.pem, ...given } })
  return result as { readonly socket: TlsSocket } & Record<string, unknown>
}

async function clientCertificate(): Promise<TestCertificate> {
  return await createTestCertificate({ ca, subject: 'client', keyType: 'ecdsa-p256' })
}

const mutual = () => ({ clientAuth: 'required', clientTrustAnchors: ca.pem }) as const

describe('docs/guide.md', () => {
  it('guide-page', async () => {
    const port = await webServer()
    const shown: string[] = []
    const given = { relayUrl: await relayTo(port), show: (text: string) => shown.push(text) }
    const replace = { 'port: 443': `port: ${port}` }
    const { socket } = await run('guide-page', { given, replace, modules: testRoots })
    await (socket as TlsSocket).close()
    // a port that the relay does not allow
    await run('guide-page', { given, replace: { 'port: 443': 'port: 1' }, modules: testRoots })
    expect(shown).toEqual([expect.stringContaining('www.example.com'), 'The relay says: blocked'])
  })

  it('guide-relay', async () => {
    const { relay, url } = await run('guide-relay', { replace: { 'port: 8080': 'port: 0' } })
    expect(url).toMatch(/^ws:/)
    await (relay as Relay).close({ graceMs: 0 })
  })

  it('guide-private-ca', async () => {
    expect((await (await runOver('guide-private-ca')).socket.opened).protocol).toBe('TLSv1.3')
  })

  it('guide-profile', async () => {
    const { ca: issuer, crlPem, certificate } = await listedServer()
    await runOver('guide-profile', { caPem: issuer.pem, crlPem }, echoTransport(identityOptions(certificate)))
  })

  it('guide-pinning', async () => {
    const hash = await crypto.subtle.digest('SHA-256', server.key.subjectPublicKeyInfo)
    await runOver('guide-pinning', { pinnedKey: Buffer.from(hash).toString('base64') })
    await expect(runOver('guide-pinning', { pinnedKey: 'another' })).rejects.toMatchObject({
      code: 'certificate_refused',
    })
  })

  it('guide-client-certificate', async () => {
    const { chainPem, privateKey } = await clientCertificate()
    const given = { clientChainPem: chainPem, clientKey: privateKey }
    await runOver('guide-client-certificate', given, echoTransport(mutual()))
  })

  it('guide-sign', async () => {
    const { chainPem, key } = await clientCertificate()
    const asked: string[] = []
    const given = {
      clientChainPem: chainPem,
      token: {
        async sign(scheme: string, content: Bytes) {
          asked.push(scheme)
          return await signWithTestKey(key, 'ecdsa-sha256', content)
        },
      },
    }
    const opened = new Promise<unknown>((resolve) => {
      const transport = echoTransport(mutual(), (socket) => resolve(socket.opened))
      void runOver('guide-sign', given, transport)
    })
    expect(await opened).toMatchObject({ signatureScheme: 'ecdsa_secp256r1_sha256' })
    expect(asked).toEqual(['ecdsa_secp256r1_sha256'])
  })

  it('guide-post-handshake', async () => {
    const { chainPem, privateKey } = await clientCertificate()
    const [client, serverEnd] = memoryDuplexPair()
    const socket = acceptTls(serverEnd, { ...identityOptions(), clientTrustAnchors: ca.pem })
    const options = { serverName: 'db.example.com', trustAnchors: caPem(), postHandshakeAuth: true }
    connectTls(client, { ...options, identity: [{ certificateChain: chainPem, privateKey }] })
    expect(await run('guide-post-handshake', { given: { socket } })).toMatchObject({ who: 'CN=client' })
  })

  it('guide-certificate-compression', async () => {
    const given = { certificateChain: server.chainPem, privateKey: server.pkcs8Pem }
    const { config } = (await run('guide-certificate-compression', { given })) as { config: TlsServerConfig }
    const [client, serverEnd] = memoryDuplexPair()
    const sent: string[] = []
    acceptTls(serverEnd, config)
    const socket = connectTls(client, {
      serverName: 'db.example.com',
      trustAnchors: caPem(),
      certificateCompression: [{ algorithm: 'brotli', decompress: (compressed) => brotliDecompressSync(compressed) }],
      onEvent: (event) => event.kind === 'message' && sent.push(event.name),
    })
    await socket.opened
    expect(sent).toContain('compressed_certificate')
    await socket.close()
  })

  it('guide-alpn', async () => {
    const transport = echoTransport({ alpnProtocols: ['http/1.1'] })
    expect(await runOver('guide-alpn', {}, transport)).toMatchObject({ alpnProtocol: 'http/1.1' })
  })

  it('guide-resumption', async () => {
    const ticketKeys = TicketKeys.generated()
    const greet = (socket: TlsServerSocket) => {
      socket.writable
        .getWriter()
        .write(Uint8Array.of(1))
        .catch(() => undefined)
    }
    const dialServer = async () => echoTransport({ ticketKeys }, greet)
    expect(await runOver('guide-resumption', { dialServer })).toMatchObject({ resumed: true })
  })

  it('guide-tickets', async () => {
    const given = {
      certificateChain: server.chainPem,
      privateKey: server.pkcs8Pem,
      sharedName: new Uint8Array(16),
      sharedKey: crypto.getRandomValues(new Uint8Array(32)),
    }
    const { shared } = await run('guide-tickets', { given })
    expect(shared).toBeInstanceOf(TlsServerConfig)
  })

  it('guide-early-data-client and guide-early-data-server', async () => {
    const ticketKeys = TicketKeys.generated()
    const sessionStore = new MemorySessionStore()
    const given = { certificateChain: server.chainPem, privateKey: server.pkcs8Pem, ticketKeys }
    let config: TlsServerConfig | undefined
    const once = {
      create: async (options: TlsServerOptions) => {
        config ??= await TlsServerConfig.create(options)
        return config
      },
    }
    // the first connection has no session and says so
    for (const outcome of ['rejected', 'accepted']) {
      const [client, serverEnd] = memoryDuplexPair()
      const serving = run('guide-early-data-server', {
        given: { ...given, transport: serverEnd },
        modules: { webtls: { TlsServerConfig: once } },
      })
      const result = await runOver('guide-early-data-client', { sessionStore }, client)
      expect(result.earlyData).toBe(outcome)
      const { early, socket } = await serving
      expect(early).toContain(outcome === 'accepted' ? 'GET /weather' : '')
      const accepted = socket as TlsServerSocket
      await accepted.writable.getWriter().write(Uint8Array.of(1))
      await result.socket.readable.getReader().read()
      await Promise.all([result.socket.close(), accepted.close()])
    }
  })

  it('guide-psk', async () => {
    const [clientTransport, serverTransport] = memoryDuplexPair()
    const given = {
      clientTransport,
      serverTransport,
      secret: crypto.getRandomValues(new Uint8Array(32)),
    }
    const { client } = await run('guide-psk', { given })
    expect((await (client as TlsSocket).opened).peerCertificates).toEqual([])
  })

  it('guide-exporter', async () => {
    const socket = connectTls(echoTransport(), { serverName: 'db.example.com', trustAnchors: caPem() })
    expect(await run('guide-exporter', { given: { socket } })).toMatchObject({ binding: { length: 32 } })
  })

  it('guide-identities', async () => {
    const b = await createTestCertificate({ ca, dnsNames: ['b.example.com'] })
    const given = { aChainPem: server.chainPem, aKeyPem: server.pkcs8Pem, bChainPem: b.chainPem, bKeyPem: b.pkcs8Pem }
    const made = await run('guide-identities', { given })
    for (const config of [made.byName, made.chosen] as readonly TlsServerConfig[]) {
      const [client, serverEnd] = memoryDuplexPair()
      acceptTls(serverEnd, config)
      const socket = connectTls(client, { serverName: 'b.example.com', trustAnchors: caPem() })
      expect((await socket.opened).peerCertificates[0]?.dnsNames).toEqual(['b.example.com'])
    }
  })

  it('guide-page-server', async () => {
    const [client, transport] = memoryDuplexPair()
    let certificate = ''
    const spied: typeof createSelfSigned = async (options) => {
      const made = await createSelfSigned(options)
      certificate = made.pem
      return made
    }
    const serving = run('guide-page-server', {
      given: { transport },
      modules: { 'webtls/x509': { createSelfSigned: spied } },
    })
    while (certificate === '') await new Promise((resolve) => setTimeout(resolve, 1))
    const socket = connectTls(client, { serverName: 'guest.local', trustAnchors: certificate })
    expect(await echoed(socket, 'guest')).toBe('guest')
    await serving
  })

  it('guide-half-close', async () => {
    const socket = connectTls(echoTransport(), { serverName: 'db.example.com', trustAnchors: caPem() })
    expect(await run('guide-half-close', { given: { socket } })).toMatchObject({ answer: 'all of the question' })
  })

  it('guide-signal', async () => void (await runOver('guide-signal', { cancelButton: new EventTarget() })))

  it('guide-backpressure', async () => {
    const socket = connectTls(echoTransport(), { serverName: 'db.example.com', trustAnchors: caPem() })
    const file = new Blob([new Uint8Array(300_000)])
    const running = run('guide-backpressure', { given: { socket, file } })
    let received = 0
    for await (const chunk of socket.readable as unknown as AsyncIterable<Uint8Array>) received += chunk.length
    expect(received).toBe(300_000)
    await running
  })

  it('guide-errors', async () => {
    const explained: string[] = []
    const given = { explain: (text: string) => explained.push(text), retryLater: () => explained.push('later') }
    const fail = async (options: TlsClientOptions, transport: DuplexStream | Promise<DuplexStream>) => {
      await run('guide-errors', { given: { ...given, socket: connectTls(transport, options) } })
    }
    await fail({ serverName: 'other.test', trustAnchors: caPem() }, echoTransport())
    await fail({ serverName: 'db.example.com', trustAnchors: caPem() }, Promise.reject(new Error('no network')))
    const demanding = echoTransport({ alpnProtocols: ['h2'] })
    await fail({ serverName: 'db.example.com', trustAnchors: caPem(), alpnProtocols: ['smtp'] }, demanding)
    expect(explained).toEqual([
      expect.stringContaining('RFC 9525'),
      'later',
      'the server refused with no_application_protocol',
    ])
  })

  it('guide-key-log', async () => {
    const lines: string[] = []
    const append = (_: string, line: string) => lines.push(line)
    await run('guide-key-log', {
      given: { transport: echoTransport(), caPem: ca.pem, file: 'keys.log' },
      modules: { 'node:fs': { appendFileSync: append } },
    })
    expect(lines).toHaveLength(5)
    expect(lines[0]).toMatch(/^[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]{64,96}\n$/)
  })

  it('guide-testing', async () => {
    const [clientTransport, serverTransport] = memoryDuplexPair()
    await run('guide-testing', { given: { clientTransport, serverTransport } })
  })

  it('guide-provider', async () => void (await runOver('guide-provider')))
})

/** A server whose certificate the Web PKI's rules allow, and an empty list of its CA. */
async function listedServer() {
  const issuer = await createTestCa()
  const certificate = await createTestCertificate({ ca: issuer, dnsNames: ['db.example.com'] })
  const crl = await createTestCrl(issuer)
  return { ca: issuer, certificate, crlPem: toPem('X509 CRL', crl) }
}

describe('the examples with a name', () => {
  it('were all run', () => {
    expect(examples.flatMap(({ name }) => name ?? []).filter((name) => !ran.has(name))).toEqual([])
  })
})
