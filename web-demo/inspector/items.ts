import { type DecodedField, decodeAlert, decodeHandshakeMessage, decodeRecord } from '../../src/inspect.js'
import { formatMessageName } from '../page/format.js'
import { asText } from '../page/hex-dump.js'
import type { MessageEvent, PageRecord, WireDirection } from '../wire/recorder.js'
import type { RelayRecord } from '../wire/relay-view.js'

/** What can be looked at: a record, or a handshake message that ends in it. */
export interface Item {
  /** Stable from one connection to the next, for links: `client_hello`, `certificate-2`, `sent-3`. */
  readonly id: string
  readonly title: string
  readonly direction: WireDirection
  readonly time: number
  readonly record: PageRecord
  readonly message: MessageEvent | undefined
}

/** One part of an item that has bytes: the message, its record on the wire, the data in it. */
export interface ItemPart {
  readonly title: string
  readonly bytes: Uint8Array
  readonly field: DecodedField
  /** The bytes as text, where they read as such. */
  readonly text?: string | undefined
}

/** Gives each record and message its name, in their order. */
export class ItemNames {
  readonly #counts = new Map<string, number>()
  readonly #ids = new WeakMap<object, string>()

  itemsOf(record: PageRecord): Item[] {
    const { direction, time } = record
    const own: Item = {
      id: `${direction}-${record.index}`,
      title: recordTitle(record),
      direction,
      time,
      record,
      message: undefined,
    }
    const messages = record.messages.map((message) => ({
      ...own,
      id: this.#idOf(message),
      title: formatMessageName(message.name),
      message,
    }))
    return [own, ...messages]
  }

  #idOf(message: MessageEvent): string {
    const known = this.#ids.get(message)
    if (known !== undefined) return known
    const count = (this.#counts.get(message.name) ?? 0) + 1
    this.#counts.set(message.name, count)
    const id = count === 1 ? message.name : `${message.name}-${count}`
    this.#ids.set(message, id)
    return id
  }
}

export function recordTitle(record: PageRecord): string {
  if (record.alert) return `Alert: ${record.alert.name}`
  if (record.contentType === 'change_cipher_spec') return 'ChangeCipherSpec'
  if (record.contentType === 'application_data') return 'Application data'
  return record.messages.length > 0 ? 'Handshake record' : 'Part of a message'
}

/** The parts of an item, each with its fields. @param relay the record's bytes as they passed the relay, if kept */
export function partsOf({ record, message }: Item, relay: RelayRecord | undefined): ItemPart[] {
  if (message) {
    return [{ title: 'The message', bytes: message.bytes, field: decodeHandshakeMessage(message.bytes) }]
  }
  const parts: ItemPart[] = []
  if (record.alert) {
    const bytes = Uint8Array.of(record.alert.level === 'fatal' ? 2 : 1, record.alert.description)
    parts.push({ title: 'Inside: the alert', bytes, field: decodeAlert(bytes) })
  }
  if (record.data && record.data.length > 0) {
    const field = plaintext(record.data, record)
    parts.push({ title: 'Inside: the plaintext', bytes: record.data, field, text: asText(record.data) })
  }
  if (relay && relay.bytes.length > 0) {
    const isFragment = record.messages.length === 0 || relay.bytes.length < relay.length
    parts.push({
      title: 'On the wire, as the relay sees it',
      bytes: relay.bytes,
      field: decodeRecord(relay.bytes, { isFragment }),
    })
  }
  return parts
}

function plaintext(data: Uint8Array, { contentLength }: PageRecord): DecodedField {
  const cut = contentLength > data.length ? `; the first ${data.length} are kept` : ''
  return {
    name: 'content',
    kind: 'bytes',
    start: 0,
    end: data.length,
    value: `${contentLength} bytes`,
    meaning: `application data, before it was sealed or after it was opened${cut}`,
    section: 'RFC 9846 section 5.2',
    children: [],
  }
}

/** What a filter looks through: names, values and meanings of all fields, beside the item's own words. */
export function searchText(item: Item): string {
  const words = [item.id, item.title, item.direction, item.record.contentType, item.record.secret ?? 'in the clear']
  const add = (field: DecodedField) => {
    words.push(field.name, field.value, field.meaning ?? '', field.section ?? '')
    field.children.forEach(add)
  }
  if (item.message) add(decodeHandshakeMessage(item.message.bytes))
  return words.join('\n').toLowerCase()
}
