import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { ClientTunnel } from '../../../src/relay/reverse/client-tunnel.js'
import { reverseEndFrame, reverseResetFrame, reverseSubprotocol } from '../../../src/transports/reverse-frames.js'
import { until, wait, whenDone } from '../relay-support.js'
import { name, reverseRelay, tcpClient, token } from './reverse-support.js'

const fullBytes = 32 * 1024 * 1024
const pieceBytes = 65_536

/** Sends a byte now and then, until that fails. */
function trickle(client: Socket): Promise<void> {
  const timer = setInterval(() => client.write('x'), 20)
  client.on('error', () => undefined)
  return new Promise<void>((resolve) => client.once('close', () => resolve())).finally(() => clearInterval(timer))
}

describe('a client that is left to take the rest', () => {
  it('has so long for it, also when it goes on sending', async () => {
    const server = createServer({ allowHalfOpen: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    whenDone(() => server.close())
    const arrival = once(server, 'connection')
    const client = await tcpClient((server.address() as { port: number }).port)
    client.pause()
    const [arrived] = (await arrival) as [Socket]
    whenDone(() => arrived.destroy())
    let hasEnded = false
    const tunnel = new ClientTunnel(arrived, [], {
      stream: 1,
      window: fullBytes,
      leaveMs: 200,
      send: () => undefined,
      isFull: () => false,
      passed: () => undefined,
      ended: () => {
        hasEnded = true
      },
    })
    for (let sent = 0; sent < fullBytes; sent += pieceBytes)
      tunnel.take({ type: 'data', data: Buffer.alloc(pieceBytes) })
    tunnel.take({ type: 'end' })
    tunnel.take({ type: 'reset', reason: 'reset', message: '' })
    expect(hasEnded).toBe(true)
    const gone = trickle(client)
    await until(() => arrived.destroyed)
    await gone
  })

  it('is cut when the relay closes', async () => {
    const { url, relay } = await reverseRelay({
      limits: { bufferedBytes: fullBytes },
      reverse: { limits: { pageBytes: 2 * fullBytes } },
    })
    const { port } = await relay.listenReverse({ port: 0, name })
    const entry = `webtls.token.${Buffer.from(token).toString('base64url')}`
    const socket = new WebSocket(`${url}${name}`, [reverseSubprotocol, entry])
    whenDone(() => socket.terminate())
    await once(socket, 'message')
    const client = await tcpClient(port)
    client.pause()
    await until(() => relay.status().reverse?.connections === 1)
    const frame = Buffer.alloc(5 + pieceBytes)
    frame.writeUInt32BE(1)
    frame[4] = 2
    await wait(50)
    for (let sent = 0; sent < fullBytes; sent += pieceBytes) socket.send(frame)
    socket.send(reverseEndFrame(1))
    socket.send(reverseResetFrame(1, 'reset', ''))
    await until(() => relay.status().reverse?.connections === 0)
    expect(socket.readyState).toBe(WebSocket.OPEN)
    await relay.close({ graceMs: 0 })
    await trickle(client)
  })
})
