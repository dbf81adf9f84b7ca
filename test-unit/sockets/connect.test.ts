import { describe, expect, it, vi } from 'vitest'
import { TlsError } from '../../src/errors/tls-error.js'
import type { CreateConnectOptions } from '../../src/sockets/connect-options.js'
import { createConnect, SocketError, type SocketOptions } from '../../src/sockets.js'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'
import { isPending, rejection, within } from '../support/deadline.js'
import { address, hearFrom, testNetwork, turn, utf8 } from './socket-support.js'

const nobody: CreateConnectOptions['dial'] = () => new Promise(() => undefined)

describe('connect(): the steps of the specification', () => {
  it('step 1: each attribute is there at once', async () => {
    const { connect } = await testNetwork()
    const socket = connect(address)
    expect(socket.readable).toBeInstanceOf(ReadableStream)
    expect(socket.writable).toBeInstanceOf(WritableStream)
    expect(socket.opened).toBeInstanceOf(Promise)
    expect(socket.closed).toBeInstanceOf(Promise)
    expect(socket.upgraded).toBe(false)
    expect(socket.secureTransport).toBe('off')
    for (const name of ['readable', 'writable', 'opened', 'closed'] as const) expect(socket[name]).toBe(socket[name])
  })

  it('steps 2 and 3: opened and closed make no noise when nobody looks at them', async () => {
    const connect = createConnect({ dial: () => Promise.reject(new Error('refused')) })
    for (const secureTransport of ['off', 'starttls'] as const) connect(address, { secureTransport })
    // an unhandled rejection would fail the run
    await turn()
  })

  it('step 4: it is returned while it is pending', async () => {
    const socket = createConnect({ dial: nobody })(address)
    expect(await isPending(socket.opened)).toBe(true)
    expect(await isPending(socket.closed, 0)).toBe(true)
    await socket.close()
  })

  it('step 5: the address is dialled, without TLS and half-open, by a function that may throw', async () => {
    const dial = vi.fn(nobody)
    const socket = createConnect({ dial })({ hostname: '[2001:db8::1]', port: 25 })
    const [target, options] = dial.mock.calls[0] ?? []
    expect(target).toEqual({ hostname: '2001:db8::1', host: '2001:db8::1', port: 25, signal: expect.any(AbortSignal) })
    expect(options).toEqual({ secureTransport: 'off', allowHalfOpen: true })
    await socket.close()
    const failing = createConnect({
      dial: () => {
        throw new Error('no dialling here')
      },
    })
    expect(await rejection(failing(address).opened, 'opened')).toMatchObject({ code: 'connection_failed' })
  })

  it('step 6: opened resolves with a SocketInfo once the connection stands', async () => {
    const network = await testNetwork()
    const info = await within(network.connect('[2001:db8::7]:99').opened, 'opened')
    expect(info).toEqual({ remoteAddress: '[2001:db8::7]:99', localAddress: null, alpn: null, tls: null })
  })

  it('step 6: the SocketInfo has the addresses that the transport tells', async () => {
    const withMore = (more: object) => createConnect({ dial: () => ({ ...memoryDuplexPair()[0], ...more }) })
    const told = { remoteAddress: '192.0.2.1:443', localAddress: '192.0.2.9:50000' }
    expect(await withMore(told)(address).opened).toMatchObject(told)
    expect(await withMore({ opened: Promise.resolve(told) })(address).opened).toMatchObject(told)
    const direct = { remoteAddress: '2001:db8::1', remotePort: 443, localAddress: '192.0.2.9', localPort: 50000 }
    expect(await withMore(direct)(address).opened).toMatchObject({
      remoteAddress: '[2001:db8::1]:443',
      localAddress: '192.0.2.9:50000',
    })
    const odd = { remoteAddress: 7, localAddress: null, opened: Promise.resolve(null) }
    expect(await withMore(odd)(address).opened).toMatchObject({ remoteAddress: address, localAddress: null })
  })

  it('step 6: a transport that was returned before it stands is waited for', async () => {
    let open: (value: object) => void = () => undefined
    const opened = new Promise<object>((resolve) => {
      open = resolve
    })
    const socket = createConnect({ dial: () => ({ ...memoryDuplexPair()[0], opened }) })(address)
    expect(await isPending(socket.opened, 10)).toBe(true)
    open({})
    await within(socket.opened, 'opened')
    await socket.close()
    const refused = { ...memoryDuplexPair()[0], opened: Promise.reject(new Error('refused')) }
    const error = await rejection(createConnect({ dial: () => refused })(address).opened, 'opened')
    expect(error).toMatchObject({ code: 'connection_failed', message: 'SocketError: refused' })
  })

  it('step 7: a failure rejects opened and closed with one SocketError, and fails both streams with it', async () => {
    const cause = new TlsError('transport_failed', 'no connection to db: the peer refused it')
    const socket = createConnect({ dial: () => Promise.reject(cause) })(address)
    const reader = socket.readable.getReader()
    const writer = socket.writable.getWriter()
    const [reading, writing] = [reader.read(), writer.write(utf8('x'))]
    const error = await rejection(socket.opened, 'opened')
    expect(error).toBeInstanceOf(SocketError)
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ cause, message: 'SocketError: no connection to db: the peer refused it' })
    for (const promise of [socket.closed, reading, writing, reader.closed, writer.closed]) {
      expect(await rejection(promise, 'the rest')).toBe(error)
    }
    expect(socket.close()).toBe(socket.closed)
  })

  it.each([null, undefined, {}, 'text', { readable: new ReadableStream() }])(
    'step 7: a transport such as %j is a failure',
    async (transport) => {
      const socket = createConnect({ dial: () => transport as never })(address)
      expect(await rejection(socket.opened, 'opened')).toBeInstanceOf(SocketError)
    },
  )

  it('step 8: the streams can be used at once, and carry nothing before the socket is open', async () => {
    let open: (value: ReturnType<typeof memoryDuplexPair>[0]) => void = () => undefined
    const dialling = new Promise<ReturnType<typeof memoryDuplexPair>[0]>((resolve) => {
      open = resolve
    })
    const [near, far] = memoryDuplexPair()
    const socket = createConnect({ dial: () => dialling })(address)
    const writer = socket.writable.getWriter()
    const reading = socket.readable.getReader().read()
    const writing = Promise.all([writer.ready, writer.write(utf8('one ')), writer.write(utf8('two'))])
    expect(await isPending(writing, 10)).toBe(true)
    open(near)
    await within(writing, 'the writes')
    expect(await hearFrom(far.readable.getReader(), 7)).toBe('one two')
    await far.writable.getWriter().write(utf8('back'))
    expect(new TextDecoder().decode((await within(reading, 'the read')).value)).toBe('back')
  })
})

describe('the options of connect()', () => {
  it.each<[string, unknown]>([
    ['secureTransport is "off", "on" or "starttls"', { secureTransport: 'tls' }],
    ['secureTransport is "off", "on" or "starttls"', { secureTransport: null }],
    ['sni and alpn are for TLS', { sni: 'other.test' }],
    ['sni and alpn are for TLS', { secureTransport: 'off', alpn: ['h2'] }],
    ['sni is a DNS name', { secureTransport: 'on', sni: '192.0.2.1' }],
    ['sni is a DNS name', { secureTransport: 'on', sni: '::1' }],
    ['sni "" is no name', { secureTransport: 'on', sni: '' }],
    ['sni "a b" is no name', { secureTransport: 'starttls', sni: 'a b' }],
    ['sni is a text', { secureTransport: 'on', sni: 5 }],
    ['alpn is an array of texts', { secureTransport: 'on', alpn: 'h2' }],
    ['alpn is an array of texts', { secureTransport: 'on', alpn: [5] }],
    ['an ALPN protocol has 1 to 255 bytes', { secureTransport: 'on', alpn: [''] }],
    ['an ALPN protocol has 1 to 255 bytes', { secureTransport: 'on', alpn: ['x'.repeat(256)] }],
    ['the options are an object', 'starttls'],
  ])('%s: %j', (message, options) => {
    const connect = createConnect({ dial: nobody })
    expect(() => connect(address, options as SocketOptions)).toThrow(SocketError)
    expect(() => connect(address, options as SocketOptions)).toThrow(`SocketError: ${message}`)
  })

  it('may be the defaults in full, null, or of a later specification', async () => {
    const connect = createConnect({ dial: nobody })
    const defaults = { secureTransport: 'off', allowHalfOpen: false, sni: null, alpn: [] } as const
    for (const options of [defaults, {}, undefined, null, { timeout: 5 }]) {
      await connect(address, options as SocketOptions).close()
    }
  })
})

describe('the options of createConnect()', () => {
  it.each([
    {},
    { dial: 5 },
    { dial: nobody, tls: 5 },
    { dial: nobody, connectTimeoutMs: 0 },
    { dial: nobody, connectTimeoutMs: 2 ** 31 },
    { dial: nobody, connectTimeoutMs: Number.POSITIVE_INFINITY },
    { dial: nobody, signal: AbortSignal.abort() },
  ])('%j is refused', (options) => {
    expect(() => createConnect(options as unknown as CreateConnectOptions)).toThrow(SocketError)
  })

  it.each<[string, object]>([
    ['dial is missing: it opens the transport', {}],
    ['dial must be a function, not of type string', { dial: 'wss://relay.test/' }],
    ['there is no option "trustAnchors": known are dial, tls, .* goes under tls', { dial: nobody, trustAnchors: '' }],
  ])('the error says what is meant: %s', (message, options) => {
    expect(() => createConnect(options as CreateConnectOptions)).toThrow(new RegExp(message))
  })
})

describe('the time that a connection may take', () => {
  it.each(['off', 'starttls', 'on'] as const)('is limited while it is dialled: %s', async (secureTransport) => {
    const signals: AbortSignal[] = []
    const network = await testNetwork({
      connectTimeoutMs: 20,
      dial: ({ signal }) => {
        signals.push(signal)
        return new Promise(() => undefined)
      },
    })
    const socket = network.connect(address, { secureTransport })
    const error = await rejection(socket.opened, 'opened')
    expect(error).toMatchObject({ code: 'timed_out', message: expect.stringContaining('within 20 ms') })
    expect(await rejection(socket.closed, 'closed')).toBe(error)
    expect(signals.map(({ reason }) => reason)).toEqual([error])
  })

  it('is limited while a transport says that it opens, which is then given back', async () => {
    const [near, far] = memoryDuplexPair()
    const opened = new Promise<object>(() => undefined)
    const socket = createConnect({ connectTimeoutMs: 20, dial: () => ({ ...near, opened }) })(address)
    const error = await rejection(socket.opened, 'opened')
    expect(await rejection(far.readable.getReader().read(), 'the other end')).toBe(error)
  })

  it('is limited in the handshake', async () => {
    const network = await testNetwork({ connectTimeoutMs: 50 })
    const socket = network.connect(address, { secureTransport: 'on' })
    expect(await rejection(socket.opened, 'opened')).toMatchObject({ code: 'timed_out' })
    expect(await rejection(socket.closed, 'closed')).toMatchObject({ code: 'timed_out' })
  })

  it('does not matter once the connection stands', async () => {
    const network = await testNetwork({ connectTimeoutMs: 20 })
    const socket = network.connect(address)
    await socket.opened
    expect(await isPending(socket.closed, 60)).toBe(true)
    await socket.close()
  })
})
