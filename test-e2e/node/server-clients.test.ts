import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { SecurityPolicy, TicketKeys } from '../../src/index.js'
import { patternBytes } from '../client/pattern-bytes.js'
import { clientCredentials, inFolder } from '../support/openssl-client.js'
import { keyTypes, serverName, testPki } from '../support/pki.js'
import { startProcess } from '../support/server-process.js'
import { missingTool } from '../support/tools.js'
import { answerHttp, type RunningTlsServer, serveTls } from './serving.js'

const pki = testPki()
let server: RunningTlsServer | undefined
const serve = async (...args: Parameters<typeof serveTls>) => {
  server = await serveTls(...args)
  return server
}
afterEach(async () => {
  await server?.stop()
  server = undefined
})

describe.skipIf(missingTool('openssl', 'curl'))('curl at our server', () => {
  const curl = async ({ port }: RunningTlsServer, ...args: readonly string[]) => {
    const resolve = ['--connect-to', `${serverName}:443:127.0.0.1:${port}`]
    const trust = ['--cacert', pki.trustAnchorsFile, '--tlsv1.3', '--silent', '--show-error', '--http1.1']
    const options = { encoding: 'buffer', maxBuffer: 2 ** 26 } as const
    return (await promisify(execFile)('curl', [...trust, ...resolve, ...args], options)).stdout
  }

  test.each(keyTypes)('gets a page from a server with a key of type %s', async (keyType) => {
    const running = await serve({ keyType, alpnProtocols: ['http/1.1'] }, answerHttp)
    expect(String(await curl(running, `https://${serverName}/page`))).toBe('you asked for /page\n')
    expect(await running.sockets[0]?.opened).toMatchObject({ alpnProtocol: 'http/1.1', serverName })
  })

  test('uploads two megabytes and gets them back', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'upload')
      writeFileSync(file, patternBytes(2_000_000))
      const running = await serve({}, answerHttp)
      const answer = await curl(running, '--data-binary', `@${file}`, '--header', 'Expect:', `https://${serverName}/`)
      expect(answer.equals(readFileSync(file))).toBe(true)
    })
  })

  test('says why when it is refused', async () => {
    const running = await serve({ clientAuth: 'required', clientTrustAnchors: pki.trustAnchors }, answerHttp)
    await expect(curl(running, `https://${serverName}/`)).rejects.toThrow(/certificate required/)
  })
})

describe.skipIf(missingTool('openssl', 'gnutls-cli'))('gnutls-cli at our server', () => {
  const start = ({ port }: RunningTlsServer, ...args: readonly string[]) =>
    startProcess('gnutls-cli', [
      ...['--x509cafile', pki.trustAnchorsFile, '--sni-hostname', serverName, '--verify-hostname', serverName],
      ...['--port', String(port), ...args, '127.0.0.1'],
    ])
  const tls13 = 'NORMAL:-VERS-ALL:+VERS-TLS1.3'
  const converse = async (client: ReturnType<typeof start>) => {
    try {
      await client.waitForOutput(/Simple Client Mode/)
      client.stdin.write('hello\n')
      await client.waitForOutput(/HELLO/)
      return client.output()
    } finally {
      await client.stop()
    }
  }

  test.each(keyTypes)('talks with a server that has a key of type %s', async (keyType) => {
    await converse(start(await serve({ keyType }), '--priority', tls13))
  })

  test.each([
    ['AES-128-GCM', 'TLS_AES_128_GCM_SHA256'],
    ['AES-256-GCM', 'TLS_AES_256_GCM_SHA384'],
    ['CHACHA20-POLY1305', 'TLS_CHACHA20_POLY1305_SHA256'],
  ])('agrees on %s', async (cipher, cipherSuite) => {
    const running = await serve()
    await converse(start(running, '--priority', `${tls13}:-CIPHER-ALL:+${cipher}`))
    expect(await running.sockets[0]?.opened).toMatchObject({ cipherSuite })
  })

  test.each([
    ['SECP256R1', 'secp256r1', false],
    ['X25519', 'x25519', false],
    ['SECP384R1', 'secp384r1', false],
    // its first share is not for this one
    ['SECP256R1:+GROUP-SECP521R1', 'secp521r1', true],
  ] as const)('agrees on the group %s', async (groups, group, helloRetried) => {
    const running = await serve({ securityPolicy: SecurityPolicy.from({ groups: [group] }) })
    await converse(start(running, '--priority', `${tls13}:-GROUP-ALL:+GROUP-${groups}`))
    expect(await running.sockets[0]?.opened).toMatchObject({ group, helloRetried })
  })

  test('resumes its session', async () => {
    const running = await serve({ ticketKeys: TicketKeys.generated() })
    const client = start(running, '--priority', tls13, '--resume', '--waitresumption')
    await client.waitForOutput(/This is a resumed session/, 20_000).finally(() => client.stop())
    expect(await running.sockets[1]?.opened).toMatchObject({ resumed: true })
  })
})

describe.skipIf(missingTool('openssl'))('node:tls at our server', () => {
  const dial = async ({ port }: RunningTlsServer, options: ConnectionOptions = {}): Promise<TLSSocket> => {
    const socket = connect({ port, host: '127.0.0.1', ca: pki.trustAnchors, servername: serverName, ...options })
    await once(socket, 'secureConnect')
    return socket
  }
  const ask = async (socket: TLSSocket, text = 'hello') => {
    socket.write(text)
    return String((await once(socket, 'data'))[0])
  }

  test('derives the same exporters', async () => {
    const running = await serve()
    const socket = await dial(running)
    const context = Buffer.from('context')
    expect(await ask(socket)).toBe('HELLO')
    const ours = await running.sockets[0]?.exportKeyingMaterial('EXPORTER-a', Uint8Array.from(context), 50)
    expect(Buffer.from(ours ?? []).equals(socket.exportKeyingMaterial(50, 'EXPORTER-a', context))).toBe(true)
    socket.destroy()
  })

  test('resumes its session, and each ticket works', async () => {
    const running = await serve({ ticketKeys: TicketKeys.generated(), ticketCount: 3 })
    const first = connect({ port: running.port, host: '127.0.0.1', ca: pki.trustAnchors, servername: serverName })
    const sessions: Buffer[] = []
    first.on('session', (session: Buffer) => sessions.push(session))
    await once(first, 'secureConnect')
    await ask(first)
    await expect.poll(() => sessions.length).toBe(3)
    first.destroy()
    for (const session of sessions) {
      const resumed = await dial(running, { session })
      expect(resumed.isSessionReused()).toBe(true)
      expect(await ask(resumed)).toBe('HELLO')
      resumed.destroy()
    }
  })

  test('resumes at another server that has the same named keys', async () => {
    const key = { name: new Uint8Array(16).fill(1), key: new Uint8Array(32).fill(2) }
    const first = await serve({ ticketKeys: await TicketKeys.named([key]) })
    const client = connect({ port: first.port, host: '127.0.0.1', ca: pki.trustAnchors, servername: serverName })
    const [session] = await once(client, 'session')
    client.destroy()
    await first.stop()
    const second = await serve({ ticketKeys: await TicketKeys.named([key]) })
    const resumed = await dial(second, { session })
    expect(resumed.isSessionReused()).toBe(true)
    resumed.destroy()
  })

  test('shows its certificate, which the server remembers in a resumed session', async () => {
    await inFolder(async (folder) => {
      const issuer = pki.leaf['ecdsa-p384']
      const { certFile, keyFile } = clientCredentials(folder, issuer)
      const cert = readFileSync(certFile, 'utf8') + readFileSync(issuer.intermediateFile, 'utf8')
      const running = await serve({
        clientAuth: 'required',
        clientTrustAnchors: pki.trustAnchors,
        ticketKeys: TicketKeys.generated(),
      })
      const credentials = { cert, key: readFileSync(keyFile, 'utf8') }
      const first = connect({
        ...{ port: running.port, host: '127.0.0.1', ca: pki.trustAnchors, servername: serverName },
        ...credentials,
      })
      const [session] = await once(first, 'session')
      first.destroy()
      const resumed = await dial(running, { session, ...credentials })
      expect(resumed.isSessionReused()).toBe(true)
      for (const { opened } of running.sockets) {
        expect((await opened).peerCertificates[0]?.dnsNames).toEqual(['client.test'])
      }
      resumed.destroy()
    })
  })

  test('gets what it sent, ten megabytes of it', async () => {
    const running = await serve({}, async (socket) => await socket.readable.pipeTo(socket.writable))
    const socket = await dial(running)
    const sent = Buffer.from(patternBytes(10_000_000))
    socket.end(sent)
    const parts: Buffer[] = []
    for await (const part of socket) parts.push(part)
    expect(Buffer.concat(parts).equals(sent)).toBe(true)
  })
})
