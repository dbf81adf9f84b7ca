import { TlsError } from '../errors/tls-error.js'
import { closeCodeBase, RelayError, type RelayErrorCode, relayReason } from './relay-error.js'

/** What is used of a WebSocket: the platform's in browsers, Deno, Bun and Node >= 22, or the one of npm's `ws`. */
export interface WebSocketLike {
  readonly readyState: number
  readonly bufferedAmount: number
  readonly protocol: string
  binaryType: string
  // `ws` and the DOM each have their own event classes, hence method syntax and `unknown`-like events
  addEventListener(type: 'open', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void
  addEventListener(type: 'error', listener: (event: unknown) => void): void
  send(data: Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike

/** RFC 6455 section 7.4.1: done; and `no status received`, as relays say it that close without a code. */
const endCodes: ReadonlySet<number> = new Set([1000, 1005])

/** The end of the bytes as `undefined`, anything else as what a user of the stream is told. */
export function closeError(event: { code: number; reason: string }): TlsError | undefined {
  if (endCodes.has(event.code)) return undefined
  const number = event.code - closeCodeBase
  if (number > 0 && number < 1000) {
    const reason = relayReason(number)
    return relayFailed(reason, event.reason === '' ? `closed with "${reason}"` : event.reason)
  }
  const said = event.reason === '' ? '' : `: ${event.reason}`
  return relayFailed('relay_lost', `the WebSocket closed with code ${event.code}${said}`)
}

export function relayFailed(code: RelayErrorCode, message: string, cause?: unknown): TlsError {
  const error = new RelayError(code, message, cause === undefined ? undefined : { cause })
  return new TlsError('transport_failed', `relay (${code}): ${message}`, { cause: error })
}

/** The bytes of a binary message, or `undefined` for a text message. */
export function messageBytes(data: unknown): Uint8Array | undefined {
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
  return undefined
}

/**
 * Waits until little is left to send. No event tells, so it looks again after a moment; a page in the background
 * is allowed such a look once a second.
 */
export async function drained(socket: WebSocketLike, highWater: number, signal: AbortSignal): Promise<void> {
  if (socket.bufferedAmount <= highWater) return
  while (socket.bufferedAmount > highWater / 4 && socket.readyState === readyState.open && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs))
  }
}

export const readyState = { connecting: 0, open: 1, closing: 2, closed: 3 } as const

const lookAgainMs = 2

/** WebSocket limits a close reason to 123 bytes of UTF-8. */
export function closeReason(text: string): string {
  let bytes = 0
  let kept = ''
  for (const character of text) {
    bytes += new TextEncoder().encode(character).length
    if (bytes > 123) break
    kept += character
  }
  return kept
}
