import { afterEach, describe, expect, test } from 'vitest'
import { type GnutlsServerOptions, type RunningServer, startGnutlsServer } from '../support/gnutls-server.js'
import { keyTypes, testPki } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { connectTo, expectFailure, readText, writeText } from './connecting.js'

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

describe.skipIf(missingTool('gnutls-serv', 'openssl'))('against gnutls-serv', () => {
  test.each([
    ['AES-128-GCM', 'TLS_AES_128_GCM_SHA256'],
    ['AES-256-GCM', 'TLS_AES_256_GCM_SHA384'],
    ['CHACHA20-POLY1305', 'TLS_CHACHA20_POLY1305_SHA256'],
  ])('%s', async (cipher, cipherSuite) => {
    const socket = connectTo(await serve({ priority: `:-CIPHER-ALL:+${cipher}` }))
    expect((await socket.opened).cipherSuite).toBe(cipherSuite)
    await echoes(socket)
  })

  test.each([
    ['X25519', 'x25519', false],
    ['SECP256R1', 'secp256r1', false],
    ['SECP384R1', 'secp384r1', true],
    ['SECP521R1', 'secp521r1', true],
  ])('%s', async (group, name, helloRetried) => {
    const socket = connectTo(await serve({ priority: `:-GROUP-ALL:+GROUP-${group}` }))
    expect(await socket.opened).toMatchObject({ group: name, helloRetried })
    await echoes(socket)
  })

  test.each(keyTypes)('a certificate for %s', async (keyType) => {
    await echoes(connectTo(await serve({ credentials: pki.leaf[keyType] })))
  })

  test('an application protocol', async () => {
    const socket = connectTo(await serve({ alpnProtocols: ['mqtt'] }), { alpnProtocols: ['imap', 'mqtt'] })
    expect((await socket.opened).alpnProtocol).toBe('mqtt')
    await socket.close()
  })

  test('a request for a client certificate', async () => {
    await echoes(connectTo(await serve({ clientCertificate: 'request' })))
  })

  test('a client certificate that is required', async () => {
    const socket = connectTo(await serve({ clientCertificate: 'require' }))
    await socket.opened
    const error = await expectFailure(socket.readable.getReader().read(), 'peer_alert')
    expect(error.alert).toBe('certificate_required')
  })
})

async function echoes(socket: ReturnType<typeof connectTo>): Promise<void> {
  await writeText(socket, 'hello\n')
  expect(await readText(socket, 6)).toBe('hello\n')
  await socket.close()
  await socket.closed
}
