import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { TicketKeys, type TlsEvent } from '../../src/index.js'
import { clientCredentials, inFolder, ocspResponseFor } from '../support/openssl-client.js'
import { keyTypes, serverName, testPki } from '../support/pki.js'
import { type ServerProcess, startProcess } from '../support/server-process.js'
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

const tls13 = 'NORMAL:-VERS-ALL:+VERS-TLS1.3'

function start({ port }: RunningTlsServer, ...args: readonly string[]): ServerProcess {
  const trust = ['--x509cafile', pki.trustAnchorsFile, '--sni-hostname', serverName, '--verify-hostname', serverName]
  const priority = args.includes('--priority') ? [] : ['--priority', tls13]
  return startProcess('gnutls-cli', [...trust, '--port', String(port), ...priority, ...args, '127.0.0.1'])
}

/** Says lines, each of which must come back in capitals. Returns all that it printed. */
async function converse(client: ServerProcess, ...lines: readonly string[]): Promise<string> {
  try {
    await client.waitForOutput(/Simple Client Mode/)
    for (const line of [...lines, 'hello']) {
      client.stdin.write(`${line}\n`)
      await client.waitForOutput(new RegExp(line.toUpperCase()))
    }
    return client.output()
  } finally {
    await client.stop()
  }
}

describe.skipIf(missingTool('openssl', 'gnutls-cli'))('gnutls-cli at our server', () => {
  test('speaks ALPN, by the order of the server', async () => {
    const running = await serve({ alpnProtocols: ['two', 'one'] })
    const output = await converse(start(running, '--alpn', 'one', '--alpn', 'two'))
    expect(output).toContain('Application protocol: two')
  })

  test.each(keyTypes)('is known by its certificate for %s', async (keyType) => {
    await inFolder(async (folder) => {
      const { chainFile, keyFile } = clientCredentials(folder, pki.leaf[keyType], keyType)
      const running = await serve({ clientAuth: 'required', clientTrustAnchors: pki.trustAnchors })
      await converse(start(running, '--x509certfile', chainFile, '--x509keyfile', keyFile))
      const info = await running.sockets[0]?.opened
      expect(info?.peerCertificates[0]?.dnsNames).toEqual(['client.test'])
    })
  })

  test('is refused without a certificate where one is required', async () => {
    const running = await serve({ clientAuth: 'required', clientTrustAnchors: pki.trustAnchors })
    const client = start(running)
    await client.waitForOutput(/Certificate is required|alert.*116/i).finally(() => client.stop())
    await expect(running.sockets[0]?.opened).rejects.toMatchObject({ code: 'certificate_required' })
  })

  test('shows its certificate after the handshake, when it is asked then', async () => {
    await inFolder(async (folder) => {
      const { chainFile, keyFile } = clientCredentials(folder, pki.leaf['ecdsa-p256'])
      const running = await serve({ clientTrustAnchors: pki.trustAnchors })
      const identity = ['--x509certfile', chainFile, '--x509keyfile', keyFile]
      const client = start(running, '--post-handshake-auth', ...identity)
      await client.waitForOutput(/Simple Client Mode/)
      const peer = await running.sockets[0]?.requestClientCertificate()
      expect(peer?.certificates[0]?.dnsNames).toEqual(['client.test'])
      await converse(client, 'and on')
    })
  })

  test.each([['SHA-256', 'ECDHE-PSK:+PSK', '00112233445566778899aabbccddeeff']])(
    'agrees by a pre-shared key with %s',
    async (_hash, exchange, hex) => {
      const running = await serve({ externalPsks: [{ identity: 'device', key: Buffer.from(hex, 'hex') }] })
      const psk = ['--pskusername', 'device', '--pskkey', hex, '--priority', `${tls13}:-KX-ALL:+${exchange}`]
      await converse(start(running, ...psk))
      expect(await running.sockets[0]?.opened).toMatchObject({ signatureScheme: undefined, group: expect.any(String) })
    },
  )

  test.each([true, false])('sends early data, which is accepted: %s', async (accepts) => {
    await inFolder(async (folder) => {
      const early = join(folder, 'early.txt')
      writeFileSync(early, 'early bird')
      const running = await serve({
        ticketKeys: TicketKeys.generated(),
        maxEarlyData: 1000,
        acceptEarlyData: () => accepts,
      })
      const client = start(running, '--resume', '--waitresumption', '--earlydata', early)
      await client.waitForOutput(/This is a resumed session/, 20_000)
      await converse(client, 'later')
      const [, socket] = running.sockets
      expect(await socket?.opened).toMatchObject({ resumed: true, earlyData: accepts ? 'accepted' : 'rejected' })
      expect(await new Response(socket?.earlyData).text()).toBe(accepts ? 'early bird' : '')
    })
  })

  test('updates its keys, and follows ours', async () => {
    const running = await serve()
    const client = start(running, '--inline-commands')
    await client.waitForOutput(/Simple Client Mode/)
    client.stdin.write('first\n')
    await client.waitForOutput(/FIRST/)
    client.stdin.write('^rekey^\n')
    client.stdin.write('second\n')
    // it would not bear a request of ours that crosses its own
    await client.waitForOutput(/SECOND/)
    await running.sockets[0]?.updateKeys({ requestPeer: true })
    await running.sockets[0]?.updateKeys()
    await converse(client, 'third')
  })

  test('exports the same keying material', async () => {
    const running = await serve()
    const client = start(running, '--keymatexport', 'EXPORTER-webtls', '--keymatexportsize', '40')
    const [, theirs] = await client.waitForOutput(/Key material: ([0-9a-f]+)/i)
    const ours = await running.sockets[0]?.exportKeyingMaterial('EXPORTER-webtls', undefined, 40)
    expect(Buffer.from(ours ?? []).toString('hex')).toBe(theirs?.toLowerCase())
    await converse(client)
  })

  test('gets a stapled OCSP response', async () => {
    await inFolder(async (folder) => {
      const ocspResponse = ocspResponseFor(folder, pki.leaf['ecdsa-p256'])
      const running = await serve({ identities: [{ ...identityOf(pki.leaf['ecdsa-p256']), ocspResponse }] })
      const saved = join(folder, 'saved.der')
      const output = await converse(start(running, '--save-ocsp', saved))
      expect(output).toMatch(/^- Options:.*OCSP status request/m)
      expect(readFileSync(saved).equals(ocspResponse)).toBe(true)
    })
  })

  test('gets no record above its limit', async () => {
    const lengths: number[] = []
    const onEvent = (event: TlsEvent) => {
      if (event.kind === 'record' && event.direction === 'sent' && event.epoch === 'application') {
        lengths.push(event.length)
      }
    }
    const running = await serve({ onEvent }, async (socket) => {
      const writer = socket.writable.getWriter()
      await writer.write(new TextEncoder().encode(`${'x'.repeat(5000)} in pieces\n`))
    })
    const client = start(running, '--recordsize', '600')
    await client.waitForOutput(/x{5000} in pieces/).finally(() => client.stop())
    // a record's header, what it asked for and the content type (RFC 8449 section 4), the AEAD's tag
    expect(Math.max(...lengths)).toBe(5 + 600 + 1 + 16)
  })
})
