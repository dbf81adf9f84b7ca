import { describe, expect, it } from 'vitest'
import type { DuplexStream } from '../../src/connection/duplex-stream.js'
import { createConnect, type Socket, SocketError } from '../../src/sockets.js'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'
import { isPending, rejection, within } from '../support/deadline.js'
import {
  address,
  endBoth,
  hearFrom,
  identityFor,
  Peer,
  serveTls,
  type TestNetwork,
  testNetwork,
  testTls,
  turn,
  utf8,
} from './socket-support.js'

const starttls = { secureTransport: 'starttls' } as const

/** As with PostgreSQL: a request, an answer of one byte, and TLS. */
async function asked(network: TestNetwork, options = {}) {
  const socket = network.connect(address, { ...starttls, ...options })
  const peer = await network.acceptPeer()
  const [writer, reader] = [socket.writable.getWriter(), socket.readable.getReader()]
  await writer.write(utf8('SSLRequest'))
  expect(await peer.hear(10)).toBe('SSLRequest')
  await peer.say('S')
  expect(await hearFrom(reader, 1)).toBe('S')
  return { socket, peer, writer, reader }
}

async function upgraded(network: TestNetwork, options = {}) {
  const { socket, peer, writer, reader } = await asked(network, options)
  const secure = socket.startTls()
  const server = await serveTls(peer.release())
  return { socket, secure, server, writer, reader }
}

describe('startTls()', () => {
  it('sets upgraded, closes the original socket and gives another, over the same connection', async () => {
    const network = await testNetwork()
    const { socket, peer } = await asked(network)
    expect(socket.upgraded).toBe(false)
    const secure = socket.startTls()
    expect(socket.upgraded).toBe(true)
    expect(secure).not.toBe(socket)
    expect([secure.secureTransport, secure.upgraded, socket.secureTransport]).toEqual(['on', false, 'starttls'])
    await within(socket.closed, 'the original’s closed')
    const server = await serveTls(peer.release())
    server.readable.pipeTo(server.writable).catch(() => undefined)
    expect(await within(secure.opened, 'opened')).toMatchObject({
      remoteAddress: address,
      tls: { protocol: 'TLSv1.3' },
    })
    await secure.writable.getWriter().write(utf8('sealed'))
    expect(await hearFrom(secure.readable.getReader(), 6)).toBe('sealed')
    expect(network.targets).toHaveLength(1)
    await within(secure.close(), 'close()')
  })

  it('ends the original’s readers and writers, whether they hold the locks or not', async () => {
    const network = await testNetwork()
    for (const release of [false, true]) {
      const { socket, peer, writer, reader } = await asked(network)
      if (release) {
        writer.releaseLock()
        reader.releaseLock()
      }
      const secure = socket.startTls()
      const [oldReader, oldWriter] = release
        ? [socket.readable.getReader(), socket.writable.getWriter()]
        : [reader, writer]
      const error = await rejection(oldWriter.write(utf8('secret')), 'a write to the original')
      expect(error).toMatchObject({ code: 'invalid_state', message: expect.stringContaining('startTls() was called') })
      expect(error).toBeInstanceOf(SocketError)
      expect((await within(oldReader.read(), 'a read of the original')).done).toBe(true)
      const server = await serveTls(peer.release())
      await within(Promise.all([secure.opened, server.opened]), 'opened')
      await within(socket.close(), 'close() of the original')
      await within(socket.close('again'), 'close() of the original')
      // which was none of the connection's business
      await server.writable.getWriter().write(utf8('alive'))
      expect(await hearFrom(secure.readable.getReader(), 5)).toBe('alive')
      await endBoth(secure, server)
    }
  })

  it('leaves a read that waits done, and gives what comes to TLS', async () => {
    const network = await testNetwork()
    const { socket, peer, reader } = await asked(network)
    const waiting = reader.read()
    await turn()
    const secure = socket.startTls()
    expect(await within(waiting, 'the read that waited')).toEqual({ done: true, value: undefined })
    const server = await serveTls(peer.release())
    await within(secure.opened, 'opened')
    await endBoth(secure, server)
  })

  it('sends what was written before it first, in plaintext, and nothing that was written after', async () => {
    const network = await testNetwork()
    const socket = network.connect(address, starttls)
    const peer = await network.acceptPeer()
    const writer = socket.writable.getWriter()
    const plain = 'x'.repeat(400_000)
    const writes = [writer.write(utf8(plain)), writer.write(utf8('STARTTLS'))]
    await turn()
    const secure = socket.startTls()
    const late = rejection(writer.write(utf8('password')), 'a write after startTls()')
    const early = secure.writable.getWriter().write(utf8('sealed'))
    expect(await peer.hear(plain.length + 8)).toBe(`${plain}STARTTLS`)
    await within(Promise.all(writes), 'the writes before')
    expect(await late).toMatchObject({ code: 'invalid_state' })
    const server = await serveTls(peer.release())
    expect(await hearFrom(server.readable.getReader(), 6)).toBe('sealed')
    await early
    await endBoth(secure, server)
  })

  it('can be called before the socket is open', async () => {
    const network = await testNetwork()
    const socket = network.connect(address, starttls)
    const secure = socket.startTls()
    const server = await serveTls(await network.accept())
    await within(Promise.all([socket.opened, socket.closed, secure.opened, server.opened]), 'all of them')
    expect((await socket.opened).tls).toBe(null)
    await endBoth(secure, server)
  })

  it('lets libraries that go by closed look at the new socket first', async () => {
    const network = await testNetwork()
    const { socket, peer } = await asked(network)
    const events: string[] = []
    void socket.closed.then(() => events.push('closed'))
    const secure = socket.startTls()
    void secure.writable.getWriter().ready.then(() => events.push('ready'))
    await within(socket.closed, 'closed')
    expect(events).toEqual(['ready', 'closed'])
    await peer.reset()
    await rejection(secure.opened, 'opened')
  })

  it('offers the sni and alpn of the socket', async () => {
    const network = await testNetwork()
    const { socket, peer } = await asked(network, { sni: 'other.test', alpn: ['postgresql'] })
    const secure = socket.startTls()
    const identities = [await identityFor('other.test')]
    const server = await serveTls(peer.release(), { identities, alpnProtocols: ['postgresql'] })
    expect((await within(secure.opened, 'opened')).alpn).toBe('postgresql')
    expect((await server.opened).serverName).toBe('other.test')
    await endBoth(secure, server)
  })

  it('takes expectedServerHostname as the name in place of all others', async () => {
    const network = await testNetwork()
    for (const [expected, certified, code] of [
      ['other.test', 'other.test', undefined],
      ['other.test', 'server.test', 'certificate_name_mismatch'],
    ] as const) {
      const { socket, peer } = await asked(network, { sni: 'third.test' })
      const secure = socket.startTls({ expectedServerHostname: expected })
      const server = await serveTls(peer.release(), { identities: [await identityFor(certified)] })
      const failure = code && (await rejection(secure.opened, 'opened'))
      if (failure) expect(failure).toMatchObject({ code: 'tls_failed', cause: { code } })
      else expect((await within(secure.opened, 'opened')).tls?.peerCertificates[0]?.dnsNames).toEqual([certified])
      await endBoth(secure, server).catch(() => undefined)
    }
  })

  it('ignores options that it does not know, as libraries pass Node’s', async () => {
    const network = await testNetwork()
    const { socket, peer } = await asked(network)
    const secure = socket.startTls({ servername: 'x', rejectUnauthorized: false, host: 'y' } as object)
    await serveTls(peer.release(), { identities: [await identityFor('x')] })
    // and none of them made it trust another
    expect(await rejection(secure.opened, 'opened')).toMatchObject({ cause: { code: 'certificate_name_mismatch' } })
  })
})

describe('startTls() is refused', () => {
  it('the second time, by an exception', async () => {
    const network = await testNetwork()
    const { socket, secure, server } = await upgraded(network)
    for (let time = 0; time < 2; time++) {
      expect(() => socket.startTls()).toThrow(SocketError)
      expect(() => socket.startTls()).toThrow('startTls() was called before')
      await secure.opened
    }
    expect(() => secure.startTls()).toThrow(SocketError)
    await endBoth(secure, server)
  })

  it('after close(), by an exception', async () => {
    const network = await testNetwork()
    for (const reason of [undefined, 'why']) {
      const { socket } = await asked(network)
      const closing = socket.close(reason)
      expect(() => socket.startTls()).toThrow('this socket is closed')
      await closing
      expect(() => socket.startTls()).toThrow(SocketError)
      expect(socket.upgraded).toBe(false)
    }
  })

  it.each([5, '', 'a b', null, 'https://a'])('for the name %j, and nothing has happened', async (name) => {
    const network = await testNetwork()
    const { socket, writer, peer } = await asked(network)
    const options = { expectedServerHostname: name as string }
    expect(() => socket.startTls(options)).toThrow(SocketError)
    expect(socket.upgraded).toBe(false)
    await writer.write(utf8('goes on'))
    expect(await peer.hear(7)).toBe('goes on')
    await socket.close()
  })

  it('by a socket that fails, where the connection has ended or failed, which no caller could know', async () => {
    const network = await testNetwork()
    const ended = await asked(network)
    await ended.peer.end()
    expect((await within(ended.reader.read(), 'the end')).done).toBe(true)
    await within(ended.socket.closed, 'closed')
    await failsWith(ended.socket.startTls(), 'connection_lost')
    const reset = await asked(network)
    await reset.peer.reset()
    await within(reset.socket.closed, 'closed')
    await failsWith(reset.socket.startTls(), 'connection_lost')
  })

  it('by a socket that fails, where no connection comes to be', async () => {
    const connect = createConnect({ dial: () => Promise.reject(new Error('refused')), tls: await testTls() })
    const socket = connect(address, starttls)
    const secure = socket.startTls()
    const error = await failsWith(secure, 'connection_failed')
    expect(await rejection(socket.opened, 'opened of the original')).toBe(error)
    expect(await rejection(socket.closed, 'closed of the original')).toBe(error)
  })
})

async function failsWith(socket: Socket, code: string): Promise<unknown> {
  const error = await rejection(socket.opened, 'opened')
  expect(error).toBeInstanceOf(SocketError)
  expect(error).toMatchObject({ code })
  expect(await rejection(socket.closed, 'closed')).toBe(error)
  return error
}

describe('bytes that came in plaintext before TLS', () => {
  it('behind the consent, and not read, end the connection', async () => {
    const network = await testNetwork()
    const { socket, peer } = await asked(network)
    await peer.say('injected')
    await turn()
    const error = await failsWith(socket.startTls(), 'plaintext_before_tls')
    // not even a ClientHello comes
    expect(await rejection(peer.hear(1), 'the other end')).toBe(error)
  })

  it('while the last plaintext is on its way, end the connection', async () => {
    const network = await testNetwork()
    const { socket, peer, writer, reader } = await asked(network)
    const writing = writer.write(utf8('x'.repeat(200_000)))
    const waiting = reader.read()
    await turn()
    const secure = socket.startTls()
    await peer.say('injected')
    expect((await waiting).done).toBe(true)
    expect(await peer.hear(200_000)).toHaveLength(200_000)
    await writing
    await failsWith(secure, 'plaintext_before_tls')
  })

  it('at any moment before the ClientHello, with a read waiting or not, end the connection', async () => {
    // the first makes the config, so that nothing but jobs lies between startTls() and the hand-over of the others
    const network = await testNetwork()
    for (const isReading of [true, false]) {
      for (let delay = 0; delay < 40; delay++) {
        const { socket, peer, reader } = await asked(network)
        if (isReading) reader.read().catch(() => undefined)
        await turn()
        const secure = socket.startTls()
        for (let count = 0; count < delay; count++) await undefined
        await peer.say('injected')
        const error = await rejection(secure.opened, `opened, with bytes after ${delay} jobs`)
        const { code } = error as SocketError
        // a provider that needs no other thread may have sent it by then
        if (code === 'tls_failed') expect(await peer.hear(1), 'a ClientHello').toContain('\x16\x03')
        else expect(code, `after ${delay} jobs`).toBe('plaintext_before_tls')
        expect(delay < 20 && code === 'tls_failed').toBe(false)
      }
    }
  })

  it('for a read that was given up, end the connection, and can be read on the original', async () => {
    const network = await testNetwork()
    const { socket, peer, reader } = await asked(network)
    const abandoned = rejection(reader.read(), 'the read')
    await turn()
    reader.releaseLock()
    await abandoned
    await peer.say('injected')
    await turn()
    const secure = socket.startTls()
    await failsWith(secure, 'plaintext_before_tls')
    expect(await hearFrom(socket.readable.getReader())).toBe('injected')
  })

  it('in the chunk of the consent, are the reader’s, who must look', async () => {
    const network = await testNetwork()
    const socket = network.connect(address, starttls)
    const peer = await network.acceptPeer()
    await peer.say('Sinjected')
    const reader = socket.readable.getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('Sinjected')
    const secure = socket.startTls()
    const server = await serveTls(peer.release())
    await server.writable.getWriter().write(utf8('true'))
    // nothing of it comes again
    expect(await hearFrom(secure.readable.getReader(), 4)).toBe('true')
    await endBoth(secure, server)
  })

  it('that look like TLS, end the connection', async () => {
    const network = await testNetwork()
    const { socket, peer } = await asked(network)
    const writer = peer.release().writable.getWriter()
    // an alert, close_notify
    await writer.write(Uint8Array.of(21, 3, 3, 0, 2, 1, 0))
    await turn()
    await failsWith(socket.startTls(), 'plaintext_before_tls')
  })

  it('behind the ClientHello, are judged by TLS and never read', async () => {
    const network = await testNetwork()
    const { socket, peer } = await asked(network)
    const secure = socket.startTls()
    const far = peer.release()
    const reader = far.readable.getReader()
    await within(reader.read(), 'the ClientHello')
    await far.writable.getWriter().write(utf8('injected'))
    const reading = rejection(secure.readable.getReader().read(), 'the read')
    const error = await failsWith(secure, 'tls_failed')
    expect(await reading).toBe(error)
  })
})

describe('the end during startTls()', () => {
  it.each(['of the dialling', 'of the last plaintext', 'of the handshake'])(
    'close() of the new socket in the course %s ends the connection',
    async (stage) => {
      let signal: AbortSignal | undefined
      const [near, far] = memoryDuplexPair()
      const connect = createConnect({
        dial: (target) => {
          signal = target.signal
          return stage === 'of the dialling' ? new Promise<DuplexStream>(() => undefined) : near
        },
        tls: await testTls(),
      })
      for (const reason of stage === 'of the dialling' ? [undefined, 'why'] : [undefined]) {
        const socket = connect(address, starttls)
        const writing =
          stage === 'of the last plaintext' && socket.writable.getWriter().write(utf8('x'.repeat(200_000)))
        if (writing) writing.catch(() => undefined)
        const secure = socket.startTls()
        if (stage === 'of the handshake') await within(far.readable.getReader().read(), 'the ClientHello')
        await turn()
        await within(secure.close(reason), 'close()')
        const error = await rejection(secure.opened, 'opened')
        if (reason === undefined) expect(error).toMatchObject({ code: 'closed' })
        else expect(error).toBe(reason)
        await within(secure.closed, 'closed')
        await within(Promise.allSettled([socket.opened, socket.closed, writing]), 'the original')
        if (stage === 'of the dialling') expect(signal?.aborted).toBe(true)
        else await rejection(endOf(far), 'the other end')
      }
    },
  )

  it('a reset before the last plaintext has gone fails both', async () => {
    const network = await testNetwork()
    const { socket, peer, writer } = await asked(network)
    const writing = Promise.allSettled([writer.write(utf8('x'.repeat(200_000)))])
    await turn()
    const secure = socket.startTls()
    await peer.reset(new Error('reset by peer'))
    await failsWith(secure, 'connection_lost')
    await within(writing, 'the write')
    await within(socket.closed, 'closed of the original')
  })

  it('the time is limited', async () => {
    const network = await testNetwork({ connectTimeoutMs: 60 })
    const silent = await asked(network)
    await failsWith(silent.socket.startTls(), 'timed_out')
    const stuck = await asked(network)
    const writing = Promise.allSettled([stuck.writer.write(utf8('x'.repeat(200_000)))])
    await failsWith(stuck.socket.startTls(), 'timed_out')
    await within(writing, 'the write')
    await rejection(stuck.peer.hear(), 'the other end')
  })

  it('options of TLS that cannot be had fail the new socket and end the connection', async () => {
    const network = await testNetwork({ tls: () => Promise.reject(new Error('no such file')) })
    const { socket, peer } = await asked(network)
    const secure = socket.startTls()
    expect(await failsWith(secure, 'tls_failed')).toMatchObject({ message: 'SocketError: no such file' })
    await rejection(peer.hear(), 'the other end')
    await within(socket.closed, 'closed of the original')
  })

  it('a slow answer to the question for options changes nothing', async () => {
    const options = await testTls()
    let answer: () => void = () => undefined
    const asking = new Promise<void>((resolve) => {
      answer = resolve
    })
    const network = await testNetwork({ tls: () => asking.then(() => options) })
    const { socket, peer } = await asked(network)
    const secure = socket.startTls()
    await within(socket.closed, 'closed of the original')
    expect(await isPending(secure.opened, 10)).toBe(true)
    answer()
    const server = await serveTls(peer.release())
    await within(secure.opened, 'opened')
    await endBoth(secure, server)
  })

  it('a rejected question after the hand-over leaves no connection behind', async () => {
    let refuse: (error: Error) => void = () => undefined
    const asking = new Promise<never>((_, reject) => {
      refuse = reject
    })
    const network = await testNetwork({ tls: () => asking })
    const { socket, peer } = await asked(network)
    const secure = socket.startTls()
    await within(socket.closed, 'closed of the original')
    refuse(new Error('too late'))
    await failsWith(secure, 'tls_failed')
    await rejection(peer.hear(), 'the other end')
  })

  it('the end of the peer is no end of TLS', async () => {
    const network = await testNetwork()
    const { socket, peer } = await asked(network)
    const secure = socket.startTls()
    await peer.end()
    expect(await failsWith(secure, 'tls_failed')).toMatchObject({ cause: { code: 'truncated' } })
  })

  it('a writer that aborts the original while its plaintext is on its way ends the connection', async () => {
    const network = await testNetwork()
    const { socket, peer, writer } = await asked(network)
    writer.write(utf8('x'.repeat(200_000))).catch(() => undefined)
    await turn()
    const secure = socket.startTls()
    writer.abort('why').catch(() => undefined)
    await failsWith(secure, 'closed')
    await rejection(peer.hear(), 'the other end')
  })

  it('a writer that closes the original after startTls() does not end the connection', async () => {
    const network = await testNetwork()
    const { socket, peer, writer } = await asked(network)
    const plain = 'x'.repeat(200_000)
    const writing = writer.write(utf8(plain))
    await turn()
    const secure = socket.startTls()
    const closing = writer.close().then(
      () => 'closed',
      () => 'refused',
    )
    expect(await peer.hear(plain.length)).toBe(plain)
    await within(writing, 'the write')
    expect(await within(closing, 'close() of the writer')).toBe('refused')
    const server = await serveTls(peer.release())
    await within(secure.opened, 'opened')
    await endBoth(secure, server)
  })

  it('a writable of the original that was closed before it was open is not closed any more', async () => {
    let open: (transport: DuplexStream) => void = () => undefined
    const dialling = new Promise<DuplexStream>((resolve) => {
      open = resolve
    })
    const socket = createConnect({ dial: () => dialling, tls: await testTls() })(address, starttls)
    const closing = rejection(socket.writable.close(), 'close() of the writable')
    await turn()
    const secure = socket.startTls()
    const [near, far] = memoryDuplexPair()
    open(near)
    const server = await serveTls(far)
    await within(secure.opened, 'opened')
    expect(await closing).toMatchObject({ code: 'invalid_state' })
    await endBoth(secure, server)
  })

  it('a writable of the original that was closed leaves TLS nothing to write to', async () => {
    const network = await testNetwork()
    const { socket, writer } = await asked(network, { allowHalfOpen: true })
    await writer.close()
    await failsWith(socket.startTls(), 'connection_lost')
  })
})

async function endOf(transport: DuplexStream): Promise<void> {
  if (transport.readable.locked) throw new Error('read by the test')
  await new Peer(transport).hear()
}
