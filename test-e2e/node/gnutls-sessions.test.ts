import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { VerifiedPeer } from '../../src/index.js'
import { type GnutlsServerOptions, type RunningServer, startGnutlsServer } from '../support/gnutls-server.js'
import { clientCredentials, inFolder, ocspResponseFor } from '../support/openssl-client.js'
import { keyTypes, testPki } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { connectTo, expectFailure, NotedSessions, readText, writeText } from './connecting.js'

const pki = testPki()
let server: RunningServer | undefined
afterEach(async () => {
  await server?.stop()
  server = undefined
})

async function serve(options: Partial<GnutlsServerOptions> = {}): Promise<RunningServer> {
  server = await startGnutlsServer({ credentials: pki.leaf['ecdsa-p256'], mode: 'echo', ...options })
  return server
}

async function echoes(socket: ReturnType<typeof connectTo>, text = 'hello\n'): Promise<void> {
  await writeText(socket, text)
  expect(await readText(socket, text.length)).toBe(text)
  await socket.close()
}

async function gainSession(running: RunningServer, sessionStore: NotedSessions): Promise<void> {
  const socket = connectTo(running, { sessionStore })
  await socket.opened
  await sessionStore.received
  await echoes(socket)
}

describe.skipIf(missingTool('gnutls-serv', 'openssl'))('with gnutls-serv', () => {
  test.each([
    ['AES-128-GCM', 'TLS_AES_128_GCM_SHA256'],
    ['AES-256-GCM', 'TLS_AES_256_GCM_SHA384'],
    ['CHACHA20-POLY1305', 'TLS_CHACHA20_POLY1305_SHA256'],
  ])('resumes a session of %s', async (cipher, cipherSuite) => {
    const running = await serve({ priority: `:-CIPHER-ALL:+${cipher}` })
    const sessionStore = new NotedSessions()
    await gainSession(running, sessionStore)
    const socket = connectTo(running, { sessionStore })
    expect(await socket.opened).toMatchObject({ resumed: true, cipherSuite, signatureScheme: undefined })
    await echoes(socket)
  })

  // after a HelloRetryRequest GnuTLS 3.7 does not skip early data, not even that of its own client
  test('sends early data, which is taken', async () => {
    const running = await serve({ extraArguments: ['--earlydata', '--maxearlydata', '1000'] })
    const sessionStore = new NotedSessions()
    await gainSession(running, sessionStore)
    const socket = connectTo(running, { sessionStore, earlyData: new TextEncoder().encode('early-bird\n') })
    expect(await socket.opened).toMatchObject({ resumed: true, earlyData: 'accepted' })
    await echoes(socket)
  })

  test.each(keyTypes)('proves itself by a certificate for %s, which is verified', async (keyType) => {
    await inFolder(async (folder) => {
      const verification = ['--x509cafile', pki.trustAnchorsFile, '--verify-client-cert']
      const running = await serve({ clientCertificate: 'require', extraArguments: verification })
      const { chainFile, keyFile } = clientCredentials(folder, pki.leaf[keyType], keyType)
      const identity = { certificateChain: readFileSync(chainFile, 'utf8'), privateKey: readFileSync(keyFile, 'utf8') }
      await echoes(connectTo(running, { identity }))
      await expect.poll(() => running.output()).toContain('Subject: CN=client.test')
      expect(running.output()).toContain('Status: The certificate is trusted')
    })
  })

  test('agrees by an external PSK, and by no other key', async () => {
    await inFolder(async (folder) => {
      const key = Uint8Array.from({ length: 16 }, (_, index) => index)
      const passwords = join(folder, 'psk.txt')
      writeFileSync(passwords, `device:${Buffer.from(key).toString('hex')}\n`)
      const running = await serve({ priority: ':+ECDHE-PSK:+PSK', extraArguments: ['--pskpasswd', passwords] })
      const socket = connectTo(running, { externalPsks: [{ identity: 'device', key }] })
      expect(await socket.opened).toMatchObject({ signatureScheme: undefined, peerCertificates: [] })
      await echoes(socket)
      const wrong = connectTo(running, { externalPsks: [{ identity: 'device', key: key.toReversed() }] })
      await expectFailure(wrong.opened, 'peer_alert')
    })
  })

  test('takes a stapled OCSP response', async () => {
    await inFolder(async (folder) => {
      const response = ocspResponseFor(folder, pki.leaf['ecdsa-p256'])
      const running = await serve({ extraArguments: ['--ocsp-response', join(folder, 'response.der')] })
      const peers: VerifiedPeer[] = []
      const verifyPeer = (peer: VerifiedPeer) => void peers.push(peer)
      await echoes(connectTo(running, { requestOcspStapling: true, verifyPeer }))
      expect(Buffer.from(peers[0]?.ocspResponse ?? []).equals(response)).toBe(true)
    })
  })

  test('exports the same keying material', async () => {
    const running = await serve({ extraArguments: ['--keymatexport', 'EXPORTER-webtls', '--keymatexportsize', '40'] })
    const socket = connectTo(running)
    await socket.opened
    const ours = Buffer.from(await socket.exportKeyingMaterial('EXPORTER-webtls', undefined, 40)).toString('hex')
    await echoes(socket)
    await expect.poll(() => running.output().toLowerCase()).toContain(`key material: ${ours}`)
  })

  test('updates keys, alone and with an answer', async () => {
    const socket = connectTo(await serve())
    await socket.opened
    for (const requestPeer of [false, true, true]) {
      await socket.updateKeys({ requestPeer })
      await writeText(socket, 'under new keys\n')
      expect(await readText(socket, 15)).toBe('under new keys\n')
    }
    await socket.close()
  })

  test('is sent no record above its limit', async () => {
    const lengths: number[] = []
    const socket = connectTo(await serve(), {
      recordSizeLimit: 600,
      onEvent(event) {
        if (event.kind === 'record' && event.direction === 'received') lengths.push(event.length)
      },
    })
    await echoes(socket, `${'x'.repeat(3000)}\n`)
    expect(Math.max(...lengths)).toBe(5 + 600 + 16)
  })
})
