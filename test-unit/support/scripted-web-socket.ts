import type { WebSocketLike } from '../../src/transports/web-socket-like.js'

interface Events {
  open: undefined
  message: { data: unknown }
  close: { code: number; reason: string }
  error: unknown
}

/** A WebSocket whose other end the test plays: what was sent is kept, what comes is said. */
export class ScriptedWebSocket implements WebSocketLike {
  readyState = 0
  bufferedAmount = 0
  protocol = ''
  binaryType = 'blob'
  readonly sent: Uint8Array[] = []
  /** The code it was closed with on this side. */
  closedWith: number | undefined
  readonly #listeners: { readonly type: keyof Events; readonly listener: (event: never) => void }[] = []

  addEventListener<E extends keyof Events>(type: E, listener: (event: Events[E]) => void): void {
    this.#listeners.push({ type, listener })
  }

  send(data: Uint8Array<ArrayBuffer>): void {
    if (this.readyState === 0) throw new DOMException('still connecting', 'InvalidStateError')
    this.sent.push(Uint8Array.from(data))
  }

  close(code = 1005): void {
    this.closedWith ??= code
    if (this.readyState === 3) return
    this.readyState = 3
    queueMicrotask(() => this.#tell('close', { code, reason: '' }))
  }

  open(): void {
    this.readyState = 1
    this.#tell('open', undefined)
  }

  /** A message from the other end. */
  say(data: Uint8Array | string): void {
    this.#tell('message', { data: typeof data === 'string' ? data : Uint8Array.from(data).buffer })
  }

  /** The other end, or the network, closes it. */
  lose(code = 1006, reason = ''): void {
    this.readyState = 3
    this.#tell('close', { code, reason })
  }

  takeSent(): Uint8Array[] {
    return this.sent.splice(0)
  }

  #tell<E extends keyof Events>(type: E, event: Events[E]): void {
    for (const each of this.#listeners) if (each.type === type) each.listener(event as never)
  }
}
