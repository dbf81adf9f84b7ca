import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { TlsSocketInfo } from '../../src/connection/tls-socket.js'
import { within } from '../support/deadline.js'
import { pattern } from '../support/streams.js'
import { answerOf, failure, rawServer, testFetch, webServer } from './support.js'

/** Says back what it was asked. */
const mirror = () =>
  webServer((request, response) => {
    const hash = createHash('sha256')
    let length = 0
    request.on('data', (data: Buffer) => {
      hash.update(data)
      length += data.length
    })
    request.on('end', () => {
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({
          method: request.method,
          url: request.url,
          headers: request.headers,
          raw: request.rawHeaders,
          length,
          sha256: hash.digest('hex'),
        }),
      )
    })
  })

describe('a request', () => {
  it('is sent and answered with the platform’s Response', async () => {
    const { port } = await mirror()
    const fetch = await testFetch()
    const response = await fetch(`https://one.test:${port}/a/b?c=d#e`, { headers: { 'X-A': '1' } })
    expect(response).toBeInstanceOf(Response)
    expect(response).toMatchObject({ status: 200, ok: true, statusText: 'OK', redirected: false, type: 'default' })
    expect(response.url).toBe(`https://one.test:${port}/a/b?c=d`)
    expect(response.clone().url).toBe(response.url)
    expect(response.headers.get('content-type')).toBe('application/json')
    const seen = await response.json()
    expect(seen).toMatchObject({
      method: 'GET',
      url: '/a/b?c=d',
      headers: { host: `one.test:${port}`, 'x-a': '1', accept: '*/*' },
    })
    expect(seen.headers['accept-encoding']).toMatch(/^gzip, deflate/)
    expect(seen.raw[0].toLowerCase()).toBe('host')
  })

  it.each([
    ['text', 'h\xe9llo', 'text/plain;charset=UTF-8'],
    ['parameters', new URLSearchParams({ a: 'b c' }), 'application/x-www-form-urlencoded;charset=UTF-8'],
    ['a blob', new Blob(['blob'], { type: 'x/y' }), 'x/y'],
    ['bytes', new Uint8Array([1, 2, 3]), undefined],
  ])('has a body of %s with its length', async (_what, body, type) => {
    const { port } = await mirror()
    const fetch = await testFetch()
    const response = await fetch(`https://one.test:${port}/`, { method: 'POST', body })
    const { headers, length, sha256 } = await response.json()
    const expected = new Uint8Array(await new Response(body).arrayBuffer())
    expect(headers['content-length']).toBe(String(expected.length))
    expect(headers['content-type']).toBe(type)
    expect([length, sha256]).toEqual([expected.length, createHash('sha256').update(expected).digest('hex')])
  })

  it('has a body of a stream in chunks, as fast as the server takes it, and a short one with its length', async () => {
    const { port } = await mirror()
    const fetch = await testFetch()
    const bytes = pattern(3_000_000)
    const streamed = (length: number, step: number) => {
      let offset = 0
      return new ReadableStream<Uint8Array>({
        pull(controller) {
          if (offset >= length) return controller.close()
          controller.enqueue(bytes.slice(offset, Math.min(length, offset + step)))
          offset += step
        },
      })
    }
    const init = (body: ReadableStream) => ({ method: 'PUT', body, duplex: 'half' }) as RequestInit
    const long = await (await fetch(`https://one.test:${port}/`, init(streamed(bytes.length, 100_000)))).json()
    expect(long.headers['transfer-encoding']).toBe('chunked')
    expect([long.length, long.sha256]).toEqual([bytes.length, createHash('sha256').update(bytes).digest('hex')])
    const short = await (await fetch(`https://one.test:${port}/`, init(streamed(5000, 1000)))).json()
    expect(short.headers).toMatchObject({ 'content-length': '5000' })
    const request = new Request(`https://one.test:${port}/`, init(streamed(5000, 1000)))
    expect((await (await fetch(request)).json()).length).toBe(5000)
  })

  it('says a length of 0 where a body is usual, and none where not', async () => {
    const { port } = await mirror()
    const fetch = await testFetch()
    const post = await (await fetch(`https://one.test:${port}/`, { method: 'POST' })).json()
    expect(post.headers['content-length']).toBe('0')
    const get = await (await fetch(`https://one.test:${port}/`)).json()
    expect(get.headers).not.toHaveProperty('content-length')
  })

  it('keeps the framing to itself: fields that could smuggle are dropped', async () => {
    const { port } = await mirror()
    const fetch = await testFetch()
    const headers = {
      'Content-Length': '3',
      'Transfer-Encoding': 'gzip',
      Connection: 'upgrade',
      Host: 'other.test',
      TE: 'trailers',
      Expect: '100-continue',
      'X-B': 'kept',
    }
    const seen = await (await fetch(`https://one.test:${port}/`, { method: 'POST', body: 'abcdef', headers })).json()
    expect(seen.headers).toMatchObject({ host: `one.test:${port}`, 'content-length': '6', 'x-b': 'kept' })
    for (const name of ['transfer-encoding', 'te', 'expect']) expect(seen.headers).not.toHaveProperty(name)
  })

  it('passes a range on, without a content coding', async () => {
    const { port } = await mirror()
    const fetch = await testFetch()
    const seen = await (await fetch(`https://one.test:${port}/`, { headers: { range: 'bytes=1-2' } })).json()
    expect(seen.headers).toMatchObject({ range: 'bytes=1-2', 'accept-encoding': 'identity' })
  })

  it.each([
    ['http:', {}],
    ['ws:', {}],
    ['https:', { integrity: 'sha256-abc' }],
  ])('of %s with %j is refused as invalid_argument', async (protocol, init) => {
    const fetch = await testFetch()
    expect(await failure(fetch(`${protocol}//one.test/`, init))).toMatchObject({
      name: 'TypeError',
      code: 'invalid_argument',
    })
  })
})

describe('a response', () => {
  it('without a body has none, and gives its connection back', async () => {
    const { port, connections } = await webServer((request, response) => {
      if (request.url === '/304') response.writeHead(304, { 'content-length': '5' }).end()
      else if (request.url === '/204') response.writeHead(204).end()
      else response.end('hello')
    })
    const fetch = await testFetch()
    for (const [path, init, status] of [
      ['/', { method: 'HEAD' }, 200],
      ['/204', {}, 204],
      ['/304', {}, 304],
      ['/', {}, 200],
    ] as const) {
      const response = await fetch(`https://one.test:${port}${path}`, init)
      expect([response.status, await response.text()]).toEqual([
        status,
        path === '/' && !('method' in init) ? 'hello' : '',
      ])
    }
    expect(connections.total).toBe(1)
  })

  it('that ends with the connection is whole by close_notify, and cut off without it', async () => {
    const { port } = await rawServer((socket, { head }) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\npart')
      if (head.includes('/whole')) socket.end()
      // the TCP connection below, so that nothing is said
      else setTimeout(() => (socket as unknown as { _parent: { destroy(): void } })._parent.destroy(), 20)
    })
    const fetch = await testFetch()
    expect(await (await fetch(`https://one.test:${port}/whole`)).text()).toBe('part')
    const cut = await fetch(`https://one.test:${port}/cut`)
    expect(await failure(cut.text())).toMatchObject({
      name: 'TypeError',
      code: expect.stringMatching(/truncated|transport_failed/),
    })
  })

  it('may come before the request is whole', async () => {
    const { port } = await rawServer((socket) => socket.write(answerOf('enough', 'Connection: close\r\n')))
    const fetch = await testFetch()
    const endless = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        controller.enqueue(new Uint8Array(20_000))
      },
    })
    const init = { method: 'POST', body: endless, duplex: 'half' } as RequestInit
    const response = await within(fetch(`https://one.test:${port}/`, init), 'the early answer')
    expect(await response.text()).toBe('enough')
  })

  it.each([
    ['no HTTP', 'SSH-2.0-x\r\n', 'malformed'],
    ['both lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 'malformed'],
    ['a folded field', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n', 'malformed'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', 'malformed'],
    ['interim responses without end', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(1000), 'head_too_large'],
    ['a line without end', `HTTP/1.1 200 OK\r\nA: ${'b'.repeat(100_000)}`, 'head_too_large'],
    ['fields without end', `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(100_000)}`, 'head_too_large'],
  ])('of %s is refused, and the connection with it', async (_what, answer, code) => {
    const server = await rawServer((socket) => socket.write(answer))
    const fetch = await testFetch()
    expect(await failure(fetch(`https://one.test:${server.port}/`))).toMatchObject({ name: 'TypeError', code })
    await within(new Promise((resolve) => server.sockets[0]?.on('close', resolve)), 'the end of the connection')
  })

  it('of a status that the platform cannot show is refused', async () => {
    const { port } = await rawServer((socket) => socket.write('HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n'))
    const fetch = await testFetch()
    expect(await failure(fetch(`https://one.test:${port}/`))).toMatchObject({ name: 'TypeError', code: 'malformed' })
  })

  it.each([
    ['a length that lies', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort', 'incomplete'],
    ['a chunk that is cut', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nshort', 'incomplete'],
    ['a chunk that lies', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nshort\r\n0\r\n\r\n', 'malformed'],
    [
      'a damaged coding',
      'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nshort',
      'decoding_failed',
    ],
  ])('with %s fails when it is read', async (_what, answer, code) => {
    const { port } = await rawServer((socket) => socket.end(answer))
    const fetch = await testFetch()
    const response = await fetch(`https://one.test:${port}/`)
    expect(await failure(response.text())).toMatchObject({ name: 'TypeError', code })
  })
})

describe('content codings', () => {
  const plain = Buffer.from('hello '.repeat(10_000))

  it('are decoded, several in reverse order, and nothing is announced that cannot be', async () => {
    const { brotliCompressSync, deflateSync } = await import('node:zlib')
    const { port } = await webServer((request, response) => {
      const coding = decodeURIComponent(request.url?.slice(1) ?? '')
      const accepts = String(request.headers['accept-encoding'])
      let body: Buffer = plain
      for (const each of coding.split(', ')) {
        if (each === 'gzip' || each === 'x-gzip') body = gzipSync(body)
        if (each === 'deflate') body = deflateSync(body)
        if (each === 'br') body = brotliCompressSync(body)
      }
      response.writeHead(200, { 'content-encoding': coding, 'x-accepts': accepts }).end(body)
    })
    const fetch = await testFetch()
    for (const coding of ['gzip', 'x-gzip', 'deflate', 'gzip, deflate', 'identity']) {
      const response = await fetch(`https://one.test:${port}/${coding}`)
      expect(await response.text(), coding).toBe(plain.toString())
    }
    const brotli = await fetch(`https://one.test:${port}/br`)
    const knowsBrotli = brotli.headers.get('x-accepts')?.includes('br')
    const body = Buffer.from(await brotli.arrayBuffer())
    expect(body.equals(knowsBrotli ? plain : brotliCompressSync(plain))).toBe(true)
  })

  it('of what is empty are nothing', async () => {
    const { port } = await webServer((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end())
    expect(await (await (await testFetch())(`https://one.test:${port}/`)).text()).toBe('')
  })

  it('that make much of little are held by the limit, and by the reader’s pace', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000))
    const { port } = await webServer((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    const limited = await testFetch({ maxDecodedLength: 1_000_000 })
    expect(await failure((await limited(`https://one.test:${port}/`)).text())).toMatchObject({ code: 'body_too_large' })

    const fetch = await testFetch()
    const response = await fetch(`https://one.test:${port}/`)
    const before = process.memoryUsage().arrayBuffers
    const reader = response.body?.getReader()
    await reader?.read()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(30_000_000)
    await reader?.cancel()
  })
})

describe('what is told', () => {
  it('of each connection, once; sessions are resumed', async () => {
    const { port } = await webServer((_, response) => response.setHeader('connection', 'close').end('x'))
    const seen: [string, TlsSocketInfo][] = []
    const fetch = await testFetch({ onConnection: (origin, info) => seen.push([origin, info]) })
    for (let round = 0; round < 2; round++) await (await fetch(`https://one.test:${port}/`)).text()
    expect(seen.map(([origin, { resumed, alpnProtocol }]) => [origin, resumed, alpnProtocol])).toEqual([
      [`https://one.test:${port}`, false, 'http/1.1'],
      [`https://one.test:${port}`, true, 'http/1.1'],
    ])
  })
})
