import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type ConnectionOptions, connect, type TLSSocket, type TlsOptions } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { TicketKeys, type VerifiedPeer } from '../../src/index.js'
import { type NodeServer, startNodeServer } from '../support/node-server.js'
import { clientCredentials, inFolder, ocspResponseFor } from '../support/openssl-client.js'
import { keyTypes, serverName, testPki } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { connectTo, expectFailure, NotedSessions, readText, writeText } from './connecting.js'
import { identityOf, type RunningTlsServer, serveTls } from './serving.js'

const pki = testPki()
const cipherSuites = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'] as const
const curves = [
  ['X25519', 'x25519'],
  ['P-256', 'secp256r1'],
  ['P-384', 'secp384r1'],
  ['P-521', 'secp521r1'],
] as const
const combinations = cipherSuites.flatMap((suite) => curves.map(([curve, group]) => [suite, group, curve] as const))

const running: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})

describe.skipIf(missingTool('openssl'))('our client at node:tls', () => {
  const serve = async (
    options: TlsOptions = {},
    handle: (socket: TLSSocket) => void = (socket) => socket.pipe(socket),
  ) => {
    const server = await startNodeServer(pki.leaf['ecdsa-p256'], handle, options)
    running.push(server)
    return server
  }
  const echoes = async (socket: ReturnType<typeof connectTo>) => {
    await writeText(socket, 'hello')
    expect(await readText(socket, 5)).toBe('hello')
    await socket.close()
  }

  test.each(combinations)('agrees on %s and %s', async (cipherSuite, group, ecdhCurve) => {
    const socket = connectTo(await serve({ ciphers: cipherSuite, ecdhCurve }))
    expect(await socket.opened).toMatchObject({ cipherSuite, group })
    await echoes(socket)
  })

  test.each(keyTypes)('verifies a certificate for %s', async (keyType) => {
    const { chainFile, keyFile } = pki.leaf[keyType]
    await echoes(connectTo(await serve({ cert: readFileSync(chainFile), key: readFileSync(keyFile) })))
  })

  test('resumes a session', async () => {
    const server = await serve()
    const sessionStore = new NotedSessions()
    const first = connectTo(server, { sessionStore })
    await first.opened
    await sessionStore.received
    await echoes(first)
    const second = connectTo(server, { sessionStore })
    expect(await second.opened).toMatchObject({ resumed: true })
    await echoes(second)
  })

  test.each(keyTypes)('proves itself by a certificate for %s', async (keyType) => {
    await inFolder(async (folder) => {
      const known: Promise<string>[] = []
      const server = await serve({ requestCert: true, ca: pki.trustAnchors, rejectUnauthorized: true }, (socket) => {
        known.push(Promise.resolve(`${socket.authorized} ${socket.getPeerCertificate().subject.CN}`))
        socket.pipe(socket)
      })
      const identity = identityOf({ ...pki.leaf[keyType], ...clientCredentials(folder, pki.leaf[keyType], keyType) })
      await echoes(connectTo(server, { identity }))
      expect(await Promise.all(known)).toEqual(['true client.test'])
    })
  })

  test('agrees on a protocol, and is refused without a common one', async () => {
    const server = await serve({ ALPNProtocols: ['h2', 'imap'] })
    const socket = connectTo(server, { alpnProtocols: ['imap', 'h2'] })
    expect(await socket.opened).toMatchObject({ alpnProtocol: 'h2' })
    await echoes(socket)
    const error = await expectFailure(connectTo(server, { alpnProtocols: ['ftp'] }).opened, 'peer_alert')
    expect(error.alert).toBe('no_application_protocol')
  })

  test('takes a stapled OCSP response', async () => {
    await inFolder(async (folder) => {
      const response = ocspResponseFor(folder, pki.leaf['ecdsa-p256'])
      const server = await serveWithStaple(response)
      const peers: VerifiedPeer[] = []
      const verifyPeer = (peer: VerifiedPeer) => void peers.push(peer)
      await echoes(connectTo(server, { requestOcspStapling: true, verifyPeer }))
      expect(Buffer.from(peers[0]?.ocspResponse ?? []).equals(response)).toBe(true)
    })
  })

  async function serveWithStaple(response: Buffer): Promise<NodeServer> {
    const server = await startNodeServer(pki.leaf['ecdsa-p256'], (socket) => socket.pipe(socket), {}, response)
    running.push(server)
    return server
  }

  test('exports the same keying material, with and without a context', async () => {
    const exports: Buffer[] = []
    const server = await serve({}, (socket) => {
      for (const context of [Buffer.from('context'), Buffer.alloc(0)]) {
        exports.push(socket.exportKeyingMaterial(50, 'EXPORTER-a', context))
      }
      socket.pipe(socket)
    })
    const socket = connectTo(server)
    await socket.opened
    const ours = await Promise.all(
      [new TextEncoder().encode('context'), undefined].map((context) =>
        socket.exportKeyingMaterial('EXPORTER-a', context, 50),
      ),
    )
    await echoes(socket)
    expect(ours.map((bytes) => Buffer.from(bytes))).toEqual(exports)
  })

  test('agrees by an external PSK', async () => {
    const psk = Buffer.alloc(32, 5)
    const asked: string[] = []
    const server = await serve({
      // OpenSSL's PSKs are for SHA-256, and by itself it would rather have a suite of SHA-384
      ciphers: 'TLS_AES_128_GCM_SHA256',
      pskCallback(_socket, identity) {
        asked.push(identity)
        return identity === 'device' ? psk : null
      },
    })
    const socket = connectTo(server, { externalPsks: [{ identity: 'device', key: Uint8Array.from(psk) }] })
    expect(await socket.opened).toMatchObject({ signatureScheme: undefined, peerCertificates: [] })
    await echoes(socket)
    expect(asked).toContain('device')
  })
})

describe.skipIf(missingTool('openssl'))('node:tls at our server', () => {
  const serve = async (...args: Parameters<typeof serveTls>) => {
    const server = await serveTls(...args)
    running.push(server)
    return server
  }
  const dial = async ({ port }: RunningTlsServer, options: ConnectionOptions = {}): Promise<TLSSocket> => {
    const socket = connect({ port, host: '127.0.0.1', ca: pki.trustAnchors, servername: serverName, ...options })
    await once(socket, 'secureConnect')
    return socket
  }
  const echoes = async (socket: TLSSocket) => {
    socket.write('hello')
    expect(String((await once(socket, 'data'))[0])).toBe('HELLO')
    socket.destroy()
  }

  test.each(combinations)('agrees on %s and %s', async (cipherSuite, group, ecdhCurve) => {
    const server = await serve()
    await echoes(await dial(server, { ciphers: cipherSuite, ecdhCurve, minVersion: 'TLSv1.3' }))
    expect(await server.sockets[0]?.opened).toMatchObject({ cipherSuite, group })
  })

  test.each(keyTypes)('verifies a certificate for %s', async (keyType) => {
    const socket = await dial(await serve({ keyType }))
    expect(socket.authorized).toBe(true)
    await echoes(socket)
  })

  test('agrees on a protocol', async () => {
    const socket = await dial(await serve({ alpnProtocols: ['h2', 'imap'] }), { ALPNProtocols: ['imap', 'h2'] })
    expect(socket.alpnProtocol).toBe('h2')
    await echoes(socket)
  })

  test('gets a stapled OCSP response when it asks for one', async () => {
    await inFolder(async (folder) => {
      const ocspResponse = ocspResponseFor(folder, pki.leaf['ecdsa-p256'])
      const server = await serve({ identities: [{ ...identityOf(pki.leaf['ecdsa-p256']), ocspResponse }] })
      const options = { port: server.port, host: '127.0.0.1', ca: pki.trustAnchors, servername: serverName }
      // @types/node lacks it here
      const asking: ConnectionOptions & { requestOCSP: boolean } = { ...options, requestOCSP: true }
      const socket = connect(asking)
      const [response] = await once(socket, 'OCSPResponse')
      expect(ocspResponse.equals(response)).toBe(true)
      await once(socket, 'secureConnect')
      await echoes(socket)
    })
  })

  test('agrees by an external PSK', async () => {
    const psk = Buffer.alloc(32, 5)
    const server = await serve({ externalPsks: [{ identity: 'device', key: Uint8Array.from(psk) }] })
    const socket = await dial(server, {
      pskCallback: () => ({ psk, identity: 'device' }),
      checkServerIdentity: () => undefined,
    })
    await echoes(socket)
    expect(await server.sockets[0]?.opened).toMatchObject({ signatureScheme: undefined })
  })

  test('resumes its session after a HelloRetryRequest too', async () => {
    const server = await serve({ ticketKeys: TicketKeys.generated() })
    const first = connect({ port: server.port, host: '127.0.0.1', ca: pki.trustAnchors, servername: serverName })
    const [session] = await once(first, 'session')
    first.destroy()
    const again = await dial(server, { session, ecdhCurve: 'P-384' })
    expect(again.isSessionReused()).toBe(true)
    await echoes(again)
    expect(await server.sockets[1]?.opened).toMatchObject({ resumed: true, group: 'secp384r1' })
  })
})
