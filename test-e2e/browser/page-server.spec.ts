import { execFile } from 'node:child_process'
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import type { BrowserPage } from '../browsers/browser.js'
import { chromiumArguments } from '../browsers/chromium.js'
import { findChromium } from '../browsers/find-browser.js'
import { patternBytes } from '../client/pattern-bytes.js'
import type { ServeReport, ServeTask } from '../page/serve-name.js'
import { startReverseRelay, type TestReverseRelay } from '../support/reverse-relay.js'
import { missingTool } from '../support/tools.js'
import { test as base, expect } from './fixtures.js'

const name = 'tab.localhost'
const token = 'the token of the test'
const folder = mkdtempSync(join(tmpdir(), 'webtls-page-server-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

interface Site {
  readonly relay: TestReverseRelay
  readonly report: ServeReport
  /** What curl writes to its standard output. */
  curl(path: string, ...args: readonly string[]): Promise<Buffer>
}

interface Fixtures {
  serve(page: BrowserPage, relay: TestReverseRelay, task?: Partial<ServeTask>): Promise<Site>
  captured: boolean
  reverseRelay: TestReverseRelay
}

/** A tab that is asked by real clients over TCP: it ends TLS itself, the relay between has no certificate. */
const test = base.extend<Fixtures>({
  captured: [false, { option: true }],
  reverseRelay: async ({ testPageOrigin, captured }, use) => {
    const relay = await startReverseRelay(testPageOrigin, { [name]: token }, captured)
    await use(relay)
    await relay.stop()
  },
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures here
  serve: async ({}, use, testInfo) => {
    const missing = missingTool('curl')
    testInfo.skip(Boolean(missing), String(missing))
    await use(async (page, relay, task) => {
      const outcome = await page.evaluate((task) => window.webtlsTest.serveName(task), {
        relay: relay.url,
        name,
        token,
        ...task,
      })
      if ('failed' in outcome) throw new Error(`the page could not serve: ${JSON.stringify(outcome.failed)}`)
      const report = outcome.ok
      const caFile = join(folder, `${testInfo.testId}-${testInfo.project.name}.pem`)
      writeFileSync(caFile, report.caPem)
      const curl = async (path: string, ...args: readonly string[]) => {
        const trust = ['--cacert', caFile, '--tlsv1.3', '--silent', '--show-error', '--max-time', '60']
        const where = ['--resolve', `${name}:${relay.port}:127.0.0.1`, `https://${name}:${relay.port}${path}`]
        const options = { encoding: 'buffer', maxBuffer: 2 ** 29 } as const
        return (await promisify(execFile)('curl', [...trust, ...args, ...where], options)).stdout
      }
      return { relay, report, curl }
    })
  },
})

test('curl is answered by a tab: a page, a file, an upload, an error', async ({ testPage, reverseRelay, serve }) => {
  const { curl } = await serve(testPage, reverseRelay)
  const page = String(await curl('/', '--include', '--write-out', '|%{http_version} %{ssl_verify_result}'))
  expect(page).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(page).toMatch(/set-cookie: seen=yes/)
  expect(page).toMatch(/Only the two ends can read this line\.<\/h1>\|1\.1 0$/)
  expect(JSON.parse(String(await curl('/about', '--cookie', 'a=1')))).toMatchObject({ cookie: 'a=1' })

  const file = await curl('/file?bytes=3000000')
  expect(sha256(file)).toBe(sha256(pattern(3_000_000)))
  const upload = Buffer.from(patternBytes(5_000_000))
  const uploadFile = join(folder, 'upload.bin')
  writeFileSync(uploadFile, upload)
  for (const coding of [[], ['--header', 'Transfer-Encoding: chunked']]) {
    const answer = JSON.parse(String(await curl('/upload', '--upload-file', uploadFile, ...coding)))
    expect(answer).toEqual({ bytes: upload.length, sha256: sha256(upload) })
  }
  expect(sha256(await curl('/echo', '--data-binary', `@${uploadFile}`))).toBe(sha256(upload))
  const head = String(await curl('/file?bytes=5', '--head'))
  expect(head).toMatch(/content-length: 5\r\n/)
  const failed = String(await curl('/fails', '--write-out', '%{http_code}'))
  expect(failed).toBe('500 Internal Server Error\n500')
})

test.describe(() => {
  test.use({ captured: true })

  test('the relay holds ciphertext only, and nothing of the private key', async ({ testPage, reverseRelay, serve }) => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const knownKey = {
      privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
      publicKey: pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    }
    const { curl, relay, report } = await serve(testPage, reverseRelay, { knownKey })
    expect(report.exportFailure).toBe('InvalidAccessError')
    expect(String(await curl('/'))).toContain('Only the two ends can read this line.')
    expect(String(await curl('/echo', '--data-binary', 'and not this one either'))).toBe('and not this one either')
    const captured = relay.captured()
    // it has seen the connections: their names stand in the ClientHello
    expect(captured.includes(name)).toBe(true)
    for (const secret of ['Only the two ends', 'and not this one', 'HTTP/1.1', 'set-cookie']) {
      expect(captured.includes(secret), secret).toBe(false)
    }
    const { d = '' } = pair.privateKey.export({ format: 'jwk' })
    const scalar = Buffer.from(d, 'base64url')
    expect(scalar).toHaveLength(32)
    expect(captured.includes(scalar)).toBe(false)
    expect(captured.includes(Buffer.from(d))).toBe(false)
  })
})

test('keeps its key in IndexedDB by choice: the page that comes again has the same certificate', async ({
  driven,
  testPageOrigin,
  testPage,
  reverseRelay,
  serve,
}) => {
  test.skip('missing' in driven)
  const first = await serve(testPage, reverseRelay, { keep: 'of the test' })
  expect(first.report.wasKept).toBe(false)
  await testPage.evaluate(() => window.webtlsTest.stopServing(), undefined)
  await testPage.evaluate((url) => void setTimeout(() => location.replace(`${url}/?again`), 0), testPageOrigin)
  await expect
    .poll(() => testPage.evaluate(() => `${location.search} ${typeof window.webtlsTest}`, undefined).catch(() => ''))
    .toBe('?again object')
  const second = await serve(testPage, reverseRelay, { keep: 'of the test' })
  expect(second.report.wasKept).toBe(true)
  expect(second.report.certificateChain).toBe(first.report.certificateChain)
  expect(String(await second.curl('/'))).toContain('Only the two ends')
})

test('comes back when the network blinks; what was under way ends in an error', async ({
  testPage,
  reverseRelay,
  serve,
}) => {
  const { curl, relay } = await serve(testPage, reverseRelay)
  const cut = curl('/file?bytes=2000000000', '--limit-rate', '1M').then(
    () => 'whole',
    (error: { code?: number }) => `curl ${error.code}`,
  )
  await new Promise((resolve) => setTimeout(resolve, 300))
  await relay.kill()
  expect(await cut).toMatch(/^curl (18|35|56)$/)
  await relay.startAgain()
  await expect
    .poll(() => testPage.evaluate(() => window.webtlsTest.servingStatus().statuses.at(-1), undefined), {
      timeout: 15_000,
    })
    .toBe('listening')
  expect(String(await curl('/'))).toContain('Only the two ends')
  const { statuses } = await testPage.evaluate(() => window.webtlsTest.servingStatus(), undefined)
  expect(statuses).toContain('reconnecting')
})

test('one page has the name; a wrong token has none', async ({ testPage, reverseRelay, serve }) => {
  await serve(testPage, reverseRelay)
  const attempt = (task: ServeTask) => testPage.evaluate((task) => window.webtlsTest.serveName(task), task)
  const task = { relay: reverseRelay.url, name, token }
  expect(await attempt(task)).toMatchObject({ failed: { code: 'transport_failed', reason: 'name_taken' } })
  expect(await attempt({ ...task, token: 'wrong' })).toMatchObject({ failed: { reason: 'unauthorized' } })
})

test.describe('at length', () => {
  test.skip(({ engine }) => engine !== 'chromium', 'once is enough')

  test('200 MB with their hash, while a slow client takes its time', async ({ testPage, reverseRelay, serve }) => {
    test.slow()
    const { curl } = await serve(testPage, reverseRelay)
    const slow = curl('/file?bytes=100000000', '--limit-rate', '100k', '--max-time', '20').catch(() => undefined)
    const file = await curl('/file?bytes=200000000')
    expect(file.length).toBe(200_000_000)
    expect(sha256(file)).toBe(sha256(pattern(200_000_000)))
    void slow
  })

  test('50 clients at once', async ({ testPage, reverseRelay, serve }) => {
    const { curl } = await serve(testPage, reverseRelay)
    const expected = sha256(pattern(400_000))
    const files = await Promise.all(Array.from({ length: 50 }, () => curl('/file?bytes=400000')))
    expect(files.map(sha256)).toEqual(Array.from({ length: 50 }, () => expected))
  })

  test('clients that mean harm end in errors, and others are served meanwhile', async ({
    testPage,
    reverseRelay,
    serve,
  }) => {
    const { curl, report, relay } = await serve(testPage, reverseRelay)
    const open = () => connectTls({ host: '127.0.0.1', port: relay.port, servername: name, ca: report.caPem })
    const answerTo = (send: (write: (text: string) => void) => void) =>
      new Promise<string>((resolve) => {
        const socket = open()
        let answer = ''
        socket.on('data', (chunk) => {
          answer += chunk.toString('latin1')
        })
        socket.on('error', () => undefined)
        socket.on('close', () => resolve(answer))
        socket.on('secureConnect', () => send((text) => void socket.write(text)))
      })
    // begins and does not go on
    const lazy = Array.from({ length: 20 }, open)
    for (const socket of lazy) socket.on('error', () => undefined).write('GET / HTTP/1.1\r\nHost: x\r\n')
    expect(await answerTo((write) => write(`GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(20_000)}`))).toMatch(
      /^HTTP\/1\.1 431 /,
    )
    expect(
      await answerTo((write) =>
        write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /'),
      ),
    ).toMatch(/^HTTP\/1\.1 400 [\s\S]*connection: close/)
    expect(String(await curl('/'))).toContain('Only the two ends')
    for (const socket of lazy) socket.destroy()
  })

  test('Chromium itself is the client', async ({ testPage, reverseRelay, serve }) => {
    const { relay, report } = await serve(testPage, reverseRelay)
    const { publicKey } = new X509Certificate(report.certificateChain)
    const spki = createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64')
    const browser = await chromium.launch({
      executablePath: findChromium() ?? '',
      args: [...chromiumArguments(), `--ignore-certificate-errors-spki-list=${spki}`],
    })
    try {
      const page = await browser.newPage()
      const response = await page.goto(`https://${name}:${relay.port}/`)
      expect(response?.status()).toBe(200)
      expect(await page.title()).toBe('from a tab')
      expect((await response?.securityDetails())?.protocol).toBe('TLS 1.3')
      const result = await page.evaluate(async () => {
        const about = await (await fetch('/about')).json()
        const body = new Uint8Array(1_000_000).fill(7)
        const upload = await (await fetch('/upload', { method: 'PUT', body })).json()
        const sizes = await Promise.all(
          Array.from({ length: 12 }, async () => (await (await fetch('/file?bytes=100000')).arrayBuffer()).byteLength),
        )
        return { about, upload, sizes }
      })
      expect(result.about.cookie).toBe('seen=yes')
      expect(result.upload).toEqual({ bytes: 1_000_000, sha256: sha256(Buffer.alloc(1_000_000, 7)) })
      expect(new Set(result.sizes)).toEqual(new Set([100_000]))
    } finally {
      await browser.close()
    }
  })
})

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** As the page makes it. */
function pattern(length: number): Buffer {
  const block = patternBytes(65_536)
  return Buffer.concat(Array.from({ length: Math.ceil(length / block.length) }, () => block)).subarray(0, length)
}
