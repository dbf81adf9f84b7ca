import type { DuplexStream } from '../../../src/connection/duplex-stream.js'
import { ContentType, NamedGroup, SignatureScheme } from '../../../src/messages/code-points.js'
import { earlyData } from '../../../src/messages/extensions/early-data.js'
import { hasExtension, makeExtension } from '../../../src/messages/extensions/extension.js'
import { serverName } from '../../../src/messages/extensions/server-name.js'
import { signatureAlgorithms, signatureAlgorithmsCert } from '../../../src/messages/extensions/signature-algorithms.js'
import { supportedGroups } from '../../../src/messages/extensions/supported-groups.js'
import { encodeMessage } from '../../../src/messages/handshake-message.js'
import type { ResolvedPsk } from '../../../src/session/external-psk.js'
import { type Bytes, concatBytes } from '../../../src/wire/bytes.js'
import { rebind } from '../../../test-unit/support/client-hello.js'
import type { ClientScript, OfferedPsk } from '../../../test-unit/support/client-script.js'
import type { HandshakeScript } from '../../../test-unit/support/handshake-script.js'
import type { PeerConnection, PeerEvent } from '../../../test-unit/support/peer-connection.js'
import { ScriptedClient } from '../../../test-unit/support/scripted-client.js'
import { ScriptedServer } from '../../../test-unit/support/scripted-server.js'
import type { ServerIdentity } from '../../../test-unit/support/server-identity.js'
import { bendMessage, strayMessage } from './bend-message.js'
import { type RecordBend, type RecordState, sendBent } from './bend-records.js'
import type { Bend, Flow, Recipe, Step } from './recipe.js'
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
      while (!end.event) await peer.next()
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

/** Bent, a stack may go another way; unbent, it would make a comparison of something else. */
function checkFlow(peer: ScriptedClient | ScriptedServer, { flow }: Recipe, text: string): void {
  if (peer instanceof ScriptedClient) checkServer(peer, flow, text)
  else if (flow.startsWith('early-data')) checkEarlyData(peer, flow)
}

function checkServer(peer: ScriptedClient, flow: Flow, text: string): void {
  if (needsPsk(flow) && !peer.acceptedPsk) throw new Error('the PSK is not taken')
  if (peer.acceptsEarlyData !== (flow === 'early-data')) throw new Error('early data is taken, or not taken')
  if (flow === 'early-data' && !text.includes('early')) throw new Error('early data does not come back')
}

/** The PSK of any flow must be right, or the scripted server could go no further. */
function checkEarlyData({ clientHellos: [first], clientFlight, earlyData: parts }: ScriptedServer, flow: Flow): void {
  if (!first || !hasExtension(first.body.extensions, earlyData)) throw new Error('early data is not announced')
  // s2n-tls over a blocking socket waits for the answer before it sends any, and then may not
  if (flow === 'early-data' && new TextDecoder().decode(concatBytes(...parts)) !== 'early') {
    throw new Error('early data does not come')
  }
  if (clientFlight.includes('end_of_early_data') !== (flow === 'early-data'))
    throw new Error('early data ends otherwise')
}

export const needsPsk = (flow: Flow): boolean => /^(resumption|early-data|external-psk)/.test(flow)

/** Data that comes back shows that both directions live. @returns all that came */
async function echo(peer: PeerConnection, bender: Bender): Promise<string> {
  bender.arm('data')
  let text = ''
  // the second time shows what was made of what stood behind the first
  for (const word of ['pong', 'last']) {
    await peer.sendData(encode(word))
    while (!text.includes(word)) {
      const event = await peer.next()
      if (event.kind === 'alert' || event.kind === 'end') throw new Error(`no echo, but ${event.kind}`)
      if (event.kind === 'data') text += new TextDecoder().decode(event.data)
    }
  }
  return text
}

/** Bends one message of a scripted peer. */
class Bender {
  readonly #recipe: Recipe
  readonly #psk: OfferedPsk | undefined
  #isArmed = false
  #isDone = false
  #peer: PeerConnection | undefined
  path = ''

  constructor(recipe: Recipe, psk: OfferedPsk | undefined) {
    this.#recipe = recipe
    this.#psk = psk
  }

  get hasEnded(): boolean {
    return this.#isDone && this.#recipe.bend.kind === 'cut'
  }

  /** What goes out goes through here. */
  attach(peer: ScriptedClient | ScriptedServer): void {
    this.#peer = peer
    const { records } = peer
    const state: RecordState = { send: records.send.bind(records), formerKeys: undefined, held: undefined }
    let keys = records.writeKeys
    records.send = async (type, content, options) => {
      if (keys !== records.writeKeys) {
        state.formerKeys = keys
        keys = records.writeKeys
      }
      if (state.held) {
        const held = state.held
        state.held = undefined
        if (type === ContentType.handshake) return await state.send(type, concatBytes(held, content), options)
        await state.send(ContentType.handshake, held)
      }
      const isOurs = this.#isArmed && (type === ContentType.handshake || type === ContentType.application_data)
      if (!isOurs) return await state.send(type, content, options)
      this.#isArmed = false
      this.#isDone = true
      await this.#send(peer, state, type, content, options)
    }
  }

  async #send(
    peer: ScriptedClient | ScriptedServer,
    state: RecordState,
    ...[type, content, options]: Parameters<RecordState['send']>
  ) {
    const { bend, step } = this.#recipe
    this.path ||= `${step} ${bend.kind}`
    if (bend.kind === 'repeat') {
      await state.send(type, content, options)
      if (type === ContentType.handshake) peer.transcript = peer.transcript.with(content)
      return await state.send(type, content, options)
    }
    if (isRecordBend(bend)) return await sendBent(peer, state, bend, type, content, options)
    await state.send(type, content, options)
  }

  arm(step: Step): void {
    if (step === this.#recipe.step) this.#isArmed = true
  }

  /** In front of the message: a message that does not belong there. */
  async before(peer: ScriptedClient | ScriptedServer): Promise<void> {
    const { bend, step } = this.#recipe
    if (bend.kind === 'insert') {
      const stray = strayMessage(bend.message)
      this.path = `${step} after type ${stray[0]}`
      await peer.sendMessage(stray)
      // among early data it is skipped together with it, or the handshake is over
      if (step !== 'early_data') peer.transcript = peer.transcript.with(stray)
    }
    this.#isArmed = true
  }

  async rewrite(bytes: Bytes): Promise<Bytes | undefined> {
    const { bend } = this.#recipe
    if (bend.kind === 'omit') {
      this.#isArmed = false
      this.path = `${this.#recipe.step} omitted`
      return undefined
    }
    if (!isMessageBend(bend)) return bytes
    const bent = bendMessage(bytes, bend)
    this.path = bent.path
    const transcript = (this.#peer as ScriptedClient | undefined)?.transcript
    return this.#psk && transcript ? await rebind(bytes, bent.bytes, this.#psk, transcript) : bent.bytes
  }

  /** The steps behind the handshake. */
  async afterHandshake(peer: ScriptedClient | ScriptedServer, { step, bend }: Recipe): Promise<void> {
    const message = afterHandshake[step]
    if (step === 'data' && bend.kind === 'insert') await this.before(peer)
    if (!message) return
    await this.before(peer)
    const bytes = await this.rewrite(message)
    if (bytes) await peer.sendMessage(bytes)
    if (bytes && step === 'key_update' && bend.kind !== 'content type') await peer.moveWriteKeysOn()
  }
}

const afterHandshake: { readonly [S in Step]?: Bytes } = {
  key_update: encodeMessage('key_update', { requestUpdate: 1 }),
  new_session_ticket: encodeMessage('new_session_ticket', {
    ticketLifetime: 3600,
    ticketAgeAdd: 0x01020304,
    ticketNonce: Uint8Array.of(0),
    ticket: new Uint8Array(40).fill(5),
    extensions: [{ type: 42, data: Uint8Array.of(0, 0, 0x40, 0) }],
  }),
}

const messageBends = ['drop', 'double', 'move', 'number', 'resize', 'flip', 'empty', 'length', 'append', 'extension']
const isMessageBend = (bend: Bend): bend is Extract<Bend, Parameters<typeof bendMessage>[1]> =>
  messageBends.includes(bend.kind)
const isRecordBend = (bend: Bend): bend is RecordBend =>
  !isMessageBend(bend) && !['none', 'omit', 'repeat', 'insert'].includes(bend.kind)

function clientScript(
  { flow, step, bend }: Recipe,
  bender: Bender,
  { client }: Identities,
  psk: OfferedPsk | undefined,
): ClientScript {
  return {
    suites: ['TLS_AES_128_GCM_SHA256'],
    alpnProtocols: ['http/1.1'],
    ...(flow.endsWith('retry') && { shares: [] }),
    ...(flow === 'client-auth' && { identity: client }),
    ...(psk && { psks: [psk] }),
    ...(flow.startsWith('early-data') && {
      earlyData: step === 'early_data' && bend.kind === 'omit' ? [] : ['early', 'data'].map(encode),
    }),
    before: { [step]: (peer: ScriptedClient) => bender.before(peer) },
    rewrite: { [step]: (bytes: Bytes) => bender.rewrite(bytes) },
  }
}

const encode = (text: string): Bytes => new TextEncoder().encode(text)

function serverScript({ flow, step }: Recipe, bender: Bender, keyOf: KnownPsk['keyOf']): HandshakeScript {
  return {
    ...(flow.endsWith('retry') && { retry: { group: 'secp384r1' as const } }),
    ...(keyOf && { psk: { index: 0, key: keyOf } }),
    ...(flow.startsWith('early-data') && { earlyData: flow === 'early-data' ? 'taken' : 'skipped' }),
    ...(flow === 'client-auth' && { requestCertificate: true }),
    edit: {
      // so that there is something to bend: what every client asks for
      encrypted_extensions: ({ extensions }) => ({
        extensions: [
          ...extensions,
          makeExtension(serverName, serverName.encryptedExtensions, true),
          makeExtension(supportedGroups, supportedGroups.encryptedExtensions, [
            NamedGroup.x25519,
            NamedGroup.secp256r1,
          ]),
        ],
      }),
      certificate_request: (body) => ({
        ...body,
        extensions: [
          makeExtension(signatureAlgorithms, signatureAlgorithms.certificateRequest, requestedSchemes),
          makeExtension(signatureAlgorithmsCert, signatureAlgorithmsCert.certificateRequest, requestedSchemes),
        ],
      }),
    },
    before: { [step]: (peer: ScriptedServer) => bender.before(peer) },
    rewrite: { [step]: (bytes: Bytes) => bender.rewrite(bytes) },
  }
}

const requestedSchemes = [SignatureScheme.ecdsa_secp256r1_sha256, SignatureScheme.rsa_pss_rsae_sha256]
