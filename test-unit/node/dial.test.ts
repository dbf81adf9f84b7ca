import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { dial } from '../../src/node.js'
import { rejection, within } from '../support/deadline.js'

async function withServer(act: (port: number) => Promise<void>): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    await act((server.address() as { port: number }).port)
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

describe('dial', () => {
  it('gives a pair of byte streams', () =>
    withServer(async (port) => {
      const { readable, writable } = await dial({ host: '127.0.0.1', port })
      const writer = writable.getWriter()
      await writer.write(new TextEncoder().encode('ping'))
      await writer.close()
      const chunks: Uint8Array[] = []
      for await (const chunk of readable) chunks.push(chunk)
      expect(Buffer.concat(chunks).toString()).toBe('ping')
    }))

  it('tells the addresses of both ends', () =>
    withServer(async (port) => {
      const { remoteAddress, localAddress, writable } = await dial({ host: 'localhost', port })
      expect(remoteAddress).toBe(`127.0.0.1:${port}`)
      expect(localAddress).toMatch(/^127\.0\.0\.1:[0-9]+$/)
      await writable.abort()
    }))

  it('says why there is no connection', async () => {
    let closed = 0
    await withServer(async (port) => {
      closed = port
    })
    for (const host of ['127.0.0.1', 'localhost']) {
      const error = await rejection(dial({ host, port: closed }), 'dial')
      expect(error).toMatchObject({ code: 'transport_failed', category: 'io' })
      expect(String(error)).toContain(`no connection to ${host} port ${closed}: nothing listens there`)
      expect((error as Error).cause).toBeInstanceOf(Error)
    }
  })

  it('can be aborted before, during and not after', () =>
    withServer(async (port) => {
      const before = await rejection(dial({ port, signal: AbortSignal.abort('why') }), 'dial')
      expect(before).toMatchObject({ code: 'aborted', cause: 'why' })
      const during = new AbortController()
      const dialling = dial({ host: '127.0.0.1', port, signal: during.signal })
      during.abort()
      expect(await rejection(dialling, 'dial')).toMatchObject({ code: 'aborted' })
      const after = new AbortController()
      const { readable, writable } = await dial({ host: '127.0.0.1', port, signal: after.signal })
      after.abort()
      await writable.close()
      expect((await within(readable.getReader().read(), 'end')).done).toBe(true)
    }))

  it('gives up after timeoutMs', async () => {
    // TEST-NET-1: no one answers; where the system says at once that there is no way, that is a transport error too
    const error = await rejection(dial({ host: '192.0.2.1', port: 9, timeoutMs: 100 }), 'dial')
    expect(error).toMatchObject({ code: 'transport_failed' })
  })

  it.each([0, -1, 1.5, 65_536, Number.NaN])('refuses port %s', async (port) => {
    expect(await rejection(dial({ port }), 'dial')).toMatchObject({ code: 'invalid_argument' })
  })

  it.each([0, -5, Number.NaN, 2 ** 31])('refuses a timeout of %s', async (timeoutMs) => {
    expect(await rejection(dial({ port: 1, timeoutMs }), 'dial')).toMatchObject({ code: 'invalid_argument' })
  })
})
