import type { TlsEvent } from '../index.js'

/** What protects a record. */
export interface RecordProtection {
  /**
   * The traffic secret that key and nonce come from, as RFC 9846 section 7.1 names it, for example
   * `client_handshake_traffic_secret` or `server_application_traffic_secret_1`; undefined for a record in the clear.
   */
  readonly secret: string | undefined
  /** The record's number under that secret, from 0; it goes into the nonce (section 5.3). */
  readonly sequenceNumber: number
}

/**
 * Names the secret of each record of a connection, from the events of its `onEvent`, all of them in their order. It
 * knows names and counts alone, no secret itself.
 */
export class RecordSecrets {
  readonly #role: 'client' | 'server'
  readonly #directions = { sent: new DirectionSecrets(), received: new DirectionSecrets() }

  /** @param role of the side whose events these are */
  constructor(role: 'client' | 'server') {
    this.#role = role
  }

  /** @returns what protects the record that the event tells of; undefined for events of other kinds */
  next(event: TlsEvent): RecordProtection | undefined {
    if (event.kind === 'message' && event.name === 'key_update') this.#directions[event.direction].update()
    if (event.kind !== 'record') return undefined
    const isClient = (event.direction === 'sent') === (this.#role === 'client')
    return this.#directions[event.direction].next(event.epoch, isClient ? 'client' : 'server')
  }
}

class DirectionSecrets {
  #generation = 0
  #secret: string | undefined
  #count = 0

  update(): void {
    this.#generation++
  }

  next(epoch: Extract<TlsEvent, { kind: 'record' }>['epoch'], sender: 'client' | 'server'): RecordProtection {
    if (epoch === 'plaintext') return { secret: undefined, sequenceNumber: 0 }
    const secret = this.#name(epoch, sender)
    if (secret !== this.#secret) this.#count = 0
    this.#secret = secret
    return { secret, sequenceNumber: this.#count++ }
  }

  #name(epoch: 'early' | 'handshake' | 'application', sender: 'client' | 'server'): string {
    if (epoch === 'application') return `${sender}_application_traffic_secret_${this.#generation}`
    return epoch === 'early' ? `${sender}_early_traffic_secret` : `${sender}_handshake_traffic_secret`
  }
}
