import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseRange } from '../../src/cli/http/byte-range.js'
import { serveFiles } from '../../src/cli/http/serve-files.js'

const base = realpathSync(mkdtempSync(join(tmpdir(), 'webtls-files-')))
const root = join(base, 'site')
mkdirSync(join(root, 'sub'), { recursive: true })
writeFileSync(join(base, 'secret.txt'), 'secret')
writeFileSync(join(root, 'a.txt'), '0123456789')
writeFileSync(join(root, '.hidden'), 'secret')
writeFileSync(join(root, 'sub', 'index.html'), '<p>sub')
symlinkSync(join(base, 'secret.txt'), join(root, 'link.txt'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

async function ask(...chunks: readonly string[]): Promise<string> {
  let answer = ''
  const writable = new WritableStream<Uint8Array>({
    write(chunk) {
      answer += Buffer.from(chunk).toString('latin1')
    },
  })
  const left = [...chunks]
  const readable = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = left.shift()
      if (chunk === undefined) controller.close()
      else controller.enqueue(Buffer.from(chunk, 'latin1'))
    },
  })
  await serveFiles({ readable, writable }, { root, requestTimeoutMs: 1000, onRequest: () => undefined })
  return answer
}

const get = (target: string, ...fields: readonly string[]) =>
  ask([`GET ${target} HTTP/1.1`, 'Host: x', ...fields, '', ''].join('\r\n'))

describe('files over HTTP', () => {
  it('serves one, several on a connection, and the index of a folder', async () => {
    const one = await get('/a.txt')
    expect(one).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(one).toContain('\r\ncontent-length: 10\r\n')
    expect(one).toMatch(/\r\n\r\n0123456789$/)
    const head = 'HEAD /a.txt HTTP/1.1\r\nHost: x\r\n\r\n'
    const two = await ask(...`${head}GET /sub/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    expect(two.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
    expect(two).not.toContain('0123456789')
    expect(two).toMatch(/<p>sub$/)
    expect(await get('/sub')).toMatch(/^HTTP\/1\.1 301 [\s\S]*\r\nlocation: \/sub\/\r\n/)
  })

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/sub/..%5c..%5csecret.txt',
    '/sub/../../secret.txt',
    '/link.txt',
    '/.hidden',
    '//example.com',
    '/a.txt%00',
    '/a.txt:stream',
    '/nothing',
  ])('has no %s', async (target) => {
    const answer = await get(target)
    expect(answer).toMatch(/^HTTP\/1\.1 404 /)
    expect(answer).not.toContain('secret')
  })

  it('serves ranges and answers conditions', async () => {
    expect(await get('/a.txt', 'Range: bytes=2-4')).toMatch(
      /^HTTP\/1\.1 206 [\s\S]*content-range: bytes 2-4\/10\r\n[\s\S]*\r\n\r\n234$/,
    )
    expect(await get('/a.txt', 'Range: bytes=20-')).toMatch(/^HTTP\/1\.1 416 [\s\S]*content-range: bytes \*\/10\r\n/)
    const etag = /etag: (\S+)/.exec(await get('/a.txt'))?.[1] ?? ''
    expect(await get('/a.txt', `If-None-Match: ${etag}`)).toMatch(/^HTTP\/1\.1 304 /)
    expect(await get('/a.txt', 'Range: bytes=2-4', 'If-Range: "other"')).toMatch(/^HTTP\/1\.1 200 /)
  })

  it.each([
    ['GET /a.txt HTTP/1.1\r\n\r\n', 400],
    ['GET /a.txt\r\nHost: x\r\n\r\n', 400],
    ['GET /a.txt HTTP/1.1\r\nHost : x\r\n\r\n', 400],
    ['GET /a.txt HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n', 400],
    ['GET /a.txt HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n', 400],
    ['GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    ['POST /a.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc', 413],
    ['GET /a.txt HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n', 413],
    ['DELETE /a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 405],
    [`GET /a.txt HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(17_000)}\r\n\r\n`, 431],
  ])('refuses %j', async (request, status) => {
    const answer = await ask(request)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1)
  })
})

describe('parseRange', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=5-', { start: 5, end: 9 }],
    ['bytes=-3', { start: 7, end: 9 }],
    ['bytes=-30', { start: 0, end: 9 }],
    ['bytes=8-100', { start: 8, end: 9 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=4-2', undefined],
    ['bytes=-', undefined],
    ['bytes=0-1,3-4', undefined],
    ['lines=0-1', undefined],
  ])('%s of 10', (header, expected) => expect(parseRange(header, 10)).toEqual(expected))
})
