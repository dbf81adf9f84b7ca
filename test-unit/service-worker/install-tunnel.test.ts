import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { dial } from '../../src/node/dial.js'
import { installTunnel, MemoryCookieJar, type TunnelFailure, type TunnelOptions } from '../../src/service-worker.js'
import { credentials, rawServer, webServer } from '../fetch/support.js'
import { isPending, within } from '../support/deadline.js'
import { workerScope } from './support.js'

afterEach(() => vi.unstubAllGlobals())

async function installed(port: number, options: Partial<TunnelOptions> = {}) {
  const { ca } = await credentials()
  const scope = workerScope()
  const failures: TunnelFailure[] = []
  installTunnel({
    dial: ({ signal }) => dial({ host: '127.0.0.1', port, signal }),
    rules: [{ prefix: '/site/', origin: 'https://one.test' }, { origin: 'https://two.test' }],
    tls: { trustAnchors: ca.pem },
    onError: (failure) => failures.push(failure),
    ...options,
  })
  return { ...scope, failures }
}

async function answered({ response }: { readonly response: Promise<Response> | undefined }): Promise<Response> {
  if (response === undefined) throw new Error('the request was left to the network')
  return await within(response, 'the response', 10_000)
}

describe('a tunnel', () => {
  it('takes over at once, and leaves alone what no rule has', async () => {
    const { lifecycle, calls, request } = await installed(1)
    await lifecycle('install')
    await lifecycle('activate')
    expect(calls).toEqual(['skipWaiting', 'claim'])
    expect(request('/other').response).toBeUndefined()
    expect(request('https://three.test/').response).toBeUndefined()
  })

  it('passes on what the page asks, and not where it asks from', async () => {
    const { port } = await webServer((request, response) => {
      let body = ''
      request.on('data', (data) => {
        body += data
      })
      request.on('end', () =>
        response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body })),
      )
    })
    const { request } = await installed(port)
    const headers = {
      'x-a': '1',
      range: 'bytes=0-9',
      origin: 'https://app.test',
      referer: 'https://app.test/x',
      'sec-fetch-mode': 'cors',
    }
    const asked = request('/site/a?b', { method: 'PUT', body: 'c', headers })
    const seen = await (await answered(asked)).json()
    expect(seen).toMatchObject({ method: 'PUT', url: '/a?b', body: 'c' })
    expect(seen.headers).toMatchObject({ host: 'one.test', 'x-a': '1', range: 'bytes=0-9' })
    for (const name of ['origin', 'referer', 'sec-fetch-mode']) expect(seen.headers).not.toHaveProperty(name)
    await within(asked.done, 'the end of the event')
    expect((await (await answered(request('https://two.test/x'))).json()).headers.host).toBe('two.test')
  })

  it('says of a decoded body neither its coding nor its length', async () => {
    const { port } = await webServer((_, response) => {
      const body = gzipSync('hello')
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length }).end(body)
    })
    const { request } = await installed(port)
    const response = await answered(request('/site/'))
    expect([response.headers.get('content-encoding'), response.headers.get('content-length')]).toEqual([null, null])
    expect(await response.text()).toBe('hello')
  })

  it('keeps cookies when it has a jar', async () => {
    const { port } = await webServer((request, response) => {
      response.setHeader('set-cookie', 'a=1').end(request.headers.cookie ?? 'none')
    })
    const { request } = await installed(port, { cookieJar: new MemoryCookieJar() })
    for (const expected of ['none', 'a=1']) expect(await (await answered(request('/site/'))).text()).toBe(expected)
  })

  describe('with a jar, to which another site leads the browser', () => {
    async function signedIn() {
      const seen: string[] = []
      const { port } = await webServer((request, response) => {
        seen.push(`${request.method} ${request.headers.cookie ?? 'none'}`)
        response.setHeader('set-cookie', 'a=1').end()
      })
      const tunnel = await installed(port, { cookieJar: new MemoryCookieJar() })
      await (await answered(tunnel.request('/site/'))).text()
      seen.length = 0
      return { ...tunnel, seen }
    }

    it.each(['https://evil.test/', 'https://app.test.evil.test/', '', 'about:client'])(
      'refuses to send its form: from %j',
      async (from) => {
        const { request, seen, failures } = await signedIn()
        const asked = request('/site/pay', { method: 'POST', body: 'to=evil', asMode: 'navigate', from })
        const response = await answered(asked)
        expect([response.status, response.headers.get('webtls-error')]).toEqual([403, 'foreign_request'])
        expect(await response.text()).toContain('may not send POST')
        await within(asked.done, 'the end of the event')
        expect(seen).toEqual([])
        expect(failures).toMatchObject([{ status: 403, code: 'foreign_request' }])
      },
    )

    it.each([
      ['GET', 'navigate', 'https://evil.test/', 'GET none'],
      ['HEAD', 'navigate', 'https://evil.test/', 'HEAD none'],
      ['GET', 'navigate', '', 'GET a=1'],
      ['GET', 'navigate', 'https://app.test/site/', 'GET a=1'],
      ['POST', 'navigate', 'https://app.test/site/', 'POST a=1'],
      ['POST', 'cors', '', 'POST a=1'],
    ])('sends cookies only with what is its own: %s, %s, from %j', async (method, asMode, from, expected) => {
      const { request, seen } = await signedIn()
      expect((await answered(request('/site/', { method, asMode, from }))).status).toBe(200)
      expect(seen).toEqual([expected])
    })
  })

  it('names the place of a redirect as the page does, and refuses one that leads out', async () => {
    const { port } = await webServer((request, response) => {
      const to = new URL(request.url ?? '', 'https://x').searchParams.get('to') ?? ''
      response.writeHead(302, { location: to }).end('moved')
    })
    const { request, failures } = await installed(port)
    const location = async (to: string) => {
      const response = await answered(request(`/site/x/?to=${encodeURIComponent(to)}`))
      return [response.status, response.headers.get('location') ?? (await response.json()).code]
    }
    expect(await location('../y?z#f')).toEqual([302, 'https://app.test/site/y?z#f'])
    expect(await location('https://two.test/')).toEqual([302, 'https://two.test/'])
    for (const out of ['https://evil.test/', 'http://one.test/', '//evil.test/', 'javascript:alert(1)', 'https://']) {
      expect(await location(out), out).toEqual([502, 'redirect_refused'])
    }
    expect(failures).toHaveLength(5)
  })

  it.each([
    ['no HTTP', 'SSH-2.0\r\n', 502, 'malformed'],
    ['interim responses without end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100), 502, 'head_too_large'],
    ['nothing at all', '', 504, 'timed_out'],
  ])('makes of %s a reason to read', async (_what, answer, status, code) => {
    const { port } = await rawServer((socket) => socket.write(answer))
    const { request, failures } = await installed(port, { headersTimeoutMs: 300 })
    const asked = request('/site/')
    const response = await answered(asked)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('webtls-error')).toBe(code)
    expect([response.status, await response.json()]).toEqual([status, expect.objectContaining({ status, code })])
    const page = await answered(request('/site/<x>', { asMode: 'navigate' }))
    const html = await page.text()
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([
      status,
      expect.stringContaining("default-src 'none'"),
    ])
    expect(html).toContain(`<code>${code}</code>`)
    expect(failures).toHaveLength(2)
    await within(asked.done, 'the end of the event')
  })

  it('ends a response that is cut off in an error, and tells the page', async () => {
    const { port } = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
      setTimeout(() => socket.end('a\r\ncut'), 50)
    })
    const { request, messages, failures } = await installed(port)
    const asked = request('/site/large')
    const response = await answered(asked)
    await expect(within(response.text(), 'the body')).rejects.toThrow('cut off')
    await within(asked.done, 'the end of the event')
    expect(failures).toEqual([expect.objectContaining({ url: 'https://app.test/site/large', code: 'incomplete' })])
    expect(messages).toEqual([{ type: 'webtls-tunnel-failure', failure: failures[0] }])
  })

  it('stays alive while a response is read, and no longer', async () => {
    const { port } = await webServer((_, response) => response.end(Buffer.alloc(2_000_000)))
    const { request } = await installed(port)
    for (const end of ['read', 'cancelled']) {
      const asked = request('/site/')
      const response = await answered(asked)
      expect(await isPending(asked.done, 100)).toBe(true)
      if (end === 'read') await response.arrayBuffer()
      else await response.body?.cancel()
      await within(asked.done, `the end of the event: ${end}`)
    }
  })

  it.each([
    ['neither relay nor dial', { dial: undefined }],
    ['both', { relay: 'wss://relay.test/' }],
    ['no rule', { rules: [] }],
    ['a misspelt option', { cookiejar: new MemoryCookieJar() }],
  ])('is refused with %s', async (_what, options) => {
    await expect(installed(1, options as unknown as Partial<TunnelOptions>)).rejects.toMatchObject({
      code: 'invalid_argument',
    })
  })

  it('is refused where there is no service worker', () => {
    expect(() =>
      installTunnel({ relay: 'wss://relay.test/', rules: [{ origin: 'https://one.test' }], tls: { trustAnchors: [] } }),
    ).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
  })
})
