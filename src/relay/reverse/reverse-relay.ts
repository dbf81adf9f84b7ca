import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { WebSocket } from 'ws'
import { TlsError } from '../../errors/tls-error.js'
import { RelayError } from '../../transports/relay-error.js'
import { resumeSubprotocolPrefix, resumptionKeyLength } from '../../transports/reverse-frames.js'
import { bearerToken, offeredSubprotocols, Places } from '../admission.js'
import type { RelayBytesEvent, RelayLimits } from '../options.js'
import { type Authorize, authorizer } from './authorize.js'
import { ClientDoor } from './client-door.js'
import { PageRegistry } from './page-registry.js'
import { PageSession } from './page-session.js'
import { type ReverseMetrics, type ReverseStatus, reverseMetrics } from './reverse-metrics.js'
import {
  type ReverseAddress,
  type ReverseLimits,
  type ReverseListenOptions,
  type ReverseOptions,
  resolveReverseLimits,
  servedName,
} from './reverse-options.js'

interface Newcomer {
  readonly name: string
  readonly client: string
  readonly key: Uint8Array | undefined
  readonly origin: string | undefined
}

export interface ReverseSettings {
  readonly limits: RelayLimits
  readonly registry: Registry
  readonly log: Logger
  readonly onBytes: ((event: RelayBytesEvent) => void) | undefined
}

/** The part of a relay that leads TCP clients to pages. */
export class ReverseRelay {
  readonly #settings: ReverseSettings
  readonly #reverseLimits: ReverseLimits
  readonly #authorize: Authorize
  readonly #registry: PageRegistry
  readonly #sessions = new Set<PageSession>()
  /** Clients whose streams are over. */
  readonly #leaving = new Set<Socket>()
  readonly #door: ClientDoor
  /** For tokens that are being judged: whoever asked may have left, and asked again. */
  readonly #judging: Places
  readonly #metrics: ReverseMetrics
  readonly #servers = new Map<Server, string | undefined>()
  #isClosing = false

  constructor(options: ReverseOptions, settings: ReverseSettings) {
    if (options.names === undefined && options.authorize === undefined) {
      throw new TlsError('invalid_argument', 'reverse needs names or authorize: otherwise no page could register')
    }
    this.#settings = settings
    this.#reverseLimits = resolveReverseLimits(options.limits)
    this.#authorize = authorizer(options)
    this.#judging = new Places(settings.limits)
    this.#registry = new PageRegistry(this.#reverseLimits.reservedMs)
    this.#metrics = reverseMetrics(settings.registry, () => this.status())
    this.#door = new ClientDoor({
      pages: this.#registry,
      places: new Places(this.#reverseLimits),
      limits: this.#reverseLimits,
      metrics: this.#metrics,
      log: settings.log,
    })
  }

  /**
   * Whether a page may serve the name in its request. Rejects with the RelayError that says why not; otherwise the
   * returned function takes the WebSocket, once it stands.
   */
  async admit(request: IncomingMessage, path: string, client: string): Promise<(socket: WebSocket) => void> {
    const name = servedName(path)
    if (name === undefined) throw new RelayError('bad_target', 'the path is not a name that a page could serve')
    // a place among the pages is only for one whose token was judged: otherwise anyone could take them all
    const judged = this.#judging.take(client)
    try {
      const token = bearerToken(request) ?? ''
      await withDeadline(
        this.#authorize({ name, token, origin: request.headers.origin, clientAddress: client }),
        this.#settings.limits.connectTimeoutMs,
      )
    } finally {
      judged()
    }
    this.#checkRoom()
    const key = resumptionKey(request)
    this.#registry.checkFree(name, key)
    return (socket) => {
      try {
        // the upgrade may have let others in between
        if (this.#isClosing) throw new RelayError('shutting_down', 'this relay is shutting down')
        this.#checkRoom()
        this.#registry.checkFree(name, key)
      } catch (error) {
        this.refuse(socket, error as RelayError)
        return
      }
      this.#register(socket, { name, client, key, origin: request.headers.origin })
    }
  }

  /** Set by the relay: how a WebSocket that stands is refused. */
  refuse: (socket: WebSocket, error: RelayError) => void = (socket) => socket.terminate()

  refused(error: RelayError): void {
    this.#metrics.refused(error.code)
  }

  async listen({ port, host = '127.0.0.1', name }: ReverseListenOptions): Promise<ReverseAddress> {
    const served = name === undefined ? undefined : servedName(name)
    if (name !== undefined && served === undefined) throw new TlsError('invalid_argument', `not a name: "${name}"`)
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (client) =>
      this.#door.arrived(client, served),
    )
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
    server.on('error', (error) => this.#settings.log.warn({ detail: error.message }, 'a client could not be accepted'))
    this.#servers.set(server, served)
    const bound = server.address() as AddressInfo
    this.#settings.log.info({ host: bound.address, port: bound.port, name: served }, 'reverse relay listens')
    return { host: bound.address, port: bound.port }
  }

  status(): ReverseStatus {
    let connections = 0
    let toClient = 0
    let toTarget = 0
    for (const session of this.#sessions) {
      const buffered = session.buffered()
      connections += session.connections
      toClient += buffered.toClient
      toTarget += buffered.toTarget
    }
    const { pendingHellos } = this.#door
    return { pages: this.#sessions.size, connections, pendingHellos, buffered: { toClient, toTarget } }
  }

  checkAlive(): void {
    for (const session of this.#sessions) session.checkAlive()
  }

  /** Takes no further clients; those there are have `graceMs`. Then pages are told `shutting_down`. */
  async close(graceMs: number, farewellMs: number): Promise<void> {
    this.#isClosing = true
    const servers = [...this.#servers.keys()]
    this.#servers.clear()
    for (const server of servers) server.close()
    this.#door.endAll()
    await this.#until(() => this.status().connections === 0, graceMs)
    for (const session of this.#sessions) session.fail(new RelayError('shutting_down', 'the relay shut down'))
    await this.#until(() => this.#sessions.size === 0, farewellMs)
    for (const session of this.#sessions) session.terminate()
    for (const client of this.#leaving) client.destroy()
    this.#registry.clear()
  }

  #checkRoom(): void {
    const { pages } = this.#reverseLimits
    if (this.#sessions.size >= pages) throw new RelayError('limit', `this relay takes ${pages} pages`)
  }

  #register(socket: WebSocket, { name, client, key, origin }: Newcomer): void {
    const { limits, onBytes, log } = this.#settings
    const id = randomBytes(8).toString('hex')
    const pageLog = log.child({ page: id, name, pageAddress: client, origin })
    const session: PageSession = new PageSession(socket, {
      id,
      name,
      port: this.#portOf(name),
      resumptionKey: key,
      limits,
      reverseLimits: this.#reverseLimits,
      metrics: this.#metrics,
      log: pageLog,
      onBytes,
      onLeavingClient: (leaver) => {
        this.#leaving.add(leaver)
        leaver.once('close', () => this.#leaving.delete(leaver))
      },
      onLeaving: () => this.#registry.remove(session, 'closed'),
      onClosed: (how) => {
        this.#sessions.delete(session)
        this.#registry.remove(session, how)
      },
    })
    this.#sessions.add(session)
    this.#registry.add(session)
    pageLog.info('page serves')
  }

  /** One of its own if it has one, otherwise one that goes by SNI. */
  #portOf(name: string): number {
    const entries = [...this.#servers]
    const [server] = entries.find(([, own]) => own === name) ?? entries.find(([, own]) => own === undefined) ?? []
    return (server?.address() as AddressInfo | null | undefined)?.port ?? 0
  }

  async #until(holds: () => boolean, ms: number): Promise<void> {
    for (const end = performance.now() + ms; !holds() && performance.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, lookAgainMs))
    }
  }
}

function resumptionKey(request: IncomingMessage): Uint8Array | undefined {
  const entry = offeredSubprotocols(request).find((protocol) => protocol.startsWith(resumeSubprotocolPrefix))
  const key = entry === undefined ? undefined : Buffer.from(entry.slice(resumeSubprotocolPrefix.length), 'base64url')
  return key?.length === resumptionKeyLength ? key : undefined
}

function withDeadline<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new RelayError('timed_out', 'the token could not be judged in time')), ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

const lookAgainMs = 20
