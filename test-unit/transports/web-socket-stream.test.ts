import { createServer } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { connectTls } from '../../src/index.js'
import { webSocketStream } from '../../src/websocket.js'
import { dial, relayFor, wait, whenDone } from '../relay/relay-support.js'
import { isPending, rejection, within } from '../support/deadline.js'
import { ScriptedWebSocket } from '../support/scripted-web-socket.js'
import { serverIdentity } from '../support/server-identity.js'

function stream() {
  const socket = new ScriptedWebSocket()
  const { readable, writable } = webSocketStream(socket)
  socket.open()
  return { socket, reader: readable.getReader(), writer: writable.getWriter() }
}

describe('a WebSocket that closes cleanly', () => {
  it('is an end for the reader, and for the writer only when it writes', async () => {
    const { socket, reader, writer } = stream()
    socket.say(Uint8Array.of(1))
    socket.lose(1000)
    expect((await within(reader.read(), 'a read')).value).toEqual(Uint8Array.of(1))
    expect((await within(reader.read(), 'a read')).done).toBe(true)
    expect(await isPending(writer.closed)).toBe(true)
    expect(await rejection(writer.write(Uint8Array.of(1)), 'a write')).toMatchObject({ code: 'closed' })
    expect(await rejection(writer.closed, 'the writer')).toMatchObject({ code: 'closed' })
  })

  it('lets the writer close', async () => {
    const { socket, writer } = stream()
    socket.lose(1005)
    await within(writer.close(), 'close')
  })

  it('fails a write that waits for it to take more', async () => {
    const { socket, writer } = stream()
    socket.bufferedAmount = 100_000_000
    const writing = writer.write(Uint8Array.of(1))
    await wait(10)
    socket.lose(1000)
    expect(await rejection(writing, 'a write')).toMatchObject({ code: 'closed' })
  })

  it('before it was open is a failure', async () => {
    const socket = new ScriptedWebSocket()
    const { readable, writable } = webSocketStream(socket)
    socket.lose(1000)
    expect(await rejection(writable.getWriter().write(Uint8Array.of(1)), 'a write')).toMatchObject({ code: 'closed' })
    expect((await within(readable.getReader().read(), 'a read')).done).toBe(true)
  })

  it('with TLS inside ends as TLS ends, however slow the reader is', async () => {
    const { ca, certificate } = await serverIdentity()
    const server = createServer({ cert: certificate.chainPem, key: certificate.pkcs8Pem }, (accepted) => {
      // close_notify and FIN, without waiting for ours
      accepted.on('error', () => undefined).end(new Uint8Array(2_000_000))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    whenDone(() => server.close())
    const { port } = server.address() as { readonly port: number }
    const { url } = await relayFor()
    const socket = connectTls(dial(url, port, { mode: 'plain' }), { serverName: 'server.test', trustAnchors: ca.pem })
    let length = 0
    for await (const chunk of socket.readable as unknown as AsyncIterable<Uint8Array>) {
      length += chunk.length
      await wait(5)
    }
    expect(length).toBe(2_000_000)
    await socket.close()
    await within(socket.closed, 'closed')
  })
})
