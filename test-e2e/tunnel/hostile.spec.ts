import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type Lie, startLyingPath } from '../support/lying-path.js'
import { startNginxServer } from '../support/nginx-server.js'
import { testPki } from '../support/pki.js'
import { testFiles } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'
import { expect, test } from './fixtures.js'

/** What a page sees of one request: all of it, a problem, or a body that is cut off. */
const outcome = async (path: string) => {
  try {
    const response = await fetch(path)
    const problem = response.headers.get('webtls-error')
    if (problem !== null) return { problem }
    const data = await response.arrayBuffer()
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', data))
    return { sha256: Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('') }
  } catch (error) {
    return { cut: (error as Error).name }
  }
}

test('a relay that alters, drops, repeats or reorders bytes makes an error, never wrong data', async ({ tunnel }) => {
  const missing = missingTool('nginx')
  test.skip(Boolean(missing), String(missing))
  const files = testFiles()
  const nginx = await startNginxServer({ credentials: testPki().leaf.rsa2048, folder: files.folder })
  // in the ServerHello, in the rest of the handshake, in the head of the answer and in its body
  const places = [3, 60, 900, 3500, 100_000, 1_900_000]
  const lies: readonly Lie[] = ['alters', 'drops', 'repeats', 'reorders', 'cuts']
  const paths = await Promise.all(
    lies.flatMap((lie) => places.map(async (after) => ({ lie, after, path: await startLyingPath(nginx, lie, after) }))),
  )
  const honest = await startLyingPath(nginx, 'cuts', Number.POSITIVE_INFINITY)
  try {
    const page = await tunnel(nginx, {
      rules: [
        ...paths.map(({ lie, after, path }) => ({
          prefix: `/${lie}/${after}/`,
          origin: `https://127.0.0.1:${path.port}`,
        })),
        { prefix: '/honest/', origin: `https://127.0.0.1:${honest.port}` },
      ],
    })
    // the path itself is no hindrance
    expect(await page.evaluate(outcome, '/honest/medium.bin')).toEqual({ sha256: files.medium.sha256 })
    for (const { lie, after } of paths) {
      const seen = await page.evaluate(outcome, `/${lie}/${after}/medium.bin`)
      expect('sha256' in seen, `${lie} after ${after} bytes: ${JSON.stringify(seen)}`).toBe(false)
    }
    // of each body that was cut off the page was told
    const told = await page.evaluate(() => window.tunnelFailures.length)
    expect(told).toBeGreaterThanOrEqual(lies.length * 2)
  } finally {
    for (const { path } of paths) await path.stop()
    await honest.stop()
    await nginx.stop()
  }
})

test('a relay that is killed in a transfer is an error; once it is back, all goes on', async ({
  tunnel,
  webServer,
  relay,
}) => {
  const server = await webServer((request, response) => {
    if (request.url !== '/slow') return void response.end('here again')
    response.writeHead(200, { 'content-length': 10_000_000 })
    const timer = setInterval(() => response.write(Buffer.alloc(10_000)), 20)
    response.on('close', () => clearInterval(timer))
  })
  const page = await tunnel(server)
  await page.evaluate(async () => {
    const response = await fetch('/site/slow')
    Object.assign(window, {
      reading: response.arrayBuffer().then(
        () => 'whole',
        (error: Error) => error.name,
      ),
    })
  })
  await relay.kill()
  expect(await page.evaluate(async () => await (window as unknown as { reading: Promise<string> }).reading)).toBe(
    'TypeError',
  )
  await expect
    .poll(async () => await page.evaluate(() => window.tunnelFailures.map(({ code }) => code)))
    .toEqual(['transport_failed'])
  expect(await page.evaluate(outcome, '/site/x')).toEqual({ problem: 'transport_failed' })
  await relay.restart()
  expect(await page.evaluate(outcome, '/site/x')).toEqual({ sha256: sha256('here again') })
})

test('a server that lies, or sends without end, is an error and held by the limits', async ({ tunnel, rawServer }) => {
  const bomb = gzipSync(Buffer.alloc(100_000_000))
  const ok = 'HTTP/1.1 200 OK\r\n'
  const inChunks = `${ok}Transfer-Encoding: chunked\r\n\r\n`
  /** What comes first, and what then comes again and again. */
  const answers: Record<string, { readonly first: string | Buffer; readonly forever?: string; readonly ends?: true }> =
    {
      fields: { first: ok, forever: 'A: b\r\n' },
      line: { first: `${ok}A: `, forever: 'b' },
      interim: { first: '', forever: 'HTTP/1.1 103 Early Hints\r\n\r\n' },
      both: { first: `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n` },
      short: { first: `${ok}Content-Length: 50\r\n\r\nshort`, ends: true },
      chunk: { first: `${inChunks}5\r\nhello\r\n10\r\ncut`, ends: true },
      size: { first: `${inChunks}ffffffffffffffff\r\n` },
      extensions: { first: inChunks, forever: `1;${'a'.repeat(500)}\r\nx\r\n` },
      bomb: {
        first: Buffer.concat([
          Buffer.from(`${ok}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`),
          bomb,
        ]),
      },
      ssh: { first: 'SSH-2.0-OpenSSH\r\n' },
      silent: { first: `${ok}Content-Length: 5\r\n\r\n` },
      fine: { first: `${ok}Content-Length: 4\r\n\r\nfine` },
    }
  const server = await rawServer((write, end, head) => {
    const { first, forever, ends } = answers[/^GET \/(\w*)/.exec(head)?.[1] ?? ''] ?? { first: '' }
    if (first.length > 0) write(first)
    if (ends) end()
    if (forever === undefined) return
    const timer = setInterval(() => {
      if (!write(forever.repeat(1000))) clearInterval(timer)
    }, 1)
  })
  const page = await tunnel(server, { bodyTimeoutMs: 2000, maxDecodedLength: 10_000_000 })
  const seen: Record<string, unknown> = {}
  for (const name of Object.keys(answers)) {
    seen[name] = await page.evaluate(outcome, `/site/${name}`)
  }
  const cut = { cut: 'TypeError' }
  expect(seen).toEqual({
    fields: { problem: 'head_too_large' },
    line: { problem: 'head_too_large' },
    interim: { problem: 'head_too_large' },
    both: { problem: 'malformed' },
    short: cut,
    chunk: cut,
    size: cut,
    extensions: cut,
    bomb: cut,
    ssh: { problem: 'malformed' },
    silent: cut,
    fine: { sha256: sha256('fine') },
  })
  const told = await page.evaluate(() => window.tunnelFailures.map(({ url, code }) => [url.replace(/.*\//, ''), code]))
  expect(Object.fromEntries(told)).toEqual({
    short: 'incomplete',
    chunk: 'incomplete',
    size: 'body_too_large',
    extensions: 'body_too_large',
    bomb: 'body_too_large',
    silent: 'timed_out',
  })
})

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
