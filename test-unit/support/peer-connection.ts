import type { DuplexStream } from '../../src/connection/duplex-stream.js'
import type { CipherSuiteParameters } from '../../src/crypto/cipher-suites.js'
import type { Secret } from '../../src/crypto/secret.js'
import { AlertDescription, type AlertName, alertName } from '../../src/errors/alert-description.js'
import { AlertLevel, alert } from '../../src/messages/alert.js'
import { ContentType, HandshakeType, nameOf } from '../../src/messages/code-points.js'
import { encodeMessage } from '../../src/messages/handshake-message.js'
import { RecordKeys } from '../../src/record/record-keys.js'
import { type Bytes, concatBytes, noBytes } from '../../src/wire/bytes.js'
import { decode } from '../../src/wire/codec.js'
import { within } from './deadline.js'
import { testProvider } from './provider.js'
import { RecordPeer } from './record-peer.js'

export type PeerEvent =
  | { readonly kind: 'message'; readonly name: string; readonly bytes: Bytes }
  | {
      readonly kind: 'alert'
      readonly level: 'warning' | 'fatal'
      readonly name: string
      readonly isProtected: boolean
    }
  | { readonly kind: 'data'; readonly data: Bytes }
  | { readonly kind: 'changeCipherSpec' }
  | { readonly kind: 'end' }

/** A scripted peer's side of a connection beyond the handshake: messages, alerts, data, keys that move on. */
export class PeerConnection {
  readonly records: RecordPeer
  suite: CipherSuiteParameters | undefined
  readSecret: Secret | undefined
  writeSecret: Secret | undefined
  /** Of each record that came, in order: the type within the protection. */
  readonly recordTypes: string[] = []
  readonly recordVersions: number[] = []
  /** What a script is busy with: until then it alone reads. */
  busy: Promise<unknown> = Promise.resolve()
  #alert: Extract<PeerEvent, { kind: 'alert' }> | undefined
  #handshakeBytes: Bytes = noBytes

  constructor(transport: DuplexStream) {
    this.records = new RecordPeer(transport)
  }

  /** What comes next; a KeyUpdate has changed the keys by then. */
  async next(): Promise<PeerEvent> {
    for (;;) {
      const bytes = this.#takeMessage()
      if (bytes) {
        const name = nameOf(HandshakeType, bytes[0] ?? 0)
        if (name === 'key_update') await this.#moveReadKeysOn()
        return { kind: 'message', name, bytes }
      }
      const record = await this.records.receive()
      if (!record) return { kind: 'end' }
      const { type, fragment, isProtected } = record
      this.recordTypes.push(nameOf(ContentType, type))
      this.recordVersions.push(record.version)
      if (type === ContentType.change_cipher_spec) return { kind: 'changeCipherSpec' }
      if (type === ContentType.application_data) return { kind: 'data', data: fragment }
      if (type === ContentType.alert) {
        const { level, description } = decode(alert, fragment, 'alert')
        const name = alertName(description)
        this.#alert = { kind: 'alert', level: level === AlertLevel.fatal ? 'fatal' : 'warning', name, isProtected }
        return this.#alert
      }
      this.#handshakeBytes = concatBytes(this.#handshakeBytes, fragment)
    }
  }

  /** The alert that broke the script off, or else the next one, whatever comes in front of it. */
  async receiveAlert(): Promise<Extract<PeerEvent, { kind: 'alert' }>> {
    const search = async () => {
      await this.busy.catch(() => undefined)
      for (;;) {
        const seen = this.#alert
        this.#alert = undefined
        if (seen) return seen
        const event = await this.next()
        if (event.kind === 'end') throw new Error('the transport ended without an alert')
      }
    }
    return await within(search(), 'an alert')
  }

  /** Application data up to `length` bytes, or up to what ends it. */
  async receiveData(length: number): Promise<Bytes> {
    const parts: Bytes[] = []
    for (let received = 0; received < length; ) {
      const event = await within(this.next(), `${length} bytes of data, of which ${received} came`)
      if (event.kind === 'alert' || event.kind === 'end') break
      if (event.kind !== 'data') continue
      parts.push(event.data)
      received += event.data.length
    }
    return concatBytes(...parts)
  }

  async sendMessage(bytes: Bytes): Promise<void> {
    await this.records.send(ContentType.handshake, bytes)
  }

  /** In records as large as they may be. */
  async sendData(data: Bytes, padding = 0): Promise<void> {
    let offset = 0
    do {
      await this.records.send(ContentType.application_data, data.slice(offset, offset + 2 ** 14), { padding })
      offset += 2 ** 14
    } while (offset < data.length)
  }

  async sendAlert(level: 'warning' | 'fatal', name: AlertName): Promise<void> {
    await this.records.send(ContentType.alert, Uint8Array.of(AlertLevel[level], AlertDescription[name]))
  }

  async sendCloseNotify(): Promise<void> {
    await this.sendAlert('warning', 'close_notify')
  }

  async sendChangeCipherSpec(content: Bytes = Uint8Array.of(1)): Promise<void> {
    await this.records.send(ContentType.change_cipher_spec, content, { keys: null })
  }

  /** Announces new keys and goes over to them. */
  async sendKeyUpdate(requestUpdate = 0): Promise<void> {
    await this.sendMessage(encodeMessage('key_update', { requestUpdate }))
    await this.moveWriteKeysOn()
  }

  async moveWriteKeysOn(): Promise<void> {
    if (!this.suite || !this.writeSecret) throw new Error('no application keys yet')
    await this.useWriteSecret(this.suite, await this.writeSecret.next())
  }

  async useWriteSecret(suite: CipherSuiteParameters, secret: Secret): Promise<void> {
    this.writeSecret = secret
    this.records.writeKeys = await RecordKeys.derive(testProvider, suite, secret)
  }

  async useReadSecret(suite: CipherSuiteParameters, secret: Secret): Promise<void> {
    this.readSecret = secret
    this.records.readKeys = await RecordKeys.derive(testProvider, suite, secret)
  }

  async #moveReadKeysOn(): Promise<void> {
    if (!this.suite || !this.readSecret) return
    await this.useReadSecret(this.suite, await this.readSecret.next())
  }

  #takeMessage(): Bytes | undefined {
    const [, high = 0, middle = 0, low = 0] = this.#handshakeBytes
    const length = 4 + high * 65536 + middle * 256 + low
    if (this.#handshakeBytes.length < 4 || this.#handshakeBytes.length < length) return undefined
    const message = this.#handshakeBytes.slice(0, length)
    this.#handshakeBytes = this.#handshakeBytes.subarray(length)
    return message
  }
}
