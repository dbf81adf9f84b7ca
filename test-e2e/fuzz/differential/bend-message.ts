import {
  CipherSuite,
  ExtensionType,
  HandshakeType,
  NamedGroup,
  SignatureScheme,
} from '../../../src/messages/code-points.js'
import { type Bytes, concatBytes, fromHex } from '../../../src/wire/bytes.js'
import { messageTree, nodesOf, type WireNode, type WireVector, writeTree } from './wire-tree.js'

/** One change of a message. Positions are taken modulo what is there, so that any number is a place. */
export type MessageBend =
  /** Leaves out an item of a vector or a field of the message. */
  | { readonly kind: 'drop'; readonly at: number }
  | { readonly kind: 'double'; readonly at: number; readonly to: number }
  | { readonly kind: 'move'; readonly at: number; readonly to: number }
  /** Another number: one of those that mean something in its place. */
  | { readonly kind: 'number'; readonly at: number; readonly choice: number }
  /** Other bytes, longer or shorter. */
  | { readonly kind: 'resize'; readonly at: number; readonly length: number; readonly fill: number }
  | { readonly kind: 'flip'; readonly at: number; readonly byte: number; readonly bit: number }
  /** A vector without items. */
  | { readonly kind: 'empty'; readonly at: number }
  /** A vector that says another length than it has; what surrounds it is right. */
  | { readonly kind: 'length'; readonly at: number; readonly by: number }
  /** Bytes behind the last item of a vector, within it. */
  | { readonly kind: 'append'; readonly at: number; readonly count: number; readonly fill: number }
  /** Another extension in an extension block. */
  | {
      readonly kind: 'extension'
      readonly at: number
      readonly type: number
      readonly body: number
      readonly to: number
    }

export interface BentMessage {
  readonly bytes: Bytes
  /** Where in the message: names of fields, extensions by name, indices. */
  readonly path: string
}

export function bendMessage(message: Bytes, bend: MessageBend): BentMessage {
  const tree = messageTree(message)
  if (!tree) return { bytes: message, path: 'unreadable' }
  const path = bendTree(tree, bend)
  return { bytes: writeTree(tree), path }
}

function bendTree(tree: [WireNode, WireVector], bend: MessageBend): string {
  switch (bend.kind) {
    case 'drop': {
      const place = itemAt(tree, bend.at)
      place?.vector.items.splice(place.index, 1)
      return pathOf(place)
    }
    case 'double': {
      const place = itemAt(tree, bend.at)
      if (place) place.vector.items.splice(bend.to % (place.vector.items.length + 1), 0, structuredClone(place.item))
      return pathOf(place)
    }
    case 'move': {
      const place = itemAt(tree, bend.at)
      if (!place) return 'nothing'
      place.vector.items.splice(place.index, 1)
      place.vector.items.splice(bend.to % (place.vector.items.length + 1), 0, place.item)
      return pathOf(place)
    }
    case 'number': {
      const node = pick(
        nodesOf(tree).filter((each) => each.kind === 'number'),
        bend.at,
      )
      if (node?.kind !== 'number') return 'nothing'
      node.value = pick(numbersFor(node), bend.choice) ?? 0
      return `${node.path}=${node.value}`
    }
    case 'resize': {
      const node = bytesAt(tree, bend.at)
      if (!node) return 'nothing'
      const data = new Uint8Array(bend.length).fill(bend.fill)
      data.set(node.data.subarray(0, bend.length))
      node.data = data
      return node.path
    }
    case 'flip': {
      const node = bytesAt(tree, bend.at)
      if (!node || node.data.length === 0) return 'nothing'
      const at = bend.byte % node.data.length
      node.data[at] = (node.data[at] ?? 0) ^ (1 << bend.bit)
      return node.path
    }
    case 'empty': {
      const node = vectorAt(tree, bend.at)
      if (node) node.items = []
      return node?.path ?? 'nothing'
    }
    case 'length': {
      const node = vectorAt(tree, bend.at)
      if (node) node.lie = bend.by
      return node?.path ?? 'nothing'
    }
    case 'append': {
      const node = vectorAt(tree, bend.at)
      node?.items.push([{ kind: 'bytes', data: new Uint8Array(bend.count).fill(bend.fill), path: 'appended' }])
      return node?.path ?? 'nothing'
    }
    case 'extension': {
      const blocks = nodesOf(tree).filter((each) => each.kind === 'vector' && each.path.endsWith('extensions'))
      const block = pick(blocks, bend.at)
      if (block?.kind !== 'vector') return 'nothing'
      const type = pick(extensionTypes, bend.type) ?? 0
      const data = pick(extensionBodies, bend.body) ?? new Uint8Array()
      const place = bend.to % (block.items.length + 1)
      block.items.splice(place, 0, [
        { kind: 'number', size: 2, value: type, path: '' },
        { kind: 'vector', lengthBytes: 2, items: [[{ kind: 'bytes', data, path: '' }]], lie: 0, path: '' },
      ])
      return `${block.path}+${type}`
    }
  }
}

interface Place {
  readonly vector: WireVector
  readonly index: number
  readonly item: WireNode[]
}

function itemAt(tree: readonly WireNode[], at: number): Place | undefined {
  const places = nodesOf(tree).flatMap((node) =>
    node.kind === 'vector' ? node.items.map((item, index) => ({ vector: node, index, item })) : [],
  )
  return pick(places, at)
}

const pathOf = (place: Place | undefined): string => place?.item[0]?.path ?? 'nothing'

function bytesAt(tree: readonly WireNode[], at: number) {
  const node = pick(
    nodesOf(tree).filter((each) => each.kind === 'bytes'),
    at,
  )
  return node?.kind === 'bytes' ? node : undefined
}

function vectorAt(tree: readonly WireNode[], at: number): WireVector | undefined {
  const node = pick(
    nodesOf(tree).filter((each) => each.kind === 'vector'),
    at,
  )
  return node?.kind === 'vector' ? node : undefined
}

const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(list.length, 1)]

function numbersFor({ size, value, path }: { size: number; value: number; path: string }): readonly number[] {
  const most = 256 ** size - 1
  const near = [0, 1, most, value === 0 ? 2 : value - 1, Math.min(value + 1, most), value ^ 0x80]
  if (path.endsWith('.type') && size === 1) return Object.values(HandshakeType)
  if (path.endsWith('.type')) return [...near, ...extensionTypes]
  if (/cipher_?suite/i.test(path))
    return [...near, ...Object.values(CipherSuite), 0x1304, 0x00ff, 0x5600, 0xc02f, 0x1a1a]
  if (/version/i.test(path)) return [...near, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x0305, 0x7f1c, 0xfefc, 0x2a2a]
  if (/group|key_share/.test(path)) return [...near, ...Object.values(NamedGroup), 0x001e, 0x0100, 0x3a3a]
  if (/signature|algorithm/.test(path)) return [...near, ...Object.values(SignatureScheme), 0x0201, 0x0203, 0x0808]
  if (size === 1) return [...near, 2, 3, 4, 0x7f]
  return near
}

const extensionTypes: readonly number[] = [...Object.values(ExtensionType), 0x0a0a, 0xfafa, 17, 35, 13172, 65535]

const extensionBodies: readonly Bytes[] = [
  '',
  '00',
  '01',
  '0000',
  '0001',
  '0304',
  '00000000',
  '020304',
  '0002001d',
  '00020403',
  '00040403001d',
  '000302683200',
  '0003026832',
  '0100000000',
  '4001',
  '000c0000097365727665722e7465737400',
  '000e00000b7365727665722e74657374',
  'ffffffffffffffffffff',
].map(fromHex)

/** A whole message of a type with a body that fits it, or nearly. */
export function strayMessage(choice: number): Bytes {
  const [type = 0, body = ''] = pick(strayMessages, choice) ?? []
  const content = fromHex(body)
  return concatBytes(Uint8Array.of(type, 0, content.length >> 8, content.length & 0xff), content)
}

const strayMessages: readonly (readonly [type: number, body: string])[] = [
  // hello_request of TLS 1.2
  [0, ''],
  [HandshakeType.client_hello, `0303${'11'.repeat(32)}000002130101000000`],
  [HandshakeType.server_hello, `0303${'11'.repeat(32)}00130100000a002b00020304002c0000`],
  [HandshakeType.new_session_ticket, '0000003c0000000001000004deadbeef0000'],
  [HandshakeType.new_session_ticket, '00093a810000000001000004deadbeef0000'],
  [HandshakeType.end_of_early_data, ''],
  [HandshakeType.encrypted_extensions, '0000'],
  [HandshakeType.certificate, '00000000'],
  [HandshakeType.certificate_request, '000008000d000400020403'],
  [HandshakeType.certificate_request, '01aa0008000d000400020403'],
  [HandshakeType.certificate_verify, '04030004deadbeef'],
  [HandshakeType.finished, '00'.repeat(32)],
  [HandshakeType.key_update, '00'],
  [HandshakeType.key_update, '01'],
  [HandshakeType.key_update, '02'],
  [HandshakeType.compressed_certificate, '000100000400000401020304'],
  [HandshakeType.message_hash, '11'.repeat(32)],
  // server_hello_done, client_key_exchange, certificate_status, next_protocol of TLS 1.2
  [14, ''],
  [16, '2011'],
  [22, '01000001aa'],
  [67, '00'],
  [99, '00'],
]
