import type { TlsEvent } from '../../src/index.js'
import { RecordSecrets } from '../../src/inspect.js'

export type WireDirection = 'sent' | 'received'

/** One TLS record as the page knows it: what it was before it was sealed, or after it was opened. */
export interface PageRecord {
  /** Counts the records of its direction from 0. */
  readonly index: number
  readonly direction: WireDirection
  readonly time: number
  readonly contentType: string
  readonly epoch: string
  /** The traffic secret that its keys come from, by its name; undefined in the clear. */
  readonly secret: string | undefined
  /** Its number under that secret. */
  readonly sequenceNumber: number
  /** On the wire, in bytes. */
  readonly length: number
  readonly contentLength: number
  /** Handshake messages that end in this record. */
  readonly messages: MessageEvent[]
  alert: AlertEvent | undefined
  /** The start of its application data. */
  data: Uint8Array | undefined
}

export type MessageEvent = Extract<TlsEvent, { kind: 'message' }>
export type CryptoEvent = Extract<TlsEvent, { kind: 'crypto' }>
export type AlertEvent = Extract<TlsEvent, { kind: 'alert' }>
type RecordEvent = Extract<TlsEvent, { kind: 'record' }>

/** Gathers what a connection tells of itself, and what the page wrote and read, into records. Bounded. */
export class Recorder {
  readonly records: PageRecord[] = []
  readonly messages: MessageEvent[] = []
  readonly cryptoSteps: CryptoEvent[] = []
  readonly count = { sent: 0, received: 0 }
  /** The start of what the page wrote and read, for the search. */
  readonly plaintext = { sent: new KeptBytes(), received: new KeptBytes() }
  readonly #secrets = new RecordSecrets('client')
  readonly #kept = { sent: new Kept(), received: new Kept() }
  readonly #last: { sent: PageRecord | undefined; received: PageRecord | undefined } = {
    sent: undefined,
    received: undefined,
  }
  readonly #unsent = new KeptBytes()
  #unsentOffset = 0
  readonly #awaitingData: (PageRecord | undefined)[] = []

  readonly onEvent = (event: TlsEvent): void => {
    const protection = this.#secrets.next(event)
    if (event.kind === 'crypto') {
      if (this.cryptoSteps.length < maxSteps) this.cryptoSteps.push(event)
    } else if (event.kind === 'message') {
      if (this.messages.length < maxSteps) this.messages.push(event)
      this.#last[event.direction]?.messages.push(event)
    } else if (event.kind === 'alert') {
      const record = this.#last[event.direction]
      if (record) record.alert = event
    } else {
      this.#addRecord(event, protection?.secret, protection?.sequenceNumber ?? 0)
    }
  }

  /** What the page is about to write. */
  wrote(bytes: Uint8Array): void {
    this.plaintext.sent.add(bytes)
    this.#unsent.add(bytes)
  }

  /** A chunk that the page has read: the content of one record. */
  read(bytes: Uint8Array): void {
    this.plaintext.received.add(bytes)
    const record = this.#awaitingData.shift()
    if (record !== undefined) record.data = bytes.slice(0, keptData)
  }

  #addRecord(event: RecordEvent, secret: string | undefined, sequenceNumber: number): void {
    const record = this.#newRecord(event, secret, sequenceNumber)
    this.#last[event.direction] = record
    if (event.contentType !== 'application_data') return
    if (event.direction === 'received') {
      // a record without content gives the page nothing to read
      if (event.contentLength > 0) this.#awaitingData.push(record)
      return
    }
    const data = this.#unsent.slice(this.#unsentOffset, event.contentLength)
    this.#unsentOffset += event.contentLength
    if (record) record.data = data.slice(0, keptData)
  }

  #newRecord(event: RecordEvent, secret: string | undefined, sequenceNumber: number): PageRecord | undefined {
    const { direction, time, contentType, epoch, length, contentLength } = event
    const index = this.count[direction]++
    if (!this.#kept[direction].take(contentType, secret)) return undefined
    const record: PageRecord = {
      index,
      direction,
      time,
      contentType,
      epoch,
      secret,
      sequenceNumber,
      length,
      contentLength,
      messages: [],
      alert: undefined,
      data: undefined,
    }
    this.records.push(record)
    return record
  }
}

/** Which records of a direction are kept: the first under each key, and all that is not data, up to a limit. */
class Kept {
  #secret: string | undefined
  #withData = 0
  #underSecret = 0
  #others = 0

  take(contentType: string, secret: string | undefined): boolean {
    // how it ended is always told; nothing follows an alert
    if (contentType === 'alert') return true
    if (contentType !== 'application_data') return this.#others++ < maxRecords
    if (secret !== this.#secret) this.#underSecret = 0
    this.#secret = secret
    return this.#underSecret++ < keptUnderSecret && this.#withData++ < maxRecords
  }
}

/** The first bytes of a stream, up to a limit. */
export class KeptBytes {
  #bytes = new Uint8Array(1024)
  #length = 0

  add(bytes: Uint8Array): void {
    const taken = bytes.subarray(0, keptPlaintext - this.#length)
    if (taken.length === 0) return
    while (this.#bytes.length < this.#length + taken.length) {
      const grown = new Uint8Array(this.#bytes.length * 2)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#bytes.set(taken, this.#length)
    this.#length += taken.length
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  slice(offset: number, length: number): Uint8Array {
    return this.bytes.slice(offset, offset + length)
  }
}

/** With application data, in each direction, under one key. */
export const keptUnderSecret = 8
/** Of data and of all else, in each direction. */
const maxRecords = 200
const keptData = 2048
const maxSteps = 200
const keptPlaintext = 256 * 1024
