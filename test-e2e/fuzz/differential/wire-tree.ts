import { ExtensionType, nameOf } from '../../../src/messages/code-points.js'
import type { ExtensionCarrier } from '../../../src/messages/extensions/extension.js'
import { type MessageName, messageName } from '../../../src/messages/handshake-message.js'
import { isHelloRetryRequest, type ServerHello } from '../../../src/messages/server-hello.js'
import type { ByteWriter } from '../../../src/wire/byte-writer.js'
import { type Bytes, concatBytes } from '../../../src/wire/bytes.js'
import { type Codec, decode } from '../../../src/wire/codec.js'
import { extensionCodec, messageCodecs } from '../codecs.js'

/**
 * A message as the tree that its codec writes: numbers, bytes, and vectors with their lengths. What is changed in it
 * comes out well formed around the change, so that a receiver gets as far as the check that the change is about.
 */
export type WireNode =
  | { readonly kind: 'number'; readonly size: number; value: number; readonly path: string }
  | { readonly kind: 'bytes'; data: Bytes; readonly path: string }
  | {
      readonly kind: 'vector'
      readonly lengthBytes: number
      /** The nodes of each item; of a body, those of each field. */
      items: WireNode[][]
      /** What its length says too much, or too little. */
      lie: number
      readonly path: string
    }

export type WireVector = Extract<WireNode, { kind: 'vector' }>

/** @returns type and body, or `undefined` for a message that TLS 1.3 does not have */
export function messageTree(message: Bytes): [WireNode, WireVector] | undefined {
  const type = message[0] ?? 0
  let name: MessageName
  let body: unknown
  try {
    name = messageName(type)
    body = decode(messageCodecs[name], message.subarray(4), name)
  } catch {
    return undefined
  }
  const fields = record(messageCodecs[name], body)
  const names = Object.keys(body as object)
  const items = fields.map((node, index) => [labelled(node, `${name}.${names[index] ?? index}`)])
  const carrier = carrierOf(name, body)
  if (carrier) for (const [node] of items) if (node) expandExtensions(node, carrier)
  return [
    { kind: 'number', size: 1, value: type, path: `${name}.type` },
    { kind: 'vector', lengthBytes: 3, items, lie: 0, path: name },
  ]
}

/** All nodes, each in front of those within it. */
export function nodesOf(nodes: readonly WireNode[]): WireNode[] {
  return nodes.flatMap((node) => (node.kind === 'vector' ? [node, ...nodesOf(node.items.flat())] : [node]))
}

export function writeTree(nodes: readonly WireNode[]): Bytes {
  return concatBytes(...nodes.map(writeNode))
}

function writeNode(node: WireNode): Bytes {
  if (node.kind === 'number') return bigEndian(node.size, node.value)
  if (node.kind === 'bytes') return node.data
  const content = writeTree(node.items.flat())
  return concatBytes(bigEndian(node.lengthBytes, content.length + node.lie), content)
}

/** What does not fit wraps around. */
function bigEndian(size: number, value: number): Bytes {
  const bytes = new Uint8Array(size)
  for (let index = 0; index < size; index++) bytes[size - 1 - index] = Math.floor(value / 256 ** index) & 0xff
  return bytes
}

/** Has a codec write into a tree instead of into bytes. */
function record<T>(codec: Codec<T>, value: T): WireNode[] {
  let nodes: WireNode[] = []
  const writer: Pick<ByteWriter, 'uint' | 'bytes' | 'withLength'> = {
    uint: (size, number) => nodes.push({ kind: 'number', size, value: number, path: '' }),
    bytes: (data) => nodes.push({ kind: 'bytes', data: Uint8Array.from(data), path: '' }),
    withLength(lengthBytes, _min, _max, body) {
      const outer = nodes
      nodes = []
      body()
      outer.push({ kind: 'vector', lengthBytes, items: intoItems(nodes), lie: 0, path: '' })
      nodes = outer
    },
  }
  codec.write(writer as ByteWriter, value)
  return nodes
}

/** A vector's nodes by item: by the shortest row of kinds that repeats. */
function intoItems(nodes: readonly WireNode[]): WireNode[][] {
  const kinds = nodes.map((node) => `${node.kind}${node.kind === 'number' ? node.size : ''}`)
  let period = 1
  while (
    period < nodes.length &&
    !(nodes.length % period === 0 && kinds.every((each, at) => each === kinds[at % period]))
  )
    period++
  const items: WireNode[][] = []
  for (let at = 0; at < nodes.length; at += period) items.push(nodes.slice(at, at + period))
  return items
}

function labelled(node: WireNode, path: string): WireNode {
  if (node.kind !== 'vector') return { ...node, path }
  const items = node.items.map((item, index) =>
    item.map((each, part) => labelled(each, item.length === 1 ? `${path}.${index}` : `${path}.${index}.${part}`)),
  )
  return { ...node, items, path }
}

/** An extension block, which is a vector of number and vector, and any such block in the items of a list. */
function expandExtensions(node: WireNode, carrier: ExtensionCarrier): void {
  if (node.kind !== 'vector') return
  if (!node.path.endsWith('extensions') && carrier !== 'certificate') return
  for (const item of node.items) {
    const [type, data] = item
    if (type?.kind !== 'number' || type.size !== 2 || data?.kind !== 'vector') {
      for (const each of item) expandExtensions(each, carrier)
      continue
    }
    const path = `${node.path.replace(/\.extensions$/, '')}.${nameOf(ExtensionType, type.value)}`
    const expanded = expandBody(type.value, data, carrier)
    item[0] = { ...type, path: `${path}.type` }
    item[1] = expanded
      ? { ...data, path, items: expanded.map((each, at) => [labelled(each, `${path}.${at}`)]) }
      : { ...data, path }
  }
}

function expandBody(type: number, data: WireVector, carrier: ExtensionCarrier): WireNode[] | undefined {
  const codec = extensionCodec(type, carrier)
  if (!codec) return undefined
  try {
    return record(codec, decode(codec, writeTree(data.items.flat()), 'extension'))
  } catch {
    return undefined
  }
}

function carrierOf(name: MessageName, body: unknown): ExtensionCarrier | undefined {
  if (name === 'server_hello') return isHelloRetryRequest(body as ServerHello) ? 'helloRetryRequest' : 'serverHello'
  return carriers[name]
}

const carriers: { readonly [N in MessageName]?: ExtensionCarrier } = {
  client_hello: 'clientHello',
  encrypted_extensions: 'encryptedExtensions',
  certificate_request: 'certificateRequest',
  certificate: 'certificate',
  new_session_ticket: 'newSessionTicket',
}
