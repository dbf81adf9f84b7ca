import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DuplexStream } from '../../src/connection/duplex-stream.js'
import { createConnect, type Socket } from '../../src/sockets.js'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'
import { within } from '../support/deadline.js'
import { address, serveTls, testTls, turn, utf8 } from './socket-support.js'

/** What a program, its peer and its network may do, in any order and at any time. */
const actions = [
  ...[
    'open',
    'fail to open',
    'write',
    'write much',
    'read',
    'release the reader',
    'close the writable',
    'abort the writable',
  ],
  ...['cancel the readable', 'close', 'close with a reason', 'startTls', 'use the new socket'],
  ...['the peer speaks', 'the peer ends', 'the peer resets', 'the peer reads', 'the peer does TLS', 'wait'],
] as const
type Action = (typeof actions)[number]

const noop = () => undefined

class Scene {
  readonly sockets: Socket[]
  readonly #far: DuplexStream
  readonly #near: DuplexStream
  #arrive: (transport: DuplexStream) => void = noop
  #refuse: (error: Error) => void = noop
  #current: Socket
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #dialled: 'not yet' | 'open' | 'refused' = 'not yet'
  #peerEnd: Promise<void> | undefined
  #peerReads: Promise<void> = Promise.resolve()

  constructor(
    tls: Awaited<ReturnType<typeof testTls>>,
    secureTransport: 'off' | 'on' | 'starttls',
    allowHalfOpen: boolean,
  ) {
    const [near, far] = memoryDuplexPair({ bufferedBytes: 1000 })
    this.#near = near
    this.#far = far
    const dial = () =>
      new Promise<DuplexStream>((resolve, reject) => {
        this.#arrive = resolve
        this.#refuse = reject
      })
    this.#current = createConnect({ dial, tls })(address, { secureTransport, allowHalfOpen })
    this.sockets = [this.#current]
  }

  async act(action: Action): Promise<void> {
    const socket = this.#current
    const { readable, writable } = socket
    switch (action) {
      case 'open':
        if (this.#dialled === 'not yet') this.#dialled = 'open'
        return this.#arrive(this.#near)
      case 'fail to open':
        if (this.#dialled === 'not yet') this.#dialled = 'refused'
        return this.#refuse(new Error('refused'))
      case 'write':
      case 'write much':
        return withWriter(writable, (writer) => writer.write(utf8('x'.repeat(action === 'write' ? 10 : 5000))))
      case 'read':
        if (!readable.locked) this.#reader = readable.getReader()
        this.#reader?.read().catch(noop)
        return
      case 'release the reader':
        this.#reader?.releaseLock()
        this.#reader?.closed.catch(noop)
        this.#reader = undefined
        return
      case 'close the writable':
        return withWriter(writable, (writer) => writer.close())
      case 'abort the writable':
        return withWriter(writable, (writer) => writer.abort('aborted'))
      case 'cancel the readable':
        if (!readable.locked) readable.cancel('cancelled').catch(noop)
        return
      case 'close':
        expect(socket.close()).toBe(socket.closed)
        return
      case 'close with a reason':
        expect(socket.close('reason')).toBe(socket.closed)
        return
      case 'startTls':
        try {
          this.sockets.push(socket.startTls())
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
        }
        return
      case 'use the new socket':
        this.#current = this.sockets.at(-1) as Socket
        this.#reader = undefined
        return
      case 'the peer speaks':
        return withWriter(this.#far.writable, (writer) => writer.write(utf8('hello')))
      case 'the peer ends':
        return withWriter(this.#far.writable, (writer) => writer.close())
      case 'the peer resets':
        withWriter(this.#far.writable, (writer) => writer.abort(new Error('reset')))
        if (!this.#far.readable.locked) this.#far.readable.cancel(new Error('reset')).catch(noop)
        return
      case 'the peer reads':
        if (!this.#far.readable.locked) this.#peerReads = readOnce(this.#far.readable)
        return
      case 'the peer does TLS':
        if (this.#far.readable.locked || this.#far.writable.locked) return
        await serveTls(this.#far).then((server) => {
          this.#peerEnd = server.closed
          server.readable.pipeTo(server.writable).catch(noop)
        }, noop)
        return
      case 'wait':
        return await turn()
    }
  }

  /** Closes all that is left, as a program that cares does. Everything must settle by that. */
  async end(): Promise<void> {
    const closing = this.sockets.map((socket) => socket.close('the end').catch(noop))
    await within(Promise.all(closing), 'close()')
    const promises = this.sockets.flatMap(({ opened, closed }) => [opened, closed])
    await within(Promise.allSettled(promises), 'opened and closed')
    // no connection is left behind, also none that comes too late
    if (this.#dialled === 'not yet') this.#arrive(this.#near)
    if (this.#dialled !== 'refused') {
      this.#peerEnd ??= this.#peerReads.then(() => readToEnd(this.#far.readable))
      await within(this.#peerEnd.catch(noop), 'the end of the peer')
    }
    // nobody waits at the streams either
    for (const { readable, writable } of this.sockets) {
      if (!readable.locked) await within(readToEnd(readable).catch(noop), 'the reads')
      const write = async () => await writable.getWriter().write(utf8('x'))
      if (!writable.locked) await within(write().catch(noop), 'a write')
    }
  }
}

async function readToEnd(readable: ReadableStream<Uint8Array>): Promise<void> {
  const reader = readable.getReader()
  while (!(await reader.read()).done);
}

function withWriter(
  writable: WritableStream<Uint8Array>,
  use: (writer: WritableStreamDefaultWriter<Uint8Array>) => Promise<unknown>,
): void {
  if (writable.locked) return
  const writer = writable.getWriter()
  writer.closed.catch(noop)
  writer.ready.catch(noop)
  // Node 20 throws where a write to a closed stream should reject
  void (async () => await use(writer))().catch(noop)
  writer.releaseLock()
}

async function readOnce(readable: ReadableStream<Uint8Array>): Promise<void> {
  const reader = readable.getReader()
  reader.closed.catch(noop)
  await reader.read().catch(noop)
  reader.releaseLock()
}

describe('whatever happens, in whatever order', () => {
  it('opened and closed of all sockets settle, and nothing is left unhandled or waiting', {
    timeout: 120_000,
  }, async () => {
    const tls = await testTls()
    const steps = fc.array(fc.constantFrom(...actions), { maxLength: 14 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('off', 'on', 'starttls'), fc.boolean(), steps, async (kind, half, steps) => {
        const scene = new Scene(tls, kind, half)
        for (const step of steps) await scene.act(step)
        await scene.end()
      }),
      { numRuns: 400 },
    )
  })

  it('the same, for sockets that are open and go over to TLS', { timeout: 120_000 }, async () => {
    const tls = await testTls()
    const steps = fc.array(fc.constantFrom(...actions), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(steps, steps, fc.boolean(), async (before, after, half) => {
        const scene = new Scene(tls, 'starttls', half)
        for (const step of ['open', 'wait', ...before, 'startTls', ...after] as const) await scene.act(step)
        await scene.end()
      }),
      { numRuns: 400 },
    )
  })
})
