import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { SecurityPolicy, TicketKeys } from '../../src/index.js'
import {
  clientCredentials,
  converse,
  inFolder,
  ocspResponseFor,
  startOpensslClient,
} from '../support/openssl-client.js'
import { keyTypes, testPki } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { identityOf, type RunningTlsServer, serveTls } from './serving.js'

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
  test.each(keyTypes)('takes a certificate of type %s', async (keyType) => {
    const output = await converse(startOpensslClient(await serve({ keyType })))
    expect(output).toContain('Verify return code: 0 (ok)')
  })

  test.each(['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'])(
    'agrees on %s',
    async (suite) => {
      const output = await converse(startOpensslClient(await serve(), '-ciphersuites', suite))
      expect(output).toContain(`Cipher is ${suite}`)
    },
  )

  test.each([
    ['X25519', 'x25519'],
    ['P-256', 'secp256r1'],
    ['P-384', 'secp384r1'],
    ['P-521', 'secp521r1'],
  ])('agrees on %s, at once and after a HelloRetryRequest', async (name, group) => {
    const running = await serve({ securityPolicy: SecurityPolicy.from({ groups: [group as 'x25519'] }) })
    await converse(startOpensslClient(running, '-groups', name))
    // X448 comes with the share, and we do not know it
    await converse(startOpensslClient(running, '-groups', `X448:${name}`))
    const infos = await Promise.all(running.sockets.map(({ opened }) => opened))
    expect(infos).toMatchObject([
      { group, helloRetried: false },
      { group, helloRetried: true },
    ])
  })

  test('chooses the certificate by the name it asks for', async () => {
    const identities = [identityOf(pki.leaf['ecdsa-p256']), identityOf(pki.wrongName)]
    const running = await serve({ identities })
    const output = await converse(
      startOpensslClient(running, '-servername', 'other.test', '-verify_hostname', 'other.test'),
    )
    expect(output).toContain('CN = other.test')
    expect(await running.sockets[0]?.opened).toMatchObject({ serverName: 'other.test' })
  })

  test('speaks ALPN, and is told when nothing is in common', async () => {
    const running = await serve({ alpnProtocols: ['two', 'one'] })
    expect(await converse(startOpensslClient(running, '-alpn', 'one,two'))).toContain('ALPN protocol: two')
    const refused = startOpensslClient(running, '-alpn', 'three')
    await refused.waitForOutput(/alert no application protocol/)
    await refused.stop()
    await expect(running.sockets[1]?.opened).rejects.toMatchObject({ code: 'no_application_protocol' })
  })

  test('resumes a session, with the same suite and without a certificate', async () => {
    await inFolder(async (folder) => {
      const session = join(folder, 'session.pem')
      const running = await serve({ ticketKeys: TicketKeys.generated() })
      expect(await converse(startOpensslClient(running, '-sess_out', session))).toContain('New, TLSv1.3')
      expect(existsSync(session)).toBe(true)
      expect(await converse(startOpensslClient(running, '-sess_in', session))).toContain('Reused, TLSv1.3')
      expect(await running.sockets[1]?.opened).toMatchObject({ resumed: true, group: expect.any(String) })
    })
  })

  test('resumes a session through a HelloRetryRequest', async () => {
    await inFolder(async (folder) => {
      const session = join(folder, 'session.pem')
      const running = await serve({ ticketKeys: TicketKeys.generated() })
      await converse(startOpensslClient(running, '-sess_out', session))
      const output = await converse(startOpensslClient(running, '-sess_in', session, '-groups', 'X448:P-384'))
      expect(output).toContain('Reused, TLSv1.3')
      expect(await running.sockets[1]?.opened).toMatchObject({ resumed: true, helloRetried: true })
    })
  })

  test('gets a full handshake when the server has other ticket keys', async () => {
    await inFolder(async (folder) => {
      const session = join(folder, 'session.pem')
      const first = await serve({ ticketKeys: TicketKeys.generated() })
      await converse(startOpensslClient(first, '-sess_out', session))
      await first.stop()
      const second = await serve({ ticketKeys: TicketKeys.generated() })
      expect(await converse(startOpensslClient(second, '-sess_in', session))).toContain('New, TLSv1.3')
    })
  })

  test.each([true, false])('sends early data, which is accepted: %s', async (accepts) => {
    await inFolder(async (folder) => {
      const session = join(folder, 'session.pem')
      const early = join(folder, 'early.txt')
      writeFileSync(early, 'early bird')
      const running = await serve({
        ticketKeys: TicketKeys.generated(),
        maxEarlyData: 1000,
        acceptEarlyData: () => accepts,
      })
      await converse(startOpensslClient(running, '-sess_out', session))
      const output = await converse(startOpensslClient(running, '-sess_in', session, '-early_data', early))
      expect(output).toContain(accepts ? 'Early data was accepted' : 'Early data was rejected')
      const [, socket] = running.sockets
      expect(await socket?.opened).toMatchObject({ earlyData: accepts ? 'accepted' : 'rejected', resumed: true })
      expect(await new Response(socket?.earlyData).text()).toBe(accepts ? 'early bird' : '')
    })
  })

  test('shows its certificate where one is required, and is refused without', async () => {
    await inFolder(async (folder) => {
      const { certFile, keyFile } = clientCredentials(folder, pki.leaf['ecdsa-p256'])
      const running = await serve({ clientAuth: 'required', clientTrustAnchors: pki.trustAnchors })
      const chain = ['-cert_chain', pki.leaf['ecdsa-p256'].intermediateFile]
      await converse(startOpensslClient(running, '-cert', certFile, '-key', keyFile, ...chain))
      const info = await running.sockets[0]?.opened
      expect(info?.peerCertificates[0]?.dnsNames).toEqual(['client.test'])

      const refused = startOpensslClient(running)
      await refused.waitForOutput(/alert certificate required/)
      await refused.stop()
      await expect(running.sockets[1]?.opened).rejects.toMatchObject({ code: 'certificate_required' })
    })
  })

  test('agrees by a pre-shared key, and fails with another key', async () => {
    const key = randomBytes(32)
    const running = await serve({ externalPsks: [{ identity: 'device', key }] })
    const psk = (hex: string) => ['-psk', hex, '-psk_identity', 'device', '-ciphersuites', 'TLS_AES_128_GCM_SHA256']
    await converse(startOpensslClient(running, ...psk(key.toString('hex'))))
    expect(await running.sockets[0]?.opened).toMatchObject({ signatureScheme: undefined, peerCertificates: [] })
    const refused = startOpensslClient(running, ...psk(randomBytes(32).toString('hex')))
    await refused.waitForOutput(/alert decrypt error/)
    await refused.stop()
  })

  test('updates keys, alone and with an answer', async () => {
    await converse(startOpensslClient(await serve()), 'first', 'k', 'second', 'K', 'third', 'K', 'K', 'k', 'fourth')
  })

  test('follows our KeyUpdates', async () => {
    const running = await serve()
    const client = startOpensslClient(running)
    await client.waitForOutput(/Verify return code/)
    for (const requestPeer of [false, true, true]) await running.sockets[0]?.updateKeys({ requestPeer })
    await converse(client, 'first', 'second')
  })

  test('gets a stapled OCSP response when it asks for one', async () => {
    await inFolder(async (folder) => {
      const ocspResponse = ocspResponseFor(folder, pki.leaf['ecdsa-p256'])
      const running = await serve({ identities: [{ ...identityOf(pki.leaf['ecdsa-p256']), ocspResponse }] })
      const output = await converse(startOpensslClient(running, '-status'))
      expect(output).toContain('OCSP Response Status: successful')
      expect(output).toContain('Cert Status: good')
      expect(await converse(startOpensslClient(running))).not.toContain('OCSP Response Status')
    })
  })

  test('exports the same keying material', async () => {
    const running = await serve()
    const client = startOpensslClient(running, '-keymatexport', 'EXPORTER-webtls', '-keymatexportlen', '40')
    // while the connection lasts: then its secrets are gone
    const [, theirs] = await client.waitForOutput(/Keying material: ([0-9A-F]+)/)
    const ours = await running.sockets[0]?.exportKeyingMaterial('EXPORTER-webtls', new Uint8Array(), 40)
    expect(
      Buffer.from(ours ?? [])
        .toString('hex')
        .toUpperCase(),
    ).toBe(theirs)
    await converse(client)
  })

  test('logs the same secrets', async () => {
    await inFolder(async (folder) => {
      const theirs = join(folder, 'keys.txt')
      const ours: string[] = []
      const running = await serve({ keyLog: (line) => ours.push(line) })
      await converse(startOpensslClient(running, '-keylogfile', theirs))
      const lines = readFileSync(theirs, 'utf8')
        .split('\n')
        .filter((line) => /^[A-Z]/.test(line))
      expect(ours.toSorted()).toEqual(lines.toSorted())
    })
  })

  test.each([
    ['TLS 1.2 alone', ['-tls1_2'], /alert protocol version/, 'protocol_version'],
    ['a group that we do not know', ['-groups', 'X448'], /alert handshake failure/, 'handshake_failure'],
    ['signatures that we cannot make', ['-sigalgs', 'ed25519'], /alert handshake failure/, 'handshake_failure'],
  ])('is refused with %s', async (_what, args, alert, code) => {
    const running = await serve()
    const client = startOpensslClient(running, ...args)
    await client.waitForOutput(alert)
    await client.stop()
    await expect(running.sockets[0]?.opened).rejects.toMatchObject({ code })
  })
})
