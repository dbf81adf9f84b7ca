import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import { RelayError } from '../../transports/relay-error.js'
import { Places } from '../admission.js'
import { alertRecord, ClientHelloPeek, HelloError, helloAlerts } from './client-hello-peek.js'
import type { PageRegistry } from './page-registry.js'
import type { ReverseMetrics } from './reverse-metrics.js'
import type { ReverseLimits } from './reverse-options.js'

export interface DoorSettings {
  readonly pages: PageRegistry
  readonly places: Places
  readonly limits: ReverseLimits
  readonly metrics: ReverseMetrics
  readonly log: Logger
}

/** Where TCP clients come in: each is led to the page that its ClientHello, or its port, names. */
export class ClientDoor {
  readonly #settings: DoorSettings
  readonly #pending = new Set<Socket>()
  /** For clients that have not said their name: no one address may have them all. */
  readonly #helloPlaces: Places

  constructor(settings: DoorSettings) {
    this.#settings = settings
    const { pendingHellos, pendingHellosPerClient } = settings.limits
    this.#helloPlaces = new Places({ connections: pendingHellos, connectionsPerClient: pendingHellosPerClient })
  }

  get pendingHellos(): number {
    return this.#pending.size
  }

  /** @param client paused @param name what the port stands for; otherwise the ClientHello is read */
  arrived(client: Socket, name: string | undefined): void {
    const { places } = this.#settings
    const address = client.remoteAddress ?? 'unknown'
    client.on('error', () => undefined)
    let hasSaid: (() => void) | undefined
    try {
      hasSaid = name === undefined ? this.#takeHelloPlace(address) : undefined
      client.once('close', places.take(address))
    } catch (error) {
      hasSaid?.()
      this.#refuse(client, error, helloAlerts.internalError)
      return
    }
    if (name === undefined) this.#peek(client, hasSaid)
    else this.#lead(client, name, [])
  }

  endAll(): void {
    for (const client of this.#pending) client.destroy()
  }

  #takeHelloPlace(address: string): () => void {
    try {
      return this.#helloPlaces.take(address)
    } catch (cause) {
      throw new RelayError('limit', 'too many clients have not said their name yet', { cause })
    }
  }

  #peek(client: Socket, hasSaid: (() => void) | undefined): void {
    const { limits } = this.#settings
    const peek = new ClientHelloPeek(limits.helloBytes)
    const begun: Uint8Array[] = []
    const done = () => {
      clearTimeout(timer)
      this.#pending.delete(client)
      hasSaid?.()
      client.off('data', onData)
      client.off('end', onEnd)
      client.off('close', done)
      client.pause()
    }
    const onData = (bytes: Uint8Array) => {
      begun.push(bytes)
      try {
        const name = peek.push(bytes)
        if (name === undefined) return
        done()
        this.#lead(client, name, begun)
      } catch (error) {
        done()
        this.#refuse(client, error, error instanceof HelloError ? error.alert : helloAlerts.internalError)
      }
    }
    const onEnd = () => {
      done()
      client.destroy()
    }
    const timer = setTimeout(() => {
      done()
      const error = new RelayError('timed_out', `no ClientHello within ${limits.helloTimeoutMs} ms`)
      this.#refuse(client, error, undefined)
    }, limits.helloTimeoutMs)
    this.#pending.add(client)
    client.on('data', onData)
    client.on('end', onEnd)
    client.on('close', done)
    client.resume()
  }

  #lead(client: Socket, name: string, begun: readonly Uint8Array[]): void {
    const { pages } = this.#settings
    const page = pages.find(name)
    if (page === undefined) {
      // a page that is on its way back is not unknown
      const alert = pages.isReserved(name) ? helloAlerts.internalError : helloAlerts.unrecognizedName
      this.#refuse(client, new RelayError('unresolvable', `no page serves ${name}`), alert)
      return
    }
    try {
      page.open(client, begun, () => undefined)
    } catch (error) {
      this.#refuse(client, error, helloAlerts.internalError)
    }
  }

  /** With an alert in plaintext as a courtesy: without keys it says nothing that one could rely on. */
  #refuse(client: Socket, error: unknown, alert: number | undefined): void {
    const { metrics, log } = this.#settings
    const code = error instanceof RelayError ? error.code : error instanceof HelloError ? 'protocol_error' : 'failed'
    const detail = error instanceof Error ? error.message : String(error)
    metrics.refused(code)
    log.info({ client: client.remoteAddress, outcome: code, detail }, 'client refused')
    if (client.destroyed) return
    if (alert === undefined) {
      client.destroy()
      return
    }
    // what it still sends is not read, but must not turn the alert into a reset on its way
    client.end(alertRecord(alert))
    client.resume()
    const timer = setTimeout(() => client.destroy(), farewellMs)
    timer.unref()
    client.once('end', () => client.destroy())
    client.once('close', () => clearTimeout(timer))
  }
}

const farewellMs = 1000
