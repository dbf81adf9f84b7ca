import { describe, expect, it, vi } from 'vitest'
import type { DuplexStream } from '../../src/connection/duplex-stream.js'
import { createConnect, SocketError } from '../../src/sockets.js'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'
import { isPending, rejection, within } from '../support/deadline.js'
import { pattern, readBytes, sha256Hex } from '../support/streams.js'
import { address, hearFrom, Peer, testNetwork, turn, utf8 } from './socket-support.js'

describe('close()', () => {
  it('returns the promise that closed is, which resolves, as often as it is called', async () => {
    const network = await testNetwork()
    const socket = network.connect(address)
    await socket.opened
    const closing = socket.close()
    expect(closing).toBe(socket.closed)
    expect(socket.close()).toBe(closing)
    await within(closing, 'close()')
    expect(socket.close()).toBe(closing)
    await socket.opened
  })

  it('cancels readable and aborts writable, locked or not', async () => {
    for (const isLocked of [false, true]) {
      const network = await testNetwork()
      const socket = network.connect(address)
      await socket.opened
      const [reader, writer] = isLocked ? [socket.readable.getReader(), socket.writable.getWriter()] : []
      const reading = reader?.read()
      await within(socket.close(), 'close()')
      if (reading) expect(await within(reading, 'the read')).toMatchObject({ done: true })
      const late = await (reader ?? socket.readable.getReader()).read()
      expect(late.done).toBe(true)
      const error = await rejection((writer ?? socket.writable.getWriter()).write(utf8('x')), 'the write')
      expect(error).toBeInstanceOf(SocketError)
      expect(error).toMatchObject({ code: 'closed', message: 'SocketError: the socket was closed' })
    }
  })

  it('sends what was written before it, nothing of what is written after it, and then the end', async () => {
    const network = await testNetwork()
    const socket = network.connect(address)
    const far = await network.accept()
    await socket.opened
    const sent = pattern(1_000_000)
    const writer = socket.writable.getWriter()
    const writes = [writer.write(sent.subarray(0, 500_000)), writer.write(sent.subarray(500_000))]
    const closing = socket.close()
    const late = rejection(writer.write(utf8('late')), 'a write after close()')
    const received = await within(readBytes(far.readable.getReader(), Number.POSITIVE_INFINITY), 'the end')
    expect(sha256Hex(received)).toBe(sha256Hex(sent))
    await within(Promise.all([...writes, closing]), 'the writes before close()')
    expect(await late).toMatchObject({ code: 'closed' })
  })

  it('with a reason gives it to both streams and cuts the connection', async () => {
    const network = await testNetwork()
    const socket = network.connect(address)
    const far = await network.accept()
    await socket.opened
    const writer = socket.writable.getWriter()
    // more than the transport takes
    const writing = writer.write(pattern(500_000))
    await turn()
    const reason = new Error('enough')
    await within(socket.close(reason), 'close()')
    expect(await rejection(writing, 'the write')).toBe(reason)
    expect(await rejection(writer.closed, 'the writable')).toBe(reason)
    expect((await socket.readable.getReader().read()).done).toBe(true)
    const reader = far.readable.getReader()
    const rest = (async () => {
      while (!(await reader.read()).done);
    })()
    expect(await rejection(rest, 'the other end')).toBe(reason)
  })

  it('passes its reason on to the transport, whose readable is cancelled with it', async () => {
    const seen: unknown[] = []
    const transport: DuplexStream = {
      readable: new ReadableStream({ cancel: (reason) => void seen.push(reason) }),
      writable: new WritableStream({ abort: (reason) => void seen.push(reason) }),
    }
    const socket = createConnect({ dial: () => transport })(address)
    await socket.opened
    await socket.close('why')
    expect(seen).toEqual(['why', 'why'])
  })

  it.each([undefined, new Error('no longer wanted'), 'text', 0])(
    'before the socket is open rejects opened with the reason, here %o, and ends the dialling',
    async (reason) => {
      let signal: AbortSignal | undefined
      let arrive: (transport: DuplexStream) => void = () => undefined
      const connect = createConnect({
        dial: (target) => {
          signal = target.signal
          return new Promise((resolve) => {
            arrive = resolve
          })
        },
      })
      const socket = connect(address)
      const writing = rejection(socket.writable.getWriter().write(utf8('x')), 'the write')
      await turn()
      await within(socket.close(reason), 'close()')
      const error = await rejection(socket.opened, 'opened')
      if (reason === undefined) expect(error).toMatchObject({ code: 'closed' })
      else expect(error).toBe(reason)
      expect(await writing).toBe(error)
      expect((await socket.readable.getReader().read()).done).toBe(true)
      expect(signal?.aborted).toBe(true)
      const [near, far] = memoryDuplexPair()
      arrive(near)
      expect(await rejection(far.readable.getReader().read(), 'the late transport')).toBe(error)
    },
  )

  it('with a reason ends a close() that a stuck peer holds up', async () => {
    const network = await testNetwork()
    const socket = network.connect(address)
    await socket.opened
    const writing = rejection(socket.writable.getWriter().write(pattern(500_000)), 'the write')
    const closing = socket.close()
    expect(await isPending(closing)).toBe(true)
    socket.close('now')
    await within(closing, 'close()')
    expect(await writing).toBe('now')
  })

  it('gives up a peer that takes nothing for 30 s, but not one that takes something', async () => {
    const network = await testNetwork()
    const socket = network.connect(address)
    const far = await network.accept()
    await socket.opened
    const reader = far.readable.getReader()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const writing = rejection(socket.writable.getWriter().write(pattern(1_500_000)), 'the write', 1e6)
      const closing = socket.close()
      for (let count = 0; count < 4; count++) {
        await vi.advanceTimersByTimeAsync(29_000)
        await reader.read()
      }
      let isClosed = false
      void closing.then(() => {
        isClosed = true
      })
      await vi.advanceTimersByTimeAsync(29_000)
      expect(isClosed).toBe(false)
      await vi.advanceTimersByTimeAsync(31_000)
      expect(isClosed).toBe(true)
      expect(await writing).toMatchObject({ code: 'closed' })
    } finally {
      vi.useRealTimers()
    }
  })

  it('does not fail where the transport does', async () => {
    const transport: DuplexStream = {
      readable: new ReadableStream({ cancel: () => Promise.reject(new Error('no')) }),
      writable: new WritableStream({ close: () => Promise.reject(new Error('no')), abort: () => Promise.reject('no') }),
    }
    const socket = createConnect({ dial: () => transport })(address)
    await socket.opened
    await within(socket.close(), 'close()')
  })
})

describe('the end of the peer', () => {
  it('closes the socket and its writable where half-open is not allowed', async () => {
    const network = await testNetwork()
    const socket = network.connect(address)
    const peer = await network.acceptPeer()
    await peer.say('last words')
    await peer.end()
    const reader = socket.readable.getReader()
    expect(await hearFrom(reader)).toBe('last words')
    await within(socket.closed, 'closed')
    await within(socket.writable.getWriter().closed, 'the writable')
    expect(await peer.hear()).toBe('')
  })

  it('lets a locked writer know by an error, after what it wrote has gone', async () => {
    const network = await testNetwork()
    const socket = network.connect(address)
    const peer = await network.acceptPeer()
    const writer = socket.writable.getWriter()
    const sent = 'x'.repeat(200_000)
    const writing = writer.write(utf8(sent))
    await peer.end()
    expect(await hearFrom(socket.readable.getReader())).toBe('')
    expect(await peer.hear()).toBe(sent)
    await within(Promise.all([writing, socket.closed]), 'the write and closed')
    expect(await rejection(writer.closed, 'the writer')).toMatchObject({
      code: 'closed',
      message: 'SocketError: the peer closed the connection',
    })
    expect(await rejection(writer.write(utf8('x')), 'a write')).toBeInstanceOf(SocketError)
  })

  it('is not noticed before the readable is read', async () => {
    const network = await testNetwork()
    const socket = network.connect(address)
    const peer = await network.acceptPeer()
    await socket.opened
    await peer.end()
    expect(await isPending(socket.closed)).toBe(true)
    expect((await socket.readable.getReader().read()).done).toBe(true)
    await within(socket.closed, 'closed')
  })

  it('leaves the writable open where half-open is allowed', async () => {
    const network = await testNetwork()
    const socket = network.connect(address, { allowHalfOpen: true })
    const peer = await network.acceptPeer()
    await peer.end()
    expect(await hearFrom(socket.readable.getReader())).toBe('')
    expect(await isPending(socket.closed)).toBe(true)
    const writer = socket.writable.getWriter()
    await writer.write(utf8('still here'))
    expect(await peer.hear(10)).toBe('still here')
    await socket.close()
    expect(await peer.hear()).toBe('')
  })

  it.each(['peer', 'writable'])('with the writable’s own end closes a half-open socket: %s first', async (first) => {
    const network = await testNetwork()
    const socket = network.connect(address, { allowHalfOpen: true })
    const peer = await network.acceptPeer()
    const ends = [
      async () => {
        await peer.end()
        expect(await hearFrom(socket.readable.getReader())).toBe('')
      },
      () => socket.writable.close(),
    ]
    if (first === 'writable') ends.reverse()
    await ends[0]?.()
    expect(await isPending(socket.closed)).toBe(true)
    await ends[1]?.()
    await within(socket.closed, 'closed')
  })

  it('by a reset fails both streams and resolves closed', async () => {
    for (const allowHalfOpen of [false, true]) {
      const network = await testNetwork()
      const socket = network.connect(address, { allowHalfOpen })
      const peer = await network.acceptPeer()
      const reading = socket.readable.getReader().read()
      await socket.opened
      const cause = new Error('reset by peer')
      await peer.reset(cause)
      const error = await rejection(reading, 'the read')
      expect(error).toMatchObject({ code: 'connection_lost', cause, message: 'SocketError: reset by peer' })
      expect(await rejection(socket.writable.getWriter().closed, 'the writable')).toBe(error)
      await within(socket.closed, 'closed')
    }
  })

  it('by a reset is noticed although nobody reads or writes', async () => {
    const network = await testNetwork()
    const socket = network.connect(address)
    const peer = await network.acceptPeer()
    await socket.opened
    await peer.reset()
    await within(socket.closed, 'closed')
  })
})

describe('the streams of a socket', () => {
  it('cancelled and closed do not resolve closed', async () => {
    const network = await testNetwork()
    const socket = network.connect(address)
    const peer = await network.acceptPeer()
    await socket.readable.cancel()
    await socket.writable.close()
    expect(await peer.hear()).toBe('')
    expect(await isPending(socket.closed)).toBe(true)
    await within(socket.close(), 'close()')
  })

  it('closed sends FIN, and what the peer says can still be read', async () => {
    const network = await testNetwork()
    const socket = network.connect(address)
    const peer = await network.acceptPeer()
    await socket.writable.close()
    expect(await peer.hear()).toBe('')
    await peer.say('answer')
    await peer.end()
    expect(await hearFrom(socket.readable.getReader())).toBe('answer')
    await within(socket.closed, 'closed')
  })

  it('aborted end the socket', async () => {
    const network = await testNetwork()
    const socket = network.connect(address)
    const far = await network.accept()
    await socket.opened
    await socket.writable.abort('why')
    const error = await rejection(socket.readable.getReader().read(), 'the read')
    expect(error).toMatchObject({ code: 'closed', cause: 'why' })
    await within(socket.closed, 'closed')
    expect(await rejection(far.readable.getReader().read(), 'the other end')).toBe(error)
  })

  it('take strings, as the example of the specification does, views and buffers', async () => {
    const network = await testNetwork()
    const socket = network.connect(address)
    const peer = await network.acceptPeer()
    const writer = socket.writable.getWriter()
    for (const chunk of ['grüße ', utf8('a'), utf8('b').buffer, new DataView(utf8('c').buffer), Buffer.from('d'), '']) {
      await writer.write(chunk)
    }
    expect(await peer.hear(10)).toBe('grüße abcd')
    await socket.close()
  })

  it('take nothing else', async () => {
    const network = await testNetwork()
    const socket = network.connect(address)
    await socket.opened
    const writer = socket.writable.getWriter()
    expect(await rejection(writer.write(5 as never), 'the write')).toBeInstanceOf(Error)
    const error = await rejection(socket.readable.getReader().read(), 'the read')
    expect(error).toMatchObject({ code: 'invalid_argument' })
  })

  it('do not keep a chunk: its buffer may be used again once it was written', async () => {
    const network = await testNetwork()
    const socket = network.connect(address)
    const peer = await network.acceptPeer()
    const writer = socket.writable.getWriter()
    const buffer = utf8('first')
    await writer.write(buffer)
    buffer.fill(0)
    expect(await peer.hear(5)).toBe('first')
    await socket.close()
  })

  it('hold the writer back while the peer does not read, and the peer while nobody reads', async () => {
    const network = await testNetwork()
    const socket = network.connect(address)
    const far = await network.accept()
    await socket.opened
    const writing = socket.writable.getWriter().write(pattern(300_000))
    const theirs = far.writable.getWriter()
    const sending = theirs.write(pattern(300_000))
    expect(await isPending(writing)).toBe(true)
    expect(await isPending(sending)).toBe(true)
    const reader = socket.readable.getReader()
    await within(Promise.all([reader.read(), sending]), 'the peer')
    await within(Promise.all([readBytes(far.readable.getReader(), 300_000), writing]), 'the writer')
    await socket.close()
  })

  it('lose nothing of a read whose reader gave its lock back', async () => {
    const network = await testNetwork()
    const socket = network.connect(address)
    const peer = await network.acceptPeer()
    const first = socket.readable.getReader()
    const reading = rejection(first.read(), 'the read')
    await socket.opened
    await turn()
    first.releaseLock()
    await reading
    await peer.say('for the next')
    expect(await hearFrom(socket.readable.getReader(), 12)).toBe('for the next')
    await socket.close()
  })

  it('fail where a transport gives what is no bytes', async () => {
    const transport = {
      readable: new ReadableStream({ start: (controller) => controller.enqueue('text') }),
      writable: new WritableStream(),
    }
    const socket = createConnect({ dial: () => transport as never })(address)
    const error = await rejection(socket.readable.getReader().read(), 'the read')
    expect(error).toMatchObject({ code: 'connection_failed' })
    await within(socket.closed, 'closed')
  })
})

describe('a socket as the transport of another', () => {
  it('carries it', async () => {
    const network = await testNetwork()
    const connect = createConnect({ dial: network.connect })
    const socket = connect(address)
    const peer = new Peer(await network.accept())
    await socket.writable.getWriter().write(utf8('through two'))
    expect(await peer.hear(11)).toBe('through two')
    expect(await socket.opened).toMatchObject({ remoteAddress: address })
    await within(socket.close(), 'close()')
  })
})
