import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { SecurityPolicy, TicketKeys } from '../../src/index.js'
import type { Browser, BrowserPage } from '../browsers/browser.js'
import { patternBytes, sha256Hex } from '../client/pattern-bytes.js'
import { identityOf } from '../node/serving.js'
import { type KeyType, testPki } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { type HttpsServer, startHttpsServer } from './https-server.js'
import { browserKeys, launchTrusting, missingBrowser, type TrustingBrowser } from './trusting-browser.js'

/** What people have in front of a server of ours, with an authority that they were told to trust. */
interface UserClient {
  /** The text of the page. */
  get(url: string): Promise<string>
  /** So many bytes there and back: SHA-256 of what came back. */
  post(url: string, length: number): Promise<string>
  close(): Promise<void>
}

const pki = testPki()
const uploadLength = 1_000_000

let server: HttpsServer
const serve = async (options?: Parameters<typeof startHttpsServer>[0]) => {
  server = await startHttpsServer(options)
  return `https://localhost:${server.port}`
}
afterEach(() => server?.stop())

describe.each(['Chromium', 'Firefox'] as const)('%s', (name) => {
  describe.skipIf(missingTool('openssl') || missingBrowser(name))('as client', () => {
    testClient(() => browserClient(name), browserKeys, 'X25519MLKEM768')
  })
})

describe('curl', () => {
  describe.skipIf(missingTool('openssl', 'curl'))('as client', () => {
    testClient(async () => curl, [...browserKeys, 'rsa-pss', 'ecdsa-p521', 'ed25519'], 'x25519')
  })
})

function testClient(start: () => Promise<UserClient>, keyTypes: readonly KeyType[], group: string): void {
  let client: UserClient
  beforeAll(async () => {
    client = await start()
  })
  afterAll(() => client?.close())

  test('gets a page, by its best group and the application protocol', async () => {
    expect(await client.get(`${await serve()}/page`)).toContain('you asked for /page')
    expect(server.connections[0]).toMatchObject({ serverName: 'localhost', alpnProtocol: 'http/1.1', group })
  })

  test.each(keyTypes)('takes a certificate of type %s', async (keyType) => {
    expect(await client.get(await serve({ identities: [identityOf(pki.leaf[keyType])] }))).toContain('you asked for /')
  })

  test.each(['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'] as const)(
    'agrees on %s',
    async (cipherSuite) => {
      await client.get(await serve({ securityPolicy: SecurityPolicy.from({ cipherSuites: [cipherSuite] }) }))
      expect(server.connections[0]).toMatchObject({ cipherSuite })
    },
  )

  test('answers a HelloRetryRequest', async () => {
    await client.get(await serve({ securityPolicy: SecurityPolicy.from({ groups: ['secp384r1'] }) }))
    expect(server.connections[0]).toMatchObject({ group: 'secp384r1', helloRetried: true })
  })

  test('sends a megabyte and gets it back', async () => {
    const url = await serve()
    expect(await client.post(url, uploadLength)).toBe(await sha256Hex(patternBytes(uploadLength)))
  })

  test('resumes its session', async () => {
    const url = await serve({ ticketKeys: TicketKeys.generated() })
    await client.post(url, 10)
    await expect.poll(() => server.connections.some(({ resumed }) => resumed)).toBe(true)
  })

  test('refuses a server that nobody it trusts vouches for', async () => {
    const url = await serve({ identities: [identityOf(pki.unknownIssuer)] })
    await expect(client.get(url)).rejects.toThrow()
    // Chromium's word for it is the second
    await expect
      .poll(() => server.errors.map(({ alert }) => alert))
      .toContainEqual(expect.stringMatching(/^(unknown_ca|certificate_unknown)$/))
  })
}

async function browserClient(name: TrustingBrowser): Promise<UserClient> {
  const browser: Browser = await launchTrusting(name)
  const onPage = async <T>(url: string, use: (page: BrowserPage) => Promise<T>): Promise<T> => {
    const page = await browser.open(url)
    try {
      return await use(page)
    } finally {
      await page.close()
    }
  }
  return {
    get: (url) => onPage(url, (page) => page.evaluate(() => document.body.innerText, undefined)),
    // the page and what it asks for are two connections, the second with a session
    post: (url, length) =>
      onPage(url, (page) =>
        page.evaluate(async (length) => {
          const bytes = new Uint8Array(length)
          // as pattern-bytes.ts: only the function's text goes to the page
          for (let index = 0, state = 0x9e3779b9; index < length; index++) {
            state ^= state << 13
            state ^= state >>> 17
            state ^= state << 5
            bytes[index] = state
          }
          const answer = await fetch('/', { method: 'POST', body: bytes })
          const digest = await crypto.subtle.digest('SHA-256', await answer.arrayBuffer())
          return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
        }, length),
      ),
    close: () => browser.close(),
  }
}

const curl: UserClient = {
  get: async (url) => String(await runCurl(url)),
  async post(url, length) {
    // two requests of one process: the second resumes
    const body = ['--header', 'expect:', '--data-binary', '@-']
    const answer = await runCurl(`${url}/letters/10`, '--next', ...trust(), ...body, url, patternBytes(length))
    return await sha256Hex(Uint8Array.from(answer.subarray(10)))
  },
  close: async () => {},
}

// asked for when it is used: where there is no OpenSSL there are no certificates
const trust = () => ['--silent', '--show-error', '--http1.1', '--tlsv1.3', '--cacert', pki.trustAnchorsFile]

async function runCurl(...args: readonly (string | Uint8Array)[]): Promise<Buffer> {
  const input = args.find((argument) => typeof argument !== 'string')
  const texts = args.filter((argument) => typeof argument === 'string')
  const running = promisify(execFile)('curl', [...trust(), ...texts], { encoding: 'buffer', maxBuffer: 2 ** 26 })
  running.child.stdin?.end(input)
  return (await running).stdout
}
