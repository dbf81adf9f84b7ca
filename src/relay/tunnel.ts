import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { closeCode, type RelayError, type RelayReason, relayReasons } from '../transports/relay-error.js'
import { closeReason } from '../transports/web-socket-like.js'
import type { RelayLimits } from './options.js'
import type { ReadBuffers } from './read-buffers.js'

/** One connection's bytes between a client's WebSocket and a target's socket, framed or plain. */
export interface Tunnel {
  /** The target answers: bytes flow from now on. */
  connected(target: Socket): void
  /** Ends both sides and tells the client why. */
  fail(error: RelayError): void
  /** What waits here in each direction, in bytes. */
  buffered(): { readonly toClient: number; readonly toTarget: number }
}

export interface TunnelContext {
  readonly id: string
  readonly client: WebSocket
  readonly limits: RelayLimits
  readonly buffers: ReadBuffers
  /** Called with every piece that passes, before it is sent on. */
  passed(direction: 'to-target' | 'to-client', bytes: Uint8Array): void
  /** Both sides have ended, or `error` ended them; only the first call counts. */
  ended(error?: RelayError): void
}

/** Cuts a target off so that it learns of it: with RST rather than FIN. */
export function cutTarget(target: Socket | undefined): void {
  if (target !== undefined && !target.destroyed) target.resetAndDestroy()
}

/** The reason as it goes over the wire. */
export function sentReason(error: RelayError): RelayReason {
  return error.code in relayReasons ? (error.code as RelayReason) : 'failed'
}

export function closeWith(client: WebSocket, error: RelayError): void {
  client.close(closeCode(sentReason(error)), closeReason(error.message))
}
