import { afterEach, describe, expect, test } from 'vitest'
import { exchange } from '../client/http-exchange.js'
import type { RunningServer } from '../support/gnutls-server.js'
import { type NssServerOptions, startNssServer } from '../support/nss-server.js'
import { serverName, testPki } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { connectTo } from './connecting.js'

const pki = testPki()

let server: RunningServer | undefined
afterEach(async () => {
  await server?.stop()
  server = undefined
})

async function connectToNss(options: Partial<NssServerOptions> = {}) {
  server = await startNssServer({ credentials: pki.leaf['ecdsa-p256'], ...options })
  return connectTo(server)
}

async function answers(socket: ReturnType<typeof connectTo>): Promise<void> {
  const { status, body } = await exchange(socket, { path: '/shown', host: serverName })
  expect(status).toBe(200)
  expect(new TextDecoder().decode(body)).toContain('GET /shown')
  await socket.close()
  await socket.closed
}

describe.skipIf(missingTool('selfserv', 'certutil', 'pk12util', 'openssl'))('against NSS selfserv', () => {
  test.each([
    ['1301', 'TLS_AES_128_GCM_SHA256'],
    ['1302', 'TLS_AES_256_GCM_SHA384'],
    ['1303', 'TLS_CHACHA20_POLY1305_SHA256'],
  ])('suite %s', async (code, cipherSuite) => {
    const socket = await connectToNss({ cipherSuites: [code] })
    expect((await socket.opened).cipherSuite).toBe(cipherSuite)
    await answers(socket)
  })

  test.each([
    ['x25519', 'x25519', false],
    ['P256', 'secp256r1', false],
    ['P384', 'secp384r1', true],
    ['P521', 'secp521r1', true],
  ])('group %s', async (group, name, helloRetried) => {
    const socket = await connectToNss({ groups: [group] })
    expect(await socket.opened).toMatchObject({ group: name, helloRetried })
    await answers(socket)
  })

  test.each(['rsa2048', 'ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521'] as const)('a certificate for %s', async (keyType) =>
    answers(await connectToNss({ credentials: pki.leaf[keyType] })),
  )

  test('a request for a client certificate', async () => {
    await answers(await connectToNss({ requestClientCertificate: true }))
  })
})
