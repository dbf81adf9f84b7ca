import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HttpError } from '../../src/http.js'
import { header, readResponse } from '../../web-demo/http/read-response.js'
import { requestHead } from '../../web-demo/http/write-request.js'

const encode = (text: string) => new TextEncoder().encode(text)

/** The bytes, cut after each of these lengths in turn. */
function streamOf(bytes: Uint8Array, lengths: readonly number[] = []): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      let offset = 0
      for (const length of lengths) {
        if (offset >= bytes.length) break
        controller.enqueue(bytes.slice(offset, offset + length))
        offset += length
      }
      if (offset < bytes.length) controller.enqueue(bytes.slice(offset))
      controller.close()
    },
  })
}

async function readAll(text: string, lengths?: readonly number[], method = 'GET') {
  const response = await readResponse(streamOf(encode(text), lengths), method)
  const parts: number[] = []
  for await (const piece of response.body) parts.push(...piece)
  return { response, body: new TextDecoder().decode(Uint8Array.from(parts)) }
}

const rejection = (text: string) =>
  readAll(text).then(
    () => 'resolved',
    (error: unknown) => (error instanceof HttpError ? error.code : error),
  )

describe('an HTTP answer', () => {
  const chunked =
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\nT: 1\r\n\r\n'
  const sized = 'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nhello, world'
  const closed = 'HTTP/1.0 200\r\n\r\nhello, world'

  it('is read the same however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(chunked, sized, closed),
        fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 120 }),
        async (text, lengths) => {
          const { response, body } = await readAll(text, lengths)
          expect(body).toBe('hello, world')
          expect(response.head.status).toBe(200)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('says how its end is known', async () => {
    expect((await readAll(chunked)).response.framing).toBe('chunked')
    expect((await readAll(sized)).response).toMatchObject({ framing: 'content-length', expectedLength: 12 })
    expect((await readAll(closed)).response.framing).toBe('close')
  })

  it('has no body after HEAD, nor with 204 or 304', async () => {
    expect((await readAll(sized, [], 'HEAD')).body).toBe('')
    expect((await readAll('HTTP/1.1 204 No Content\r\n\r\nx')).body).toBe('')
    expect((await readAll('HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n')).body).toBe('')
  })

  it('comes after interim answers, of which there may not be many', async () => {
    const interim = 'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n'
    const { response } = await readAll(interim.repeat(3) + sized)
    expect(response.head.status).toBe(200)
    expect(await rejection(interim.repeat(20) + sized)).toBe('head_too_large')
  })

  it('keeps repeated headers and finds them by any spelling', async () => {
    const { response } = await readAll(
      'HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nset-cookie:  b \r\nContent-Length: 0\r\n\r\n',
    )
    expect(response.head.fields).toEqual([
      ['Set-Cookie', 'a'],
      ['set-cookie', 'b'],
      ['Content-Length', '0'],
    ])
    expect(header(response.head, 'set-cookie')).toBe('a')
  })

  it.each([
    ['something else than HTTP', 'SSH-2.0-OpenSSH_9\r\n\r\n', 'malformed'],
    ['both lengths at once', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 'malformed'],
    ['two different lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 'malformed'],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 'malformed'],
    ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n', 'malformed'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n', 'malformed'],
    ['a name with a space', 'HTTP/1.1 200 OK\r\nA b: c\r\n\r\n', 'malformed'],
    ['a coding not asked for', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', 'unsupported_coding'],
    ['a chunk without a size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n', 'malformed'],
    ['a chunk longer than its size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n', 'malformed'],
    ['an end within the head', 'HTTP/1.1 200 OK\r\nA: b\r\n', 'incomplete'],
    ['an end within the body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc', 'incomplete'],
    ['an end within a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc', 'incomplete'],
    ['a header without end', `HTTP/1.1 200 OK\r\nA: ${'b'.repeat(100_000)}`, 'head_too_large'],
    ['headers without end', `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(500)}`, 'head_too_large'],
  ])('is refused with %s', async (_what, text, code) => {
    expect(await rejection(text)).toBe(code)
  })
})

describe('a request', () => {
  const request = { method: 'GET', path: '/', host: 'example.com', port: 443 }

  it('names host and port, and ends the connection', () => {
    expect(requestHead(request)).toMatch(/^GET \/ HTTP\/1\.1\r\nHost: example\.com\r\n.*Connection: close\r\n\r\n$/s)
    expect(requestHead({ ...request, host: '::1', port: 8443 })).toContain('\r\nHost: [::1]:8443\r\n')
    expect(requestHead({ ...request, method: 'POST', contentLength: 3 })).toContain('\r\nContent-Length: 3\r\n')
  })

  it('cannot be made to say more than one thing', () => {
    expect(() => requestHead({ ...request, path: '/ HTTP/1.1\r\nX: y' })).toThrow(RangeError)
    expect(() => requestHead({ ...request, path: 'no-slash' })).toThrow(RangeError)
    expect(() => requestHead({ ...request, method: 'GET /' })).toThrow(RangeError)
  })
})
