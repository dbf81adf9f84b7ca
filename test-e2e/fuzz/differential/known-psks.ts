import { type Bytes, equalBytes, toHex } from '../../../src/wire/bytes.js'
import type { OfferedPsk } from '../../../test-unit/support/client-script.js'
import { ScriptedClient } from '../../../test-unit/support/scripted-client.js'
import { ScriptedServer } from '../../../test-unit/support/scripted-server.js'
import { type Identities, type KnownPsk, needsPsk } from './bent-peer.js'
import type { Flow, Recipe } from './recipe.js'
import type { Stack } from './stack.js'

/** The PSKs that the scripted peers have in common with each stack: of unbent connections before, or from outside. */
export class KnownPsks {
  readonly #identities: Identities
  readonly #tickets = new Map<string, Promise<() => OfferedPsk>>()
  readonly #clients = new Map<Stack, ClientTickets>()

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
    if (under === 'client') return await this.#clientTickets(stack).forOneMore(flow)
    const kind = flow === 'early-data' ? flow : 'full'
    const key = `${stack.name} ${kind}`
    const known = this.#tickets.get(key) ?? fetchTicket(stack, kind)
    this.#tickets.set(key, known)
    return { offer: (await known)() }
  }

  #clientTickets(stack: Stack): ClientTickets {
    const known = this.#clients.get(stack) ?? new ClientTickets(stack, this.#identities)
    this.#clients.set(stack, known)
    return known
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
  readonly #keys = new Map<string, Bytes>()
  #left = 0
  #refill: Promise<void> | undefined
  #sessions = 0

  constructor(stack: Stack, identities: Identities) {
    this.#stack = stack
    this.#identities = identities
  }

  async forOneMore(flow: Flow): Promise<KnownPsk> {
    while (this.#left <= 0) {
      this.#refill ??= this.#giveTickets().finally(() => {
        this.#refill = undefined
      })
      await this.#refill
    }
    this.#left--
    return flow === 'resumption-declined' ? {} : { keyOf: (ticket) => this.#keys.get(toHex(ticket)) }
  }

  /** Of a full handshake; a client that uses each ticket once gets as many of them as a while of cases needs. */
  async #giveTickets(): Promise<void> {
    const { ticketUses } = this.#stack
    const connection = await this.#stack.acceptClient('resumption')
    const server = new ScriptedServer(connection.transport, this.#identities.server)
    await server.handshake()
    await server.finish()
    const ticket = new Uint8Array(40).fill(++this.#sessions)
    const count = Number.isFinite(ticketUses) ? Math.ceil(ticketsAtOnce / ticketUses) : 1
    this.#keys.set(toHex(ticket), await server.sendTicket(ticket, longestLifetime, count))
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

const ticketsAtOnce = 500
/** RFC 9846 section 4.7.1, in seconds. */
const longestLifetime = 604_800
