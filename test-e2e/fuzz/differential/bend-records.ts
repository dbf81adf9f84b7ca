import type { RecordKeys } from '../../../src/record/record-keys.js'
import { type Bytes, concatBytes, fromHex } from '../../../src/wire/bytes.js'
import type { PeerConnection } from '../../../test-unit/support/peer-connection.js'
import type { RecordPeer, SealOptions } from '../../../test-unit/support/record-peer.js'
import { strayMessage } from './bend-message.js'

/** One change of the record, or records, that a message goes out in. */
export type RecordBend =
  | { readonly kind: 'fragment'; readonly size: number }
  /** The beginning of another message in the same record: no keys may change there. */
  | { readonly kind: 'trailing'; readonly message: number; readonly length: number }
  /** Together with the message behind it. */
  | { readonly kind: 'join' }
  | { readonly kind: 'padding'; readonly length: number }
  /** Padding up to the limit of TLSInnerPlaintext, and `by` bytes beyond. */
  | { readonly kind: 'oversize'; readonly by: number }
  /** The type within the protection, or of the record where there is none. */
  | { readonly kind: 'content type'; readonly type: number }
  | { readonly kind: 'header'; readonly at: number; readonly value: number }
  | { readonly kind: 'corrupt'; readonly byte: number; readonly bit: number }
  | { readonly kind: 'replay' }
  | { readonly kind: 'plaintext' }
  | { readonly kind: 'former keys' }
  /** Leaves out sequence numbers. */
  | { readonly kind: 'sequence'; readonly by: number }
  /** The first bytes of the record, and then the transport ends. */
  | { readonly kind: 'cut'; readonly length: number }
  /** Other records in front of the message, or between its halves. */
  | {
      readonly kind: 'stray'
      readonly type: number
      readonly content: number
      readonly count: number
      readonly isProtected: boolean
      readonly within: boolean
    }

type Send = RecordPeer['send']

/** What a bent peer remembers between its records. */
export interface RecordState {
  /** Sends as the peer would have done. */
  readonly send: Send
  formerKeys: RecordKeys | undefined
  held: Bytes | undefined
}

/** Sends a content as the bend has it. */
export async function sendBent(
  peer: PeerConnection,
  state: RecordState,
  bend: RecordBend,
  type: number,
  content: Bytes,
  options: SealOptions = {},
): Promise<void> {
  const { records } = peer
  const { send } = state
  const once = async (change: (record: Bytes) => readonly Bytes[]) => {
    const record = await records.seal(type, content, options)
    await records.write(concatBytes(...change(record)))
  }
  switch (bend.kind) {
    case 'fragment':
      for (let at = 0; at < content.length; at += bend.size)
        await send(type, content.slice(at, at + bend.size), options)
      return
    case 'trailing':
      return await send(type, concatBytes(content, strayMessage(bend.message).slice(0, bend.length)), options)
    case 'join':
      state.held = content
      return
    case 'padding':
      return await send(type, content, { ...options, padding: bend.length })
    case 'oversize':
      return await send(type, content, { ...options, padding: Math.max(0, 2 ** 14 + bend.by - content.length) })
    case 'content type':
      return await send(bend.type, content, options)
    case 'header':
      return await once((record) => [Uint8Array.from(record, (each, at) => (at === bend.at ? bend.value : each))])
    case 'corrupt': {
      const flip = (record: Bytes) => 5 + (bend.byte % (record.length - 5))
      return await once((record) => {
        const at = flip(record)
        return [Uint8Array.from(record, (each, index) => (index === at ? each ^ (1 << bend.bit) : each))]
      })
    }
    case 'replay':
      return await once((record) => [record, record])
    case 'plaintext':
      return await send(type, content, { ...options, keys: null })
    case 'former keys':
      return await send(type, content, { ...options, keys: state.formerKeys ?? null })
    case 'sequence':
      records.writeKeys?.rewind(records.writeKeys.sequenceNumber + bend.by)
      return await send(type, content, options)
    case 'cut':
      await once((record) => [record.slice(0, bend.length % record.length)])
      return await records.end()
    case 'stray': {
      const half = bend.within ? Math.ceil(content.length / 2) : 0
      if (half > 0) await send(type, content.slice(0, half), options)
      const stray = strayContents[bend.content % strayContents.length] ?? new Uint8Array()
      const keys = bend.isProtected ? {} : { keys: null }
      for (let sent = 0; sent < bend.count; sent++) await send(bend.type, stray, keys)
      return await send(type, content.slice(half), options)
    }
  }
}

/** Alerts, change_cipher_spec, beginnings of messages, data. */
const strayContents: readonly Bytes[] = [
  '',
  '01',
  '00',
  '02',
  '0101',
  // close_notify and user_canceled, as warning, as fatal and as nothing known
  '0100',
  '0200',
  '015a',
  '025a',
  '0000',
  // no_renegotiation, handshake_failure, no_certificate, one that nobody knows
  '0164',
  '0228',
  '0129',
  '01c8',
  '02c8',
  '0328',
  '02',
  '020000',
  '01000100',
  '00000000',
  '18000001',
  '1800000100',
  '70696e67',
].map(fromHex)
