import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientCredentials, startOpensslClient } from '../support/openssl-client.js'
import { serverName, testPki } from '../support/pki.js'
import { pseudoRandomBytes } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'
import { type ServeCommand, startServe } from './serving.js'

const missing = missingTool('openssl', 'curl')
const folder = mkdtempSync(join(tmpdir(), 'webtls-site-'))
const site = join(folder, 'site')
const large = pseudoRandomBytes(20_000_000)
let server: ServeCommand

beforeAll(async () => {
  if (missing) return
  mkdirSync(join(site, 'sub'), { recursive: true })
  writeFileSync(join(folder, 'outside.txt'), 'not to be seen\n')
  writeFileSync(join(site, 'index.html'), '<p>start</p>\n')
  writeFileSync(join(site, 'digits.txt'), '0123456789')
  writeFileSync(join(site, 'sub/index.html'), '<p>below</p>\n')
  writeFileSync(join(site, '.secret'), 'not to be seen\n')
  writeFileSync(join(site, 'large.bin'), large)
  symlinkSync(join(folder, 'outside.txt'), join(site, 'link.txt'))
  server = await startServe('--files', site, '--early-data', '4096')
})
afterAll(async () => {
  await server?.process.stop()
  rmSync(folder, { recursive: true, force: true })
})

const origin = `https://${serverName}`

/** curl, TLS 1.3 only, that trusts the test's CAs alone. What it writes; `%{...}` of `--write-out` comes behind. */
async function curl(at: ServeCommand, ...args: readonly string[]): Promise<Buffer> {
  const resolve = ['--connect-to', `${serverName}:443:${at.host}:${at.port}`]
  const trust = ['--cacert', testPki().trustAnchorsFile, '--tlsv1.3', '--silent', '--show-error', '--http1.1']
  const options = { encoding: 'buffer', maxBuffer: 2 ** 26 } as const
  return (await promisify(execFile)('curl', [...trust, ...resolve, ...args], options)).stdout
}

describe.skipIf(missing)('curl at webtls serve --files', () => {
  test.each([
    ['the index of the root', ['/'], '<p>start</p>\n', '200 text/html; charset=utf-8'],
    ['the index of a folder', ['/sub/'], '<p>below</p>\n', '200 text/html; charset=utf-8'],
    ['a folder without its slash, led on', ['/sub', '--location'], '<p>below</p>\n', '200 text/html; charset=utf-8'],
    ['a file', ['/digits.txt'], '0123456789', '200 text/plain; charset=utf-8'],
    ['a range', ['/digits.txt', '--range', '2-4'], '234', '206 text/plain; charset=utf-8'],
    ['the rest', ['/digits.txt', '--range', '7-'], '789', '206 text/plain; charset=utf-8'],
    ['the last bytes', ['/digits.txt', '--range', '-2'], '89', '206 text/plain; charset=utf-8'],
    [
      'a range behind the end',
      ['/digits.txt', '--range', '10-'],
      '416 the file is shorter\n',
      '416 text/plain; charset=utf-8',
    ],
    ['what is not there', ['/nothing'], '404 there is no such file\n', '404 text/plain; charset=utf-8'],
    ['a dot file', ['/.secret'], '404 there is no such file\n', '404 text/plain; charset=utf-8'],
    [
      'a path that climbs out',
      ['/../outside.txt', '--path-as-is'],
      '404 there is no such file\n',
      '404 text/plain; charset=utf-8',
    ],
    [
      'the same, encoded',
      ['/%2e%2e/outside.txt', '--path-as-is'],
      '404 there is no such file\n',
      '404 text/plain; charset=utf-8',
    ],
    ['a link that leads out', ['/link.txt'], '404 there is no such file\n', '404 text/plain; charset=utf-8'],
    [
      'another method',
      ['/digits.txt', '--request', 'DELETE'],
      '405 only GET and HEAD\n',
      '405 text/plain; charset=utf-8',
    ],
    ['a body', ['/', '--data', 'x=y'], '413 requests with a body are not taken\n', '413 text/plain; charset=utf-8'],
  ] as const)('asks for %s', async (_what, [path, ...args], body, status) => {
    const answer = await curl(server, ...args, '--write-out', '|%{http_code} %{content_type}', `${origin}${path}`)
    expect(String(answer)).toBe(`${body}|${status}`)
  })

  test('gets the head alone for HEAD', async () => {
    const head = String(await curl(server, '--head', `${origin}/digits.txt`))
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(head).toContain('content-length: 10\r\n')
    expect(head).toContain('accept-ranges: bytes\r\n')
  })

  test('is told that it has the file already', async () => {
    const [, etag = ''] = /etag: (\S+)/.exec(String(await curl(server, '--head', `${origin}/digits.txt`))) ?? []
    const args = ['--header', `If-None-Match: ${etag}`, '--write-out', '%{http_code}', `${origin}/digits.txt`]
    expect(String(await curl(server, ...args))).toBe('304')
  })

  test('asks twice on one connection', async () => {
    const urls = [`${origin}/digits.txt`, `${origin}/sub/`]
    const answer = String(await curl(server, '--write-out', '|%{num_connects}|', ...urls))
    expect(answer).toBe('0123456789|1|<p>below</p>\n|0|')
  })

  test('resumes its session on its second connection', async () => {
    const urls = [`${origin}/digits.txt`, `${origin}/digits.txt`]
    await curl(server, '--header', 'Connection: close', ...urls)
    await server.tells({ event: 'opened', resumed: true })
  })

  test('gets 20 megabytes unharmed, and a part of them', async () => {
    const whole = await curl(server, `${origin}/large.bin`)
    expect(sha256(whole)).toBe(sha256(large))
    const part = await curl(server, '--range', '1000000-2999999', `${origin}/large.bin`)
    expect(sha256(part)).toBe(sha256(large.subarray(1_000_000, 3_000_000)))
  })

  test('shows its certificate, without which it is refused', async () => {
    const strict = await startServe('--files', site, '--client-auth', 'required', '--client-ca', anchors())
    try {
      const issuer = testPki().leaf['ecdsa-p256']
      const { certFile, keyFile } = clientCredentials(folder, issuer)
      writeFileSync(certFile, readFileSync(certFile, 'utf8') + readFileSync(issuer.intermediateFile, 'utf8'))
      const known = await curl(strict, '--cert', certFile, '--key', keyFile, `${origin}/digits.txt`)
      expect(String(known)).toBe('0123456789')
      await expect(curl(strict, `${origin}/digits.txt`)).rejects.toThrow(/certificate required/)
    } finally {
      await strict.process.stop()
    }
  })

  test('can have its request answered as early data, by OpenSSL', async () => {
    const [session, request] = [join(folder, 'session.pem'), join(folder, 'request')]
    writeFileSync(request, `GET /digits.txt HTTP/1.1\r\nHost: ${serverName}\r\nConnection: close\r\n\r\n`)
    const first = startOpensslClient(server, '-alpn', 'http/1.1', '-sess_out', session)
    await expect.poll(() => existsSync(session), { timeout: 10_000 }).toBe(true)
    await first.stop()
    const args = ['-alpn', 'http/1.1', '-sess_in', session, '-early_data', request]
    const again = startOpensslClient(server, ...args)
    await again.waitForOutput(/0123456789/)
    await again.stop()
    await server.tells({ event: 'opened', earlyData: 'accepted' })
  })
})

const anchors = () => testPki().trustAnchorsFile
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
