import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { FrameType, openFrame, parseFrame } from '../../src/transports/relay-frames.js'
import { dial, echo, readAll, relayFor, target, until, utf8, wait } from './relay-support.js'

const MiB = 1024 * 1024

describe('the framed protocol through a relay', () => {
  it('carries bytes both ways and gives both sides the same connection id', async () => {
    const seen: string[] = []
    const { port } = await target(echo)
    const { url } = await relayFor({
      onBytes: ({ connection, direction, bytes }) => seen.push(`${connection} ${direction} ${Buffer.from(bytes)}`),
    })
    const stream = await dial(url, port)
    await stream.writable.getWriter().write(utf8('ping'))
    const { value } = await stream.readable.getReader().read()
    expect(Buffer.from(value ?? []).toString()).toBe('ping')
    expect(seen).toEqual([`${stream.connectionId} to-target ping`, `${stream.connectionId} to-client ping`])
  })

  it('hears a target that speaks first', async () => {
    const { port } = await target((socket) => socket.end('220 ready'))
    const { url } = await relayFor()
    expect((await readAll((await dial(url, port)).readable)).toString()).toBe('220 ready')
  })

  it('half-closes towards the target', async () => {
    const { port } = await target((socket) => {
      const chunks: Buffer[] = []
      socket.on('data', (chunk) => chunks.push(chunk))
      socket.on('end', () => socket.end(`got ${Buffer.concat(chunks)}`))
    })
    const { url, relay } = await relayFor()
    const stream = await dial(url, port)
    const writer = stream.writable.getWriter()
    await writer.write(utf8('everything'))
    await writer.close()
    expect((await readAll(stream.readable)).toString()).toBe('got everything')
    await until(() => relay.status().connections === 0)
  })

  it('half-closes towards the client', async () => {
    let received = ''
    const { port } = await target((socket) => {
      socket.end('bye')
      socket.on('data', (chunk) => {
        received += chunk
      })
    })
    const { url, relay } = await relayFor()
    const stream = await dial(url, port)
    expect((await readAll(stream.readable)).toString()).toBe('bye')
    const writer = stream.writable.getWriter()
    await writer.write(utf8('still talking'))
    await writer.close()
    await until(() => received === 'still talking')
    await until(() => relay.status().connections === 0)
  })

  it('delivers what was written before a client that cancelled its reader leaves', async () => {
    let received = 0
    const { port } = await target((socket) => {
      socket.on('data', (chunk) => {
        received += chunk.byteLength
      })
    })
    const { url } = await relayFor()
    const stream = await dial(url, port)
    await stream.readable.cancel()
    const writer = stream.writable.getWriter()
    await writer.write(new Uint8Array(3 * MiB))
    await writer.close()
    await until(() => received === 3 * MiB)
  })

  it('stops a target whose client does not read, with bounded memory at each hop', async () => {
    const total = 96 * MiB
    let source: Socket | undefined
    const { port } = await target((socket) => {
      source = socket
      socket.end(new Uint8Array(total))
    })
    let passed = 0
    const { url, relay } = await relayFor({
      limits: { bufferedBytes: 256 * 1024 },
      onBytes: ({ bytes }) => {
        passed += bytes.byteLength
      },
    })
    const stream = await dial(url, port, { receiveWindowBytes: 512 * 1024 })
    await until(() => passed >= 512 * 1024)
    await wait(100)
    // the client's window is all that went to it
    expect(passed).toBe(512 * 1024)
    expect(source?.writableLength).toBeGreaterThan(0)
    let most = 0
    let read = 0
    for await (const chunk of stream.readable) {
      read += chunk.byteLength
      most = Math.max(most, relay.status().buffered.toClient, passed - read)
      if (read % (8 * MiB) < chunk.byteLength) await wait(10)
    }
    expect(read).toBe(total)
    expect(most).toBeLessThanOrEqual(512 * 1024 + 65536)
  })

  it('stops a client whose target does not read, with bounded memory at each hop', async () => {
    const total = 96 * MiB
    let sink: Socket | undefined
    let received = 0
    const { port } = await target((socket) => {
      sink = socket.pause()
    })
    const { url, relay } = await relayFor({ limits: { bufferedBytes: 256 * 1024 } })
    const stream = await dial(url, port)
    const writer = stream.writable.getWriter()
    let written = 0
    let most = 0
    const sending = (async () => {
      for (; written < total; written += 65536) {
        await writer.write(new Uint8Array(65536))
        most = Math.max(most, relay.status().buffered.toTarget)
      }
      await writer.close()
    })()
    sending.catch(() => undefined)
    // until nothing has moved for a while, however busy the machine is
    let stoppedAt = -1
    while (stoppedAt !== written) {
      stoppedAt = written
      await wait(300)
    }
    // what is beyond the relay's window sits in the kernel's socket buffers
    expect(stoppedAt).toBeLessThan(24 * MiB)
    sink?.on('data', (chunk) => {
      received += chunk.byteLength
    })
    sink?.resume()
    await sending
    await until(() => received === total, 15_000)
    expect(most).toBeLessThanOrEqual(256 * 1024)
  })

  it('carries a reset of the target to the client', async () => {
    const { port } = await target((socket) => socket.once('data', () => socket.resetAndDestroy()))
    const { url } = await relayFor()
    const stream = await dial(url, port)
    const writer = stream.writable.getWriter()
    await writer.write(utf8('x'))
    await expect(stream.readable.getReader().read()).rejects.toMatchObject({
      code: 'transport_failed',
      category: 'io',
      cause: { name: 'RelayError', code: 'reset' },
    })
    await expect(writer.closed).rejects.toMatchObject({ code: 'transport_failed' })
  })

  it('carries an abort of the client to the target', async () => {
    let end: string | undefined
    const { port } = await target((socket) => {
      socket.resume()
      socket.on('error', (error: Error & { code?: string }) => {
        end = error.code
      })
    })
    const { url } = await relayFor()
    const stream = await dial(url, port)
    const reading = stream.readable.getReader().read()
    await stream.writable.abort(new Error('enough'))
    await expect(reading).rejects.toMatchObject({ name: 'TlsError', code: 'closed' })
    await until(() => end === 'ECONNRESET')
  })

  it('frees a writer that waits for credit when it is aborted', async () => {
    const { port } = await target((socket) => socket.pause())
    const { url } = await relayFor()
    const writer = (await dial(url, port)).writable.getWriter()
    const writing = writer.write(new Uint8Array(64 * MiB))
    await wait(100)
    await writer.abort(new Error('enough'))
    await writing.catch(() => undefined)
  })
})

describe('a client that breaks the framed protocol', () => {
  async function rawClient(frames: (string | Uint8Array)[]) {
    const { port } = await target((socket) => socket.pause())
    const { url } = await relayFor({ limits: { bufferedBytes: 65536 } })
    const client = new WebSocket(`${url}127.0.0.1:${port}`, ['webtls.relay.v1'])
    const resets: string[] = []
    client.on('message', (message: Buffer) => {
      const frame = parseFrame(message)
      if (frame.type === 'reset') resets.push(frame.reason)
    })
    client.on('open', () => {
      for (const frame of frames) client.send(frame)
    })
    const code = await new Promise<number>((resolve) => client.on('close', resolve))
    return { resets, code }
  }

  const tooMuch = new Uint8Array(65538)
  tooMuch[0] = FrameType.data
  it.each([
    ['a text message', ['hello']],
    ['an empty message', [new Uint8Array(0)]],
    ['an unknown type', [Uint8Array.of(99)]],
    ['a short credit', [Uint8Array.of(FrameType.credit, 0, 0)]],
    ['an end with payload', [Uint8Array.of(FrameType.end, 0)]],
    ['data after end', [Uint8Array.of(FrameType.end), Uint8Array.of(FrameType.data, 1)]],
    ['more data than it has credit for', [tooMuch]],
    ['a frame that only the relay sends', [openFrame('me', 1)]],
  ])('is told so: %s', async (_, frames) => {
    expect(await rawClient(frames)).toEqual({ resets: ['protocol_error'], code: 4002 })
  })
})
