import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { smallText } from '../support/test-files.js'
import { expect, missingForTunnel, test } from './tunnel-fixtures.js'

/** A service worker that fetches through the relay for its pages: what every engine can. */
test.skip(Boolean(missingForTunnel), String(missingForTunnel))

/** One red pixel. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==',
  'base64',
)

test('fetch, an image and a whole page travel past the relay unread', async ({ nginx, tunnel, relay }) => {
  const folder = mkdtempSync(join(tmpdir(), 'webtls-site-'))
  writeFileSync(join(folder, 'small.txt'), smallText)
  writeFileSync(join(folder, 'dot.png'), png)
  writeFileSync(
    join(folder, 'page.html'),
    '<!doctype html><title>tunnelled</title><img src="dot.png"><script src="script.js"></script>',
  )
  writeFileSync(join(folder, 'script.js'), 'document.title += " and run"')
  const server = await nginx({ folder })
  relay.startCapture()
  const page = await tunnel(server)
  const seen = await page.evaluate(async (origin) => {
    const byPrefix = await fetch('/site/small.txt')
    const byOrigin = await fetch(`${origin}/small.txt`)
    const image = new Image()
    image.src = '/site/dot.png'
    await image.decode()
    const frame = document.createElement('iframe')
    frame.src = '/site/page.html'
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve))
    document.body.append(frame)
    await loaded
    const inner = frame.contentDocument
    const missing = await fetch('/site/nothing')
    return {
      texts: [await byPrefix.text(), await byOrigin.text()],
      image: [image.naturalWidth, image.naturalHeight],
      page: inner?.title,
      innerImage: inner?.querySelector('img')?.naturalWidth,
      status: missing.status,
      server: missing.headers.get('server'),
      error: missing.headers.get('webtls-error'),
    }
  }, `https://${server.host}:${server.port}`)
  const captured = relay.takeCapture()
  rmSync(folder, { recursive: true })
  expect(seen).toEqual({
    texts: [smallText, smallText],
    image: [1, 1],
    page: 'tunnelled and run',
    innerImage: 1,
    status: 404,
    server: expect.stringContaining('nginx'),
    error: null,
  })
  expect(captured.includes('server.test')).toBe(true)
  for (const plaintext of [smallText, 'GET /', 'HTTP/1.1', 'nginx', 'tunnelled']) {
    expect(captured.includes(plaintext), plaintext).toBe(false)
  }
})

test('a download whole and in ranges, and an upload', async ({ nginx, tunnel, files }) => {
  const server = await nginx()
  const page = await tunnel(server)
  const seen = await page.evaluate(async () => {
    const hex = async (data: ArrayBuffer) =>
      Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', data)), (byte) =>
        byte.toString(16).padStart(2, '0'),
      ).join('')
    const whole = await fetch('/site/medium.bin')
    const range = await fetch('/site/medium.bin', { headers: { range: 'bytes=100-199' } })
    const bytes = new Uint8Array(1_000_000)
    const upload = await fetch('/site/upload/tunnel.bin', {
      method: 'PUT',
      body: bytes.map((_, index) => (index * 31 + (index >>> 8) * 17) & 255),
    })
    return {
      sha256: await hex(await whole.arrayBuffer()),
      range: [range.status, range.headers.get('content-range'), await hex(await range.arrayBuffer())],
      upload: upload.status,
    }
  }, undefined)
  expect(seen.sha256).toBe(files.medium.sha256)
  const part = readFileSync(files.medium.path).subarray(100, 200)
  expect(seen.range).toEqual([206, `bytes 100-199/${files.medium.size}`, sha256(part)])
  expect(seen.upload).toBe(201)
  const sent = Uint8Array.from({ length: 1_000_000 }, (_, index) => (index * 31 + (index >>> 8) * 17) & 255)
  expect(sha256(readFileSync(join(server.uploadFolder, 'tunnel.bin')))).toBe(sha256(sent))
})

test('a server that is not there, and one that is not to be trusted, are a reason to read', async ({
  nginx,
  tunnel,
  pki,
}) => {
  const server = await nginx()
  const page = await tunnel(server, {
    rules: [
      { prefix: '/site/', origin: `https://${server.host}:${server.port}` },
      { prefix: '/gone/', origin: 'https://127.0.0.1:9' },
    ],
    serverName: 'other.test',
    trustAnchors: pki.trustAnchors,
  })
  const seen = await page.evaluate(async () => {
    const problems: unknown[] = []
    for (const path of ['/site/small.txt', '/gone/']) {
      const response = await fetch(path)
      const { code, relayReason } = await response.json()
      problems.push([response.status, response.headers.get('content-type'), code, relayReason ?? 'none'])
    }
    const frame = document.createElement('iframe')
    frame.src = '/gone/'
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve))
    document.body.append(frame)
    await loaded
    return { problems, page: frame.contentDocument?.querySelector('h1')?.textContent }
  }, undefined)
  expect(seen.problems).toEqual([
    [502, 'application/problem+json', 'certificate_name_mismatch', 'none'],
    [502, 'application/problem+json', 'transport_failed', 'refused'],
  ])
  expect(seen.page).toBe('This page could not be fetched')
})

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
