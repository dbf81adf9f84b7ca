import { EventEmitter } from 'node:events'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { relayMetrics } from '../../../src/relay/metrics.js'
import { defaultLimits } from '../../../src/relay/options.js'
import { WispSession, type WispSessionSettings } from '../../../src/relay/wisp/wisp-session.js'
import { connectPacket } from '../../../src/transports/wisp/packets.js'
import { whenDone } from '../relay-support.js'

/** A WebSocket whose other side reads only when it is let. */
class StoppedSocket extends EventEmitter {
  readonly OPEN = 1
  readonly CLOSED = 3
  readyState = 1
  readonly bufferedAmount = 0
  sent = 0
  isPaused = false
  terminations = 0
  readonly #unread: (() => void)[] = []

  send(_: Uint8Array, whenSent: () => void): void {
    this.sent += 1
    this.#unread.push(whenSent)
  }

  read(): void {
    for (const whenSent of this.#unread.splice(0)) whenSent()
  }

  ping(): void {}

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  terminate(): void {
    this.terminations += 1
  }
}

function sessionAt(socket: StoppedSocket): WispSession {
  const settings: Partial<WispSessionSettings> = {
    id: 'id',
    limits: defaultLimits,
    log: pino({ enabled: false }),
    metrics: relayMetrics(
      () => 0,
      () => ({ toClient: 0, toTarget: 0 }),
    ),
    takePlace: () => () => undefined,
    onClosed: () => undefined,
  }
  const session = new WispSession(socket as unknown as WebSocket, settings as WispSessionSettings)
  whenDone(() => {
    socket.readyState = 3
    socket.emit('close', 1000)
  })
  return session
}

describe('answers that a Wisp client does not read', () => {
  it('are no more than a thousand: it is not read either, until it has read them', () => {
    const socket = new StoppedSocket()
    sessionAt(socket)
    const flood = () => {
      let count = 0
      while (!socket.isPaused && count < 100_000) {
        socket.emit('message', Buffer.from(connectPacket(1, '', 1)), true)
        count += 1
      }
      return count
    }
    // CONTINUE was the first
    expect(flood()).toBe(1000)
    expect(socket.sent).toBe(1001)
    socket.read()
    expect(socket.isPaused).toBe(false)
    expect(flood()).toBe(1001)
  })

  it('do not have it cut off as dead while it is not read, and only then', () => {
    const socket = new StoppedSocket()
    const session = sessionAt(socket)
    socket.isPaused = true
    session.checkAlive()
    session.checkAlive()
    session.checkAlive()
    expect(socket.terminations).toBe(0)
    socket.isPaused = false
    session.checkAlive()
    expect(socket.terminations).toBe(1)
  })
})
