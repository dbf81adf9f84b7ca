import { createServer, type Socket as NetSocket, type Server } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { TrustAnchors } from '../../src/index.js'
import { dial } from '../../src/node.js'
import { createRelay } from '../../src/relay.js'
import { type Connect, type CreateConnectOptions, createConnect, type Socket } from '../../src/sockets.js'
import { createTestCa, createTestCertificate } from '../support/certificates.js'
import { within } from '../support/deadline.js'
import { docExamples, type RunOptions, runExample } from '../support/doc-examples.js'

const examples = docExamples('docs/sockets.md')
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

let made: ReturnType<typeof makeCredentials> | undefined
const credentials = () => {
  made ??= makeCredentials()
  return made
}
async function makeCredentials() {
  const ca = await createTestCa()
  const names = ['www.example.com', 'db.example.com', 'mail.example.com']
  const { chainPem, pkcs8Pem } = await createTestCertificate({ ca, dnsNames: names })
  return { ca, tls: { cert: chainPem, key: pkcs8Pem, minVersion: 'TLSv1.3' as const } }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => server.close())
  return (server.address() as { port: number }).port
}

/** A web server that answers once, and knows its clients by certificate. */
async function webServer(): Promise<number> {
  const { ca, tls } = await credentials()
  const options = { ...tls, ALPNProtocols: ['http/1.1'], requestCert: true, rejectUnauthorized: false, ca: ca.pem }
  return await listening(
    createTlsServer(options, (socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello'))
    }),
  )
}

/** The examples' names all lead to `port`. */
async function connectTo(port: number, options: Partial<CreateConnectOptions> = {}): Promise<Connect> {
  const { ca } = await credentials()
  return createConnect({
    dial: ({ signal }) => dial({ host: '127.0.0.1', port, signal }),
    tls: { trustAnchors: ca.pem },
    ...options,
  })
}

/** Where the examples have their relay. */
async function relayTo(port: number) {
  const relay = createRelay({ allow: ['127.0.0.1:*'], origins: ['https://page.test'], logger: false })
  const { url } = await relay.listen({ port: 0 })
  cleanups.push(() => relay.close({ graceMs: 0 }))
  vi.stubGlobal(
    'WebSocket',
    class extends WebSocket {
      constructor(address: string, protocols: string[]) {
        expect(address).toContain('/www.example.com:443')
        super(`${url}127.0.0.1:${port}`, protocols, { origin: 'https://page.test' })
      }
    },
  )
  const { ca } = await credentials()
  // Mozilla's roots do not vouch for the test's server
  const sockets = await import('../../src/sockets.js')
  const trusting = (options: CreateConnectOptions) =>
    sockets.createConnect({ tls: { trustAnchors: ca.pem }, ...options })
  return { modules: { 'webtls/sockets': { createConnect: trusting } } }
}

describe('docs/sockets.md', () => {
  // that they fit the types is judged in examples.test.ts, where the compiler is at work
  it('has examples', () => expect(examples).toHaveLength(5))

  it('sockets-page', async () => {
    const { answer, alpn, tls } = await run('sockets-page', await relayTo(await webServer()))
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n.*hello$/s)
    expect(alpn).toBe('http/1.1')
    expect(tls).toMatchObject({ protocol: 'TLSv1.3' })
  })

  it('sockets-module', async () => {
    const { connect } = await run('sockets-module', {
      ...(await relayTo(await webServer())),
      given: { caPem: (await credentials()).ca.pem },
      replace: { 'export const': 'const' },
    })
    const socket = (connect as Connect)('www.example.com:443', { secureTransport: 'on' })
    await within(socket.opened, 'opened')
    await socket.close()
  })

  it('sockets-node', async () => {
    const { ca } = await credentials()
    const client = await createTestCertificate({ ca, extendedKeyUsage: ['clientAuth'] })
    const port = await webServer()
    const { socket, remoteAddress, localAddress } = await run('sockets-node', {
      given: { caPem: ca.pem, clientChainPem: client.chainPem, clientKeyPem: client.pkcs8Pem },
      modules: {
        'webtls/node': { dial: ({ signal }: { signal: AbortSignal }) => dial({ host: '127.0.0.1', port, signal }) },
      },
    })
    expect(remoteAddress).toBe(`127.0.0.1:${port}`)
    expect(localAddress).toMatch(/^127\.0\.0\.1:/)
    await (socket as Socket).close()
  })

  it('sockets-starttls', async () => {
    const { tls } = await credentials()
    const port = await listening(
      createServer((socket: NetSocket) => {
        socket.on('error', () => undefined)
        socket.write('* OK ready\r\n')
        socket.once('data', (data) => {
          expect(data.toString()).toBe('a STARTTLS\r\n')
          // a word in two parts
          socket.write('a O')
          setTimeout(() => {
            socket.write('K begin\r\n')
            new TLSSocket(socket, { isServer: true, ...tls }).on('error', () => undefined)
          }, 10)
        })
      }),
    )
    const { socket, plain } = await run('sockets-starttls', { given: { connect: await connectTo(port) } })
    expect((plain as Socket).upgraded).toBe(true)
    await (socket as Socket).close('done')
  })

  it('sockets-errors', async () => {
    const shown: string[] = []
    const show = (text: string) => shown.push(text)
    const silent = await listening(createServer((socket) => socket.on('error', () => undefined)))
    for (const connect of [
      await connectTo(await webServer(), { tls: { trustAnchors: TrustAnchors.from((await createTestCa()).pem) } }),
      await connectTo(silent, { connectTimeoutMs: 50 }),
      await connectTo(1),
    ]) {
      await run('sockets-errors', { given: { connect, show } })
    }
    expect(shown).toEqual([
      expect.stringMatching(/^not to be trusted: /),
      'it takes too long',
      expect.stringMatching(/^it did not work: TypeError: SocketError: no connection to 127\.0\.0\.1 port 1/),
    ])
  })

  it('every example with a name was run', () => {
    expect(examples.flatMap(({ name }) => name ?? []).filter((name) => !ran.has(name))).toEqual([])
  })
})
