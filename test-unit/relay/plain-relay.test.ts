import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { webSocketStream } from '../../src/websocket.js'
import { dial, echo, readAll, relayFor, target, until, utf8, wait } from './relay-support.js'

const MiB = 1024 * 1024

describe('the plain byte pipe', () => {
  it('serves a client that knows only wsproxy: no subprotocol, messages are bytes', async () => {
    const { port } = await target(echo)
    const { url } = await relayFor()
    const client = new WebSocket(`${url}127.0.0.1:${port}`)
    client.on('open', () => client.send('ping', { binary: true }))
    expect(String(await new Promise((resolve) => client.once('message', resolve)))).toBe('ping')
    expect(client.protocol).toBe('')
    client.close()
  })

  it('closes with 1000 after the last byte when the target ends', async () => {
    const { port } = await target((socket) => socket.end(new Uint8Array(5 * MiB)))
    const { url } = await relayFor()
    const stream = await dial(url, port, { mode: 'plain' })
    expect((await readAll(stream.readable)).byteLength).toBe(5 * MiB)
  })

  it('delivers to the target all that was sent before the client closed', async () => {
    let received = 0
    let ended = false
    const { port } = await target((socket) => {
      socket.on('data', (chunk) => {
        received += chunk.byteLength
      })
      socket.on('end', () => {
        ended = true
      })
    })
    const { url } = await relayFor()
    const client = new WebSocket(`${url}127.0.0.1:${port}`, ['binary'])
    await new Promise((resolve) => client.on('open', resolve))
    for (let index = 0; index < 32; index++) client.send(new Uint8Array(256 * 1024))
    client.close(1000)
    await until(() => ended)
    expect(received).toBe(8 * MiB)
  })

  it('tells the reason in the close code', async () => {
    const { server, port } = await target(echo)
    await new Promise((resolve) => server.close(resolve))
    const { url } = await relayFor()
    const client = new WebSocket(`${url}127.0.0.1:${port}`)
    const [code, reason] = await new Promise<[number, Buffer]>((resolve) =>
      client.on('close', (...args) => resolve(args)),
    )
    expect([code, String(reason)]).toEqual([4009, 'the target refused the connection: nothing listens on that port'])
    const stream = webSocketStream(new WebSocket(`${url}127.0.0.1:${port}`))
    await expect(stream.readable.getReader().read()).rejects.toMatchObject({ cause: { code: 'refused' } })
  })

  it('holds the target back by the backlog of a client that does not read', async () => {
    let source: Socket | undefined
    const { port } = await target((socket) => {
      source = socket
      socket.end(new Uint8Array(96 * MiB))
    })
    const { url, relay } = await relayFor({ limits: { bufferedBytes: 256 * 1024 } })
    const client = new WebSocket(`${url}127.0.0.1:${port}`)
    await new Promise((resolve) => client.on('open', resolve))
    client.pause()
    await wait(300)
    expect(source?.writableLength).toBeGreaterThan(0)
    expect(relay.status().buffered.toClient).toBeLessThanOrEqual(256 * 1024 + 2 * 65536)
    let read = 0
    client.on('message', (message: Buffer) => {
      read += message.byteLength
    })
    client.resume()
    expect(await new Promise((resolve) => client.on('close', resolve))).toBe(1000)
    expect(read).toBe(96 * MiB)
  })

  it('holds the client back while the target does not read', async () => {
    let sink: Socket | undefined
    const { port } = await target((socket) => {
      sink = socket.pause()
    })
    const { url, relay } = await relayFor()
    const client = new WebSocket(`${url}127.0.0.1:${port}`)
    await new Promise((resolve) => client.on('open', resolve))
    for (let index = 0; index < 512; index++) client.send(new Uint8Array(128 * 1024))
    await wait(300)
    expect(client.bufferedAmount).toBeGreaterThan(0)
    expect(relay.status().buffered.toTarget).toBeLessThanOrEqual(MiB)
    let received = 0
    sink?.on('data', (chunk) => {
      received += chunk.byteLength
    })
    sink?.resume()
    await until(() => received === 64 * MiB, 15_000)
    client.close()
  })

  it('ends with overflow when the reader falls too far behind, since nothing can hold the relay back', async () => {
    const { port } = await target((socket) => socket.end(new Uint8Array(8 * MiB)))
    const { url } = await relayFor()
    const stream = await dial(url, port, { mode: 'plain', maxBufferedBytes: MiB })
    await wait(200)
    await expect(stream.readable.getReader().read()).rejects.toMatchObject({ cause: { code: 'overflow' } })
  })

  it('keeps reading after its writer was closed, and leaves when both are done', async () => {
    const { port } = await target((socket) => socket.once('data', () => setTimeout(() => socket.end('late'), 50)))
    const { url, relay } = await relayFor()
    const stream = await dial(url, port, { mode: 'plain' })
    const writer = stream.writable.getWriter()
    await writer.write(utf8('x'))
    await writer.close()
    expect((await readAll(stream.readable)).toString()).toBe('late')
    await until(() => relay.status().connections === 0)
  })
})
