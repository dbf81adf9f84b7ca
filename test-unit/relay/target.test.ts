import { describe, expect, it } from 'vitest'
import { parseTarget } from '../../src/relay/target.js'

describe('parseTarget', () => {
  it.each([
    ['/example.com:443', 'example.com', 443],
    ['/EXAMPLE.com:443', 'example.com', 443],
    ['/_dmarc.xn--bcher-kva.example:1', '_dmarc.xn--bcher-kva.example', 1],
    ['/localhost:65535', 'localhost', 65535],
    ['/192.0.2.1:80', '192.0.2.1', 80],
    ['/[2001:DB8:0::1]:80', '2001:db8::1', 80],
  ])('takes %s', (path, host, port) => {
    expect(parseTarget(path, '/')).toMatchObject({ host, port })
  })

  it('takes the path below its base only', () => {
    expect(parseTarget('/relay/a.example:1', '/relay/')).toMatchObject({ host: 'a.example' })
    expect(() => parseTarget('/a.example:1', '/relay/')).toThrow('begin')
  })

  it.each([
    '/',
    '/example.com',
    '/example.com:',
    '/:443',
    '/example.com:0',
    '/example.com:0443',
    '/example.com:65536',
    '/example.com:443/',
    '/example.com:443?x=1',
    '/example.com.:443',
    '/exa%6dple.com:443',
    '/user@example.com:443',
    '/example.com:443:443',
    '//example.com:443',
    '/-a.example:443',
    '/a..example:443',
    `/${'a'.repeat(64)}.example:443`,
    // addresses in other spellings
    '/2130706433:80',
    '/0x7f000001:80',
    '/0x7f.0.0.1:80',
    '/0177.0.0.1:80',
    '/127.1:80',
    '/127.0.0.01:80',
    '/127.0.0.256:80',
    '/127.0.0.0x1:80',
    '/①②⑦.0.0.1:80',
    '/::1:80',
    '/[::1%25lo]:80',
    '/[::1%lo]:80',
    '/[127.0.0.1]:80',
    '/[]:80',
    '/[::g]:80',
  ])('refuses %s', (path) => {
    expect(() => parseTarget(path, '/')).toThrow(expect.objectContaining({ code: 'bad_target' }))
  })
})
