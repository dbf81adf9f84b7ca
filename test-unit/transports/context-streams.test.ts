import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { acceptTls, connectTls, type DuplexStream } from '../../src/index.js'
import { dialTab, listenOnTab } from '../../src/transports/broadcast-channel-stream.js'
import { dataChannelStream } from '../../src/transports/data-channel-stream.js'
import { messagePortStream } from '../../src/transports/message-port-stream.js'
import { dataChannelPair } from '../support/data-channel.js'
import { within } from '../support/deadline.js'
import { identityOptions } from '../support/pair.js'
import { testProvider } from '../support/provider.js'
import { serverIdentity, testServerName } from '../support/server-identity.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Options {
  readonly receiveWindowBytes?: number
}

/** Two ends over each of the links. */
const links: Readonly<Record<string, (options?: Options) => Promise<readonly [DuplexStream, DuplexStream]>>> = {
  MessageChannel: async (options) => {
    const { port1, port2 } = new MessageChannel()
    cleanups.push(() => port1.close())
    return [messagePortStream(port1, options), messagePortStream(port2, options)]
  },
  RTCDataChannel: async (options) => {
    const [near, far] = dataChannelPair()
    return [dataChannelStream(near, options), dataChannelStream(far, options)]
  },
  BroadcastChannel: async (options) => {
    const name = `test ${crypto.randomUUID()}`
    const accepted = new Promise<DuplexStream>((resolve) => {
      const listener = listenOnTab(name, resolve, options)
      cleanups.push(() => listener.close())
    })
    const dialled = await dialTab(name, options)
    // a BroadcastChannel of Node keeps the process alive until both directions have ended
    cleanups.push(() => dialled.writable.abort().catch(() => undefined))
    cleanups.push(() => dialled.readable.cancel().catch(() => undefined))
    return [dialled, await accepted]
  },
}

const isSettled = async (promise: Promise<unknown>) => {
  const settled = promise.then(
    () => true,
    () => true,
  )
  return await Promise.race([settled, new Promise((resolve) => setTimeout(() => resolve(false), 50))])
}

describe.each(Object.entries(links))('over a %s', (_, open) => {
  it('bytes come as they were written, both ways, and the writer keeps its buffer', async () => {
    const [near, far] = await open()
    const chunk = Uint8Array.of(1, 2, 3)
    await near.writable.getWriter().write(chunk)
    await far.writable.getWriter().write(Uint8Array.of(4))
    expect((await within(far.readable.getReader().read(), 'the bytes')).value).toEqual(Uint8Array.of(1, 2, 3))
    expect((await within(near.readable.getReader().read(), 'the answer')).value).toEqual(Uint8Array.of(4))
    expect(chunk).toEqual(Uint8Array.of(1, 2, 3))
  })

  it('a large transfer arrives whole, and no more than the window is ahead of the reader', async () => {
    const window = 100_000
    const [near, far] = await open({ receiveWindowBytes: window })
    const total = 3_000_000
    let written = 0
    const sending = (async () => {
      const writer = near.writable.getWriter()
      for (let value = 0; written < total; value++) {
        await writer.write(new Uint8Array(30_000).fill(value))
        written += 30_000
      }
      await writer.close()
    })()
    let read = 0
    let most = 0
    for await (const chunk of far.readable) {
      for (const [index, byte] of chunk.entries()) {
        if (byte !== (Math.floor((read + index) / 30_000) & 255)) throw new Error(`wrong byte at ${read + index}`)
      }
      most = Math.max(most, written - read)
      read += chunk.byteLength
    }
    await sending
    expect(read).toBe(total)
    // one chunk may be cut between what was asked for and what was not
    expect(most).toBeLessThanOrEqual(window + 30_000)
  })

  it('a write waits until the other end reads', async () => {
    const [near, far] = await open({ receiveWindowBytes: 1000 })
    const writer = near.writable.getWriter()
    const writing = writer.write(new Uint8Array(5000))
    expect(await isSettled(writing)).toBe(false)
    const reader = far.readable.getReader()
    for (let read = 0; read < 5000; ) read += (await within(reader.read(), 'a chunk')).value?.byteLength ?? 5000
    await within(writing, 'the write')
  })

  it('one direction ends, and the other goes on', async () => {
    const [near, far] = await open()
    await near.writable.close()
    expect((await within(far.readable.getReader().read(), 'the end')).done).toBe(true)
    await far.writable.getWriter().write(Uint8Array.of(7))
    expect((await within(near.readable.getReader().read(), 'a byte')).value).toEqual(Uint8Array.of(7))
  })

  it('what was written before the end arrives, also when both ends close at once', async () => {
    const [near, far] = await open()
    const both = async ({ readable, writable }: DuplexStream, value: number) => {
      const writer = writable.getWriter()
      await writer.write(new Uint8Array(50_000).fill(value))
      await writer.close()
      return new Uint8Array(await new Response(readable as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer())
    }
    const [nearGot, farGot] = await within(Promise.all([both(near, 1), both(far, 2)]), 'both')
    expect([nearGot.length, nearGot[0], farGot.length, farGot[0]]).toEqual([50_000, 2, 50_000, 1])
  })

  it('an abort errors the reader at the other end, also past a write that waits', async () => {
    const [near, far] = await open({ receiveWindowBytes: 10 })
    const writer = near.writable.getWriter()
    const waiting = writer.write(new Uint8Array(100))
    waiting.catch(() => undefined)
    expect(await isSettled(waiting)).toBe(false)
    await within(writer.abort(new Error('secret reason')), 'the abort')
    const reader = far.readable.getReader()
    const failure = (async () => {
      for (;;) if ((await reader.read()).done) return
    })()
    await expect(within(failure, 'the error')).rejects.toMatchObject({ code: 'transport_failed' })
    await expect(failure).rejects.not.toThrow('secret reason')
  })

  it('a cancel errors the writer at the other end, also a write that waits', async () => {
    const [near, far] = await open({ receiveWindowBytes: 10 })
    const writer = near.writable.getWriter()
    writer.closed.catch(() => undefined)
    const waiting = writer.write(new Uint8Array(100))
    waiting.catch(() => undefined)
    expect(await isSettled(waiting)).toBe(false)
    await far.readable.cancel()
    await within(
      waiting.catch(() => undefined),
      'the write',
    )
    await expect(within(writer.closed, 'the error')).rejects.toMatchObject({ name: 'TlsError', code: 'closed' })
  })

  it('TLS runs from end to end', async () => {
    const [near, far] = await open()
    const identity = await serverIdentity()
    const server = acceptTls(far, { identities: [identityOptions(identity)], provider: testProvider })
    const echoing = server.readable.pipeTo(server.writable)
    const client = connectTls(near, {
      serverName: testServerName,
      trustAnchors: identity.ca.pem,
      provider: testProvider,
    })
    await within(client.opened, 'the handshake')
    const writer = client.writable.getWriter()
    const sending = writer.write(new Uint8Array(300_000).fill(3)).then(() => writer.close())
    let length = 0
    for await (const chunk of client.readable) length += chunk.byteLength
    expect(length).toBe(300_000)
    await within(Promise.all([sending, echoing, client.closed, server.closed]), 'the end')
  })
})

describe('messagePortStream', () => {
  it('reaches a worker thread, and notices that it is gone', async () => {
    const { port1, port2 } = new MessageChannel()
    // an end that takes what comes and gives credit, as the protocol has it, without the library
    const program = `
      const { workerData: port } = require('node:worker_threads')
      port.postMessage({ webtls: { kind: 'credit', bytes: 1000 } })
      port.on('message', ({ webtls }) => {
        if (webtls.kind === 'data') port.postMessage({ webtls: { kind: 'data', data: webtls.data.map((byte) => byte + 1) } })
      })`
    const worker = new Worker(program, { eval: true, workerData: port2, transferList: [port2 as never] })
    cleanups.push(() => worker.terminate())
    const { readable, writable } = messagePortStream(port1)
    await once(worker, 'online')
    await within(writable.getWriter().write(Uint8Array.of(1)), 'credit')
    const reader = readable.getReader()
    expect((await within(reader.read(), 'the answer')).value).toEqual(Uint8Array.of(2))
    await worker.terminate()
    await expect(within(reader.read(), 'the end')).rejects.toMatchObject({ code: 'transport_failed' })
  })

  it.each([
    ['data that is none', { kind: 'data', data: 'text' }],
    ['credit that is none', { kind: 'credit', bytes: -1 }],
    ['a message of no kind', {}],
    ['more data than was asked for', { kind: 'data', data: new Uint8Array(2000) }],
  ])('ends with an error on %s', async (_, webtls) => {
    const { port1, port2 } = new MessageChannel()
    cleanups.push(() => port2.close())
    const { readable, writable } = messagePortStream(port1, { receiveWindowBytes: 1000 })
    port2.postMessage({ webtls })
    await expect(within(readable.getReader().read(), 'the error')).rejects.toMatchObject({ code: 'transport_failed' })
    await expect(writable.getWriter().closed).rejects.toMatchObject({ code: 'transport_failed' })
  })

  it('leaves the messages of others alone', async () => {
    const { port1, port2 } = new MessageChannel()
    const { readable } = messagePortStream(port1)
    const far = messagePortStream(port2)
    port2.postMessage('hello')
    port2.postMessage({ other: true })
    await far.writable.getWriter().write(Uint8Array.of(9))
    expect((await within(readable.getReader().read(), 'bytes')).value).toEqual(Uint8Array.of(9))
    await far.writable.abort().catch(() => undefined)
    await far.readable.cancel()
    port1.close()
  })

  it.each([[{}], [null], [{ postMessage() {} }]])('refuses %j, which is no port', (port) => {
    expect(() => messagePortStream(port as never)).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
  })

  it('refuses a window of no size', () => {
    const { port1 } = new MessageChannel()
    expect(() => messagePortStream(port1, { receiveWindowBytes: 0 })).toThrow('receiveWindowBytes')
    port1.close()
  })
})

describe('dataChannelStream', () => {
  it('waits for a channel that opens', async () => {
    const [near, far] = dataChannelPair({ isOpen: false })
    const left = dataChannelStream(near)
    const right = dataChannelStream(far)
    const writing = left.writable.getWriter().write(Uint8Array.of(1))
    expect(await isSettled(writing)).toBe(false)
    near.open()
    far.open()
    await within(writing, 'the write')
    expect((await right.readable.getReader().read()).value).toEqual(Uint8Array.of(1))
  })

  it('hands the channel no more than its buffer may hold, in messages that are not too long', async () => {
    const [near, far] = dataChannelPair({ isSlow: true })
    const options = { receiveWindowBytes: 50_000_000, maxMessageBytes: 1000, sendBufferBytes: 50_000 }
    const { writable } = dataChannelStream(near, options)
    dataChannelStream(far, options)
      .readable.pipeTo(new WritableStream())
      .catch(() => undefined)
    await within(writable.getWriter().write(new Uint8Array(1_000_000)), 'the write')
    expect(near.mostBuffered).toBeLessThanOrEqual(51_000)
    expect(near.longestMessage).toBe(1000)
  })

  it('ends with an error when the channel closes or fails', async () => {
    const [near, far] = dataChannelPair()
    const { readable, writable } = dataChannelStream(near)
    far.close()
    await expect(within(readable.getReader().read(), 'the error')).rejects.toMatchObject({ code: 'transport_failed' })
    await expect(writable.getWriter().closed).rejects.toMatchObject({ code: 'transport_failed' })
  })

  it.each([
    ['text'],
    [new ArrayBuffer(0)],
    [Uint8Array.of(9).buffer],
    [Uint8Array.of(1, 0).buffer],
    [Uint8Array.of(2, 0).buffer],
  ])('ends with an error on a message that no such stream sends: %j', async (message) => {
    const [near, far] = dataChannelPair()
    const { readable } = dataChannelStream(near)
    far.send(message)
    await expect(within(readable.getReader().read(), 'the error')).rejects.toMatchObject({ code: 'transport_failed' })
  })

  it.each([{ ordered: false }, { maxRetransmits: 0 }, { maxPacketLifeTime: 100 }])(
    'refuses a channel with %j',
    (kind) => {
      const [near] = dataChannelPair()
      expect(() => dataChannelStream(Object.assign(near, kind as object))).toThrow('ordered and reliable')
    },
  )

  it.each([{ maxMessageBytes: 10 }, { sendBufferBytes: 0 }])('refuses %j', (options) => {
    const [near] = dataChannelPair()
    expect(() => dataChannelStream(near, options)).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
  })
})

describe('dialTab', () => {
  it('fails when nobody listens', async () => {
    await expect(dialTab('nobody', { timeoutMs: 20 })).rejects.toMatchObject({ code: 'transport_failed' })
  })

  it('is aborted', async () => {
    const signal = AbortSignal.timeout(10)
    await expect(dialTab('nobody', { signal })).rejects.toMatchObject({ code: 'aborted' })
    await expect(dialTab('nobody', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
  })

  it('has one connection though two listen', async () => {
    const accepted: DuplexStream[] = []
    const listeners = [1, 2].map(() => listenOnTab('two', (stream) => accepted.push(stream)))
    const stream = await dialTab('two')
    const reading = stream.readable.getReader().read()
    await expect.poll(() => accepted.length).toBe(1)
    const writer = accepted[0]?.writable.getWriter()
    await writer?.write(Uint8Array.of(1))
    expect((await within(reading, 'a byte')).value).toEqual(Uint8Array.of(1))
    await stream.writable.abort()
    await accepted[0]?.readable.cancel()
    for (const listener of listeners) listener.close()
    await writer?.abort()
  })
})
