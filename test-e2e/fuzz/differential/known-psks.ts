import { type Bytes, equalBytes, toHex } from '../../../src/wire/bytes.js'
import type { OfferedPsk } from '../../../test-unit/support/client-script.js'
import { ScriptedClient } from '../../../test-unit/support/scripted-client.js'
import { ScriptedServer } from '../../../test-unit/support/scripted-server.js'
import type { Identities, KnownPsk } from './bent-peer.js'
import { needsPsk } from './flow-scripts.js'
import type { Recipe } from './recipe.js'
import type { Stack } from './stack.js'

/** The PSKs that the scripted peers have in common with each stack: of unbent connections before, or from outside. */
export class KnownPsks {
  readonly #identities: Identities
  readonly #tickets = new Map<string, Promise<() => OfferedPsk>>()
  readonly #clients = new Map<string, ClientTickets>()

  constructor(identities: Identities) {
    this.#identities = identities
  }

  async of(stack: Stack, { under, flow }: Recipe): Promise<KnownPsk> {
    if (!needsPsk(flow)) return {}
    if (flow === 'external-psk') {
      const { externalPsk } = this.#identities
      const keyOf = (identity: Bytes) => (equalBytes(identity, externalPsk.identity) ? externalPsk.key : undefined)
      return under === 'client' ? { keyOf } : { offer: { ...externalPsk, obfuscatedTicketAge: 0 } }
    }
    if (under === 'client') {
      const keyOf = await this.#clientTickets(stack, flow.startsWith('early-data') ? 'early-data' : 'resumption')
      return flow === 'resumption-declined' ? {} : { keyOf }
    }
    const kind = flow === 'early-data' ? flow : 'full'
    const key = `${stack.name} ${kind}`
    const known = this.#tickets.get(key) ?? fetchTicket(stack, kind)
    this.#tickets.set(key, known)
    return { offer: (await known)() }
  }

  #clientTickets(stack: Stack, kind: TicketKind): ReturnType<ClientTickets['forOneMore']> {
    const key = `${stack.name} ${kind}`
    const known = this.#clients.get(key) ?? new ClientTickets(stack, this.#identities, kind)
    this.#clients.set(key, known)
    return known.forOneMore()
  }
}

/** Each server's own; it serves for many connections, and grows older. */
async function fetchTicket(stack: Stack, flow: 'full' | 'early-data'): Promise<() => OfferedPsk> {
  const connection = await stack.dialServer(flow)
  const client = new ScriptedClient(connection.transport, { suites: ['TLS_AES_128_GCM_SHA256'] })
  await client.handshake()
  // some send their tickets with the first data
  await client.sendData(Uint8Array.of(1))
  const ticket = await client.receiveTicket()
  const received = Date.now()
  await client.records.end()
  await connection.finish()
  return () => ({ ...ticket, obfuscatedTicketAge: (ticket.obfuscatedTicketAge + Date.now() - received) % 2 ** 32 })
}

/** Tickets that the scripted server has given to a client. */
class ClientTickets {
  readonly #stack: Stack
  readonly #identities: Identities
  readonly #kind: TicketKind
  readonly #keys = new Map<string, Bytes>()
  #left = 0
  #refill: Promise<void> | undefined
  #sessions = 0

  constructor(stack: Stack, identities: Identities, kind: TicketKind) {
    this.#kind = kind
    this.#stack = stack
    this.#identities = identities
  }

  async forOneMore(): Promise<NonNullable<KnownPsk['keyOf']>> {
    while (this.#left <= 0) {
      this.#refill ??= this.#giveTickets().finally(() => {
        this.#refill = undefined
      })
      await this.#refill
    }
    this.#left--
    return (ticket) => this.#keys.get(toHex(ticket))
  }

  /** Of a full handshake; a client that uses each ticket once gets as many of them as a while of cases needs. */
  async #giveTickets(): Promise<void> {
    const { ticketUses } = this.#stack
    const connection = await this.#stack.acceptClient(this.#kind)
    const server = new ScriptedServer(connection.transport, this.#identities.server)
    await server.handshake()
    await server.finish()
    const ticket = new Uint8Array(40).fill(++this.#sessions)
    const count = Number.isFinite(ticketUses) ? Math.ceil(ticketsAtOnce / ticketUses) : 1
    const options = { count, ...(this.#kind === 'early-data' && { maxEarlyDataSize: 2 ** 14 }) }
    this.#keys.set(toHex(ticket), await server.sendTicket(ticket, options))
    // what comes back shows that they were read
    await server.sendData(new TextEncoder().encode('read'))
    for (let text = ''; !text.includes('read'); ) {
      const event = await server.next()
      if (event.kind === 'alert' || event.kind === 'end') throw new Error(`${this.#stack.name} takes no ticket`)
      if (event.kind === 'data') text += new TextDecoder().decode(event.data)
    }
    await server.records.end()
    await connection.finish()
    this.#left = count * ticketUses
  }
}

/** Whether they are for 0-RTT data as well. */
type TicketKind = 'resumption' | 'early-data'

const ticketsAtOnce = 500
