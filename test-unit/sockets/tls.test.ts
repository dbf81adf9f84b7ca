import { describe, expect, it, vi } from 'vitest'
import { TlsError } from '../../src/errors/tls-error.js'
import { TicketKeys } from '../../src/session/ticket-keys.js'
import { createConnect, SocketError } from '../../src/sockets.js'
import { rejection, within } from '../support/deadline.js'
import { testProvider } from '../support/provider.js'
import { pattern, readAll, sha256Hex } from '../support/streams.js'
import {
  address,
  endBoth,
  hearFrom,
  identityFor,
  Peer,
  serveTls,
  TestNetwork,
  testNetwork,
  testTls,
  utf8,
} from './socket-support.js'

const on = { secureTransport: 'on' } as const

/** What certificates have to say does not matter here. */
const echo = async (network: TestNetwork, options = {}) => {
  const server = await network.acceptTls(options)
  server.readable.pipeTo(server.writable).catch(() => undefined)
  return server
}

describe('secureTransport: on', () => {
  it('opens when the handshake is done, with what it negotiated', async () => {
    const network = await testNetwork()
    const socket = network.connect(address, { ...on, alpn: ['postgresql', 'x'] })
    await echo(network, { alpnProtocols: ['x', 'postgresql'] })
    const info = await within(socket.opened, 'opened')
    expect(info).toMatchObject({ remoteAddress: address, alpn: 'x', tls: { protocol: 'TLSv1.3', alpnProtocol: 'x' } })
    expect(socket.secureTransport).toBe('on')
    expect(socket.upgraded).toBe(false)
    await within(socket.close(), 'close()')
  })

  it('has no alpn where none was asked for, or the server knows none', async () => {
    const network = await testNetwork()
    for (const alpn of [[], ['postgresql']]) {
      const socket = network.connect(address, { ...on, alpn })
      await echo(network)
      expect((await within(socket.opened, 'opened')).alpn).toBe(null)
      await socket.close()
    }
  })

  it('carries data that was written at once, and nothing in plaintext', async () => {
    const network = await testNetwork()
    const socket = network.connect(address, on)
    const writer = socket.writable.getWriter()
    const sent = pattern(1_000_000)
    const writing = writer.write(sent).then(() => writer.close())
    const received = readAll(socket.readable)
    await echo(network)
    expect(sha256Hex(await within(received, 'the echo'))).toBe(sha256Hex(sent))
    await within(Promise.all([writing, socket.closed]), 'the end')
  })

  it('asks for sni in place of the address, and the certificate must be for it', async () => {
    const network = await testNetwork()
    const wrong = network.connect(address, { ...on, sni: 'other.test' })
    const asked = network.acceptTls()
    expect(await rejection(wrong.opened, 'opened')).toMatchObject({
      code: 'tls_failed',
      cause: { code: 'certificate_name_mismatch' },
    })
    await rejection((await asked).opened, 'the server')
    const right = network.connect('192.0.2.1:443', { ...on, sni: 'other.test' })
    const server = await network.acceptTls({ identities: [await identityFor('other.test')] })
    await within(right.opened, 'opened')
    expect((await server.opened).serverName).toBe('other.test')
    await endBoth(right, server)
  })

  it('the address’s host is what the certificate must be for', async () => {
    const network = await testNetwork()
    const socket = network.connect('another.test:443', on)
    void network.acceptTls()
    const error = await rejection(socket.opened, 'opened')
    expect(error).toBeInstanceOf(SocketError)
    expect((error as SocketError).cause).toBeInstanceOf(TlsError)
    expect(error).toMatchObject({ cause: { code: 'certificate_name_mismatch' } })
    expect(await rejection(socket.closed, 'closed')).toBe(error)
    expect(await rejection(socket.readable.getReader().read(), 'the read')).toBe(error)
    expect(await rejection(socket.writable.getWriter().write(utf8('x')), 'the write')).toBe(error)
  })

  it('without half-open, the peer’s close_notify closes it', async () => {
    const network = await testNetwork()
    const socket = network.connect(address, on)
    const server = await network.acceptTls()
    const writer = server.writable.getWriter()
    await writer.write(utf8('all of it'))
    const closing = writer.close()
    expect(await hearFrom(socket.readable.getReader())).toBe('all of it')
    await within(Promise.all([socket.closed, server.closed, closing]), 'the end of both')
  })

  it('with half-open, the peer’s close_notify leaves the writable open', async () => {
    const network = await testNetwork()
    const socket = network.connect(address, { ...on, allowHalfOpen: true })
    const server = await network.acceptTls()
    await server.writable.close()
    expect(await hearFrom(socket.readable.getReader())).toBe('')
    const writer = socket.writable.getWriter()
    await writer.write(utf8('still here'))
    await writer.close()
    expect(await hearFrom(server.readable.getReader())).toBe('still here')
    await within(Promise.all([socket.closed, server.closed]), 'the end of both')
  })

  it('an end without close_notify is no end: readable and closed fail', async () => {
    const network = await testNetwork()
    const socket = network.connect(address, on)
    const far = await network.accept()
    const cut = new AbortController()
    const [here, there] = [new TransformStream<Uint8Array, Uint8Array>(), far.writable]
    const copying = here.readable.pipeTo(there, { signal: cut.signal, preventAbort: true }).catch(() => there.close())
    const server = await serveTls({ readable: far.readable, writable: here.writable })
    await within(Promise.all([socket.opened, server.opened]), 'opened')
    const reading = socket.readable.getReader().read()
    cut.abort()
    await copying
    const error = await rejection(reading, 'the read')
    expect(error).toMatchObject({ code: 'tls_failed', cause: { code: 'truncated' } })
    expect(await rejection(socket.closed, 'closed')).toBe(error)
  })

  it('a transport that breaks makes closed reject: data may be missing', async () => {
    const network = await testNetwork()
    const socket = network.connect(address, on)
    const peer = new Peer(await network.accept())
    await peer.reset(new Error('reset by peer'))
    const error = await rejection(socket.opened, 'opened')
    expect(error).toMatchObject({ code: 'connection_lost', message: expect.stringContaining('reset by peer') })
    expect(await rejection(socket.closed, 'closed')).toBe(error)
  })

  it('close() in the handshake rejects opened and ends the connection', async () => {
    const network = await testNetwork()
    const socket = network.connect(address, on)
    const far = await network.accept()
    const reader = far.readable.getReader()
    await reader.read()
    await within(socket.close('changed my mind'), 'close()')
    expect(await rejection(socket.opened, 'opened')).toBe('changed my mind')
    const rest = (async () => {
      while (!(await reader.read()).done);
      throw new Error('ended')
    })()
    await rejection(rest, 'the other end')
  })

  it('close(reason) cuts the connection: the server does not take it for an end', async () => {
    const network = await testNetwork()
    const socket = network.connect(address, on)
    const server = await network.acceptTls()
    await within(Promise.all([socket.opened, server.opened]), 'opened')
    await within(socket.close('why'), 'close()')
    await rejection(server.closed, 'the server')
  })

  it('startTls() cannot be called', async () => {
    const network = await testNetwork()
    for (const secureTransport of ['on', 'off'] as const) {
      const socket = network.connect(address, { secureTransport })
      expect(() => socket.startTls()).toThrow(SocketError)
      expect(() => socket.startTls()).toThrow(`secureTransport is "${secureTransport}", which must be "starttls"`)
      expect(socket.upgraded).toBe(false)
      await socket.close()
    }
  })
})

describe('the options of TLS', () => {
  it('may be a function of the address, asked once for each address, name and alpn', async () => {
    const options = await testTls({ alpnProtocols: ['by default'] })
    const tls = vi.fn(async ({ port }: { port: number }) => ({
      ...options,
      ...(port === 1 && { serverName: 'one.test' }),
    }))
    const network = new TestNetwork(tls)
    const alpns: unknown[] = []
    for (const [where, alpn] of [
      [address, []],
      [address, []],
      [address, ['chosen']],
    ] as const) {
      const socket = network.connect(where, { ...on, alpn })
      await echo(network, { alpnProtocols: ['by default', 'chosen'] })
      alpns.push((await within(socket.opened, 'opened')).alpn)
      await socket.close()
    }
    expect(alpns).toEqual(['by default', 'by default', 'chosen'])
    expect(tls.mock.calls).toEqual([
      [{ hostname: 'server.test', port: 5432 }],
      [{ hostname: 'server.test', port: 5432 }],
    ])
    const named = network.connect('server.test:1', on)
    const server = await network.acceptTls({ identities: [await identityFor('one.test')] })
    await within(named.opened, 'opened')
    await endBoth(named, server)
  })

  it('that fail reject opened, are asked again the next time, and leave no connection behind', async () => {
    const options = await testTls()
    const tls = vi.fn(async () => options)
    tls.mockRejectedValueOnce(new Error('no such file'))
    const network = new TestNetwork(tls)
    const failing = network.connect(address, on)
    expect(await rejection(failing.opened, 'opened')).toMatchObject({
      code: 'tls_failed',
      message: 'SocketError: no such file',
    })
    const dropped = await network.accept()
    await rejection(dropped.readable.getReader().read(), 'the other end')
    const socket = network.connect(address, on)
    await echo(network)
    await within(socket.opened, 'opened')
    await socket.close()
    const wrong = new TestNetwork({ trustAnchors: [] })
    expect(await rejection(wrong.connect(address, on).opened, 'opened')).toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('trustAnchors is empty'),
    })
  })

  it('without trust anchors are Mozilla’s roots: a server of another CA is refused', async () => {
    const network = new TestNetwork({ provider: testProvider })
    const socket = network.connect(address, on)
    void network.acceptTls()
    expect(await rejection(socket.opened, 'opened')).toMatchObject({ cause: { code: 'certificate_unknown_issuer' } })
    const none = createConnect({ dial: (target) => network.dial(target) }).call(undefined, address, on)
    void network.acceptTls()
    expect(await rejection(none.opened, 'opened')).toMatchObject({ cause: { code: 'certificate_unknown_issuer' } })
  })

  it('keep sessions in memory, so that the next socket resumes', async () => {
    const network = await testNetwork()
    const ticketKeys = TicketKeys.generated({ provider: testProvider })
    const resumed: unknown[] = []
    for (let count = 0; count < 2; count++) {
      const socket = network.connect(address, on)
      const server = await network.acceptTls({ ticketKeys })
      await server.writable.getWriter().write(Uint8Array.of(1))
      await within(socket.readable.getReader().read(), 'a byte behind the tickets')
      resumed.push((await socket.opened).tls?.resumed)
      await within(Promise.all([socket.close(), server.close()]), 'the end')
    }
    expect(resumed).toEqual([false, true])
  })

  it('may have external PSKs in place of trust anchors', async () => {
    const psk = { identity: 'device', key: crypto.getRandomValues(new Uint8Array(32)) }
    const network = new TestNetwork({ externalPsks: [psk], provider: testProvider })
    const socket = network.connect(address, on)
    const server = await network.acceptTls({ externalPsks: [psk] })
    const { tls } = await within(socket.opened, 'opened')
    expect(tls).toMatchObject({ peerCertificates: [], signatureScheme: undefined })
    await endBoth(socket, server)
  })

  it('have a limit of their own for the handshake, which is told as such', async () => {
    const network = new TestNetwork(await testTls({ handshakeTimeoutMilliseconds: 50 }))
    const error = await rejection(network.connect(address, on).opened, 'opened')
    expect(error).toMatchObject({ code: 'timed_out', cause: { code: 'handshake_timeout' } })
  })

  it('are kept for 256 addresses, those asked for last', async () => {
    const options = await testTls()
    const tls = vi.fn(async () => options)
    const network = new TestNetwork(tls, { dial: () => Promise.reject(new Error('refused')) })
    const attempt = (port: number) => rejection(network.connect({ hostname: 'a.test', port }, on).opened, 'opened')
    for (let port = 1; port <= 256; port++) await attempt(port)
    await attempt(256)
    expect(tls).toHaveBeenCalledTimes(256)
    await attempt(257)
    await attempt(1)
    expect(tls).toHaveBeenCalledTimes(258)
  })
})
