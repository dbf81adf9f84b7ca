import { describe, expect, it } from 'vitest'
import { wispReason, wispTarget, wispToken } from '../../../src/relay/wisp/wisp-path.js'
import { RelayError, type RelayReason, relayReasons } from '../../../src/transports/relay-error.js'
import { WispCloseReason } from '../../../src/transports/wisp/close-reason.js'

describe("Wisp's path", () => {
  it('may have a token, escaped as in any URL', () => {
    expect(wispToken('')).toBe(undefined)
    expect(wispToken('secret/')).toBe('secret')
    expect(wispToken(`${encodeURIComponent('a/b ä')}/`)).toBe('a/b ä')
  })

  it.each(['secret', '/', 'a/b/', 'a/?x', '?x', '%/', '%ff/'])('may not be "%s"', (path) => {
    expect(() => wispToken(path)).toThrow(RelayError)
  })
})

describe('the target of a CONNECT packet', () => {
  it.each([
    ['DB.example.com', 'db.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['127.0.0.1', '127.0.0.1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['[::1]', '::1'],
  ])('%s is %s', (hostname, host) => {
    expect(wispTarget(hostname, 443)).toMatchObject({ host, port: 443 })
  })

  it.each<[string | undefined, number]>([
    [undefined, 443],
    ['', 443],
    ['a.test', 0],
    ['0x7f.1', 443],
    ['2130706433', 443],
    ['fe80::1%eth0', 443],
    ['a b', 443],
    ['a/b', 443],
    ['user@a', 443],
    ['a.test:443', 443],
    ['a\0.test', 443],
    ['x'.repeat(64), 443],
    ['\ud800', 443],
  ])('is refused: %j, port %d', (hostname, port) => {
    expect(() => wispTarget(hostname, port)).toThrow(RelayError)
  })

  it('is judged as the address that its digits mean', () => {
    expect(wispTarget('１２７.0.0.1', 443).address?.toString()).toBe('127.0.0.1')
  })
})

describe("the relay's reasons", () => {
  it('have a byte each', () => {
    const reasons = (Object.keys(relayReasons) as RelayReason[]).map((code) => [
      code,
      wispReason(new RelayError(code, '')),
    ])
    expect(Object.fromEntries(reasons)).toMatchObject({
      blocked: 0x48,
      limit: 0x49,
      bad_target: 0x41,
      unresolvable: 0x42,
      unreachable: 0x42,
      refused: 0x44,
      timed_out: 0x43,
      idle: 0x47,
      reset: 0x03,
      failed: 0x01,
    })
    const known: readonly number[] = Object.values(WispCloseReason)
    expect(reasons.every(([, reason]) => known.includes(Number(reason)) && Number(reason) < 0x80)).toBe(true)
    expect(wispReason(new RelayError('overflow', ''))).toBe(0x01)
  })
})
