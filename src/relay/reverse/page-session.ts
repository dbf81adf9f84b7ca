import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import type { WebSocket } from 'ws'
import { RelayError } from '../../transports/relay-error.js'
import { initialCredit } from '../../transports/relay-frames.js'
import {
  arrivalFrame,
  parseReverseFrame,
  pongFrame,
  type ReverseFrame,
  registrationFrame,
  reverseCreditFrame,
  reverseResetFrame,
} from '../../transports/reverse-frames.js'
import type { RelayBytesEvent, RelayLimits } from '../options.js'
import { closeWith, sentReason } from '../tunnel.js'
import { ClientTunnel } from './client-tunnel.js'
import type { ReverseMetrics } from './reverse-metrics.js'
import type { ReverseLimits } from './reverse-options.js'

export interface PageSettings {
  readonly id: string
  readonly name: string
  readonly port: number
  readonly resumptionKey: Uint8Array | undefined
  readonly limits: RelayLimits
  readonly reverseLimits: ReverseLimits
  readonly metrics: ReverseMetrics
  readonly log: Logger
  readonly onBytes: ((event: RelayBytesEvent) => void) | undefined
  /** The client's stream is over, the client not yet gone. */
  readonly onLeavingClient: (client: Socket) => void
  /** The page takes no further connections: the name is free. */
  readonly onLeaving: () => void
  /** The WebSocket is closed. `broken`: without the page having said so. */
  readonly onClosed: (how: 'closed' | 'broken') => void
}

/** A page that serves a name, over its WebSocket: each client's connection is a stream of it. */
export class PageSession {
  readonly name: string
  readonly #socket: WebSocket
  readonly #settings: PageSettings
  readonly #tunnels = new Map<number, ClientTunnel>()
  #lastStream = 0
  #granted: number
  #owed = 0
  #wasFull = false
  #isAlive = true
  #pong: 'none' | 'unsent' | 'owed' = 'none'
  #isLeaving = false
  #failure: RelayError | undefined

  constructor(socket: WebSocket, settings: PageSettings) {
    this.name = settings.name
    this.#socket = socket
    this.#settings = settings
    this.#granted = settings.reverseLimits.pageBytes
    socket.on('message', (message: Buffer, isBinary: boolean) => this.#received(message, isBinary))
    socket.on('pong', () => {
      this.#isAlive = true
    })
    // a message too large, a broken frame: `close` follows
    socket.on('error', (error) => settings.log.info({ detail: error.message }, 'the page broke the WebSocket protocol'))
    socket.on('close', (code) => this.#closed(code))
    this.#send(
      registrationFrame({
        id: settings.id,
        maxDataLength: Math.min(initialCredit, settings.limits.messageBytes - 5),
        credit: this.#granted,
        port: settings.port,
      }),
    )
  }

  get connections(): number {
    return this.#tunnels.size
  }

  isResumedBy(key: Uint8Array): boolean {
    const { resumptionKey } = this.#settings
    return resumptionKey !== undefined && timingSafeEqual(key, resumptionKey)
  }

  /** Hands a client over. Throws a RelayError when the page has no place for it. */
  open(client: Socket, begun: readonly Uint8Array[], whenEnded: () => void): void {
    const { limits, reverseLimits, metrics, log, onBytes } = this.#settings
    if (this.#isLeaving || this.#socket.readyState !== this.#socket.OPEN) {
      throw new RelayError('unreachable', 'the page is leaving')
    }
    if (this.#tunnels.size >= reverseLimits.connectionsPerPage) {
      throw new RelayError('limit', `the page has ${reverseLimits.connectionsPerPage} connections`)
    }
    this.#lastStream += 1
    const stream = this.#lastStream
    const id = randomBytes(8).toString('hex')
    const remoteAddress = client.remoteAddress ?? ''
    const clientLog = log.child({ connection: id, client: remoteAddress })
    const startedMs = performance.now()
    const bytes = { 'to-target': 0, 'to-client': 0 }
    const idle = setTimeout(() => {
      this.#tunnels.get(stream)?.fail('idle', `nothing was sent for ${limits.idleTimeoutMs} ms`)
    }, limits.idleTimeoutMs)
    this.#send(arrivalFrame(stream, { id, remoteAddress, remotePort: client.remotePort ?? 0 }, initialCredit))
    clientLog.info('client connected')
    const tunnel = new ClientTunnel(client, begun, {
      stream,
      window: Math.max(limits.bufferedBytes, initialCredit),
      send: (frame) => this.#send(frame),
      isFull: () => this.#isFull(),
      leaving: this.#settings.onLeavingClient,
      passed(direction, passing) {
        idle.refresh()
        bytes[direction] += passing.byteLength
        metrics.passed(direction, passing.byteLength)
        onBytes?.({ connection: id, direction, bytes: Uint8Array.from(passing) })
      },
      ended: (error) => {
        clearTimeout(idle)
        this.#tunnels.delete(stream)
        metrics.ended(error?.code ?? 'ok')
        whenEnded()
        const summary = {
          outcome: error?.code ?? 'ok',
          detail: error?.message,
          bytesToPage: bytes['to-target'],
          bytesToClient: bytes['to-client'],
          durationMs: Math.round(performance.now() - startedMs),
        }
        clientLog.info(summary, 'client ended')
      },
    })
    this.#tunnels.set(stream, tunnel)
    metrics.opened()
  }

  /** Ends it and tells the page why. */
  fail(error: RelayError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#send(reverseResetFrame(0, sentReason(error), error.message))
    closeWith(this.#socket, error)
    this.#loseAll()
  }

  /** Asks for a sign of life, and cuts a page that gave none since the last time. */
  checkAlive(): void {
    if (!this.#isAlive) this.#socket.terminate()
    this.#isAlive = false
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping()
  }

  terminate(): void {
    this.#socket.terminate()
  }

  buffered(): { readonly toClient: number; readonly toTarget: number } {
    let toClient = 0
    let toTarget = this.#socket.bufferedAmount
    for (const tunnel of this.#tunnels.values()) {
      const waiting = tunnel.buffered()
      toClient += waiting.toClient
      toTarget += waiting.toTarget
    }
    return { toClient, toTarget }
  }

  #received(message: Buffer, isBinary: boolean): void {
    this.#isAlive = true
    if (this.#failure !== undefined) return
    try {
      if (!isBinary) throw new RelayError('protocol_error', 'a text message')
      this.#take(parseReverseFrame(message))
    } catch (error) {
      this.fail(error instanceof RelayError ? error : new RelayError('failed', 'the relay failed', { cause: error }))
    }
  }

  #take({ stream, frame }: ReverseFrame): void {
    if (frame.type === 'data') this.#account(frame.data.byteLength)
    if (stream === 0) this.#takeOwn(frame)
    else if (stream > this.#lastStream) throw new RelayError('protocol_error', `stream ${stream} was not opened`)
    else if (frame.type === 'ping' || frame.type === 'pong')
      throw new RelayError('protocol_error', 'a ping in a stream')
    // what is on its way to a stream that has ended here means nothing any more
    else this.#tunnels.get(stream)?.take(frame)
  }

  #takeOwn(frame: ReverseFrame['frame']): void {
    switch (frame.type) {
      case 'ping':
        this.#answerPing()
        break
      case 'end':
        if (this.#isLeaving) throw new RelayError('protocol_error', 'a second end')
        this.#isLeaving = true
        this.#settings.onLeaving()
        break
      case 'reset':
        this.#failure = new RelayError(frame.reason, frame.message)
        this.#socket.close(1000)
        this.#loseAll()
        break
      default:
        throw new RelayError('protocol_error', `a page sends no ${frame.type} frame in stream 0`)
    }
  }

  /** One answer at a time, for all that was asked meanwhile: a page that does not read must not fill the relay. */
  #answerPing(): void {
    if (this.#pong !== 'none') {
      this.#pong = 'owed'
      return
    }
    this.#pong = 'unsent'
    this.#send(pongFrame(), () => {
      const isOwed = this.#pong === 'owed'
      this.#pong = 'none'
      if (isOwed) this.#answerPing()
    })
  }

  /** What has come through the WebSocket is given back at once: the streams' own credit bounds what is kept. */
  #account(length: number): void {
    this.#granted -= length
    if (this.#granted < 0) throw new RelayError('protocol_error', 'data without credit of the registration')
    this.#owed += length
    if (this.#owed < this.#settings.reverseLimits.pageBytes / 4) return
    this.#granted += this.#owed
    this.#send(reverseCreditFrame(0, this.#owed))
    this.#owed = 0
  }

  #isFull(): boolean {
    const isFull = this.#socket.bufferedAmount > this.#settings.limits.bufferedBytes
    if (isFull) this.#wasFull = true
    return isFull
  }

  #send(frame: Uint8Array<ArrayBuffer>, whenSent?: () => void): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#socket.send(frame, () => {
      whenSent?.()
      if (!this.#wasFull || this.#socket.bufferedAmount > this.#settings.limits.bufferedBytes / 2) return
      this.#wasFull = false
      // all of them stopped reading: each may send some more, beginning with another one each time
      const tunnels = [...this.#tunnels.values()]
      const start = Math.floor(Math.random() * tunnels.length)
      for (const tunnel of [...tunnels.slice(start), ...tunnels.slice(0, start)]) tunnel.flush()
    })
  }

  #loseAll(): void {
    for (const tunnel of [...this.#tunnels.values()]) tunnel.pageLost()
  }

  #closed(code: number): void {
    this.#loseAll()
    // 1001: the page was left for another
    const isClosed = this.#failure !== undefined || this.#isLeaving || [1000, 1001, 1005].includes(code)
    const outcome = this.#failure?.code ?? (isClosed ? 'ok' : 'relay_lost')
    this.#settings.log.info({ outcome, detail: this.#failure?.message, code }, 'page left')
    this.#settings.onClosed(isClosed ? 'closed' : 'broken')
  }
}
