import type { Socket } from 'node:net'
import { RelayError } from '../transports/relay-error.js'
import {
  creditFrame,
  endFrame,
  FrameType,
  initialCredit,
  openFrame,
  parseFrame,
  resetFrame,
} from '../transports/relay-frames.js'

import { dialFailed } from './dial-target.js'
import { closeWith, cutTarget, sentReason, type Tunnel, type TunnelContext } from './tunnel.js'

/** The relay's side of `webtls.relay.v1`, docs/relay-protocol.md. It starts before the target has answered. */
export function framedTunnel(context: TunnelContext): Tunnel {
  const { client, limits, buffers } = context
  const window = Math.max(limits.bufferedBytes, initialCredit)
  let target: Socket | undefined
  let isOver = false
  // to the target
  let early: Uint8Array[] = []
  let granted = initialCredit
  let unwritten = 0
  let clientHasEnded = false
  // to the client
  let credit = initialCredit
  let held: Uint8Array | undefined
  let targetHasEnded = false
  let endSent = false

  const over = (error?: RelayError) => {
    if (isOver) return
    isOver = true
    context.ended(error)
  }
  const fail = (error: RelayError) => {
    if (isOver) return
    client.send(resetFrame(sentReason(error), error.message))
    closeWith(client, error)
    cutTarget(target)
    over(error)
  }

  const grant = () => {
    const bytes = window - granted - unwritten
    if (bytes < window / 2 || clientHasEnded || isOver) return
    granted += bytes
    client.send(creditFrame(bytes))
  }
  const write = (bytes: Uint8Array) => {
    context.passed('to-target', bytes)
    target?.write(bytes, () => {
      unwritten -= bytes.byteLength
      grant()
    })
  }

  const isFull = () => held !== undefined || credit === 0 || client.bufferedAmount > limits.bufferedBytes
  /** `message` has a free byte for the frame's type before the data. */
  const sendData = (message: Uint8Array) => {
    const length = Math.min(message.byteLength - 1, credit)
    if (length < message.byteLength - 1) held = message.slice(length)
    if (length > 0) {
      credit -= length
      message[0] = FrameType.data
      const frame = message.subarray(0, 1 + length)
      context.passed('to-client', frame.subarray(1))
      client.send(frame, () => {
        buffers.recycle(message)
        if (!isFull()) target?.resume()
      })
    }
    if (isFull()) target?.pause()
  }
  const flushHeld = () => {
    const message = held
    held = undefined
    if (message !== undefined) sendData(message)
    if (!isFull()) target?.resume()
    if (targetHasEnded && held === undefined && !endSent) {
      endSent = true
      client.send(endFrame())
      closeWhenBothEnded()
    }
  }
  const closeWhenBothEnded = () => {
    if (!endSent || !clientHasEnded || !target?.writableFinished) return
    over()
    client.close(1000)
  }
  const endTarget = () => target?.end(closeWhenBothEnded)

  client.on('message', (message: Buffer, isBinary: boolean) => {
    if (isOver) return
    try {
      if (!isBinary) throw new RelayError('protocol_error', 'a text message')
      const frame = parseFrame(message)
      if (frame.type === 'data') {
        if (clientHasEnded) throw new RelayError('protocol_error', 'data after end')
        granted -= frame.data.byteLength
        unwritten += frame.data.byteLength
        if (granted < 0) throw new RelayError('protocol_error', 'data without credit')
        if (target === undefined) early.push(frame.data)
        else write(frame.data)
      } else if (frame.type === 'credit') {
        credit += frame.bytes
        flushHeld()
      } else if (frame.type === 'end') {
        clientHasEnded = true
        endTarget()
      } else if (frame.type === 'reset') {
        cutTarget(target)
        over(new RelayError('reset', 'the client reset the connection'))
        client.close(1000)
      } else throw new RelayError('protocol_error', `a client sends no ${frame.type} frame`)
    } catch (error) {
      fail(error instanceof RelayError ? error : new RelayError('failed', String(error)))
    }
  })
  client.on('close', () => {
    // a client that has ended and wants no more may leave: what it sent still arrives
    if (clientHasEnded && target !== undefined) target.destroySoon()
    else cutTarget(target)
    over(clientHasEnded ? undefined : new RelayError('reset', 'the client left without an end'))
  })

  return {
    connected(socket) {
      target = socket
      client.send(openFrame(context.id, Math.min(window, limits.messageBytes - 1)))
      buffers.receive(sendData)
      socket.on('error', (error) => fail(dialFailed(error)))
      socket.on('end', () => {
        targetHasEnded = true
        flushHeld()
      })
      socket.on('close', () => {
        if (!targetHasEnded) fail(new RelayError('reset', 'the connection to the target was lost'))
      })
      for (const bytes of early) write(bytes)
      early = []
      if (clientHasEnded) endTarget()
      grant()
      if (!isFull()) socket.resume()
    },
    fail,
    buffered: () => ({ toClient: client.bufferedAmount + (held?.byteLength ?? 0), toTarget: unwritten }),
  }
}
