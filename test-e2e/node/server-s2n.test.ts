import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { installS2nClient } from '../../scripts/install/s2n-client.js'
import { SecurityPolicy, TicketKeys } from '../../src/index.js'
import { clientCredentials, inFolder } from '../support/openssl-client.js'
import { keyTypes, serverName, testPki } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { answerHttp, type RunningTlsServer, serveTls } from './serving.js'

const pki = testPki()
const library = installS2nClient()
if (library === undefined && process.env.CI) throw new Error('aws-crt could not be installed')
if (library === undefined) console.warn('aws-crt could not be installed: s2n-tls is not tested')
const program = fileURLToPath(new URL('s2n-client.cjs', import.meta.url))

let server: RunningTlsServer | undefined
const serve = async (options: Parameters<typeof serveTls>[0]) => {
  server = await serveTls(options, answerHttp)
  return server
}
afterEach(async () => {
  await server?.stop()
  server = undefined
})

const request = async ({ port }: RunningTlsServer, job: object = {}): Promise<string> => {
  const all = { library, port, caFile: pki.trustAnchorsFile, serverName, path: '/page', ...job }
  const env = { ...process.env, S2N_DONT_MLOCK: '1' }
  return (await promisify(execFile)(process.execPath, [program, JSON.stringify(all)], { env, timeout: 30_000 })).stdout
}

describe.skipIf(library === undefined || missingTool('openssl'))('s2n-tls at our server', () => {
  // it knows no Ed25519
  test.each(keyTypes.filter((type) => type !== 'ed25519'))('takes a certificate of type %s', async (keyType) => {
    expect(await request(await serve({ keyType }))).toBe('200\nyou asked for /page\n')
  })

  test('agrees on X25519MLKEM768 when neither side was told anything', async () => {
    const running = await serve({})
    await request(running)
    expect(await running.sockets[0]?.opened).toMatchObject({ group: 'X25519MLKEM768', helloRetried: false })
  })

  test.each(['secp256r1', 'secp384r1', 'x25519', 'X25519MLKEM768'] as const)(
    'agrees on %s where the server knows nothing else',
    async (group) => {
      const running = await serve({ securityPolicy: SecurityPolicy.from({ groups: [group] }) })
      await request(running)
      expect((await running.sockets[0]?.opened)?.group).toBe(group)
    },
  )

  test.each(['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'] as const)(
    'agrees on %s',
    async (cipherSuite) => {
      const running = await serve({ securityPolicy: SecurityPolicy.from({ cipherSuites: [cipherSuite] }) })
      await request(running)
      expect(await running.sockets[0]?.opened).toMatchObject({ cipherSuite })
    },
  )

  test('gets 200 kilobytes and speaks ALPN', async () => {
    const running = await serve({ alpnProtocols: ['http/1.1'], ticketKeys: TicketKeys.generated() })
    const answer = await request(running, { path: '/letters/200000', alpn: ['http/1.1'] })
    expect(answer).toBe(`200\n${'abcdefghij'.repeat(20_000)}`)
    expect(await running.sockets[0]?.opened).toMatchObject({ alpnProtocol: 'http/1.1' })
  })

  test('shows its certificate where one is required', async () => {
    await inFolder(async (folder) => {
      const { certFile, keyFile } = clientCredentials(folder, pki.leaf['ecdsa-p256'])
      const chain = readFileSync(certFile, 'utf8') + readFileSync(pki.leaf['ecdsa-p256'].intermediateFile, 'utf8')
      writeFileSync(certFile, chain)
      const running = await serve({ clientAuth: 'required', clientTrustAnchors: pki.trustAnchors })
      await request(running, { cert: certFile, key: keyFile })
      expect((await running.sockets[0]?.opened)?.peerCertificates[0]?.dnsNames).toEqual(['client.test'])
    })
  })

  test('refuses a server that another name was certified for', async () => {
    const running = await serve({})
    await expect(request(running, { serverName: 'other.test' })).rejects.toThrow(/AWS_IO_TLS/)
  })
})
