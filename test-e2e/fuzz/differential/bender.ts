import { ContentType } from '../../../src/messages/code-points.js'
import { encodeMessage } from '../../../src/messages/handshake-message.js'
import { type Bytes, concatBytes } from '../../../src/wire/bytes.js'
import { rebind } from '../../../test-unit/support/client-hello.js'
import type { OfferedPsk } from '../../../test-unit/support/client-script.js'
import type { PeerConnection } from '../../../test-unit/support/peer-connection.js'
import type { ScriptedClient } from '../../../test-unit/support/scripted-client.js'
import type { ScriptedServer } from '../../../test-unit/support/scripted-server.js'
import { bendMessage, strayMessage } from './bend-message.js'
import { type RecordBend, type RecordState, sendBent } from './bend-records.js'
import type { Bend, Recipe, Step } from './recipe.js'

/** Bends one message of a scripted peer. */
export class Bender {
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
