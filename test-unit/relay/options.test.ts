import { describe, expect, it } from 'vitest'
import { createRelay, type RelayListenOptions, type RelayOptions, type ReverseListenOptions } from '../../src/relay.js'

const wrong = (message: RegExp | string) =>
  expect.objectContaining({ code: 'invalid_argument', message: expect.stringMatching(message) })

const create = (options: object) => () => createRelay({ logger: false, ...options } as RelayOptions)

describe('createRelay refuses', () => {
  it.each<[object, RegExp]>([
    [{ origin: ['*'] }, /^there is no option "origin"; known are allow, origins, /],
    [{ allowed: [] }, /^there is no option "allowed"/],
    [{ toString: 1 }, /^there is no option "toString"/],
    [{ limits: { connection: 1 } }, /^there is no option "limits.connection"; known are connections, /],
    [
      { reverse: { names: { a: 't' }, port: 1 } },
      /^there is no option "reverse.port"; known are names, authorize, limits/,
    ],
    [
      { reverse: { names: { a: 't' }, limits: { page: 1 } } },
      /^there is no option "reverse.limits.page"; known are pages/,
    ],
  ])('the unknown name in %j', (options, message) => {
    expect(create(options)).toThrow(wrong(message))
  })

  it.each<[object, RegExp]>([
    [{ limits: { connections: undefined } }, /limits.connections is a whole number above 0, not undefined/],
    [{ limits: { connections: 0 } }, /limits.connections is a whole number above 0, not 0/],
    [{ limits: { bufferedBytes: Number.NaN } }, /limits.bufferedBytes is/],
    [{ limits: { idleTimeoutMs: Number.POSITIVE_INFINITY } }, /limits.idleTimeoutMs is in milliseconds/],
  ])('a limit that would limit nothing: %j', (options, message) => {
    expect(create(options)).toThrow(wrong(message))
  })

  it.each([{ origins: 'https://app.example.com' }, { tokens: 'secret' }, { allow: '127.0.0.1:*' }, { tokens: [1] }])(
    '%j, which is no list of strings',
    (options) => {
      expect(create(options)).toThrow(wrong(/^(origins|tokens|allow) must be a list of strings$/))
    },
  )
})

it('the places to listen at are checked as well', async () => {
  const relay = createRelay({ logger: false, reverse: { names: { 'a.example': 'token' } } })
  const listen = (options: object) => relay.listen(options as RelayListenOptions)
  await expect(listen({ prot: 1, port: 0 })).rejects.toEqual(wrong(/no option "prot"/))
  await expect(listen({ port: 0, metrics: { port: 0, path: '/' } })).rejects.toEqual(wrong(/no option "metrics.path"/))
  const reverse = relay.listenReverse({ port: 0, names: 'a.example' } as ReverseListenOptions)
  await expect(reverse).rejects.toEqual(wrong(/no option "names"/))
  await relay.close({ graceMs: 0 })
})

describe('origins', () => {
  it.each([
    ['https://a.example/', 'https://a.example'],
    ['https://a.example/app', 'https://a.example'],
    ['https://A.example', 'https://a.example'],
    ['HTTPS://a.example', 'https://a.example'],
    ['https://a.example:443', 'https://a.example'],
    ['http://localhost:5173/?x', 'http://localhost:5173'],
    ['https://user@a.example', 'https://a.example'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['wss://a.example', 'https://a.example'],
    [' https://a.example', 'https://a.example'],
  ])('%j is refused, and said to be %s', (origin, right) => {
    expect(create({ origins: [origin] })).toThrow(wrong(`it should be "${right}"$`))
  })

  it.each(['a.example', 'localhost:5173', '', 'https://', 'chrome-extension://abc/', 'file:///a.html'])(
    '%j is refused, with an example',
    (origin) => {
      expect(create({ origins: ['*', origin] })).toThrow(wrong(/as in "https:\/\/app\.example\.com"/))
    },
  )

  it('have no wildcard inside', () => {
    expect(create({ origins: ['https://*.a.example'] })).toThrow(wrong(/an origin is exact/))
  })

  it.each([
    '*',
    'null',
    'https://a.example',
    'https://a.example:8443',
    'http://127.0.0.1:5173',
    'http://[::1]:5173',
    'chrome-extension://abcdefghijklmnop',
    'capacitor://localhost',
  ])('%j is taken', (origin) => {
    expect(create({ origins: [origin] })).not.toThrow()
  })
})
