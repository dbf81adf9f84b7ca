import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { SecurityPolicy, type TlsEvent } from '../../src/index.js'
import {
  clientCredentials,
  converse,
  inFolder,
  ocspResponseFor,
  startOpensslClient,
} from '../support/openssl-client.js'
import { keyTypes, serverName, testPki } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { answerHttp, identityOf, type RunningTlsServer, serveTls } from './serving.js'

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

describe.skipIf(missingTool('openssl'))('openssl s_client at our server', () => {
  test.each(keyTypes)('is known by its certificate for %s', async (keyType) => {
    await inFolder(async (folder) => {
      const { certFile, keyFile } = clientCredentials(folder, pki.leaf[keyType], keyType)
      const running = await serve({ clientAuth: 'required', clientTrustAnchors: pki.trustAnchors })
      const chain = ['-cert_chain', pki.leaf[keyType].intermediateFile]
      await converse(startOpensslClient(running, '-cert', certFile, '-key', keyFile, ...chain))
      expect((await running.sockets[0]?.opened)?.peerCertificates[0]?.dnsNames).toEqual(['client.test'])
    })
  })

  test('shows its certificate after the handshake, when it is asked then', async () => {
    await inFolder(async (folder) => {
      const { certFile, keyFile } = clientCredentials(folder, pki.leaf['ecdsa-p256'])
      const running = await serve({ clientTrustAnchors: pki.trustAnchors })
      const chain = ['-cert_chain', pki.leaf['ecdsa-p256'].intermediateFile]
      const client = startOpensslClient(running, '-enable_pha', '-cert', certFile, '-key', keyFile, ...chain)
      await client.waitForOutput(/Verify return code/)
      const peer = await running.sockets[0]?.requestClientCertificate()
      expect(peer?.certificates[0]?.dnsNames).toEqual(['client.test'])
      await converse(client, 'and on')
    })
  })

  test('has no certificate to show when it is asked after the handshake', async () => {
    const running = await serve({ clientTrustAnchors: pki.trustAnchors })
    const client = startOpensslClient(running, '-enable_pha')
    await client.waitForOutput(/Verify return code/)
    expect(await running.sockets[0]?.requestClientCertificate()).toBeUndefined()
    await converse(client, 'and on')
  })

  test.each([512, 1024, 2048, 4096])('gets no fragment of more than %i bytes when it asks for that', async (length) => {
    const lengths: number[] = []
    const onEvent = (event: TlsEvent) => {
      if (event.kind === 'record' && event.direction === 'sent') lengths.push(event.length)
    }
    const running = await serve({ onEvent }, async (socket) => {
      await socket.writable.getWriter().write(new TextEncoder().encode(`${'x'.repeat(9000)} in pieces\n`))
    })
    const client = startOpensslClient(running, '-maxfraglen', String(length))
    await client.waitForOutput(/x{9000} in pieces/).finally(() => client.stop())
    // RFC 6066 section 4: of plaintext; then the record's header, the content type and the AEAD's tag
    expect(Math.max(...lengths)).toBe(5 + length + 1 + 16)
  })
})

describe.skipIf(missingTool('openssl', 'curl'))('curl at our server', () => {
  const curl = async ({ port }: RunningTlsServer, ...args: readonly string[]) => {
    const resolve = ['--connect-to', `${serverName}:443:127.0.0.1:${port}`]
    const trust = ['--cacert', pki.trustAnchorsFile, '--tlsv1.3', '--silent', '--show-error', '--http1.1']
    const { stdout } = await promisify(execFile)('curl', [...trust, ...resolve, ...args, `https://${serverName}/page`])
    expect(stdout).toBe('you asked for /page\n')
  }

  test.each(['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'])(
    'agrees on %s',
    async (cipherSuite) => {
      const running = await serve({}, answerHttp)
      await curl(running, '--tls13-ciphers', cipherSuite)
      expect(await running.sockets[0]?.opened).toMatchObject({ cipherSuite })
    },
  )

  test.each([
    ['X25519', 'x25519'],
    ['P-256', 'secp256r1'],
    ['P-384', 'secp384r1'],
    ['P-521', 'secp521r1'],
  ] as const)('agrees on the group %s, at once and after a HelloRetryRequest', async (curve, group) => {
    const running = await serve({ securityPolicy: SecurityPolicy.from({ groups: [group] }) }, answerHttp)
    await curl(running, '--curves', curve)
    await curl(running, '--curves', `X448:${curve}`)
    const infos = await Promise.all(running.sockets.map(({ opened }) => opened))
    expect(infos).toMatchObject([
      { group, helloRetried: false },
      { group, helloRetried: true },
    ])
  })

  test('insists on a stapled OCSP response and gets it', async () => {
    await inFolder(async (folder) => {
      const ocspResponse = ocspResponseFor(folder, pki.leaf['ecdsa-p256'])
      const identities = [{ ...identityOf(pki.leaf['ecdsa-p256']), ocspResponse }]
      await curl(await serve({ identities }, answerHttp), '--cert-status')
      await server?.stop()
      await expect(curl(await serve({}, answerHttp), '--cert-status')).rejects.toThrow(/OCSP|status/)
    })
  })

  test('shows its certificate', async () => {
    await inFolder(async (folder) => {
      const { chainFile, keyFile } = clientCredentials(folder, pki.leaf['ecdsa-p384'], 'ecdsa-p384')
      const running = await serve({ clientAuth: 'required', clientTrustAnchors: pki.trustAnchors }, answerHttp)
      await curl(running, '--cert', chainFile, '--key', keyFile)
      expect((await running.sockets[0]?.opened)?.peerCertificates[0]?.dnsNames).toEqual(['client.test'])
    })
  })
})
