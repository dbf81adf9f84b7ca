import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import type { WebSocket } from 'ws'
import { RelayError } from '../../transports/relay-error.js'
import {
  closePacket,
  continuePacket,
  parseWispPacket,
  type WispPacket,
  WispStreamType,
} from '../../transports/wisp/packets.js'
import { WispError } from '../../transports/wisp/wisp-error.js'
import type { RelayConnection } from '../connection.js'
import { closeWith } from '../tunnel.js'
import { wispReason, wispTarget } from './wisp-path.js'
import { packetOverhead, streamPackets, WispTunnel, type WispTunnelContext } from './wisp-tunnel.js'

export interface WispSessionSettings extends WispTunnelContext {
  readonly id: string
  readonly log: Logger
  /** Takes a place for one more connection; throws the RelayError that says why not. */
  readonly takePlace: () => () => void
  /** The WebSocket is closed, and nothing is left of its streams. */
  readonly onClosed: () => void
}

/** A client that speaks Wisp 1.2, from the accepted WebSocket to the end of all its streams. */
export class WispSession implements RelayConnection {
  readonly id: string
  readonly #socket: WebSocket
  readonly #settings: WispSessionSettings
  /** By their number, those that have not ended. */
  readonly #tunnels = new Map<number, WispTunnel>()
  /** Those too that have ended, and whose target still takes what was sent. */
  readonly #all = new Set<WispTunnel>()
  #held = 0
  #unsentControls = 0
  #wasFull = false
  #isAlive = true
  #isDraining = false
  #isOver = false
  #idle: NodeJS.Timeout | undefined

  constructor(socket: WebSocket, settings: WispSessionSettings) {
    this.id = settings.id
    this.#socket = socket
    this.#settings = settings
    socket.on('message', (message: Buffer, isBinary: boolean) => this.#received(message, isBinary))
    socket.on('pong', () => {
      this.#isAlive = true
    })
    // a message too large, a broken frame: `close` follows
    socket.on('error', (error) =>
      settings.log.info({ detail: error.message }, 'the client broke the WebSocket protocol'),
    )
    socket.on('close', (code) => this.#closed(code))
    settings.log.info('Wisp session opened')
    this.#sendControl(continuePacket(0, streamPackets))
    this.#waitForStreams()
  }

  streams(): number {
    return this.#all.size
  }

  buffered(): { readonly toClient: number; readonly toTarget: number } {
    let toTarget = 0
    for (const tunnel of this.#all) toTarget += tunnel.unwritten
    return { toClient: this.#socket.bufferedAmount, toTarget }
  }

  fail(error: RelayError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#settings.log.info({ outcome: error.code, detail: error.message }, 'Wisp session ends')
    for (const tunnel of [...this.#tunnels.values()]) tunnel.lost(error)
    // what is paused cannot read the client's answer
    this.#socket.resume()
    closeWith(this.#socket, error)
  }

  drain(): void {
    this.#isDraining = true
    this.#leaveWhenDone()
  }

  checkAlive(): void {
    // what is paused cannot read its pong
    if (!this.#isAlive && !this.#socket.isPaused) this.#socket.terminate()
    this.#isAlive = false
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping()
  }

  terminate(): void {
    this.#socket.terminate()
    for (const tunnel of [...this.#all]) tunnel.terminate()
  }

  #received(message: Buffer, isBinary: boolean): void {
    this.#isAlive = true
    if (this.#isOver) return
    try {
      if (!isBinary) throw new WispError('protocol_error', 'a text message')
      this.#take(parseWispPacket(message))
    } catch (error) {
      if (error instanceof WispError) this.fail(new RelayError('protocol_error', error.message))
      else this.fail(new RelayError('failed', 'the relay failed', { cause: error }))
    }
  }

  #take(packet: WispPacket): void {
    switch (packet.type) {
      case 'connect':
        this.#connect(packet)
        break
      // what is on its way to a stream that has ended here means nothing any more
      case 'data':
        this.#tunnels.get(packet.stream)?.receive(packet.data)
        break
      case 'close':
        this.#tunnels.get(packet.stream)?.closedByClient(packet.reason)
        break
      case 'continue':
        throw new WispError('protocol_error', 'a CONTINUE packet, which only servers send')
    }
  }

  #connect({ stream, streamType, hostname, port }: Extract<WispPacket, { type: 'connect' }>): void {
    const open = this.#tunnels.get(stream)
    if (open !== undefined) {
      open.fail(new RelayError('bad_target', 'the client opened the stream twice'))
      return
    }
    let giveBack: (() => void) | undefined
    try {
      if (this.#isDraining) throw new RelayError('shutting_down', 'this relay is shutting down')
      if (streamType === WispStreamType.udp) throw new RelayError('blocked', 'this relay carries TCP only')
      if (stream === 0 || streamType !== WispStreamType.tcp) {
        throw new RelayError('bad_target', `no stream ${stream} of type ${streamType} can be`)
      }
      const target = wispTarget(hostname, port)
      const place = this.#settings.takePlace()
      giveBack = place
      this.#open(stream, target, place)
    } catch (error) {
      giveBack?.()
      if (!(error instanceof RelayError)) throw error
      // one line for each would let a client fill the log
      this.#settings.log.debug({ outcome: error.code, detail: error.message }, 'stream refused')
      this.#settings.metrics.refused(error.code)
      this.#sendControl(closePacket(stream, wispReason(error)))
    }
  }

  #open(stream: number, target: ReturnType<typeof wispTarget>, giveBack: () => void): void {
    const id = randomBytes(8).toString('hex')
    const log = this.#settings.log.child({ stream: id, host: target.host, port: target.port })
    const tunnel: WispTunnel = new WispTunnel(this.#settings, {
      id,
      stream,
      target,
      log,
      sendData: (packet, whenSent) => this.#send(packet, whenSent),
      sendContinue: (packets) => this.#sendControl(continuePacket(stream, packets)),
      sendClose: (reason) => this.#sendControl(closePacket(stream, reason)),
      isFull: () => this.#isFull(),
      held: (bytes) => {
        this.#held += bytes
        this.#pauseOrResume()
      },
      closed: () => {
        this.#tunnels.delete(stream)
        this.#waitForStreams()
        this.#leaveWhenDone()
      },
      gone: () => {
        giveBack()
        this.#all.delete(tunnel)
        this.#pauseOrResume()
        this.#forgetWhenDone()
      },
    })
    clearTimeout(this.#idle)
    this.#tunnels.set(stream, tunnel)
    this.#all.add(tunnel)
  }

  #isFull(): boolean {
    const isFull = this.#socket.bufferedAmount > this.#settings.limits.bufferedBytes
    if (isFull) this.#wasFull = true
    return isFull
  }

  #send(packet: Uint8Array, whenSent: () => void): void {
    if (this.#socket.readyState !== this.#socket.OPEN) {
      whenSent()
      return
    }
    this.#socket.send(packet, () => {
      whenSent()
      if (!this.#wasFull || this.#socket.bufferedAmount > this.#settings.limits.bufferedBytes / 2) return
      this.#wasFull = false
      // all of them stopped reading: each may send some more, beginning with another one each time
      const tunnels = [...this.#tunnels.values()]
      const start = Math.floor(Math.random() * tunnels.length)
      for (const tunnel of [...tunnels.slice(start), ...tunnels.slice(0, start)]) tunnel.flush()
    })
  }

  #sendControl(packet: Uint8Array): void {
    this.#unsentControls += 1
    this.#send(packet, () => {
      this.#unsentControls -= 1
      this.#pauseOrResume()
    })
    this.#pauseOrResume()
  }

  /**
   * A client that sends more than it was allowed, or does not read what it is answered, is not read either: the whole of
   * it, since one WebSocket is all there is. A client that keeps to its credit, in packets of up to 32 KiB, has room for
   * each of its streams, though one's target takes nothing.
   */
  #pauseOrResume(): void {
    if (this.#isOver) return
    const ofEach = this.#settings.limits.bufferedBytes + streamPackets * packetOverhead
    const heldLimit = ofEach * Math.max(1, this.#all.size)
    if (this.#held > heldLimit || this.#unsentControls > maxUnsentControls) this.#socket.pause()
    else if (this.#socket.isPaused && this.#held <= heldLimit / 2 && this.#unsentControls <= maxUnsentControls / 2)
      this.#socket.resume()
  }

  /** A session without streams holds a place for nothing. */
  #waitForStreams(): void {
    if (this.#tunnels.size > 0 || this.#isOver) return
    clearTimeout(this.#idle)
    const { idleTimeoutMs } = this.#settings.limits
    this.#idle = setTimeout(() => {
      this.fail(new RelayError('idle', `no stream was open for ${idleTimeoutMs} ms`))
    }, idleTimeoutMs)
  }

  #leaveWhenDone(): void {
    if (!this.#isDraining || this.#tunnels.size > 0) return
    this.fail(new RelayError('shutting_down', 'this relay is shutting down'))
  }

  #closed(code: number): void {
    const isClean = code === 1000 || code === 1001 || code === 1005
    this.#isOver = true
    clearTimeout(this.#idle)
    for (const tunnel of [...this.#tunnels.values()]) {
      if (isClean) tunnel.left()
      else tunnel.lost(new RelayError('reset', `the client left with close code ${code}`))
    }
    this.#settings.log.info({ code }, 'Wisp session closed')
    this.#forgetWhenDone()
  }

  #forgetWhenDone(): void {
    if (this.#all.size === 0 && this.#socket.readyState === this.#socket.CLOSED) this.#settings.onClosed()
  }
}

/** Answers that a client has not taken yet. */
const maxUnsentControls = 1000
