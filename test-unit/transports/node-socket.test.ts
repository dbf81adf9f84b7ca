import { createServer, connect as netConnect, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { socketStream } from '../../src/transports/node-socket.js'

const servers: Server[] = []
const sockets: Socket[] = []

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

/** Both ends of a TCP connection on loopback. */
async function socketPair(): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
  const client = netConnect({ host: '127.0.0.1', port, allowHalfOpen: true })
  const pair: [Socket, Socket] = [client, await accepted]
  sockets.push(...pair)
  return pair
}

const closing = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()))
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('socketStream', () => {
  it('carries bytes both ways as plain Uint8Arrays', async () => {
    const [left, right] = (await socketPair()).map((socket) => socketStream(socket))
    await left?.writable.getWriter().write(new TextEncoder().encode('ping'))
    const { value } = (await right?.readable.getReader().read()) ?? {}
    expect(value?.constructor).toBe(Uint8Array)
    expect(new TextDecoder().decode(value)).toBe('ping')
  })

  it('half-closes: FIN one way, data the other way', async () => {
    const [client, peer] = await socketPair()
    const stream = socketStream(client)
    const ended = new Promise<void>((resolve) => peer.once('end', resolve))
    peer.resume()
    await stream.writable.close()
    await ended
    peer.end('still here')
    const chunks: Uint8Array[] = []
    for await (const chunk of stream.readable) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe('still here')
    await closing(client)
  })

  it('keeps writing after the peer has ended', async () => {
    const [client, peer] = await socketPair()
    const stream = socketStream(client)
    peer.end()
    expect((await stream.readable.getReader().read()).done).toBe(true)
    const received = new Promise<string>((resolve) => peer.once('data', (data) => resolve(String(data))))
    await stream.writable.getWriter().write(new TextEncoder().encode('late'))
    expect(await received).toBe('late')
  })

  it('stops the sender when nobody reads, with bounded memory', async () => {
    const [client, peer] = await socketPair()
    const stream = socketStream(client, { bufferedBytes: 64 * 1024 })
    const total = 64 * 1024 * 1024
    let received = 0
    client.on('data', (chunk) => {
      received += chunk.byteLength
    })
    peer.write(new Uint8Array(total))
    peer.end()
    await wait(100)
    // the queue's bound plus the one chunk that passed it
    expect(received).toBeLessThanOrEqual(128 * 1024)
    let read = 0
    for await (const chunk of stream.readable) read += chunk.byteLength
    expect(read).toBe(total)
  })

  it('makes the writer wait for a peer that does not read', async () => {
    const [client, peer] = await socketPair()
    peer.pause()
    const writer = socketStream(client).writable.getWriter()
    let written = 0
    const sending = (async () => {
      for (let index = 0; index < 512; index++) {
        await writer.write(new Uint8Array(64 * 1024))
        written += 64 * 1024
      }
      await writer.close()
    })()
    await wait(200)
    expect(written).toBeLessThan(16 * 1024 * 1024)
    expect(client.writableLength).toBeLessThanOrEqual(128 * 1024)
    peer.resume()
    await sending
  })

  it('reports a reset on both sides as transport_failed', async () => {
    const [client, peer] = await socketPair()
    const stream = socketStream(client)
    const reading = stream.readable.getReader().read()
    peer.resetAndDestroy()
    await expect(reading).rejects.toMatchObject({ code: 'transport_failed', cause: { code: 'ECONNRESET' } })
    await expect(stream.writable.getWriter().closed).rejects.toMatchObject({ code: 'transport_failed' })
  })

  it('reports a connection that was never made', async () => {
    const [client, peer] = await socketPair()
    const port = peer.localPort ?? 0
    client.destroy()
    peer.destroy()
    await new Promise<void>((resolve) => servers.splice(0)[0]?.close(() => resolve()))
    const stream = socketStream(netConnect({ host: '127.0.0.1', port }))
    await expect(stream.readable.getReader().read()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  })

  it('cuts the connection on abort, also past a write that waits', async () => {
    const [client, peer] = await socketPair()
    peer.pause()
    const stream = socketStream(client)
    const writer = stream.writable.getWriter()
    const reading = stream.readable.getReader().read()
    const waiting = writer.write(new Uint8Array(64 * 1024 * 1024))
    waiting.catch(() => undefined)
    let received = 0
    peer.on('data', (chunk) => {
      received += chunk.byteLength
    })
    peer.pause()
    // some systems tell a peer that was not reading of the reset, some only of the end
    peer.on('error', () => undefined)
    peer.on('end', () => peer.end())
    await writer.abort(new Error('enough'))
    await expect(reading).rejects.toMatchObject({ name: 'TlsError', code: 'closed' })
    peer.resume()
    await closing(peer)
    expect(received).toBeLessThan(64 * 1024 * 1024)
  })

  it('lets the writer finish after the reader has cancelled, then frees the socket', async () => {
    const [client, peer] = await socketPair()
    const stream = socketStream(client)
    await stream.readable.cancel()
    peer.write(new Uint8Array(1024 * 1024))
    const text = new Promise<string>((resolve) => {
      const chunks: Buffer[] = []
      peer.on('data', (chunk) => chunks.push(chunk))
      peer.once('end', () => resolve(Buffer.concat(chunks).toString()))
    })
    const writer = stream.writable.getWriter()
    await writer.write(new TextEncoder().encode('last words'))
    await writer.close()
    expect(await text).toBe('last words')
    peer.end()
    await closing(client)
  })

  it('is closed at once over a socket that is gone', async () => {
    const [client] = await socketPair()
    client.destroy()
    await closing(client)
    const stream = socketStream(client)
    await expect(stream.readable.getReader().read()).rejects.toMatchObject({ code: 'closed' })
  })
})
