import { describe, expect, it } from 'vitest'
import { MemoryCookieJar, type MemoryCookieJarOptions } from '../../src/fetch.js'
import { testFetch, webServer } from './support.js'

const at = (url: string) => new URL(url)
const home = at('https://www.example.com/a/b')

function jarOf(values: readonly string[], options: MemoryCookieJarOptions = {}, url = home) {
  const jar = new MemoryCookieJar(options)
  jar.setCookies(url, values)
  return jar
}
const suffixes = { isPublicSuffix: (name: string) => ['com', 'co.uk'].includes(name) }

describe('a cookie jar (RFC 6265)', () => {
  it('gives a cookie back to its host, below its path', () => {
    const jar = jarOf(['a=1', 'b=2; Path=/', 'c=3; path=/a/b', 'd=4; Path=/other', 'e=5; Path=nonsense'])
    expect(jar.getCookies(home)).toBe('c=3; a=1; e=5; b=2')
    expect(jar.getCookies(at('https://www.example.com/a'))).toBe('a=1; e=5; b=2')
    expect(jar.getCookies(at('https://www.example.com/ab'))).toBe('b=2')
    expect(jar.getCookies(at('https://example.com/a'))).toBe('')
    expect(jar.getCookies(at('https://sub.www.example.com/a'))).toBe('')
  })

  it('takes cookies for a domain only where it knows the public suffixes', () => {
    const other = at('https://other.example.com/')
    expect(jarOf(['a=1; Domain=example.com']).getCookies(other)).toBe('')
    expect(jarOf(['a=1; Domain=example.com']).getCookies(home)).toBe('')
    expect(jarOf(['a=1; Domain=www.example.com; Path=/']).getCookies(home)).toBe('a=1')
    expect(jarOf(['a=1; Domain=.example.com; Path=/'], suffixes).getCookies(other)).toBe('a=1')
    expect(jarOf(['a=1; Domain=com'], suffixes).getCookies(home)).toBe('')
    expect(jarOf(['a=1; Domain=other.example.com'], suffixes).getCookies(other)).toBe('')
    expect(jarOf(['a=1; Domain=ample.com'], suffixes).getCookies(home)).toBe('')
    expect(jarOf(['a=1; Domain=0.0.1'], suffixes, at('https://127.0.0.1/')).getCookies(at('https://127.0.0.1/'))).toBe(
      '',
    )
  })

  it('replaces, forgets and lets expire', () => {
    let now = Date.UTC(2026, 0, 1)
    const jar = jarOf(['a=1', 'b=2; Max-Age=10', 'c=3; Expires=Thu, 01 Jan 2026 00:00:20 GMT'], { clock: () => now })
    jar.setCookies(home, ['a=9'])
    expect(jar.getCookies(home)).toBe('a=9; b=2; c=3')
    now += 10_000
    expect(jar.getCookies(home)).toBe('a=9; c=3')
    now += 10_000
    expect(jar.getCookies(home)).toBe('a=9')
    jar.setCookies(home, ['a=; Max-Age=0'])
    expect(jar.getCookies(home)).toBe('')
    jar.setCookies(home, ['d=1; Max-Age=99999999999', 'e=1; Expires=Wednesday, 01-Jan-25 00:00:00 GMT'])
    expect(jar.getCookies(home)).toBe('d=1')
    now += 401 * 24 * 3600 * 1000
    expect(jar.getCookies(home)).toBe('')
  })

  it.each([
    ['nothing', ''],
    ['no name and no value', '=; Path=/'],
    ['a control character', 'a=\x01'],
    ['a pair that is too long', `a=${'b'.repeat(5000)}`],
    ['__Host- with a domain', '__Host-a=1; Secure; Path=/; Domain=www.example.com'],
    ['__Host- without its path', '__Host-a=1; Secure'],
    ['__Host- without Secure', '__Host-a=1; Path=/'],
    ['__Secure- without Secure', '__Secure-a=1'],
    ['a prefix as a value without a name', '=__Host-a=1'],
  ])('passes over %s', (_what, value) => {
    expect(jarOf([value], suffixes).getCookies(home)).toBe('')
  })

  it('is bounded, for a domain and as a whole', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `c${index}=1`)
    expect(jarOf(many(60)).getCookies(home).split('; ')).toHaveLength(50)
    const jar = new MemoryCookieJar({ maxCookies: 10 })
    for (let host = 0; host < 20; host++) jar.setCookies(at(`https://h${host}.test/`), ['a=1'])
    expect(jar.getCookies(at('https://h9.test/'))).toBe('')
    expect(jar.getCookies(at('https://h10.test/'))).toBe('a=1')
  })
})

describe('fetch', () => {
  const counting = () =>
    webServer((request, response) => {
      const had = request.headers.cookie ?? ''
      response.setHeader('set-cookie', ['seen=1; Secure; HttpOnly', 'also=2'])
      if (request.url === '/redirect') response.writeHead(302, { location: '/' }).end()
      else response.end(had)
    })

  it('has no cookies unless it is given a jar', async () => {
    const { port } = await counting()
    const fetch = await testFetch()
    await (await fetch(`https://one.test:${port}/`)).text()
    expect(await (await fetch(`https://one.test:${port}/`)).text()).toBe('')
  })

  it('sends the jar’s cookies, also after a redirect, and not when it is told to omit them', async () => {
    const { port } = await counting()
    const fetch = await testFetch({ cookieJar: new MemoryCookieJar() })
    expect(await (await fetch(`https://one.test:${port}/redirect`)).text()).toBe('seen=1; also=2')
    expect(await (await fetch(`https://two.test:${port}/`)).text()).toBe('')
    expect(await (await fetch(`https://one.test:${port}/`, { credentials: 'omit' })).text()).toBe('')
    const own = await fetch(`https://one.test:${port}/`, { headers: { cookie: 'own=3' } })
    expect(await own.text()).toBe('own=3; seen=1; also=2')
  })
})
