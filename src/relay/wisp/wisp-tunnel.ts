import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import { RelayError } from '../../transports/relay-error.js'
import { WispCloseReason } from '../../transports/wisp/close-reason.js'
import { wispHeaderLength, writeDataHeader } from '../../transports/wisp/packets.js'
import type { AllowList } from '../allow-list.js'
import { dialFailed, dialTarget } from '../dial-target.js'
import { logDetail } from '../log-detail.js'
import type { RelayMetrics } from '../metrics.js'
import type { RelayBytesEvent, RelayLimits } from '../options.js'
import { readBuffers } from '../read-buffers.js'
import { type Resolve, resolveTarget } from '../resolve-target.js'
import type { Target } from '../target.js'
import { cutTarget } from '../tunnel.js'
import { withAbort } from '../with-abort.js'
import { wispReason } from './wisp-path.js'

/** What all streams of a relay have in common. */
export interface WispTunnelContext {
  readonly allow: AllowList
  readonly resolve: Resolve
  readonly limits: RelayLimits
  readonly metrics: RelayMetrics
  readonly onBytes: ((event: RelayBytesEvent) => void) | undefined
}

/** What a stream needs of its session. */
export interface WispTunnelSettings {
  readonly id: string
  readonly stream: number
  readonly target: Target
  readonly log: Logger
  /** A DATA packet, which is the session's until `whenSent`. */
  sendData(packet: Uint8Array, whenSent: () => void): void
  sendContinue(packets: number): void
  sendClose(reason: WispCloseReason): void
  /** The WebSocket holds as much as it should. */
  isFull(): boolean
  /** So many bytes more, or fewer, wait for the target. */
  held(bytes: number): void
  /** The stream has ended: its number is free. */
  closed(): void
  /** Nothing is left of it. */
  gone(): void
}

/** One stream of a Wisp session and its target. It starts before the target has answered. */
export class WispTunnel {
  readonly #context: WispTunnelContext
  readonly #settings: WispTunnelSettings
  readonly #buffers = readBuffers(wispHeaderLength)
  readonly #giveUp = new AbortController()
  readonly #startedMs = performance.now()
  readonly #idle: NodeJS.Timeout
  readonly #dialing: NodeJS.Timeout
  readonly #bytes = { 'to-target': 0, 'to-client': 0 }
  #target: Socket | undefined
  /** A resolver cannot be stopped: until it has answered its question takes a place. */
  #resolved: Promise<unknown> = Promise.resolve()
  #early: Uint8Array[] = []
  #unwritten = 0
  #waitingPackets = 0
  #receivedPackets = 0
  #isOver = false
  #isGone = false
  #linger: NodeJS.Timeout | undefined

  constructor(context: WispTunnelContext, settings: WispTunnelSettings) {
    const { limits } = context
    this.#context = context
    this.#settings = settings
    this.#idle = setTimeout(() => {
      this.fail(new RelayError('idle', `nothing was sent for ${limits.idleTimeoutMs} ms`))
    }, limits.idleTimeoutMs)
    this.#dialing = setTimeout(() => {
      this.fail(new RelayError('timed_out', `the target did not answer within ${limits.connectTimeoutMs} ms`))
    }, limits.connectTimeoutMs)
    this.#dial().catch((error) => {
      this.fail(error instanceof RelayError ? error : new RelayError('failed', 'the relay failed', { cause: error }))
    })
  }

  /** Payload that waits for the target, in bytes. */
  get unwritten(): number {
    return this.#unwritten
  }

  /** A DATA packet's bytes. */
  receive(data: Uint8Array): void {
    if (this.#isOver) return
    this.#receivedPackets += 1
    if (data.byteLength > 0) {
      // a few bytes must not keep the long buffer that they came in
      const kept = data.buffer.byteLength > 4 * data.byteLength ? Uint8Array.from(data) : data
      this.#waitingPackets += 1
      this.#unwritten += kept.byteLength
      this.#settings.held(kept.byteLength + packetOverhead)
      if (this.#target === undefined) this.#early.push(kept)
      else this.#write(this.#target, kept)
    }
    this.#continueWhenDue()
  }

  /** A CLOSE packet: what was received before a voluntary one is still delivered. */
  closedByClient(reason: number): void {
    if (reason === WispCloseReason.voluntary) this.#end()
    else this.lost(new RelayError('reset', `the client closed the stream with reason 0x${reason.toString(16)}`))
  }

  /** The client has left without a failure: as if it had closed its streams. */
  left(): void {
    this.#end()
  }

  /** Ends it without a word to the client. */
  lost(error: RelayError): void {
    if (this.#isOver) return
    this.#over(error)
    this.#cut()
  }

  /** Ends it and tells the client why. */
  fail(error: RelayError): void {
    if (this.#isOver) return
    this.#settings.sendClose(wispReason(error))
    this.lost(error)
  }

  /** There is room again for what the target sends. */
  flush(): void {
    if (!this.#isOver && !this.#settings.isFull()) this.#target?.resume()
  }

  /** Does not wait for what is still to be delivered. */
  terminate(): void {
    this.lost(new RelayError('shutting_down', 'the relay shut down'))
    if (this.#target === undefined) this.#gone()
    else this.#cut()
  }

  async #dial(): Promise<void> {
    const { allow, resolve, metrics } = this.#context
    const { target, log } = this.#settings
    const { signal } = this.#giveUp
    const resolving = resolveTarget(target, allow, resolve)
    this.#resolved = resolving.catch(() => undefined)
    const addresses = await withAbort(resolving, signal)
    const socket = await dialTarget(addresses, target.port, this.#buffers, signal)
    clearTimeout(this.#dialing)
    const connectMs = performance.now() - this.#startedMs
    metrics.opened(connectMs / 1000)
    log.info({ address: socket.remoteAddress, connectMs: Math.round(connectMs) }, 'connection opened')
    this.#connected(socket)
  }

  #connected(socket: Socket): void {
    // it was given up in the moment in which it came to be
    if (this.#isOver) {
      socket.destroy()
      return
    }
    this.#target = socket
    this.#buffers.receive((packet) => this.#send(socket, packet))
    socket.on('error', (error) => this.fail(dialFailed(error)))
    socket.on('end', () => {
      // Wisp has no half-close: the end of one direction is that of the stream
      if (!this.#isOver) this.#settings.sendClose(WispCloseReason.voluntary)
      this.#end()
    })
    socket.on('close', () => {
      this.fail(new RelayError('reset', 'the connection to the target was lost'))
      this.#gone()
    })
    for (const data of this.#early.splice(0)) this.#write(socket, data)
    this.#continueWhenDue()
    if (!this.#settings.isFull()) socket.resume()
  }

  #send(socket: Socket, packet: Uint8Array): void {
    if (this.#isOver) {
      this.#buffers.recycle(packet)
      return
    }
    writeDataHeader(packet, this.#settings.stream)
    this.#passed('to-client', packet.subarray(wispHeaderLength))
    this.#settings.sendData(packet, () => this.#buffers.recycle(packet))
    if (this.#settings.isFull()) socket.pause()
  }

  #write(socket: Socket, data: Uint8Array): void {
    this.#passed('to-target', data)
    socket.write(data, () => {
      this.#release(data)
      this.#continueWhenDue()
    })
  }

  #release(data: Uint8Array): void {
    this.#waitingPackets -= 1
    this.#unwritten -= data.byteLength
    this.#settings.held(-data.byteLength - packetOverhead)
  }

  /** "The server should regularly send CONTINUE packets before this point": at half of it, when as much is free. */
  #continueWhenDue(): void {
    const due = streamPackets / 2
    if (this.#isOver || this.#receivedPackets < due || this.#waitingPackets > due) return
    this.#receivedPackets = 0
    this.#settings.sendContinue(streamPackets - this.#waitingPackets)
  }

  #passed(direction: 'to-target' | 'to-client', bytes: Uint8Array): void {
    const { metrics, onBytes } = this.#context
    this.#idle.refresh()
    this.#bytes[direction] += bytes.byteLength
    metrics.passed(direction, bytes.byteLength)
    // a copy: the buffer is used again
    onBytes?.({ connection: this.#settings.id, direction, bytes: Uint8Array.from(bytes) })
  }

  /** Without a failure: the target gets what it has not got yet, but not for ever. */
  #end(): void {
    if (this.#isOver) return
    this.#over(undefined)
    if (this.#target === undefined) {
      this.#cut()
      return
    }
    // what it still sends is no one's any more, but must not keep it from taking the rest
    this.#target.resume()
    this.#linger = setTimeout(() => this.#cut(), lingerMs)
    this.#target.destroySoon()
  }

  #cut(): void {
    if (this.#target === undefined) void this.#resolved.then(() => this.#gone())
    else cutTarget(this.#target)
  }

  #gone(): void {
    clearTimeout(this.#linger)
    if (this.#isGone) return
    this.#isGone = true
    this.#settings.gone()
  }

  #over(error: RelayError | undefined): void {
    this.#isOver = true
    clearTimeout(this.#idle)
    clearTimeout(this.#dialing)
    for (const data of this.#early.splice(0)) this.#release(data)
    this.#giveUp.abort(error)
    this.#context.metrics.ended(error?.code ?? 'ok')
    const summary = {
      outcome: error?.code ?? 'ok',
      detail: logDetail(error),
      bytesToTarget: this.#bytes['to-target'],
      bytesToClient: this.#bytes['to-client'],
      durationMs: Math.round(performance.now() - this.#startedMs),
    }
    this.#settings.log.info(summary, 'connection ended')
    this.#settings.closed()
  }
}

/** How many packets a stream may send ahead: "predetermined and the same for every stream". */
export const streamPackets = 32
/** What keeping a packet costs beside its bytes, so that many small ones are bounded too. */
export const packetOverhead = 256
/** How long a target may take for what it was sent before the client closed the stream. */
const lingerMs = 10_000
