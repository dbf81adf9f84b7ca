import { AlertDescription, alertName } from '../errors/alert-description.js'
import { TlsError } from '../errors/tls-error.js'
import { AlertLevel, alert } from '../messages/alert.js'
import { ContentType, nameOf, ProtocolVersion } from '../messages/code-points.js'
import {
  decodeMessage,
  encodeMessage,
  type MessageBody,
  type MessageName,
  messageName,
  type ReceivedMessage,
} from '../messages/handshake-message.js'
import { helloRetryRequestRandom } from '../messages/server-hello.js'
import type { RecordKeys } from '../record/record-keys.js'
import { RecordSink } from '../record/record-sink.js'
import { RecordSource } from '../record/record-source.js'
import { type Bytes, concatBytes, equalBytes } from '../wire/bytes.js'
import { decode, encode } from '../wire/codec.js'
import { MessageJoiner } from './message-joiner.js'
import type { Epoch, Observer } from './observer.js'

/** What comes in, after records are taken apart; a fatal alert is thrown. */
export type Incoming =
  | { readonly kind: 'message'; readonly name: MessageName; readonly bytes: Bytes }
  | { readonly kind: 'data'; readonly data: Bytes }
  | { readonly kind: 'closeNotify' }
  /** The transport ended, without close_notify. */
  | { readonly kind: 'end' }

export interface EncodedMessage {
  readonly name: string
  readonly bytes: Bytes
}

type EndOfEarlyDataReceived = { readonly kind: 'message' } & ReceivedMessage<'end_of_early_data'>

type AnyOf<N extends MessageName> = { [K in N]: ReceivedMessage<K> }[N]

/** What records travel over. */
interface Transport {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
}

/** Handshake messages, alerts and data over records: the one place where what may not come is refused. */
export class MessageChannel {
  readonly source: RecordSource
  readonly sink: RecordSink
  readonly observer: Observer
  readonly #joiner: MessageJoiner
  #hasReceived = false
  #readEpoch: Epoch = 'plaintext'
  #writeEpoch: Epoch = 'plaintext'
  #owesChangeCipherSpec = false
  #hasSentChangeCipherSpec = false
  #warnings = 0
  #emptyRecords = 0

  constructor(transport: Transport, observer: Observer, maxCertificateLength: number) {
    this.source = new RecordSource(transport.readable)
    this.sink = new RecordSink(transport.writable, (type, wireLength, contentLength) =>
      observer.record(
        'sent',
        type,
        type === ContentType.change_cipher_spec ? 'plaintext' : this.#writeEpoch,
        wireLength,
        contentLength,
      ),
    )
    this.observer = observer
    this.#joiner = new MessageJoiner(maxCertificateLength)
  }

  /**
   * The next handshake message, which must be one of those that `state` expects (RFC 9846 section 4 and appendix A).
   * @param state its name in appendix A, for the error
   */
  async receive<N extends MessageName>(state: string, ...expected: readonly N[]): Promise<AnyOf<N>> {
    const incoming = await this.#nextInHandshake(state, expected)
    if (incoming.kind === 'data') {
      throw new TlsError(
        'unexpected_message',
        `application data in state ${state}, which waits for ${expected.join(' or ')}`,
      )
    }
    return this.#expect(state, incoming, expected)
  }

  /** Data of 0-RTT, or the EndOfEarlyData that ends it: RFC 9846 section 4.6. */
  async nextInEarlyData(state: string): Promise<Extract<Incoming, { kind: 'data' }> | EndOfEarlyDataReceived> {
    const incoming = await this.#nextInHandshake(state, ['end_of_early_data'])
    if (incoming.kind === 'data') return incoming
    return { kind: 'message', ...this.#expect(state, incoming, ['end_of_early_data']) }
  }

  #expect<N extends MessageName>(
    state: string,
    incoming: Extract<Incoming, { kind: 'message' }>,
    expected: readonly N[],
  ): AnyOf<N> {
    //= rfc9846#section-4 4-2
    //= rfc9846#section-4.2.2 4.2.2-3
    //= rfc9846#section-4.6 4.6-4
    //= rfc9846#section-4.7.3 4.7.3-1
    for (const name of expected) {
      if (name !== incoming.name) continue
      const message = decodeMessage(name, incoming.bytes) as AnyOf<N>
      //= rfc9846#section-5.1 5.1-4 5.1-5
      if (endsItsRecord.has(name)) this.#checkRecordBoundary(name)
      return message
    }
    throw new TlsError(
      'unexpected_message',
      `${incoming.name} in state ${state}, which waits for ${expected.join(' or ')}`,
    )
  }

  async #nextInHandshake(
    state: string,
    expected: readonly MessageName[],
  ): Promise<Extract<Incoming, { kind: 'data' | 'message' }>> {
    const incoming = await this.next((name) => expected.includes(name))
    if (incoming.kind === 'closeNotify') {
      throw new TlsError('closed', `the peer closed the connection in the handshake (state ${state})`)
    }
    if (incoming.kind === 'end') {
      throw new TlsError(
        'truncated',
        `the transport ended in the handshake (state ${state})${this.#whyUnanswered(state)}`,
      )
    }
    return incoming
  }

  /** A server that meant to speak TLS would have sent an alert. */
  #whyUnanswered(state: string): string {
    if (state !== 'WAIT_SH' || this.#hasReceived) return ''
    return ': the server may not speak TLS on this port, or want STARTTLS or its like first'
  }

  /** @throws TlsError `peer_alert`, or what is wrong with what came */
  async next(isExpected?: (name: MessageName) => boolean): Promise<Incoming> {
    for (;;) {
      const bytes = this.#joiner.take(isExpected)
      if (bytes) {
        const name = messageName(bytes[0] ?? 0)
        this.#hasReceived = true
        this.observer.message('received', shownName(name, bytes), this.#readEpoch, bytes)
        return { kind: 'message', name, bytes }
      }
      const record = await this.source.next()
      if (!record) return { kind: 'end' }
      const epoch = record.isProtected ? this.#readEpoch : 'plaintext'
      this.observer.record('received', record.type, epoch, record.wireLength, record.fragment.length)
      if (record.type === ContentType.handshake) {
        this.#joiner.push(record.fragment)
        continue
      }
      // RFC 9846 section 5.1: "Handshake messages MUST NOT be interleaved with other record types"
      //= rfc9846#section-5.1 5.1-3
      if (!this.#joiner.isEmpty) {
        throw new TlsError(
          'unexpected_message',
          `a record of type ${nameOf(ContentType, record.type)} within a handshake message`,
        )
      }
      // the source has checked that it may stand here at all
      //= rfc9846#section-5 5-1
      if (record.type === ContentType.change_cipher_spec && !record.isProtected) continue
      if (record.type === ContentType.alert) {
        if (this.#readAlert(record.fragment)) return { kind: 'closeNotify' }
        continue
      }
      //= rfc9846#section-5 5-2 5-5
      if (record.type !== ContentType.application_data) {
        throw new TlsError('unexpected_message', `a protected record of type ${nameOf(ContentType, record.type)}`)
      }
      this.#countEmptyRecords(record.fragment)
      return { kind: 'data', data: record.fragment }
    }
  }

  /** Sends a message and returns its bytes, for the transcript. */
  send<N extends MessageName>(name: N, body: MessageBody<N>, recordVersion?: number): Bytes {
    const bytes = encodeMessage(name, body)
    this.sendEncoded(name, bytes, recordVersion)
    return bytes
  }

  /** Messages that share their records. */
  sendTogether(messages: readonly EncodedMessage[]): void {
    this.#payChangeCipherSpec()
    this.#flight.push(...messages)
    this.#sendFlight()
  }

  sendEncoded(name: string, bytes: Bytes, recordVersion?: number): void {
    this.#payChangeCipherSpec()
    this.#flight.push({ name: shownName(name, bytes), bytes })
    if (this.#writeEpoch !== 'handshake') this.#sendFlight(recordVersion)
  }

  /**
   * What goes out under the handshake keys, up to the change of keys behind Finished, shares its records (section 5.1):
   * each one costs bytes, and both sides a call of the engine.
   */
  #sendFlight(recordVersion?: number): void {
    const flight = this.#flight
    if (flight.length === 0) return
    this.#flight = []
    //= rfc9846#section-5.1 5.1-2 5.1-6 5.1-7
    //= rfc9846#section-5.4 5.4-3
    this.sink.send(ContentType.handshake, concatBytes(...flight.map(({ bytes }) => bytes)), recordVersion)
    for (const { name, bytes } of flight) this.observer.message('sent', name, this.#writeEpoch, bytes)
  }
  #flight: EncodedMessage[] = []

  sendAlert(level: 'warning' | 'fatal', description: AlertDescription): void {
    this.#payChangeCipherSpec()
    this.#sendFlight()
    //= rfc9846#section-5.1 5.1-8 5.1-9 5.1-10
    //= rfc9846#section-5.4 5.4-3
    this.sink.send(ContentType.alert, encode(alert, { level: AlertLevel[level], description }))
    //= rfc9846#section-6.2 6.2-6
    this.observer.alert('sent', level, description)
  }

  sendData(data: Bytes): void {
    this.#payChangeCipherSpec()
    this.sink.send(ContentType.application_data, data)
  }

  /** Middlebox compatibility (RFC 9846 appendix E.4): a change_cipher_spec goes out in front of what is sent next. */
  oweChangeCipherSpec(): void {
    this.#owesChangeCipherSpec = !this.#hasSentChangeCipherSpec
  }

  /** The same at once, where nothing else is sent until the peer answers. */
  sendChangeCipherSpec(): void {
    this.oweChangeCipherSpec()
    this.#payChangeCipherSpec()
  }

  /** RFC 9846 section 5.1: "Handshake messages MUST NOT span key changes". */
  installReadKeys(keys: RecordKeys, epoch: Epoch, options?: { readonly acceptsPlaintextAlert?: boolean }): void {
    //= rfc9846#section-5.1 5.1-4 5.1-5
    this.#checkRecordBoundary('a message that changes the keys')
    this.#readEpoch = epoch
    this.source.installKeys(keys, options)
  }

  #checkRecordBoundary(message: string): void {
    if (this.#joiner.isEmpty) return
    throw new TlsError('unexpected_message', `handshake bytes follow ${message}, in its record (section 5.1)`)
  }

  installWriteKeys(keys: RecordKeys, epoch: Epoch): void {
    this.#sendFlight()
    this.#writeEpoch = epoch
    this.sink.installKeys(keys)
  }

  /** After a HelloRetryRequest, which rejects 0-RTT: the second ClientHello is not protected. */
  removeWriteKeys(): void {
    this.#writeEpoch = 'plaintext'
    this.sink.installKeys(undefined)
  }

  /** The connection has ended: nothing more is opened or sent, and no key is held. What was queued still goes out. */
  forgetKeys(): void {
    this.source.forgetKeys()
    this.sink.forgetKeys()
  }

  get writeEpoch(): Epoch {
    return this.#writeEpoch
  }

  #payChangeCipherSpec(): void {
    if (!this.#owesChangeCipherSpec) return
    this.#owesChangeCipherSpec = false
    this.#hasSentChangeCipherSpec = true
    this.sink.send(ContentType.change_cipher_spec, Uint8Array.of(1), ProtocolVersion['TLSv1.2'])
  }

  /** RFC 9846 section 6. @returns whether it was close_notify; all but user_canceled end the connection */
  #readAlert(fragment: Bytes): boolean {
    // section 5.4: Handshake and Alert records of zero length are unexpected_message, not a fault of their form
    //= rfc9846#section-5.4 5.4-4
    if (fragment.length === 0) throw new TlsError('unexpected_message', 'an empty record of type alert')
    // "Alert messages MUST NOT be fragmented across records, and multiple Alert messages MUST NOT be coalesced"
    //= rfc9846#section-5.1 5.1-10
    const { level, description } = decode(alert, fragment, 'alert')
    const name = alertName(description)
    //= rfc9846#section-6.1 6.1-5
    //= rfc9846#section-6.2 6.2-6
    this.observer.alert('received', level === AlertLevel.warning ? 'warning' : 'fatal', description)
    if (description === AlertDescription.close_notify) return true
    // section 6.1: user_canceled is ignored, since close_notify follows it; whatever its level, which says nothing
    //= rfc9846#section-6.1 6.1-4
    if (description === AlertDescription.user_canceled) {
      if (++this.#warnings > maxWarnings) throw new TlsError('too_many_messages', 'too many warning alerts')
      return false
    }
    //= rfc9846#section-6 6-7 6-8
    throw new TlsError('peer_alert', `the peer ended the connection with the alert ${name}`, {
      receivedAlert: description,
    })
  }

  /** Records without content cost the sender nothing and us a decryption each. */
  #countEmptyRecords(data: Bytes): void {
    this.#emptyRecords = data.length === 0 ? this.#emptyRecords + 1 : 0
    if (this.#emptyRecords > maxEmptyRecords) throw new TlsError('too_many_messages', 'too many empty records in a row')
  }
}

/** A HelloRetryRequest is a ServerHello with a special random, which stands behind header and version. */
const shownName = (name: string, bytes: Bytes): string =>
  name === 'server_hello' && equalBytes(bytes.subarray(6, 38), helloRetryRequestRandom) ? 'hello_retry_request' : name

/**
 * RFC 9846 section 5.1: what "can immediately precede a key change" is sent "in alignment with a record boundary",
 * also where, as with a HelloRetryRequest, no key changes.
 */
const endsItsRecord: ReadonlySet<MessageName> = new Set([
  'client_hello',
  'server_hello',
  'end_of_early_data',
  'finished',
  'key_update',
])
const maxWarnings = 4
const maxEmptyRecords = 32
