import ipaddr from 'ipaddr.js'
import { describe, expect, it } from 'vitest'
import { allowList, namesWithoutAddress } from '../../src/relay/allow-list.js'
import { resolveTarget } from '../../src/relay/resolve-target.js'
import { parseTarget } from '../../src/relay/target.js'

const publicAddresses = ['93.184.216.34', '2606:4700::1111']

/** Every kind of address that must not be reached by accident: the IANA special-purpose registries. */
const special = [
  '0.0.0.0',
  '0.1.2.3',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.9.9.9',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::7f00:1',
  '::ffff:127.0.0.1',
  '::ffff:93.184.216.34',
  '::ffff:0:127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::7f00:1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '3fff::1',
  '5f00::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fec0::1',
  'ff02::1',
]

const allows = (patterns: string[], address: string, port = 443, isNameAllowed = false) =>
  allowList(patterns).allowsAddress(ipaddr.parse(address), port, isNameAllowed)

describe('allowList', () => {
  it('permits nothing when empty', () => {
    expect(allowList([]).allowsName('example.com', 443)).toBe(false)
    expect(allows([], '93.184.216.34')).toBe(false)
  })

  it.each([
    ['example.com:443', 'example.com', 443, true],
    ['EXAMPLE.com:443', 'example.com', 443, true],
    ['example.com:443', 'example.com', 80, false],
    ['example.com:443', 'www.example.com', 443, false],
    ['example.com:8000-8999', 'example.com', 8500, true],
    ['example.com:8000-8999', 'example.com', 9000, false],
    ['example.com:*', 'example.com', 1, true],
    ['*.example.com:443', 'a.example.com', 443, true],
    ['*.example.com:443', 'a.b.example.com', 443, true],
    ['*.example.com:443', 'example.com', 443, false],
    ['*.example.com:443', 'evilexample.com', 443, false],
    ['*:443', 'anything.example', 443, true],
  ])('%s for %s:%i is %s', (pattern, name, port, expected) => {
    expect(allowList([pattern]).allowsName(name, port)).toBe(expected)
  })

  it.each(special)('refuses %s even where everything public is allowed', (address) => {
    expect(allows(['*:443', '0.0.0.0/0:443', '[::]/0:443'], address, 443, true)).toBe(false)
  })

  it.each(publicAddresses)('permits the public %s by name, by * and by a network', (address) => {
    expect(allows([], address, 443, true)).toBe(true)
    expect(allows(['0.0.0.0/0:443', '[::]/0:443'], address)).toBe(true)
    expect(allows(['0.0.0.0/0:80', '[::]/0:80'], address)).toBe(false)
  })

  it.each([
    ['10.0.0.0/8:5432', '10.1.2.3', 5432, true],
    ['10.0.0.0/8:5432', '10.1.2.3', 5433, false],
    ['10.0.0.0/8:5432', '11.1.2.3', 5432, false],
    ['127.0.0.1:443', '127.0.0.1', 443, true],
    ['127.0.0.1:443', '127.0.0.2', 443, false],
    ['[::1]:443', '::1', 443, true],
    ['[fd00::]/8:443', 'fd12::1', 443, true],
    ['10.0.0.0/7:443', '10.0.0.1', 443, false],
    // NAT64 opened as such opens public addresses behind it, not private ones
    ['[64:ff9b::]/96:443', '64:ff9b::5db8:d822', 443, true],
    ['[64:ff9b::]/96:443', '64:ff9b::7f00:1', 443, false],
    ['[::ffff:0:0]/96:443', '::ffff:10.0.0.1', 443, false],
  ])('%s for %s port %i is %s', (pattern, address, port, expected) => {
    expect(allows([pattern], address, port)).toBe(expected)
  })

  it.each([
    'example.com',
    'example.com:0',
    'example.com:70000',
    'example.com:90-80',
    '10.0.0.1/8:443',
    '10.0.0.0/33:443',
    '::1:443',
    '0x7f.1:443',
    '*.*.example.com:443',
    '*.10.0.0.1:443',
    '10.1.0.0/8:443',
    'exa mple:443',
    'a.example/8:443',
    '[a.example]:443',
  ])('refuses the pattern %s when it is read', (pattern) => {
    expect(() => allowList([pattern])).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
  })
})

describe('resolveTarget', () => {
  const resolve = (answers: string[]) => async () => answers

  it.each(special)('refuses a name that resolves to %s', async (address) => {
    const target = parseTarget('/rebind.example:443', '/')
    await expect(resolveTarget(target, allowList(['*:*']), resolve([address]))).rejects.toMatchObject({
      code: 'blocked',
    })
  })

  it('keeps the public ones of mixed answers', async () => {
    const target = parseTarget('/mixed.example:443', '/')
    const found = await resolveTarget(target, allowList(['mixed.example:443']), resolve(['10.0.0.1', '93.184.216.34']))
    expect(found).toEqual(['93.184.216.34'])
  })

  it('refuses an address with a zone', async () => {
    const target = parseTarget('/zone.example:443', '/')
    const asked = resolveTarget(target, allowList(['*:*', '[fe80::]/10:*']), resolve(['fe80::1%lo']))
    await expect(asked).rejects.toMatchObject({ code: 'unresolvable' })
  })

  it('does not resolve a name that cannot be allowed', async () => {
    let asked = 0
    const count = async () => {
      asked += 1
      return ['93.184.216.34']
    }
    const target = parseTarget('/other.example:443', '/')
    await expect(resolveTarget(target, allowList(['a.example:443', '10.0.0.0/8:5432']), count)).rejects.toMatchObject({
      code: 'blocked',
    })
    expect(asked).toBe(0)
  })
})

describe('the reason for the log', () => {
  it.each([
    [
      'a.example',
      ['10.0.0.1'],
      'a.example leads to 10.0.0.1, a private address, which a name does not permit: list 10.0.0.1:443',
    ],
    [
      'a.example',
      ['192.0.2.1'],
      'a.example leads to 192.0.2.1, which is not public, which a name does not permit: list 192.0.2.1:443',
    ],
    ['a.example', ['::ffff:127.0.0.1'], /carries an IPv4 address.*list \[::ffff:7f00:1\]:443, 127\.0\.0\.1:443$/],
    ['127.0.0.1', [], '127.0.0.1 is a loopback address, which * does not permit: list 127.0.0.1:443'],
  ])('says of %s at %j what would permit it, and that does', async (host, answers, reason) => {
    const target = parseTarget(`/${host}:443`, '/')
    const resolve = async () => answers
    const error = await resolveTarget(target, allowList(['*:443']), resolve).catch((thrown: Error) => thrown)
    const { message, cause } = error as Error & { readonly cause: Error }
    expect(message).toBe(`this relay does not allow ${host}:443`)
    expect(cause.message).toMatch(reason)
    const listed = cause.message.split(': list ')[1]?.split(', ') ?? []
    expect(await resolveTarget(target, allowList(['*:443', ...listed]), resolve)).toHaveLength(1)
  })

  it('is not given for a name that no pattern permits', async () => {
    const target = parseTarget('/a.example:443', '/')
    const asked = resolveTarget(target, allowList(['10.0.0.0/8:443']), async () => ['127.0.0.1'])
    const error = await asked.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'blocked' })
    expect(error).not.toHaveProperty('cause')
  })
})

it('names that have no public address are found, unless an address that is not public is listed for their port', () => {
  const local = ['localhost:1', 'a.localhost:*', 'printer.local:631', '*.internal:443', '*.corp.internal:5-9']
  expect(namesWithoutAddress([...local, '*:1', 'local.example:1', 'notlocal:1', '93.184.216.34:1'])).toEqual(local)
  expect(namesWithoutAddress([...local, '127.0.0.1:1', '10.0.0.0/8:9-10'])).toEqual([
    'printer.local:631',
    '*.internal:443',
  ])
})
