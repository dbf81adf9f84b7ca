import { EventEmitter } from 'node:events'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { defaultLimits } from '../../../src/relay/options.js'
import { PageSession, type PageSettings } from '../../../src/relay/reverse/page-session.js'
import { defaultReverseLimits } from '../../../src/relay/reverse/reverse-options.js'
import { pingFrame, pongFrame } from '../../../src/transports/reverse-frames.js'

/** A WebSocket whose other side reads only when it is let. */
class StoppedSocket extends EventEmitter {
  readonly OPEN = 1
  readonly readyState = 1
  readonly bufferedAmount = 0
  readonly sent: Buffer[] = []
  readonly #unread: (() => void)[] = []

  send(frame: Uint8Array, whenSent: () => void): void {
    this.sent.push(Buffer.from(frame))
    this.#unread.push(whenSent)
  }

  read(): void {
    for (const whenSent of this.#unread.splice(0)) whenSent()
  }
}

describe('pings of a page', () => {
  it('are answered by one pong at a time, so that a page that does not read fills nothing', () => {
    const socket = new StoppedSocket()
    const settings: Partial<PageSettings> = {
      id: 'id',
      name: 'tab.localhost',
      port: 0,
      limits: defaultLimits,
      reverseLimits: defaultReverseLimits,
      log: pino({ enabled: false }),
    }
    new PageSession(socket as unknown as WebSocket, settings as PageSettings)
    const pongs = () => socket.sent.filter((frame) => frame.equals(pongFrame())).length
    for (let count = 0; count < 1000; count++) socket.emit('message', Buffer.from(pingFrame()), true)
    expect(pongs()).toBe(1)
    // the last ping is answered too
    socket.read()
    expect(pongs()).toBe(2)
    socket.read()
    expect(pongs()).toBe(2)
    socket.emit('message', Buffer.from(pingFrame()), true)
    expect(pongs()).toBe(3)
  })
})
