import type { TlsEvent } from '../../src/index.js'

export type WireDirection = 'sent' | 'received'

/** One TLS record as the page knows it: what it was before it was sealed, or after it was opened. */
export interface PageRecord {
  /** Counts the records of its direction from 0; those without content for TLS (change_cipher_spec received) are not told of. */
  readonly index: number
  readonly direction: WireDirection
  readonly time: number
  readonly contentType: string
  readonly epoch: string
  /** Of the record as `TlsEvent` has it. */
  readonly length: number
  /** Handshake messages that end in this record. */
  readonly messages: { readonly name: string; readonly bytes: Uint8Array }[]
  alert: string | undefined
  /** The start of its application data. */
  data: Uint8Array | undefined
}

type MessageEvent = Extract<TlsEvent, { kind: 'message' }>
type CryptoEvent = Extract<TlsEvent, { kind: 'crypto' }>

/** Gathers what a connection tells of itself, and what the page wrote and read, into records. Bounded. */
export class Recorder {
  readonly records: PageRecord[] = []
  readonly messages: MessageEvent[] = []
  readonly cryptoSteps: CryptoEvent[] = []
  readonly count = { sent: 0, received: 0 }
  /** The start of what the page wrote and read, for the search. */
  readonly plaintext = { sent: new KeptBytes(), received: new KeptBytes() }
  readonly #kept = { sent: 0, received: 0 }
  readonly #unsent = new KeptBytes()
  #unsentOffset = 0
  #pendingMessage: MessageEvent | undefined
  #lastReceived: PageRecord | undefined
  readonly #awaitingData: (PageRecord | undefined)[] = []

  readonly onEvent = (event: TlsEvent): void => {
    if (event.kind === 'crypto') this.#addCrypto(event)
    else if (event.kind === 'message') this.#addMessage(withOwnName(event))
    else if (event.kind === 'alert') this.#addAlert(event)
    else this.#addRecord(event)
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

  #addCrypto(event: CryptoEvent): void {
    if (this.cryptoSteps.length < maxSteps) this.cryptoSteps.push(event)
  }

  #addMessage(event: MessageEvent): void {
    if (this.messages.length < maxSteps) this.messages.push(event)
    if (event.direction === 'sent') this.#pendingMessage = event
    else this.#lastReceived?.messages.push(event)
  }

  #addAlert(event: Extract<TlsEvent, { kind: 'alert' }>): void {
    const { direction, name, time } = event
    if (direction === 'received') {
      if (this.#lastReceived) this.#lastReceived.alert = name
      return
    }
    // an alert that is sent comes without a record event
    const record = this.#newRecord({ direction, time, contentType: 'alert', epoch: this.#alertEpoch, length: 2 })
    if (record) record.alert = name
  }

  #addRecord(event: Extract<TlsEvent, { kind: 'record' }>): void {
    const record = this.#newRecord(event)
    if (event.direction === 'sent') {
      // change_cipher_spec is never sealed, whatever stands around it
      if (event.contentType !== 'change_cipher_spec') this.#sentEpoch = event.epoch
      if (event.contentType === 'handshake' && this.#pendingMessage) {
        record?.messages.push(this.#pendingMessage)
        this.#pendingMessage = undefined
      }
      if (event.contentType === 'application_data') {
        const data = this.#unsent.slice(this.#unsentOffset, event.length)
        this.#unsentOffset += event.length
        if (record) record.data = data.slice(0, keptData)
      }
      return
    }
    this.#lastReceived = record
    // a record without content gives the page nothing to read
    if (event.contentType === 'application_data' && event.length > emptyRecordLength) this.#awaitingData.push(record)
  }

  #sentEpoch = 'plaintext'

  /** Both directions get their handshake keys at once, when the ServerHello has come. */
  get #alertEpoch(): string {
    const isSealed = this.#lastReceived !== undefined && this.#lastReceived.epoch !== 'plaintext'
    return this.#sentEpoch === 'plaintext' && isSealed ? 'handshake' : this.#sentEpoch
  }

  #newRecord(event: Pick<PageRecord, 'direction' | 'time' | 'contentType' | 'epoch' | 'length'>) {
    const { direction, time, contentType, epoch, length } = event
    const index = this.count[direction]++
    const isKept = contentType === 'application_data' ? this.#kept[direction]++ < keptRecords : index < maxRecords
    if (!isKept && contentType !== 'alert') return undefined
    const record: PageRecord = {
      index,
      direction,
      time,
      contentType,
      epoch,
      length,
      messages: [],
      alert: undefined,
      data: undefined,
    }
    this.records.push(record)
    return record
  }
}

/** A HelloRetryRequest has the type of a ServerHello and is known by its random: RFC 9846 section 4.1.3. */
function withOwnName(event: MessageEvent): MessageEvent {
  const isRetry = event.name === 'server_hello' && retryRandom.every((byte, index) => event.bytes[6 + index] === byte)
  return isRetry ? { ...event, name: 'hello_retry_request' } : event
}

/** How it begins: SHA-256 of "HelloRetryRequest". */
const retryRandom = [0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11]

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

/** Header, content type inside, tag. */
const emptyRecordLength = 5 + 1 + 16
/** With application data, in each direction. */
const keptRecords = 8
const maxRecords = 200
const keptData = 2048
const maxSteps = 200
const keptPlaintext = 256 * 1024
