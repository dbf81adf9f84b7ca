import { describe, expect, it } from 'vitest'
import { failure, testFetch, webServer } from './support.js'

/** `/STATUS/rest` redirects to what `?to=` says; all else says what it was asked. */
const redirecting = () =>
  webServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://x')
    const [, status = '', to = searchParams.get('to')] = [...(/^\/(3\d\d)/.exec(pathname) ?? [])]
    let body = ''
    request.on('data', (data) => {
      body += data
    })
    request.on('end', () => {
      if (status === '')
        response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }))
      else response.writeHead(Number(status), to === null ? {} : { location: to }).end('moved')
    })
  })

describe('redirects', () => {
  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [301, 'PUT', 'PUT', 'body'],
    [307, 'POST', 'POST', 'body'],
    [308, 'POST', 'POST', 'body'],
  ])('%i makes of %s a %s', async (status, method, expected, body) => {
    const { port, connections } = await redirecting()
    const fetch = await testFetch()
    const response = await fetch(`https://one.test:${port}/${status}?to=/there`, { method, body: 'body' })
    expect(response).toMatchObject({ redirected: true, url: `https://one.test:${port}/there` })
    const seen = await response.json()
    expect(seen).toMatchObject({ method: expected, body })
    expect('content-type' in seen.headers).toBe(body !== '')
    expect(connections.total).toBe(1)
  })

  it('take credentials along only within the origin', async () => {
    const { port } = await redirecting()
    const fetch = await testFetch()
    const headers = { authorization: 'Bearer x', cookie: 'a=b', 'x-a': '1' }
    const within = await fetch(`https://one.test:${port}/302?to=/there`, { headers })
    expect((await within.json()).headers).toMatchObject(headers)
    const away = await fetch(`https://one.test:${port}/302?to=${encodeURIComponent(`https://two.test:${port}/`)}`, {
      headers,
    })
    const seen = (await away.json()).headers
    expect(seen).toMatchObject({ 'x-a': '1', host: `two.test:${port}` })
    expect(seen).not.toHaveProperty('authorization')
    expect(seen).not.toHaveProperty('cookie')
  })

  it('may be refused, or handed out', async () => {
    const { port } = await redirecting()
    const fetch = await testFetch()
    const url = `https://one.test:${port}/302?to=/there`
    expect(await failure(fetch(url, { redirect: 'error' }))).toMatchObject({ code: 'redirect_refused' })
    const manual = await fetch(url, { redirect: 'manual' })
    expect([manual.status, manual.headers.get('location'), manual.redirected]).toEqual([302, '/there', false])
    expect(await manual.text()).toBe('moved')
  })

  it('that name no place are the answer', async () => {
    const { port } = await redirecting()
    const response = await (await testFetch())(`https://one.test:${port}/302`)
    expect([response.status, await response.text()]).toEqual([302, 'moved'])
  })

  it.each(['http://one.test/', 'ftp://one.test/', 'https://a:b@one.test/', 'https://', 'data:,x'])(
    'to %s are refused',
    async (to) => {
      const { port } = await redirecting()
      const fetch = await testFetch()
      expect(await failure(fetch(`https://one.test:${port}/302?to=${encodeURIComponent(to)}`))).toMatchObject({
        name: 'TypeError',
        code: 'redirect_refused',
      })
    },
  )

  it('without end are refused after twenty', async () => {
    let requests = 0
    const { port } = await webServer((_, response) => {
      requests++
      response.writeHead(302, { location: '/again' }).end()
    })
    expect(await failure((await testFetch())(`https://one.test:${port}/`))).toMatchObject({ code: 'redirect_refused' })
    expect(requests).toBe(21)
  })

  it('that would send a used stream again are refused', async () => {
    const { port } = await redirecting()
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent++ === 200) controller.close()
        else controller.enqueue(new Uint8Array(1000))
      },
    })
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    expect(await failure((await testFetch())(`https://one.test:${port}/307?to=/`, init))).toMatchObject({
      code: 'redirect_refused',
    })
  })
})
