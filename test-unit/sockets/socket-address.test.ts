import { describe, expect, it } from 'vitest'
import type { AnySocketAddress } from '../../src/sockets/socket.js'
import { parseSocketAddress } from '../../src/sockets/socket-address.js'
import { SocketError } from '../../src/sockets/socket-error.js'
import { createConnect } from '../../src/sockets.js'

describe('an address', () => {
  it.each<[AnySocketAddress, string, number, string]>([
    ['google.com:443', 'google.com', 443, 'google.com:443'],
    [{ hostname: 'google.com', port: 443 }, 'google.com', 443, 'google.com:443'],
    ['localhost:1', 'localhost', 1, 'localhost:1'],
    ['192.0.2.1:65535', '192.0.2.1', 65535, '192.0.2.1:65535'],
    ['[2001:db8::1]:5432', '2001:db8::1', 5432, '[2001:db8::1]:5432'],
    [{ hostname: '2001:db8::1', port: 5432 }, '2001:db8::1', 5432, '[2001:db8::1]:5432'],
    [{ hostname: '[::1]', port: 80 }, '::1', 80, '[::1]:80'],
    [{ hostname: 'db', port: '5432' as unknown as number }, 'db', 5432, 'db:5432'],
    ['bücher.example:443', 'xn--bcher-kva.example', 443, 'xn--bcher-kva.example:443'],
    ['db_1.internal:443', 'db_1.internal', 443, 'db_1.internal:443'],
  ])('%o is read', (address, hostname, port, text) => {
    expect(parseSocketAddress(address)).toEqual({ hostname, port, text })
  })

  it.each([
    ...['', ':', 'google.com', 'google.com:', ':443', 'google.com:http', 'google.com:0', 'google.com:65536'],
    ...['google.com:443:443', '2001:db8::1:443', '[2001:db8::1]', '[2001:db8::1]443', '[google.com]:443', '[]:443'],
    ...['https://google.com:443', 'user@google.com:443', 'goo gle.com:443', 'google.com:443/', 'a..b:1', '1.2.3:80'],
    ...['[::1%eth0]:80', 'google.com:-1', 'google.com:4.5', `${'a'.repeat(64)}.com:443`, 'x\0y:1', 'a:99999999999999'],
  ])('%j is refused', (address) => {
    expect(() => parseSocketAddress(address)).toThrow(SocketError)
  })

  it.each([
    ...[
      null,
      undefined,
      5,
      {},
      [],
      { hostname: 'a' },
      { port: 5 },
      { hostname: '', port: 5 },
      { hostname: 5, port: 5 },
    ],
    ...[65536 + 443, -1, 0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '', '0x1', true, null, undefined].map(
      (port) => ({
        hostname: 'a',
        port,
      }),
    ),
  ])('%j is refused', (address) => {
    expect(() => parseSocketAddress(address as unknown as AnySocketAddress)).toThrow(SocketError)
  })

  it('that is wrong is thrown by connect() as a TypeError, and nothing is dialled', () => {
    const connect = createConnect({
      dial: () => {
        throw new Error('dialled')
      },
    })
    expect(() => connect('google.com')).toThrow(TypeError)
    expect(() => connect('google.com')).toThrow(/^SocketError: the address "google.com" is not host:port/)
  })
})
