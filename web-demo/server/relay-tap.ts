import type { IncomingMessage, ServerResponse } from 'node:http'

export interface SeenBytes {
  readonly connection: string
  readonly direction: 'to-target' | 'to-client'
  readonly bytes: Uint8Array
}

/** What a listener of `/demo/tap/<connection>` is sent, as JSON, one event each. */
export type TapMessage =
  | { readonly kind: 'bytes'; readonly direction: SeenBytes['direction']; readonly base64: string }
  | { readonly kind: 'totals'; readonly toTarget: number; readonly toClient: number; readonly keptPerDirection: number }

/**
 * What the relay saw, for the page to show: the start of each direction of the latest connections, and how much passed
 * in all. Everything is bounded: connections, bytes of each, listeners.
 */
export class RelayTap {
  readonly #connections = new Map<string, Capture>()

  /** Takes what the relay's `onBytes` gives. */
  readonly record = ({ connection, direction, bytes }: SeenBytes): void => {
    let capture = this.#connections.get(connection)
    if (capture === undefined) {
      capture = new Capture()
      this.#connections.set(connection, capture)
      this.#forgetOldest()
    }
    capture.add(direction, bytes)
  }

  /** Answers with server-sent events: what was seen so far, then what comes. */
  serve(connection: string, request: IncomingMessage, response: ServerResponse): void {
    const capture = this.#connections.get(connection) ?? new Capture()
    // the page may ask before the first byte has passed
    this.#connections.set(connection, capture)
    this.#forgetOldest()
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.flushHeaders()
    const stop = capture.listen((message) => response.write(`data: ${JSON.stringify(message)}\n\n`))
    request.once('close', stop)
    response.once('error', stop)
  }

  #forgetOldest(): void {
    for (const id of this.#connections.keys()) {
      if (this.#connections.size <= maxConnections) return
      this.#connections.delete(id)
    }
  }
}

class Capture {
  readonly #kept: SeenBytes[] = []
  readonly #listeners = new Set<(message: TapMessage) => void>()
  readonly #total = { 'to-target': 0, 'to-client': 0 }
  #timer: NodeJS.Timeout | undefined

  add(direction: SeenBytes['direction'], bytes: Uint8Array): void {
    const room = keptPerDirection - this.#total[direction]
    this.#total[direction] += bytes.length
    if (room > 0) {
      const kept = { connection: '', direction, bytes: bytes.slice(0, room) }
      this.#kept.push(kept)
      this.#tell(bytesMessage(kept))
    }
    // a large transfer would otherwise be told of hundreds of times a second
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#tell(this.#totals())
    }, totalsIntervalMs).unref()
  }

  listen(listener: (message: TapMessage) => void): () => void {
    if (this.#listeners.size >= maxListeners) return () => undefined
    for (const kept of this.#kept) listener(bytesMessage(kept))
    listener(this.#totals())
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #totals(): TapMessage {
    return {
      kind: 'totals',
      toTarget: this.#total['to-target'],
      toClient: this.#total['to-client'],
      keptPerDirection,
    }
  }

  #tell(message: TapMessage): void {
    for (const listener of this.#listeners) listener(message)
  }
}

const bytesMessage = ({ direction, bytes }: SeenBytes): TapMessage => ({
  kind: 'bytes',
  direction,
  base64: Buffer.from(bytes).toString('base64'),
})

const maxConnections = 32
const keptPerDirection = 256 * 1024
const maxListeners = 4
const totalsIntervalMs = 100
