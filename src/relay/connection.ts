import type { Logger } from 'pino'
import type { WebSocket } from 'ws'
import { RelayError } from '../transports/relay-error.js'
import { framedSubprotocol } from '../transports/relay-frames.js'
import type { AllowList } from './allow-list.js'
import { dialTarget } from './dial-target.js'
import { framedTunnel } from './framed-tunnel.js'
import { logDetail } from './log-detail.js'
import type { RelayMetrics } from './metrics.js'
import type { RelayBytesEvent, RelayLimits } from './options.js'
import { plainTunnel } from './plain-tunnel.js'
import { readBuffers } from './read-buffers.js'
import { type Resolve, resolveTarget } from './resolve-target.js'
import type { Target } from './target.js'
import type { Tunnel } from './tunnel.js'
import { withAbort } from './with-abort.js'

/** A client and its target, or its targets, from the accepted WebSocket to the end of all. */
export interface RelayConnection {
  readonly id: string
  /** How many targets it leads to. */
  streams(): number
  buffered: Tunnel['buffered']
  /** Takes no more targets, where it could. */
  drain(): void
  /** Ends it, telling the client why. */
  fail(error: RelayError): void
  /** Asks for a sign of life, and cuts a client that gave none since the last time. */
  checkAlive(): void
  /** Cuts it without another word. */
  terminate(): void
}

export interface ConnectionSettings {
  readonly id: string
  readonly target: Target
  readonly allow: AllowList
  readonly resolve: Resolve
  readonly limits: RelayLimits
  readonly metrics: RelayMetrics
  readonly log: Logger
  readonly onBytes: ((event: RelayBytesEvent) => void) | undefined
  /** The WebSocket is closed. */
  readonly onClosed: () => void
  /** Nothing is left of the connection, nor of what it asked the resolver. */
  readonly giveBackPlace: () => void
}

export function relayConnection(client: WebSocket, settings: ConnectionSettings): RelayConnection {
  const { id, target, limits, metrics, log, onBytes } = settings
  const startedMs = performance.now()
  const buffers = readBuffers()
  const bytes = { 'to-target': 0, 'to-client': 0 }
  const giveUp = new AbortController()
  let isAlive = true
  // a resolver cannot be stopped: a client that comes and goes must not have it asked without end
  let resolved: Promise<unknown> = Promise.resolve()

  const idle = setTimeout(() => {
    tunnel.fail(new RelayError('idle', `nothing was sent for ${limits.idleTimeoutMs} ms`))
  }, limits.idleTimeoutMs)
  const dialing = setTimeout(() => {
    giveUp.abort(new RelayError('timed_out', `the target did not answer within ${limits.connectTimeoutMs} ms`))
  }, limits.connectTimeoutMs)

  const context = {
    id,
    client,
    limits,
    buffers,
    passed(direction: 'to-target' | 'to-client', passing: Uint8Array) {
      idle.refresh()
      isAlive = true
      bytes[direction] += passing.byteLength
      metrics.passed(direction, passing.byteLength)
      // a copy: the buffer is used again
      onBytes?.({ connection: id, direction, bytes: Uint8Array.from(passing) })
    },
    ended(error?: RelayError) {
      clearTimeout(idle)
      clearTimeout(dialing)
      giveUp.abort(error)
      metrics.ended(error?.code ?? 'ok')
      const summary = {
        outcome: error?.code ?? 'ok',
        detail: logDetail(error),
        bytesToTarget: bytes['to-target'],
        bytesToClient: bytes['to-client'],
        durationMs: Math.round(performance.now() - startedMs),
      }
      log.info(summary, 'connection ended')
    },
  }
  const tunnel = client.protocol === framedSubprotocol ? framedTunnel(context) : plainTunnel(context)

  client.on('pong', () => {
    isAlive = true
  })
  // a message too large, a broken frame: `close` follows
  client.on('error', (error) => log.info({ detail: error.message }, 'the client broke the WebSocket protocol'))
  client.on('close', () => {
    clearTimeout(idle)
    settings.onClosed()
    void resolved.then(settings.giveBackPlace)
  })

  const dial = async () => {
    const resolving = resolveTarget(target, settings.allow, settings.resolve)
    resolved = resolving.catch(() => undefined)
    const addresses = await withAbort(resolving, giveUp.signal)
    const socket = await dialTarget(addresses, target.port, buffers, giveUp.signal)
    clearTimeout(dialing)
    const connectMs = performance.now() - startedMs
    metrics.opened(connectMs / 1000)
    log.info({ address: socket.remoteAddress, connectMs: Math.round(connectMs) }, 'connection opened')
    tunnel.connected(socket)
  }
  dial().catch((error) => {
    tunnel.fail(error instanceof RelayError ? error : new RelayError('failed', 'the relay failed', { cause: error }))
  })

  return {
    id,
    streams: () => 1,
    drain: () => undefined,
    buffered: tunnel.buffered,
    fail: tunnel.fail,
    checkAlive() {
      // what is paused cannot read its pong
      if (!isAlive && !client.isPaused) return client.terminate()
      isAlive = false
      if (client.readyState === client.OPEN) client.ping()
    },
    terminate: () => client.terminate(),
  }
}
