import type { DuplexStream } from '../../../src/connection/duplex-stream.js'
import { TlsError } from '../../../src/errors/tls-error.js'
import type { ResolvedPsk } from '../../../src/session/external-psk.js'
import type { Bytes } from '../../../src/wire/bytes.js'
import type { OfferedPsk } from '../../../test-unit/support/client-script.js'
import type { PeerConnection, PeerEvent } from '../../../test-unit/support/peer-connection.js'
import { ScriptedClient } from '../../../test-unit/support/scripted-client.js'
import { ScriptedServer } from '../../../test-unit/support/scripted-server.js'
import type { ServerIdentity } from '../../../test-unit/support/server-identity.js'
import { Bender } from './bender.js'
import { checkFlow, clientScript, serverScript } from './flow-scripts.js'
import type { Recipe } from './recipe.js'
import type { Verdict } from './verdict.js'

export interface Identities {
  readonly server: ServerIdentity
  readonly client: ServerIdentity
  /** Of the flow without certificates. */
  readonly externalPsk: ResolvedPsk
}

export interface Patience {
  /** How long a stack may say nothing before the transport ends, in milliseconds; each message of its starts it anew. */
  readonly quiet: number
  /** How long it may take to end after that. */
  readonly end: number
}

/** The PSK of a flow that needs one. */
export interface KnownPsk {
  /** For the stack's server: of a ticket of its, or an external one. */
  readonly offer?: OfferedPsk
  /** The keys that the stack's client knows, by the identity or the ticket. */
  readonly keyOf?: (identity: Bytes) => Bytes | undefined
}

/** Runs one recipe against whatever is at the other end of the transport. */
export async function runRecipe(
  transport: DuplexStream,
  recipe: Recipe,
  identities: Identities,
  patience: Patience,
  { offer, keyOf }: KnownPsk = {},
): Promise<Verdict> {
  const bender = new Bender(recipe, offer)
  const peer =
    recipe.under === 'server'
      ? new ScriptedClient(transport, clientScript(recipe, bender, identities, offer))
      : new ScriptedServer(transport, identities.server, serverScript(recipe, bender, keyOf))
  bender.attach(peer)
  const verdict = await judge(peer, bender, recipe, patience)
  await peer.records.end()
  peer.records.cancel(undefined).catch(() => undefined)
  return { ...verdict, path: bender.path }
}

async function judge(
  peer: ScriptedClient | ScriptedServer,
  bender: Bender,
  recipe: Recipe,
  patience: Patience,
): Promise<Pick<Verdict, 'outcome' | 'alert' | 'note'>> {
  const end = watchForEnd(peer)
  const script = (async () => {
    await peer.handshake()
    if (peer instanceof ScriptedServer) await peer.finish()
    await bender.afterHandshake(peer, recipe)
    const text = await echo(peer, bender)
    if (recipe.bend.kind === 'none') checkFlow(peer, recipe, text)
  })()
  const lost: { error?: unknown } = {}
  const done = script.then(
    () => 'accepted' as const,
    async (error: unknown) => {
      lost.error = error
      // whatever the script did not expect: the stack's last word is still to come
      try {
        while (!end.event) await peer.next()
      } catch (error) {
        // a stack that closes with bytes unread resets the connection, and its alert may be lost
        if (!(error instanceof TlsError && error.code === 'transport_failed')) throw error
        end.event = { kind: 'end' }
      }
      return 'ended' as const
    },
  )
  done.catch(() => undefined)
  const refusal = (): Pick<Verdict, 'outcome' | 'alert'> => ({
    outcome: 'refused',
    alert: end.event?.kind === 'alert' ? end.event.name : 'none',
  })
  const first = await settledUnlessQuiet(done, patience.quiet, end)
  if (first === 'accepted') return { outcome: 'accepted' }
  if (first === 'ended' && !bender.hasEnded) return refusal()
  const note = String((lost.error as Error | undefined)?.message ?? '')
  if (first === 'failed') return { outcome: 'astray', note }
  if (first === undefined) await peer.records.end()
  const second = first ?? (await settled(done, patience.end))
  if (second === undefined) return { outcome: 'hung', note }
  if (second === 'accepted') return { outcome: 'accepted' }
  // an alert that took longer than the patience is still an alert
  const isLate = end.event?.kind === 'alert' && end.event.name !== 'close_notify'
  return { ...refusal(), outcome: isLate ? 'refused' : 'waited', note }
}

interface Watch {
  /** The last event: an alert or the end of the transport. */
  event?: Extract<PeerEvent, { kind: 'alert' | 'end' }>
  lastHeard: number
}

function watchForEnd(peer: PeerConnection): Watch {
  const end: Watch = { lastHeard: performance.now() }
  const next = peer.next.bind(peer)
  peer.next = async () => {
    const event = await next()
    end.lastHeard = performance.now()
    if (event.kind === 'alert' || event.kind === 'end') end.event ??= event
    return event
  }
  return end
}

async function settledUnlessQuiet<T>(
  promise: Promise<T>,
  quiet: number,
  watch: Watch,
): Promise<T | 'failed' | undefined> {
  watch.lastHeard = performance.now()
  for (;;) {
    const left = watch.lastHeard + quiet - performance.now()
    if (left <= 0) return undefined
    const outcome = await settled(promise, left)
    if (outcome !== undefined) return outcome
  }
}

async function settled<T>(promise: Promise<T>, milliseconds: number): Promise<T | 'failed' | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds)
  })
  try {
    return await Promise.race([promise.catch(() => 'failed' as const), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Data that comes back shows that both directions live. @returns all that came */
async function echo(peer: PeerConnection, bender: Bender): Promise<string> {
  bender.arm('data')
  let text = ''
  // the second time shows what was made of what stood behind the first
  for (const word of ['pong', 'last']) {
    await peer.sendData(new TextEncoder().encode(word))
    while (!text.includes(word)) {
      const event = await peer.next()
      if (event.kind === 'alert' || event.kind === 'end') throw new Error(`no echo, but ${event.kind}`)
      if (event.kind === 'data') text += new TextDecoder().decode(event.data)
    }
  }
  return text
}
