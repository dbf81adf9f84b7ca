import { once } from 'node:events'
import { createServer, type Socket as NetSocket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { dial } from '../../src/node/dial.js'
import { createConnect, type Socket, type SocketOptions } from '../../src/sockets.js'
import { rejection, within } from '../support/deadline.js'
import { pattern, readAll, sha256Hex } from '../support/streams.js'
import { hearFrom, utf8 } from './socket-support.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A socket over TCP, and the server's end of it. */
async function connected(options: SocketOptions = {}): Promise<{ socket: Socket; peer: NetSocket }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const socket = createConnect({ dial })(`127.0.0.1:${port}`, options)
  const [peer] = (await within(once(server, 'connection'), 'the connection')) as [NetSocket]
  peer.on('error', () => undefined)
  cleanups.push(
    () => server.close(),
    () => peer.destroy(),
  )
  await within(socket.opened, 'opened')
  return { socket, peer }
}

/** All that arrives there, until FIN; rejects with what the connection fails with. */
async function arrived(peer: NetSocket): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of peer.iterator({ destroyOnReturn: false })) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

describe('a socket over TCP', () => {
  it('tells the addresses of both ends', async () => {
    const { socket, peer } = await connected()
    expect(await socket.opened).toMatchObject({
      remoteAddress: `127.0.0.1:${peer.localPort}`,
      localAddress: `127.0.0.1:${peer.remotePort}`,
    })
    await socket.close()
  })

  it('close() sends all that was written, and then FIN', async () => {
    const { socket, peer } = await connected()
    const sent = pattern(5_000_000)
    const writing = socket.writable.getWriter().write(sent)
    const closing = socket.close()
    expect(sha256Hex(await within(arrived(peer), 'the end'))).toBe(sha256Hex(sent))
    peer.end()
    await within(Promise.all([writing, closing]), 'close()')
  })

  it('close(reason) resets', async () => {
    const { socket, peer } = await connected()
    await socket.writable.getWriter().write(utf8('x'))
    // a reset that comes together with data is an end for Node's reader
    await within(once(peer, 'data'), 'the data')
    const end = rejection(arrived(peer), 'the other end')
    await within(socket.close('why'), 'close()')
    expect(await end).toMatchObject({ code: 'ECONNRESET' })
  })

  it('is closed by FIN once it is read, and answers with FIN', async () => {
    const { socket, peer } = await connected()
    peer.end('last words')
    expect(await hearFrom(socket.readable.getReader())).toBe('last words')
    await within(socket.closed, 'closed')
    expect(await within(arrived(peer), 'the other end')).toHaveLength(0)
  })

  it('goes on after FIN where half-open is allowed', async () => {
    const { socket, peer } = await connected({ allowHalfOpen: true })
    peer.end()
    expect(await hearFrom(socket.readable.getReader())).toBe('')
    const sent = pattern(3_000_000)
    const writer = socket.writable.getWriter()
    const writing = writer.write(sent).then(() => writer.close())
    expect(sha256Hex(await within(arrived(peer), 'the other end'))).toBe(sha256Hex(sent))
    await within(Promise.all([writing, socket.closed]), 'the end')
  })

  it('a reset fails the streams with its cause, and resolves closed', async () => {
    const { socket, peer } = await connected()
    const reading = rejection(readAll(socket.readable), 'the read')
    peer.resetAndDestroy()
    const error = await reading
    expect(error).toMatchObject({ code: 'connection_lost', cause: { cause: { code: 'ECONNRESET' } } })
    expect(await rejection(socket.writable.getWriter().write(utf8('x')), 'a write')).toBe(error)
    await within(socket.closed, 'closed')
  })

  it('carries megabytes both ways at once', async () => {
    const { socket, peer } = await connected()
    peer.pipe(peer)
    const sent = pattern(20_000_000)
    const writer = socket.writable.getWriter()
    const writing = writer.write(sent).then(() => writer.close())
    const received = await within(readAll(socket.readable), 'the echo', 15_000)
    expect(sha256Hex(received)).toBe(sha256Hex(sent))
    await within(Promise.all([writing, socket.closed]), 'the end')
  })
})
