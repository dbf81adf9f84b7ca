import { describe, expect, it } from 'vitest'
import { connectTls } from '../../src/connection/connect-tls.js'
import type { DuplexStream } from '../../src/connection/duplex-stream.js'
import { TlsError } from '../../src/errors/tls-error.js'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'
import type { Bytes } from '../../src/wire/bytes.js'
import { isPending, rejection, within } from '../support/deadline.js'
import { clientOptions, failureOf, openScripted } from '../support/scripted-connection.js'
import { ScriptedServer } from '../support/scripted-server.js'
import { serverIdentity } from '../support/server-identity.js'
import { pattern } from '../support/streams.js'

const dead = (): DuplexStream => ({ readable: new ReadableStream(), writable: new WritableStream() })

/** The bytes that an honest server sends in a whole connection, for a client whose randomness does not matter. */
async function connectThrough(change: (near: DuplexStream) => DuplexStream, options = {}) {
  const [near, far] = memoryDuplexPair()
  const socket = connectTls(change(near), await clientOptions(options))
  const server = new ScriptedServer(far, await serverIdentity())
  const handshaken = server.handshake()
  handshaken.catch(() => undefined)
  server.busy = handshaken
  return { socket, server, handshaken }
}

/** Lets so many bytes through to the client, then does something. */
const afterBytes = (limit: number, then: (controller: TransformStreamDefaultController<Bytes>) => void) => {
  let passed = 0
  let isDone = false
  return (near: DuplexStream): DuplexStream => ({
    writable: near.writable,
    readable: near.readable.pipeThrough(
      new TransformStream<Uint8Array, Bytes>({
        transform(chunk, controller) {
          if (isDone) return
          const part = Uint8Array.from(chunk.subarray(0, limit - passed))
          passed += part.length
          if (part.length > 0) controller.enqueue(part)
          if (passed < limit) return
          isDone = true
          then(controller)
        },
      }),
    ),
  })
}

describe('a dial that fails', () => {
  it('is transport_failed everywhere, with its cause', async () => {
    const cause = new Error('refused')
    const options = await clientOptions()
    const socket = connectTls(Promise.reject(cause), options)
    const error = await failureOf(socket)
    expect(error).toMatchObject({ code: 'transport_failed', category: 'io', alert: undefined })
    expect(error.cause).toBe(cause)
    expect(await rejection(socket.opened, 'opened')).toBe(error)
    expect(await rejection(socket.updateKeys(), 'updateKeys')).toBe(error)
    expect(await rejection(socket.exportKeyingMaterial('EXPERIMENTAL', undefined, 16), 'export')).toBe(error)
    await within(socket.close(), 'close()')
  })

  it('with a TlsError is that TlsError', async () => {
    const cause = new TlsError('transport_failed', 'relay: unresolvable')
    const options = await clientOptions()
    expect(await failureOf(connectTls(Promise.reject(cause), options))).toBe(cause)
  })

  it('makes no noise when nobody looks at it', async () => {
    const options = await clientOptions()
    connectTls(Promise.reject(new Error('nobody looks')), options)
    connectTls(dead(), { ...options, signal: AbortSignal.abort() })
    // an unhandled rejection would fail the run
    await new Promise((resolve) => setTimeout(resolve, 20))
  })

  it('that never ends is ended by the signal; a transport that comes later is given back', async () => {
    const controller = new AbortController()
    let dialed: (transport: DuplexStream) => void = () => undefined
    const dialing = new Promise<DuplexStream>((resolve) => {
      dialed = resolve
    })
    const socket = connectTls(dialing, await clientOptions({ signal: controller.signal }))
    controller.abort('too late')
    const error = await failureOf(socket)
    expect(error).toMatchObject({ code: 'aborted' })
    const [near, far] = memoryDuplexPair()
    dialed(near)
    expect(await rejection(far.readable.getReader().read(), 'the other end')).toBe(error)
  })
})

describe('a transport that fails', () => {
  it.each([0, 1, 5, 50, 200, 900, 1100])(
    'to be read after %i bytes ends the connection with transport_failed',
    async (limit) => {
      const cause = new Error('cable cut')
      const { socket, server, handshaken } = await connectThrough(
        limit === 0
          ? (near) => ({
              writable: near.writable,
              readable: new ReadableStream({ start: (controller) => controller.error(cause) }),
            })
          : afterBytes(limit, (controller) => controller.error(cause)),
      )
      // enough that every limit is reached
      void handshaken
        .then(() => server.finish())
        .then(
          () => server.sendData(pattern(2000)),
          () => undefined,
        )
      const error = await failureOf(socket)
      expect(error).toMatchObject({ code: 'transport_failed', message: expect.stringContaining('cable cut') })
      expect(error.cause).toBe(cause)
    },
  )

  it('to be written ends the connection with transport_failed', async () => {
    const cause = new Error('pipe broken')
    const { socket } = await connectThrough((near) => ({
      readable: near.readable,
      writable: new WritableStream({
        write: () => Promise.reject(cause),
      }),
    }))
    // nobody answers, since nothing was sent
    const error = await failureOf(socket)
    expect(error).toMatchObject({ code: 'transport_failed', message: expect.stringContaining('pipe broken') })
  })

  it('to be written later fails the write', async () => {
    const { socket, server } = await openScripted()
    await server.records.cancel(new Error('peer gone'))
    const writer = socket.writable.getWriter()
    const failing = (async () => {
      for (let count = 0; count < 100; count++) await writer.write(pattern(2 ** 14))
    })()
    const error = await rejection(failing, 'writing')
    expect(error).toMatchObject({ name: 'TlsError', code: 'transport_failed' })
    expect(await rejection(socket.closed, 'closed')).toBe(error)
  })

  it('after the close_notify of the peer ends the connection although nothing is sent', async () => {
    const cause = new Error('cable cut')
    let cut: (reason: unknown) => void = () => undefined
    const { socket, server } = await connectThrough((near) => {
      const writer = near.writable.getWriter()
      return {
        readable: near.readable,
        writable: new WritableStream({
          start: (controller) => {
            cut = (reason) => controller.error(reason)
          },
          write: (chunk) => writer.write(chunk),
        }),
      }
    })
    await Promise.all([socket.opened, server.busy.then(() => server.finish())])
    await server.sendCloseNotify()
    expect(await socket.readable.getReader().read()).toMatchObject({ done: true })
    cut(cause)
    const error = await rejection(socket.closed, 'closed')
    expect(error).toMatchObject({ code: 'transport_failed', message: expect.stringContaining('cable cut') })
    expect(await rejection(socket.writable.getWriter().write(pattern(1)), 'writing')).toBe(error)
  })

  it('to be closed does not keep close() waiting', async () => {
    const { socket, server } = await connectThrough((near) => {
      const writer = near.writable.getWriter()
      return {
        readable: near.readable,
        writable: new WritableStream({
          write: (chunk) => writer.write(chunk),
          close: () => new Promise(() => undefined),
        }),
      }
    })
    await Promise.all([socket.opened, server.busy.then(() => server.finish())])
    await server.sendCloseNotify()
    await within(socket.close(), 'close()', 4500)
  })
})

describe('a transport that is not fit for use', () => {
  it('whose readable is locked is invalid_argument', async () => {
    const transport = dead()
    transport.readable.getReader()
    expect(await failureOf(connectTls(transport, await clientOptions()))).toMatchObject({ code: 'invalid_argument' })
  })

  it('whose writable is locked is invalid_argument', async () => {
    const transport = dead()
    transport.writable.getWriter()
    expect(await failureOf(connectTls(transport, await clientOptions()))).toMatchObject({ code: 'invalid_argument' })
  })

  it.each([undefined, null, {}, 'ws://host'])('such as %o is invalid_argument', async (transport) => {
    const socket = connectTls(transport as unknown as DuplexStream, await clientOptions())
    expect(await failureOf(socket)).toMatchObject({ code: 'invalid_argument' })
  })

  it.each(['text', 7, null, {}])('that gives %o for bytes is transport_failed', async (chunk) => {
    const socket = connectTls(
      {
        writable: new WritableStream(),
        readable: new ReadableStream({ start: (controller) => controller.enqueue(chunk as unknown as Uint8Array) }),
      },
      await clientOptions(),
    )
    expect(await failureOf(socket)).toMatchObject({ code: 'transport_failed' })
  })

  it('may give ArrayBuffers and Node buffers', async () => {
    let count = 0
    const { socket } = await connectThrough((near) => ({
      writable: near.writable,
      readable: near.readable.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            const copy = Uint8Array.from(chunk)
            controller.enqueue(++count % 2 === 0 ? (copy.buffer as unknown as Uint8Array) : Buffer.from(copy))
            controller.enqueue(new Uint8Array())
          },
        }),
      ),
    }))
    await expect(within(socket.opened, 'opened')).resolves.toBeDefined()
  })
})

describe('a transport that ends', () => {
  it('at any byte of the handshake is truncated, and nothing hangs', async () => {
    // the lengths of signatures and shares vary by a few bytes: this is the shortest handshake there is
    const { bytesOfHandshake } = await measureHandshake()
    const limits = Array.from({ length: bytesOfHandshake - 12 }, (_, index) => index + 1)
    // every byte of the hellos and of record headers, then a sample: a byte within a ciphertext is like any other
    const chosen = limits.filter((limit) => limit < 140 || limit % 23 === 0)
    for (let start = 0; start < chosen.length; start += 16) {
      await Promise.all(
        chosen.slice(start, start + 16).map(async (limit) => {
          const { socket } = await connectThrough(afterBytes(limit, (controller) => controller.terminate()))
          const error = await failureOf(socket)
          expect(error, `after ${limit} bytes`).toMatchObject({ code: 'truncated' })
          expect(await rejection(socket.opened, 'opened')).toBe(error)
        }),
      )
    }
  })

  it('stays silent is not taken for an end', async () => {
    const socket = connectTls(dead(), await clientOptions())
    expect(await isPending(socket.opened)).toBe(true)
    await socket.close()
  })
})

async function measureHandshake() {
  const { server } = await openScripted()
  return { bytesOfHandshake: server.records.bytesWritten }
}
