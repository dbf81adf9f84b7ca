import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { pino } from 'pino'
import type { Registry } from 'prom-client'
import { type WebSocket, WebSocketServer } from 'ws'
import { TlsError } from '../errors/tls-error.js'
import { RelayError } from '../transports/relay-error.js'
import { framedSubprotocol, resetFrame } from '../transports/relay-frames.js'
import { reverseResetFrame, reverseSubprotocol } from '../transports/reverse-frames.js'
import { checkOrigin, checkToken, chooseSubprotocol, clientAddress, offeredSubprotocols, Places } from './admission.js'
import { allowList } from './allow-list.js'
import { checkListenOptions, checkRelayOptions, checkReverseListenOptions } from './check-options.js'
import { type RelayConnection, relayConnection } from './connection.js'
import { answerPlainRequest, metricsServer, refuseUpgrade } from './http-pages.js'
import { relayMetrics } from './metrics.js'
import { defaultLimits, type RelayOptions } from './options.js'
import { systemResolve } from './resolve-target.js'
import type { ReverseStatus } from './reverse/reverse-metrics.js'
import type { ReverseAddress, ReverseListenOptions } from './reverse/reverse-options.js'
import { ReverseRelay } from './reverse/reverse-relay.js'
import { parseTarget } from './target.js'
import { closeWith, sentReason } from './tunnel.js'
import { wispToken } from './wisp/wisp-path.js'
import { WispSession } from './wisp/wisp-session.js'

export interface RelayListenOptions {
  /** 0 for any that is free. */
  readonly port: number
  /** Default `127.0.0.1`: say `0.0.0.0` or `::` to serve others. */
  readonly host?: string
  /** Key and certificate, for `wss:` without a proxy before it. */
  readonly tls?: ServerOptions
  /** A second port for `/metrics` and `/health`. Default: none. */
  readonly metrics?: { readonly port: number; readonly host?: string }
}

export interface RelayAddress {
  readonly host: string
  readonly port: number
  /** `ws://127.0.0.1:8080/`: what `dialWebSocketRelay` takes. */
  readonly url: string
}

export interface Relay {
  listen(options: RelayListenOptions): Promise<RelayAddress>
  /** Opens a TCP port at which clients reach the pages that serve; `options.reverse` says which pages may. */
  listenReverse(options: ReverseListenOptions): Promise<ReverseAddress>
  /** Serves WebSockets below `basePath` on a server that has other work too; returns how to detach it. */
  attach(server: Server): () => void
  readonly address: RelayAddress | undefined
  readonly metricsAddress: RelayAddress | undefined
  readonly registry: Registry
  /** Connections now, and the payload that waits in the relay, in bytes. */
  status(): {
    readonly connections: number
    readonly buffered: { readonly toClient: number; readonly toTarget: number }
    /** Of the pages that serve; `undefined` without `options.reverse`. */
    readonly reverse: ReverseStatus | undefined
  }
  /** Takes no more, lets connections end for `graceMs` (default 10 000), then ends them with `shutting_down`. */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

/**
 * A WebSocket-to-TCP relay that permits nothing which `options` does not allow: docs/relay.md.
 * @throws TlsError `invalid_argument` for an option that is not known or cannot be right
 */
export function createRelay(options: RelayOptions = {}): Relay {
  checkRelayOptions(options)
  const limits = { ...defaultLimits, ...options.limits }
  const { basePath = '/', resolve = systemResolve, onBytes } = options
  if (!/^\/(?:.*\/)?$/.test(basePath)) {
    throw new TlsError('invalid_argument', `basePath begins and ends with a slash, unlike "${basePath}"`)
  }
  const allow = allowList(options.allow ?? [])
  const logger = options.logger || pino({ name: 'webtls-relay', enabled: options.logger !== false })
  const places = new Places(limits)
  const connections = new Set<RelayConnection>()
  const refusing = new Set<WebSocket>()
  const servers: Server[] = []
  const detachers = new Set<() => void>()
  let isDraining = false
  let address: RelayAddress | undefined
  let metricsAddress: RelayAddress | undefined
  let onEmpty: (() => void) | undefined

  const buffered = () => {
    let toClient = 0
    let toTarget = 0
    for (const connection of connections) {
      const waiting = connection.buffered()
      toClient += waiting.toClient
      toTarget += waiting.toTarget
    }
    return { toClient, toTarget }
  }
  const streams = () => [...connections].reduce((sum, connection) => sum + connection.streams(), 0)
  const metrics = relayMetrics(streams, buffered)
  const reverse =
    options.reverse && new ReverseRelay(options.reverse, { limits, registry: metrics.registry, log: logger, onBytes })
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.messageBytes,
    handleProtocols: (offered) => chooseSubprotocol([...offered]) ?? false,
  })
  const pings = setInterval(() => {
    for (const connection of connections) connection.checkAlive()
    reverse?.checkAlive()
  }, limits.pingIntervalMs)
  pings.unref()

  const forget = (connection: RelayConnection) => {
    connections.delete(connection)
    if (connections.size === 0) onEmpty?.()
  }
  const wispPath = `${basePath}wisp/`
  // a path of `<host>:<port>` has no slash in it
  const isForWisp = (request: IncomingMessage) => options.wisp === true && request.url?.startsWith(wispPath)

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const id = randomBytes(8).toString('hex')
    const client = clientAddress(request, options.trustProxy ?? false)
    const log = logger.child({ connection: id, client, origin: request.headers.origin })
    const protocol = chooseSubprotocol(offeredSubprotocols(request))
    let giveBack: (() => void) | undefined
    try {
      if (isDraining) throw new RelayError('shutting_down', 'this relay is shutting down')
      checkOrigin(request, options, protocol === reverseSubprotocol || (options.tokens ?? []).length > 0)
      if (protocol === reverseSubprotocol) {
        if (reverse === undefined) throw new RelayError('protocol_error', 'this relay takes no pages that serve')
        const place = places.take(client)
        socket.once('close', place)
        // until the token is judged no one else listens
        socket.on('error', () => undefined)
        const path = (request.url ?? '').slice(basePath.length)
        reverse.admit(request, path, client).then(
          (take) => webSockets.handleUpgrade(request, socket, head, take),
          (error) => refuseRequest(error),
        )
        return
      }
      if (isForWisp(request)) {
        const inPath = wispToken((request.url ?? '').slice(wispPath.length))
        checkToken(request, options.tokens ?? [], inPath)
        // a token that nothing asked for is a mistake in the URL
        if (inPath !== undefined && (options.tokens ?? []).length === 0) {
          throw new RelayError('bad_target', `this relay has no tokens: Wisp is at ${wispPath}`)
        }
        if (protocol !== undefined) throw new RelayError('protocol_error', 'Wisp has no subprotocol')
        const place = places.take(client)
        giveBack = place
        socket.once('close', place)
        webSockets.handleUpgrade(request, socket, head, (webSocket) => {
          const session: WispSession = new WispSession(webSocket, {
            ...{ id, allow, resolve, limits, metrics, onBytes, log },
            takePlace: () => places.take(client),
            onClosed: () => forget(session),
          })
          connections.add(session)
        })
        return
      }
      checkToken(request, options.tokens ?? [])
      const target = parseTarget(request.url ?? '', basePath)
      if (protocol === undefined && request.headers['sec-websocket-protocol'] !== undefined) {
        throw new RelayError(
          'protocol_error',
          'none of the subprotocols is spoken here: offer webtls.relay.v1 or binary',
        )
      }
      const place = places.take(client)
      giveBack = place
      // until the WebSocket stands there is no `close` event of it
      socket.once('close', place)
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        socket.off('close', place)
        const { host, port } = target
        const connectionLog = log.child({ host, port, protocol: protocol ?? 'none' })
        const settings = { id, target, allow, resolve, limits, metrics, log: connectionLog, onBytes }
        const connection = relayConnection(webSocket, {
          ...settings,
          onClosed: () => forget(connection),
          giveBackPlace: place,
        })
        connections.add(connection)
      })
    } catch (thrown) {
      giveBack?.()
      refuseRequest(thrown)
    }

    function refuseRequest(thrown: unknown): void {
      const error =
        thrown instanceof RelayError ? thrown : new RelayError('failed', 'the relay failed', { cause: thrown })
      log.warn({ outcome: error.code, detail: error.message }, 'refused')
      metrics.refused(error.code)
      const isTold = protocol === framedSubprotocol || protocol === reverseSubprotocol
      if (!isTold || refusing.size >= limits.connections) refuseUpgrade(socket, error)
      // a page learns nothing of a failed upgrade, so it is told over a WebSocket that has no other use
      else webSockets.handleUpgrade(request, socket, head, (webSocket) => refuse(webSocket, error))
    }
  }

  const refuse = (webSocket: WebSocket, error: RelayError) => {
    refusing.add(webSocket)
    const timer = setTimeout(() => webSocket.terminate(), refusalMs)
    webSocket.on('error', () => undefined)
    webSocket.on('close', () => {
      clearTimeout(timer)
      refusing.delete(webSocket)
    })
    const isPage = webSocket.protocol === reverseSubprotocol
    const reason = sentReason(error)
    webSocket.send(isPage ? reverseResetFrame(0, reason, error.message) : resetFrame(reason, error.message))
    closeWith(webSocket, error)
  }
  if (reverse !== undefined) reverse.refuse = refuse

  const open = async (server: Server, scheme: string, port: number, host: string): Promise<RelayAddress> => {
    await new Promise<void>((resolved, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolved)
    })
    servers.push(server)
    const bound = server.address() as AddressInfo
    const shown = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
    return { host: bound.address, port: bound.port, url: `${scheme}://${shown}:${bound.port}/` }
  }

  const attach = (server: Server) => {
    const listener = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (request.url?.startsWith(basePath)) upgrade(request, socket, head)
      // another listener may know the path; with none, the socket would hang
      else if (server.listenerCount('upgrade') === 1)
        refuseUpgrade(socket, new RelayError('bad_target', 'no such path'))
    }
    server.on('upgrade', listener)
    const detach = () => {
      server.off('upgrade', listener)
      detachers.delete(detach)
    }
    detachers.add(detach)
    return detach
  }

  const drained = (ms: number) =>
    new Promise<void>((done) => {
      if (connections.size === 0) return done()
      const timer = setTimeout(done, ms)
      onEmpty = () => {
        clearTimeout(timer)
        done()
      }
    })

  const listen = async (where: RelayListenOptions) => {
    checkListenOptions(where)
    const { port, host = '127.0.0.1', tls, metrics: metricsAt } = where
    const pages = (request: IncomingMessage, response: Parameters<typeof answerPlainRequest>[1]) =>
      answerPlainRequest(request, response, isDraining)
    const timeouts = { headersTimeout: requestMs, requestTimeout: requestMs }
    const server =
      tls === undefined ? createServer(timeouts, pages) : createSecureServer({ ...timeouts, ...tls }, pages)
    attach(server)
    const bound = await open(server, tls === undefined ? 'ws' : 'wss', port, host)
    address = { ...bound, url: new URL(basePath, bound.url).href }
    if (metricsAt !== undefined) {
      const pagesOfMetrics = metricsServer(metrics.registry, () => isDraining)
      metricsAddress = await open(pagesOfMetrics, 'http', metricsAt.port, metricsAt.host ?? '127.0.0.1')
    }
    logger.info({ url: address.url, metrics: metricsAddress?.url }, 'relay listens')
    return address
  }

  const close = async ({ graceMs = 10_000 }: { readonly graceMs?: number } = {}) => {
    isDraining = true
    logger.info({ connections: connections.size, graceMs }, 'relay closes')
    for (const connection of connections) connection.drain()
    const reversed = reverse?.close(graceMs, refusalMs)
    await drained(graceMs)
    for (const connection of connections) connection.fail(new RelayError('shutting_down', 'the relay shut down'))
    await drained(refusalMs)
    for (const connection of connections) connection.terminate()
    await reversed
    for (const webSocket of refusing) webSocket.terminate()
    clearInterval(pings)
    for (const detach of detachers) detach()
    const closing = servers.splice(0).map((server) => {
      const closed = new Promise<void>((done) => server.close(() => done()))
      server.closeAllConnections()
      return closed
    })
    await Promise.all(closing)
  }

  return {
    listen,
    attach,
    close,
    async listenReverse(where) {
      checkReverseListenOptions(where)
      if (reverse !== undefined) return await reverse.listen(where)
      throw new TlsError('invalid_state', 'this relay takes no pages that serve: set options.reverse')
    },
    status: () => ({ connections: streams(), buffered: buffered(), reverse: reverse?.status() }),
    registry: metrics.registry,
    get address() {
      return address
    },
    get metricsAddress() {
      return metricsAddress
    },
  }
}

/** How long a client that is refused, or told to go, may take to close its side. */
const refusalMs = 1000
const requestMs = 10_000
