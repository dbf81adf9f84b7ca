import { createHash, randomBytes } from 'node:crypto'
import { request as httpsRequest } from 'node:https'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type HttpResponseEvent, serveHttp } from '../../src/http.js'
import { memoryDuplexPair } from '../../src/index.js'
import { listen } from '../../src/node.js'
import { createSelfSigned } from '../../src/x509.js'
import { within } from '../support/deadline.js'
import { ask, get, post, talk } from './server-support.js'

const hello = () => new Response('hello')
const chunkedHello = /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*\r\n5\r\nhello\r\n0\r\n\r\n$/

afterEach(() => void vi.useRealTimers())

describe('a request', () => {
  it('comes as the platform has it, with all of its fields', async () => {
    let seen: unknown
    await ask(get('/a/../b?c=%20d', 'Cookie: a=1', 'X-Two: 1', 'x-two: 2', 'Accept-Encoding: br'), (request, info) => {
      seen = {
        url: request.url,
        method: request.method,
        cookie: request.headers.get('cookie'),
        host: request.headers.get('host'),
        two: request.headers.get('x-two'),
        encoding: request.headers.get('accept-encoding'),
        target: info.target,
        tls: info.tls,
        body: request.body,
      }
      return hello()
    })
    expect(seen).toEqual({
      url: 'http://tab.example/b?c=%20d',
      method: 'GET',
      cookie: 'a=1',
      host: 'tab.example',
      two: '1, 2',
      encoding: 'br',
      target: '/a/../b?c=%20d',
      tls: undefined,
      body: null,
    })
  })

  it.each([
    ['GET http://other.example/x HTTP/1.1\r\nHost: tab.example\r\n\r\n', 'http://other.example/x'],
    ['OPTIONS * HTTP/1.1\r\nHost: tab.example:8443\r\n\r\n', 'http://tab.example:8443/'],
    ['GET /x HTTP/1.0\r\n\r\n', 'http://localhost/x'],
    ['GET //evil.example/x HTTP/1.1\r\nHost: tab.example\r\n\r\n', 'http://tab.example//evil.example/x'],
  ])('has the URL that RFC 9112 section 3.3 says: %j', async (message, url) => {
    let seen = ''
    await ask(message, (request) => {
      seen = request.url
      return hello()
    })
    expect(seen).toBe(url)
  })

  it('has a body that streams, by length and chunked, and the next one follows it', async () => {
    const bodies: string[] = []
    const chunked =
      'PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n'
    const answer = await ask(post('0123456789') + chunked + get('/'), async (request) => {
      bodies.push(await request.text())
      return hello()
    })
    expect(bodies).toEqual(['0123456789', 'abcde', ''])
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3)
  })

  it('that is refused by the reader is answered once, and nothing follows', async () => {
    let calls = 0
    const handler = () => {
      calls += 1
      return hello()
    }
    for (const [message, status] of [
      ['GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
      ['GET / HTTP/1.1\nHost: a\n\n', 400],
      ['GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n', 400],
      ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
      ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n', 501],
      ['GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505],
      [`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431],
      ['GET / HTTP/1.1\r\nHost: a:b:c\r\n\r\n', 400],
      ['GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n', 400],
      ['CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n', 501],
      ['TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 501],
      ['GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n', 417],
    ] as const) {
      const answer = await ask(message + get('/'), handler)
      expect(answer, message.slice(0, 60)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
      expect(answer).toMatch(/\r\nconnection: close\r\n/)
      expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    }
    expect(calls).toBe(0)
  })

  it('that ends within its body fails in the handler, and is answered with 400', async () => {
    let failure: unknown
    const answer = await ask(post('abc').replace('Length: 3', 'Length: 9'), async (request) => {
      try {
        await request.text()
      } catch (error) {
        failure = error
        throw error
      }
      return hello()
    })
    expect(failure).toBeDefined()
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('is refused when its body is larger than allowed: announced, or as it comes', async () => {
    const limits = { maxBodyBytes: 4 }
    const readIt = async (request: Request) => new Response(await request.text())
    expect(await ask(post('01234'), readIt, { limits })).toMatch(/^HTTP\/1\.1 413 /)
    expect(await ask(post('0123'), readIt, { limits })).toMatch(/^HTTP\/1\.1 200 /)
    const chunked = 'PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'
    expect(await ask(chunked, readIt, { limits })).toMatch(/^HTTP\/1\.1 413 /)
  })

  it('leaves its body where the handler leaves it: a little is skipped, much ends the connection', async () => {
    const little = await ask(post('x'.repeat(1000)) + get('/'), hello)
    expect(little.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
    const much = await ask(post('x'.repeat(600_000)) + get('/'), hello)
    expect(much.match(/HTTP\/1\.1 200/g)).toHaveLength(1)
    const body = await ask(`GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc${get('/')}`, hello)
    expect(body.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
  })

  it('is asked for its body when the handler wants it, and only then', async () => {
    const expecting = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n'
    const wanted = talk(async (request) => new Response(`got ${await request.text()}`))
    await wanted.send(expecting)
    expect(await wanted.until(/\r\n\r\n/)).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    await wanted.send('12345')
    await wanted.until(/got 12345/)
    await wanted.end()
    expect((await wanted.rest()).match(/HTTP\/1\.1 100/g)).toHaveLength(1)

    // the answer is made of the body, and read after the handler has returned
    const echoed = talk((request) => new Response(request.body))
    await echoed.send(expecting)
    await echoed.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/)
    await echoed.send('12345')
    await echoed.until(/HTTP\/1\.1 200 OK[\s\S]*12345\r\n0\r\n\r\n$/)
    await echoed.end()

    const unwanted = talk(() => new Response('no', { status: 403 }))
    await unwanted.send(expecting)
    const answer = await unwanted.rest()
    expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/)
    expect(answer).toContain('connection: close')
  })
})

describe('an answer', () => {
  it('is chunked without a length, with Date, and keeps the connection', async () => {
    const answer = await ask(get('/'), hello)
    expect(answer).toMatch(chunkedHello)
    expect(answer).toMatch(/\r\ndate: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r\n/)
    expect(answer).not.toContain('connection:')
    expect((await ask(get('/').repeat(3), hello)).match(/HTTP\/1\.1 200/g)).toHaveLength(3)
  })

  it('has the length that the handler gives, and is cut off when the body has another', async () => {
    const sized = (text: string, length: number) => () =>
      new Response(text, { headers: { 'content-length': String(length) } })
    expect(await ask(get('/'), sized('hello', 5))).toMatch(/content-length: 5\r\n[\s\S]*\r\n\r\nhello$/)
    const none = () => new Response(null, { headers: { 'content-length': '5' } })
    expect(await ask(get('/'), none)).toMatch(/^HTTP\/1\.1 500 /)
    for (const length of [4, 6]) {
      const talking = talk(sized('hello', length))
      await talking.send(get('/'))
      await expect(talking.rest()).rejects.toBeDefined()
      await talking.server.finished
    }
  })

  it.each([204, 304])('has no body with %s, nor HEAD any', async (status) => {
    const answer = await ask(get('/') + get('/'), () => new Response(null, { status }))
    expect(answer.match(new RegExp(`HTTP/1\\.1 ${status} [^\r]+\r\n(?:[^\r]+\r\n)*\r\n`, 'g'))?.join('')).toBe(answer)
    const head = await ask(
      get('/').replace('GET', 'HEAD') + get('/'),
      () => new Response('hello', { headers: { 'content-length': '5' } }),
    )
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n(?:[^\r]+\r\n)*\r\nHTTP\/1\.1 200 OK\r\n(?:[^\r]+\r\n)*\r\nhello$/)
  })

  it('cannot be split: what would become another field or message is 500 and seen by onError', async () => {
    const errors: unknown[] = []
    const evil = Object.defineProperty(new Response('x'), 'statusText', { value: 'OK\r\nSet-Cookie: a=b' })
    const answer = await ask(get('/'), () => evil, { onError: (error) => errors.push(error) })
    expect(answer).toMatch(/^HTTP\/1\.1 500 /)
    expect(answer.toLowerCase()).not.toContain('set-cookie')
    expect(errors).toHaveLength(1)
    // the platform's Headers refuse it already
    expect(() => new Headers({ a: 'b\r\nc: d' })).toThrow()
  })

  it('decides about the connection itself', async () => {
    const headers = { connection: 'keep-alive, x', 'transfer-encoding': 'gzip', 'keep-alive': '1', upgrade: 'y' }
    const answer = await ask(get('/'), () => new Response('hello', { headers }))
    expect(answer).toMatch(chunkedHello)
    expect(answer.match(/transfer-encoding/g)).toHaveLength(1)
    expect(answer).not.toMatch(/keep-alive|upgrade/)
    const closing = await ask(get('/') + get('/'), () => new Response('bye', { headers: { connection: 'close' } }))
    expect(closing.match(/HTTP\/1\.1 200/g)).toHaveLength(1)
    expect(closing).toContain('connection: close')
    expect((await ask(get('/', 'Connection: close') + get('/'), hello)).match(/HTTP\/1\.1 200/g)).toHaveLength(1)
  })

  it('goes to a client of HTTP/1.0 without chunks', async () => {
    const plain = await ask('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', hello)
    expect(plain).toMatch(/connection: close\r\n[\s\S]*\r\n\r\nhello$/)
    expect(plain).not.toContain('chunked')
    const sized = () => new Response('hello', { headers: { 'content-length': '5' } })
    const kept = await ask('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'.repeat(2), sized)
    expect(kept.match(/hello/g)).toHaveLength(2)
    expect(kept).toContain('connection: keep-alive')
  })

  it('has several Set-Cookie, by the info where a Response drops them', async () => {
    const answer = await ask(get('/'), (_, { responseHeaders }) => {
      responseHeaders.append('set-cookie', 'a=1')
      responseHeaders.append('set-cookie', 'b=2')
      return hello()
    })
    expect(answer).toMatch(/set-cookie: a=1\r\n(?:.*\r\n)*?set-cookie: b=2\r\n/)
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('the secret of the house')
      },
    ],
    ['rejects', async () => Promise.reject(new Error('the secret of the house'))],
    ['returns nothing', () => undefined as unknown as Response],
    ['returns Response.error()', () => Response.error()],
    [
      'returns one that was read',
      async () => {
        const response = new Response('x')
        await response.text()
        return response
      },
    ],
  ] as const)('is 500 without a word of why when the handler %s', async (_, handler) => {
    const errors: unknown[] = []
    const answer = await ask(get('/') + get('/'), handler, { onError: (error) => errors.push(error) })
    expect(answer).toMatch(/^HTTP\/1\.1 500 Internal Server Error\r\n/)
    expect(answer).toContain('connection: close')
    expect(answer).not.toContain('secret')
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(errors).toHaveLength(1)
  })

  it('that fails as it is sent does not look whole', async () => {
    const errors: unknown[] = []
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (controller.desiredSize === 1) controller.enqueue(new Uint8Array(10))
        throw new Error('the disk is gone')
      },
    })
    const talking = talk(() => new Response(body), { onError: (error) => errors.push(error) })
    await talking.send(get('/'))
    await expect(talking.rest()).rejects.toBeDefined()
    await talking.server.finished
    expect(errors).toHaveLength(1)
  })

  it('streams as it is made, and no faster than it is taken', async () => {
    let made = 0
    const endless = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          made += 1
          controller.enqueue(new Uint8Array(16_384))
        },
      },
      { highWaterMark: 0 },
    )
    const talking = talk(() => new Response(endless))
    await talking.send(get('/'))
    await talking.until(/\r\n\r\n/)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(made).toBeGreaterThan(0)
    expect(made).toBeLessThan(20)
    await talking.server.close({ graceMs: 0 })
  })

  it('goes back while the request still comes', async () => {
    const talking = talk((request) => new Response(request.body))
    await talking.send('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n')
    await talking.until(/one/)
    await talking.send('3\r\ntwo\r\n')
    await talking.until(/two/)
    await talking.send('0\r\n\r\n')
    await talking.until(/\r\n0\r\n\r\n$/)
    await talking.end()
    await talking.rest()
  })
})

describe('when the client goes', () => {
  it('aborts the signal of the request, of one that waits and of one that sends', async () => {
    const reasons: string[] = []
    const waiting = talk(async (request) => {
      await new Promise<void>((resolve) => request.signal.addEventListener('abort', () => resolve()))
      reasons.push('waiting')
      return hello()
    })
    await waiting.send(get('/'))
    await waiting.end()
    await waiting.rest()
    const sending = talk((request) => {
      request.signal.addEventListener('abort', () => reasons.push('sending'))
      return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) }))
    })
    await sending.send(get('/'))
    await sending.reader.cancel(new Error('gone'))
    await sending.server.finished
    expect(reasons).toEqual(['waiting', 'sending'])
  })

  it.each([
    ['chunked', get('/')],
    ['up to the end of the connection', 'GET / HTTP/1.0\r\nHost: x\r\n\r\n'],
  ])('cancels an answer that pauses, and does not take it for whole: %s', async (_how, message) => {
    const [cancelled, events] = [vi.fn(), [] as HttpResponseEvent[]]
    const talking = talk(() => new Response(pausing(cancelled)), { onResponse: (event) => events.push(event) })
    void talking.send(message)
    await talking.until(/begun/)
    await talking.reader.cancel(new Error('gone'))
    await within(talking.server.finished, 'the end of the connection')
    expect(cancelled).toHaveBeenCalledOnce()
    expect(events).toMatchObject([{ isWhole: false }])
  })

  it('does not wait for an answer that pauses when the server is closed at once', async () => {
    const cancelled = vi.fn()
    const talking = talk(() => new Response(pausing(cancelled)))
    void talking.send(get('/'))
    await talking.until(/begun/)
    await within(talking.server.close({ graceMs: 0 }), 'the end of the server')
    expect(cancelled).toHaveBeenCalledOnce()
  })

  it('cancels an answer that comes when the connection has failed', async () => {
    const cancelled = vi.fn()
    let answer: ((response: Response) => void) | undefined
    const talking = talk(
      () =>
        new Promise<Response>((resolve) => {
          answer = resolve
        }),
    )
    await talking.send(get('/'))
    await vi.waitFor(() => expect(answer).toBeDefined())
    await talking.server.close({ graceMs: 0 })
    answer?.(new Response(pausing(cancelled)))
    await vi.waitFor(() => expect(cancelled).toHaveBeenCalledOnce())
  })

  it('cancels an answer whose head cannot be sent', async () => {
    const cancelled = vi.fn()
    const talking = talk(async () => {
      await talking.reader.cancel(new Error('gone'))
      return new Response(pausing(cancelled))
    })
    await talking.send(get('/'))
    await within(talking.server.finished, 'the end of the connection')
    expect(cancelled).toHaveBeenCalledOnce()
  })

  it('cancels an answer that has not begun, while the client waits to be asked for its body', async () => {
    const cancelled = vi.fn()
    const pull = vi.fn(() => new Promise<void>(() => undefined))
    const talking = talk(() => new Response(new ReadableStream({ pull, cancel: cancelled }, { highWaterMark: 0 })))
    await talking.send('POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n')
    await vi.waitFor(() => expect(pull).toHaveBeenCalled())
    await within(talking.server.close({ graceMs: 0 }), 'the end of the server')
    expect(cancelled).toHaveBeenCalledOnce()
  })
})

describe('time', () => {
  it.each([
    ['a client that says nothing', '', { headTimeoutMs: 30 }, /^$/],
    ['a head that does not end', 'GET / HTTP/1.1\r\nHost: a\r\n', { headTimeoutMs: 30 }, /^HTTP\/1\.1 408 /],
    ['no further request', get('/'), { keepAliveTimeoutMs: 30 }, chunkedHello],
  ])('ends %s', async (_, message, limits, answer) => {
    const talking = talk(hello, { limits })
    if (message !== '') await talking.send(message)
    expect(await talking.rest()).toMatch(answer)
    await talking.server.finished
  })

  it('ends a body that does not come, and an answer that is not taken', async () => {
    const slow = talk(async (request) => new Response(await request.text()), { limits: { bodyTimeoutMs: 30 } })
    await slow.send(post('abc').replace('Length: 3', 'Length: 4'))
    expect(await slow.rest()).toMatch(/^HTTP\/1\.1 408 /)
    const errors: unknown[] = []
    const idle = talk(() => new Response(new Uint8Array(1_000_000)), {
      limits: { sendTimeoutMs: 30 },
      onError: (error) => errors.push(error),
    })
    await idle.send(get('/'))
    await idle.server.finished
    expect(errors).toMatchObject([{ code: 'timed_out' }])
  })

  it('does not end a handler that thinks, or a body that it makes slowly', async () => {
    const limits = { headTimeoutMs: 20, bodyTimeoutMs: 20, sendTimeoutMs: 20, keepAliveTimeoutMs: 20 }
    const pause = () => new Promise((resolve) => setTimeout(resolve, 80))
    const talking = talk(
      async () => {
        await pause()
        let turns = 0
        return new Response(
          new ReadableStream({
            async pull(controller) {
              await pause()
              if (turns++ === 2) controller.close()
              else controller.enqueue(new Uint8Array([65]))
            },
          }),
        )
      },
      { limits },
    )
    await talking.send(get('/'))
    expect(await talking.until(/\r\n0\r\n\r\n$/)).toContain('1\r\nA\r\n1\r\nA\r\n')
  })
})

describe('a server', () => {
  it('closes: the idle at once, the busy when they have answered, the late by force', async () => {
    const idle = talk(hello)
    await idle.send(get('/'))
    await idle.until(/hello/)
    await idle.server.close()
    await idle.rest()

    let answerNow: (() => void) | undefined
    const busy = talk(async () => {
      await new Promise<void>((resolve) => {
        answerNow = resolve
      })
      return hello()
    })
    await busy.send(get('/'))
    await vi.waitFor(() => expect(answerNow).toBeDefined())
    const closing = busy.server.close({ graceMs: 5000 })
    answerNow?.()
    const answer = await busy.rest()
    expect(answer).toMatch(/connection: close\r\n[\s\S]*hello/)
    await closing

    let isLate = false
    const late = talk(() => {
      isLate = true
      return new Promise(() => undefined)
    })
    await late.send(get('/'))
    await vi.waitFor(() => expect(isLate).toBe(true))
    const cut = late.rest()
    cut.catch(() => undefined)
    await late.server.close({ graceMs: 20 })
    await expect(cut).rejects.toBeDefined()
    expect(late.server.connections).toBe(0)
  })

  it('takes no more connections than it may', async () => {
    const ends = Array.from({ length: 3 }, () => memoryDuplexPair())
    let taken = 0
    async function* connections() {
      for (const [, far] of ends) {
        taken += 1
        yield far
      }
    }
    const server = serveHttp(connections(), hello, { limits: { maxConnections: 2 } })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect([taken, server.connections]).toEqual([2, 2])
    await ends[0]?.[0].writable.close()
    await vi.waitFor(() => expect(taken).toBe(3))
    await server.close({ graceMs: 0 })
  })

  it('tells when its listener fails, and refuses limits that are none', async () => {
    const failing = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('no more')) }) }
    await expect(serveHttp(failing, hello).finished).rejects.toThrow('no more')
    const [, far] = memoryDuplexPair()
    expect(() => serveHttp(far, hello, { limits: { maxBodyBytes: 0 } })).toThrow(/maxBodyBytes/)
    expect(() => serveHttp(far, hello, { limits: { unknown: 1 } as never })).toThrow(/no limit "unknown"/)
  })

  it('serves node:https over TLS, both ways at length, and reports', async () => {
    const { pem, privateKey } = await createSelfSigned({ subject: { CN: 'localhost' }, dnsNames: ['localhost'] })
    const listener = await listen({ port: 0 }, { identities: [{ certificateChain: pem, privateKey }] })
    const { port } = listener.address as { port: number }
    const events: HttpResponseEvent[] = []
    const server = serveHttp(listener, (request) => new Response(request.body), {
      onResponse: (event) => events.push(event),
    })
    const data = randomBytes(5_000_000)
    const back = await new Promise<Buffer>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, servername: 'localhost', ca: pem, method: 'POST', path: '/echo' }
      const asked = httpsRequest(options, async (response) => {
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk as Buffer)
        resolve(Buffer.concat(chunks))
      })
      asked.on('error', reject)
      asked.end(data)
    })
    expect(createHash('sha256').update(back).digest('hex')).toBe(createHash('sha256').update(data).digest('hex'))
    expect(events).toMatchObject([{ method: 'POST', target: '/echo', status: 200, bytes: 5_000_000, isWhole: true }])
    await server.close({ graceMs: 1000 })
  })

  it('ends TLS itself when told to, and says http/1.1 by ALPN', async () => {
    const { pem, privateKey } = await createSelfSigned({ subject: { CN: 'localhost' }, dnsNames: ['localhost'] })
    const { connectTls } = await import('../../src/index.js')
    const [client, far] = memoryDuplexPair()
    const infos: unknown[] = []
    const handler = (request: Request, info: { tls: unknown }) => {
      infos.push(info.tls)
      return new Response(request.url)
    }
    const server = serveHttp(far, handler, { tls: { identities: [{ certificateChain: pem, privateKey }] } })
    const socket = connectTls(client, { serverName: 'localhost', trustAnchors: pem, alpnProtocols: ['http/1.1'] })
    expect((await socket.opened).alpnProtocol).toBe('http/1.1')
    const writer = socket.writable.getWriter()
    await writer.write(new TextEncoder().encode(get('/x', 'Connection: close')))
    expect(await new Response(socket.readable).text()).toContain('https://tab.example/x')
    expect(infos).toMatchObject([{ protocol: 'TLSv1.3', serverName: 'localhost' }])
    await socket.close()
    await server.finished
  })
})

/** A body that says something, and then nothing more. */
const pausing = (cancel: () => void) =>
  new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(Buffer.from('begun')), cancel })
