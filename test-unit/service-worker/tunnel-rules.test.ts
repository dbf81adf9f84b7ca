import { describe, expect, it } from 'vitest'
import { TunnelRules } from '../../src/service-worker/tunnel-rules.js'

const own = 'https://app.test'
const rules = new TunnelRules(
  [
    { prefix: '/site/', origin: 'https://one.test:8443' },
    { prefix: '/site/inner/', origin: 'https://two.test' },
    { origin: 'https://api.test', path: '/v1/' },
    { prefix: '/part/', origin: 'https://three.test', path: '/public/' },
  ],
  own,
  ['/site/own/'],
)
const serverUrl = (url: string) => rules.serverUrl(new URL(url))?.href
const pageUrl = (url: string) => rules.pageUrl(new URL(url))?.href

describe('rules', () => {
  it.each([
    [`${own}/site/a/b?c=d`, 'https://one.test:8443/a/b?c=d'],
    [`${own}/site/`, 'https://one.test:8443/'],
    [`${own}/site/inner/x`, 'https://two.test/x'],
    [`${own}/site`, undefined],
    [`${own}/sites/a`, undefined],
    [`${own}/site/own/x`, undefined],
    [`${own}/`, undefined],
    ['https://other.test/site/a', undefined],
    ['https://api.test/v1/x?y', 'https://api.test/v1/x?y'],
    ['https://api.test/v2/x', undefined],
    ['https://api.test:444/v1/x', undefined],
    ['http://api.test/v1/x', undefined],
    [`${own}/part/public/x`, 'https://three.test/public/x'],
    [`${own}/part/private/x`, undefined],
  ])('take %s to %s', (from, to) => {
    expect(serverUrl(from)).toBe(to)
  })

  it.each([
    // a path cannot become another host, nor climb out of its rule
    [`${own}/site//evil.test/x`, 'https://one.test:8443//evil.test/x'],
    [`${own}/site/@evil.test/x`, 'https://one.test:8443/@evil.test/x'],
    [`${own}/site/%2f%2fevil.test`, 'https://one.test:8443/%2f%2fevil.test'],
    [`${own}/site/\\evil.test`, 'https://one.test:8443//evil.test'],
    [`${own}/part/public/..%2fprivate`, 'https://three.test/public/..%2fprivate'],
    [`${own}/part/public/../private`, undefined],
    [`${own}/site/../part/private`, undefined],
    ['https://api.test/v1/../v2', undefined],
  ])('hold for %s', (from, to) => {
    expect(serverUrl(from)).toBe(to)
  })

  it('lead back, for redirects', () => {
    expect(pageUrl('https://one.test:8443/a?b#c')).toBe(`${own}/site/a?b#c`)
    expect(pageUrl('https://two.test/')).toBe(`${own}/site/inner/`)
    expect(pageUrl('https://api.test/v1/x')).toBe('https://api.test/v1/x')
    for (const url of ['https://api.test/v2/', 'https://one.test/', 'http://two.test/', 'https://evil.test/']) {
      expect(pageUrl(url), url).toBeUndefined()
    }
  })

  it.each([
    ['none at all', []],
    ['http:', [{ origin: 'http://one.test' }]],
    ['a path in the origin', [{ origin: 'https://one.test/a' }]],
    ['credentials in the origin', [{ origin: 'https://a:b@one.test' }]],
    ['no URL', [{ origin: 'one.test' }]],
    ['the worker’s own origin', [{ origin: own }]],
    ['a prefix without its slash', [{ origin: 'https://one.test', prefix: '/a' }]],
    ['a prefix that is a URL', [{ origin: 'https://one.test', prefix: 'https://app.test/a/' }]],
    ['a prefix with a query', [{ origin: 'https://one.test', prefix: '/a?b/' }]],
    ['an unknown word', [{ origin: 'https://one.test', perfix: '/a/' }]],
  ])('are refused with %s', (_what, bad) => {
    expect(() => new TunnelRules(bad, own)).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
  })
})
