import type { Socket } from 'node:net'
import { RelayError, type RelayReason } from '../../transports/relay-error.js'
import { initialCredit, type RelayFrame } from '../../transports/relay-frames.js'
import {
  reverseCreditFrame,
  reverseEndFrame,
  reverseHeaderLength,
  reverseResetFrame,
  writeDataHeader,
} from '../../transports/reverse-frames.js'
import { dialFailed } from '../dial-target.js'
import { cutTarget, sentReason } from '../tunnel.js'

export interface ClientTunnelContext {
  readonly stream: number
  /** How much the page may send ahead of the client. */
  readonly window: number
  /** To the page, over what all its streams share. */
  send(frame: Uint8Array<ArrayBuffer>): void
  /** Whether the way to the page holds as much as it may: then nothing is read from clients. */
  isFull(): boolean
  /** Called with every piece that passes, before it is sent on. */
  passed(direction: 'to-target' | 'to-client', bytes: Uint8Array): void
  /** How long a client may take for the rest once its stream is over, in milliseconds. Default 60 000. */
  readonly leaveMs?: number
  /** The stream is over, and the client is about to take the rest of it: whoever shuts down cuts it. */
  leaving?(client: Socket): void
  /** Called once. */
  ended(error?: RelayError): void
}

/** One TCP client's bytes as a stream of a page's WebSocket: docs/relay-protocol.md, "A page that serves". */
export class ClientTunnel {
  readonly #client: Socket
  readonly #context: ClientTunnelContext
  // to the page
  #credit = initialCredit
  #held: Uint8Array[] = []
  #clientHasEnded = false
  #endSent = false
  // to the client
  #granted = initialCredit
  #unwritten = 0
  #pageHasEnded = false
  #isOver = false

  /** @param begun what was read from the client already */
  constructor(client: Socket, begun: readonly Uint8Array[], context: ClientTunnelContext) {
    this.#client = client
    this.#context = context
    client.on('data', (bytes: Uint8Array) => {
      if (this.#isOver) return
      this.#held.push(bytes)
      this.flush()
    })
    client.on('end', () => {
      this.#clientHasEnded = true
      this.flush()
    })
    client.on('error', (error) => this.fail(sentReason(dialFailed(error)), 'the connection of the client failed'))
    client.on('close', () => this.fail('reset', 'the client reset the connection'))
    this.#held.push(...begun)
    this.flush()
    this.#grant()
  }

  /** A frame from the page. Throws a RelayError for one that must not be. */
  take(frame: RelayFrame): void {
    switch (frame.type) {
      case 'data':
        this.#takeData(frame.data)
        break
      case 'credit':
        this.#credit += frame.bytes
        this.flush()
        break
      case 'end':
        if (this.#pageHasEnded) throw new RelayError('protocol_error', 'a second end')
        this.#pageHasEnded = true
        this.#client.end(() => this.#finishWhenBothEnded())
        break
      case 'reset':
        if (this.#pageHasEnded) this.#leave()
        else cutTarget(this.#client)
        this.#over(this.#pageHasEnded ? undefined : new RelayError(frame.reason, 'the page reset the connection'))
        break
      default:
        throw new RelayError('protocol_error', `a page sends no ${frame.type} frame in a stream`)
    }
  }

  /** Sends what credit and the shared way to the page allow, and reads on or waits accordingly. */
  flush(): void {
    while (this.#held.length > 0 && this.#credit > 0 && !this.#isOver && !this.#context.isFull()) {
      const [first = new Uint8Array(0)] = this.#held
      const length = Math.min(first.byteLength, this.#credit, initialCredit)
      if (length === first.byteLength) this.#held.shift()
      else this.#held[0] = first.subarray(length)
      this.#sendData(first.subarray(0, length))
    }
    if (this.#isOver) return
    if (this.#held.length > 0) this.#client.pause()
    else if (this.#clientHasEnded) this.#sendEnd()
    else this.#client.resume()
  }

  /** Cuts the client off and tells the page why. */
  fail(reason: RelayReason, message: string): void {
    if (this.#isOver) return
    this.#context.send(reverseResetFrame(this.#context.stream, reason, message))
    cutTarget(this.#client)
    this.#over(new RelayError(reason, message))
  }

  /** The page is gone: the client is cut off. */
  pageLost(): void {
    if (this.#isOver) return
    cutTarget(this.#client)
    this.#over(new RelayError('relay_lost', 'the page is gone'))
  }

  buffered(): { readonly toClient: number; readonly toTarget: number } {
    const toTarget = this.#held.reduce((sum, bytes) => sum + bytes.byteLength, 0)
    return { toClient: this.#unwritten, toTarget }
  }

  #sendData(bytes: Uint8Array): void {
    const { stream } = this.#context
    this.#credit -= bytes.byteLength
    this.#context.passed('to-target', bytes)
    const frame = new Uint8Array(reverseHeaderLength + bytes.byteLength)
    writeDataHeader(frame, stream)
    frame.set(bytes, reverseHeaderLength)
    this.#context.send(frame)
  }

  #sendEnd(): void {
    if (this.#endSent) return
    this.#endSent = true
    this.#context.send(reverseEndFrame(this.#context.stream))
    this.#finishWhenBothEnded()
  }

  #takeData(bytes: Uint8Array): void {
    if (this.#pageHasEnded) throw new RelayError('protocol_error', 'data after end')
    this.#granted -= bytes.byteLength
    if (this.#granted < 0) throw new RelayError('protocol_error', 'data without credit')
    if (bytes.byteLength === 0) return
    this.#unwritten += bytes.byteLength
    this.#context.passed('to-client', bytes)
    this.#client.write(bytes, () => {
      this.#unwritten -= bytes.byteLength
      this.#grant()
    })
  }

  #grant(): void {
    const { window, stream } = this.#context
    const bytes = window - this.#granted - this.#unwritten
    if (bytes < window / 2 || this.#pageHasEnded || this.#isOver) return
    this.#granted += bytes
    this.#context.send(reverseCreditFrame(stream, bytes))
  }

  #finishWhenBothEnded(): void {
    if (this.#endSent && this.#pageHasEnded && this.#client.writableFinished) this.#over()
  }

  /** The page has said all and wants no more: the client gets it, and a moment to end before it is cut off. */
  #leave(): void {
    const client = this.#client
    client.resume()
    const linger = () => {
      const timer = setTimeout(() => client.destroy(), lingerMs)
      timer.unref()
      client.once('close', () => clearTimeout(timer))
      if (client.readableEnded) client.destroy()
      else client.once('end', () => client.destroy())
    }
    if (client.writableFinished) linger()
    else client.once('finish', linger)
    // one that takes nothing any more, or goes on sending: a timeout of the socket would begin anew with each byte
    const timer = setTimeout(() => client.destroy(), this.#context.leaveMs ?? defaultLeaveMs)
    timer.unref()
    client.once('close', () => clearTimeout(timer))
    this.#context.leaving?.(client)
  }

  #over(error?: RelayError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#held = []
    this.#context.ended(error)
  }
}

/** A reset right after our FIN could overtake data that the client has not read yet. */
const lingerMs = 2000
const defaultLeaveMs = 60_000
