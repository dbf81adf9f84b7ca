import type { Socket } from 'node:net'
import { RelayError } from '../transports/relay-error.js'
import { dialFailed } from './dial-target.js'
import { closeWith, cutTarget, type Tunnel, type TunnelContext } from './tunnel.js'

/**
 * The byte pipe of wsproxy and websockify: messages are bytes, and the end of one direction is the end of the
 * WebSocket. The client is held back by not reading its TCP connection, the target by the WebSocket's backlog.
 */
export function plainTunnel(context: TunnelContext): Tunnel {
  const { client, limits, buffers } = context
  let target: Socket | undefined
  let isOver = false
  let targetHasEnded = false

  const over = (error?: RelayError) => {
    if (isOver) return
    isOver = true
    context.ended(error)
  }
  const fail = (error: RelayError) => {
    if (isOver) return
    client.resume()
    closeWith(client, error)
    cutTarget(target)
    over(error)
  }
  const closeWhenSent = () => {
    if (!targetHasEnded || client.bufferedAmount > 0 || isOver) return
    over()
    client.resume()
    client.close(1000)
    target?.destroySoon()
  }

  // nothing is taken from the client before there is somewhere to put it
  client.pause()
  client.on('message', (message: Buffer, isBinary: boolean) => {
    if (isOver) return
    if (!isBinary) return fail(new RelayError('protocol_error', 'a text message where only bytes belong'))
    context.passed('to-target', message)
    if (target?.write(message) === false) client.pause()
  })
  client.on('close', (code) => {
    const isClean = code === 1000 || code === 1005 || code === 1001
    if (isClean) target?.destroySoon()
    else cutTarget(target)
    over(isClean ? undefined : new RelayError('reset', `the client left with close code ${code}`))
  })

  return {
    connected(socket) {
      target = socket
      buffers.receive((message) => {
        const bytes = message.subarray(1)
        context.passed('to-client', bytes)
        client.send(bytes, () => {
          buffers.recycle(message)
          if (client.bufferedAmount <= limits.bufferedBytes / 2) socket.resume()
          closeWhenSent()
        })
        if (client.bufferedAmount > limits.bufferedBytes) socket.pause()
      })
      socket.on('drain', () => client.resume())
      socket.on('error', (error) => fail(dialFailed(error)))
      socket.on('end', () => {
        targetHasEnded = true
        closeWhenSent()
      })
      socket.on('close', () => {
        if (!targetHasEnded) fail(new RelayError('reset', 'the connection to the target was lost'))
      })
      client.resume()
      socket.resume()
    },
    fail,
    buffered: () => ({ toClient: client.bufferedAmount, toTarget: target?.writableLength ?? 0 }),
  }
}
