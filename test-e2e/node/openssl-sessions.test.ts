import { afterEach, describe, expect, test } from 'vitest'
import { SecurityPolicy } from '../../src/index.js'
import { type OpensslServer, type OpensslServerOptions, startOpensslServer } from '../support/openssl-server.js'
import { testPki } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { connectTo, expectFailure, NotedSessions, writeText } from './connecting.js'

let server: OpensslServer | undefined
afterEach(async () => {
  await server?.stop()
  server = undefined
})

async function serve(options: Partial<OpensslServerOptions>): Promise<OpensslServer> {
  server = await startOpensslServer({ credentials: testPki().leaf['ecdsa-p256'], ...options })
  return server
}

/** A connection that lasts until its tickets are there. */
async function gainSession(running: OpensslServer, sessionStore: NotedSessions): Promise<void> {
  const socket = connectTo(running, { sessionStore })
  await socket.opened
  await sessionStore.received
  await socket.close()
}

/** That the server can read what comes under the keys of this connection. */
async function isHeard(running: OpensslServer, socket: ReturnType<typeof connectTo>, text: string): Promise<void> {
  await writeText(socket, `${text}\n`)
  await running.process.waitForOutput(new RegExp(text))
  await socket.close()
}

describe.skipIf(missingTool('openssl'))('with openssl s_server', () => {
  test.each(['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'] as const)(
    'resumes a session of %s',
    async (cipherSuite) => {
      const running = await serve({ cipherSuites: [cipherSuite] })
      const sessionStore = new NotedSessions()
      await gainSession(running, sessionStore)
      const socket = connectTo(running, { sessionStore })
      expect(await socket.opened).toMatchObject({ resumed: true, cipherSuite, signatureScheme: undefined })
      expect((await socket.opened).peerCertificates).toHaveLength(2)
      await isHeard(running, socket, 'once more')
      expect(running.output()).toContain('Reused session-id')
    },
  )

  test('resumes through a HelloRetryRequest', async () => {
    const running = await serve({ groups: ['P-384'] })
    const sessionStore = new NotedSessions()
    await gainSession(running, sessionStore)
    const socket = connectTo(running, { sessionStore })
    expect(await socket.opened).toMatchObject({ resumed: true, helloRetried: true, group: 'secp384r1' })
    await isHeard(running, socket, 'once more')
  })

  test('makes a full handshake when the server does not know the ticket', async () => {
    const sessionStore = new NotedSessions()
    const first = await serve({})
    await gainSession(first, sessionStore)
    await first.stop()
    const second = await serve({})
    const socket = connectTo(second, { sessionStore })
    expect(await socket.opened).toMatchObject({ resumed: false, signatureScheme: 'ecdsa_secp256r1_sha256' })
    await isHeard(second, socket, 'from the beginning')
  })

  test('sends early data, which is taken once: not with the same ticket again', async () => {
    const running = await serve({ extraArguments: ['-early_data', '-max_early_data', '1000'] })
    const sessionStore = new NotedSessions({ isReusing: true })
    await gainSession(running, sessionStore)
    const earlyData = new TextEncoder().encode('early-bird\n')

    const accepted = connectTo(running, { sessionStore, earlyData })
    expect(await accepted.opened).toMatchObject({ resumed: true, earlyData: 'accepted' })
    await isHeard(running, accepted, 'after it')
    expect(running.output().match(/early-bird/g)).toHaveLength(1)

    const replayed = connectTo(running, { sessionStore, earlyData })
    expect(await replayed.opened).toMatchObject({ resumed: false, earlyData: 'rejected' })
    await isHeard(running, replayed, 'in the end')
    expect(running.output().match(/early-bird/g)).toHaveLength(1)
  })

  test('sends early data that a HelloRetryRequest rejects', async () => {
    // else it forgets the ticket at the first ClientHello, and does not know it at the second
    const extraArguments = ['-early_data', '-max_early_data', '1000', '-no_anti_replay']
    const running = await serve({ groups: ['P-521'], extraArguments })
    const sessionStore = new NotedSessions()
    await gainSession(running, sessionStore)
    const earlyData = new TextEncoder().encode('early-bird\n')
    const socket = connectTo(running, { sessionStore, earlyData })
    expect(await socket.opened).toMatchObject({ resumed: true, helloRetried: true, earlyData: 'rejected' })
    await isHeard(running, socket, 'after it')
    expect(running.output()).not.toContain('early-bird')
  })

  test('sends no more early data than the ticket allows', async () => {
    const running = await serve({ extraArguments: ['-early_data', '-max_early_data', '10'] })
    const sessionStore = new NotedSessions()
    await gainSession(running, sessionStore)
    const socket = connectTo(running, { sessionStore, earlyData: new Uint8Array(11) })
    expect(await socket.opened).toMatchObject({ resumed: true, earlyData: 'rejected' })
    await isHeard(running, socket, 'after it')
  })

  test('agrees by an external PSK, and by no other key', async () => {
    const key = Uint8Array.from({ length: 32 }, (_, index) => index)
    const psk = ['-psk', Buffer.from(key).toString('hex'), '-psk_identity', 'device', '-nocert']
    const running = await serve({ extraArguments: psk })
    const externalPsks = [{ identity: 'device', key }]
    const socket = connectTo(running, { externalPsks })
    expect(await socket.opened).toMatchObject({ signatureScheme: undefined, peerCertificates: [], group: 'x25519' })
    await isHeard(running, socket, 'without a certificate')

    const wrong = connectTo(running, { externalPsks: [{ identity: 'device', key: key.toReversed() }] })
    await expectFailure(wrong.opened, 'peer_alert')
    const unknown = connectTo(running, { externalPsks: [{ identity: 'someone', key }] })
    await expectFailure(unknown.opened, 'peer_alert')
  })

  test('chooses among its PSKs by what the server knows, after a HelloRetryRequest too', async () => {
    const key = new Uint8Array(16).fill(7)
    const psk = ['-psk', Buffer.from(key).toString('hex'), '-psk_identity', 'second', '-nocert']
    const running = await serve({ groups: ['P-521'], extraArguments: psk })
    const externalPsks = [
      { identity: 'first', key: new Uint8Array(32).fill(1), hash: 'SHA-384' as const },
      { identity: 'second', key },
    ]
    const securityPolicy = SecurityPolicy.from({ groups: ['x25519', 'secp521r1'], keyShares: ['x25519'] })
    const socket = connectTo(running, { externalPsks, securityPolicy })
    expect(await socket.opened).toMatchObject({ helloRetried: true, group: 'secp521r1', peerCertificates: [] })
    await isHeard(running, socket, 'the second one')
  })
})
