import type { CipherSuiteParameters } from '../crypto/cipher-suites.js'
import type { CryptoProvider } from '../crypto/provider.js'
import type { Secret } from '../crypto/secret.js'
import { TlsError } from '../errors/tls-error.js'
import type { WriteState } from '../handshake/handshake-result.js'
import type { MessageChannel } from '../handshake/message-channel.js'
import { KeyUpdateRequest } from '../messages/code-points.js'
import { decodeMessage } from '../messages/handshake-message.js'
import { RecordKeys } from '../record/record-keys.js'
import type { Bytes } from '../wire/bytes.js'

/** KeyUpdate in both directions: RFC 9846 section 4.7.3. */
export class KeyUpdates {
  readonly #channel: MessageChannel
  readonly #provider: CryptoProvider
  readonly #suite: CipherSuiteParameters
  readonly #recordLimit: number
  readonly #maxGenerations: number
  #readSecret: Secret
  #writeSecret: Secret
  #writing: Promise<void> | undefined
  #isAnswerUnsent = false
  #isAwaitingPeer = false
  #generation = 0
  #receivedInARow = 0
  #isEnded = false

  /**
   * @param recordLimit after how many records the write keys are changed; `undefined`: what the suite allows
   * @param maxGenerations how often they are, at most: section 4.7.3; less in tests, which cannot count so far
   */
  constructor(
    channel: MessageChannel,
    provider: CryptoProvider,
    { suite, readSecret, writeSecret }: WriteState,
    recordLimit: number | undefined,
    maxGenerations = 2 ** 48 - 1,
  ) {
    this.#channel = channel
    this.#provider = provider
    this.#suite = suite
    this.#recordLimit = Math.min(recordLimit ?? suite.recordLimit, suite.recordLimit)
    this.#maxGenerations = maxGenerations
    this.#readSecret = readSecret
    this.#writeSecret = writeSecret
  }

  /** Application data must not overtake a KeyUpdate, nor exceed what one key may protect (section 5.5). */
  async beforeData(): Promise<void> {
    while (this.#writing) await this.#writing
    //= rfc9846#section-5.3 5.3-2
    //= rfc9846#section-5.5 5.5-1
    if ((this.#channel.sink.keys?.sequenceNumber ?? 0) >= this.#recordLimit) await this.update(false)
  }

  /** client_application_traffic_secret_N of this moment, for a server. */
  get readSecret(): Secret {
    return this.#readSecret
  }

  /** Whether our close_notify is out. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Runs a step that sends under one generation of the write keys, with nothing of others between. */
  async exclusively(step: (writeSecret: Secret) => Promise<void>): Promise<void> {
    while (this.#writing) await this.#writing
    this.#writing = step(this.#writeSecret).finally(() => {
      this.#writing = undefined
    })
    await this.#writing
  }

  /** Our close_notify is out, and nothing may follow it (section 6.1): not even an answer to the peer's request. */
  end(): void {
    this.#isEnded = true
  }

  /** Data came: what follows is no flood of KeyUpdates. */
  dataReceived(): void {
    this.#receivedInARow = 0
  }

  async receive(bytes: Bytes): Promise<void> {
    const { requestUpdate } = decodeMessage('key_update', bytes).body
    if (
      requestUpdate !== KeyUpdateRequest.update_not_requested &&
      requestUpdate !== KeyUpdateRequest.update_requested
    ) {
      //= rfc9846#section-4.7.3 4.7.3-4
      throw new TlsError('illegal_parameter', `key_update: request_update is ${requestUpdate}, where 0 or 1 may stand`)
    }
    if (++this.#receivedInARow > maxKeyUpdatesInARow) {
      throw new TlsError('too_many_messages', `more than ${maxKeyUpdatesInARow} KeyUpdates without data between them`)
    }
    this.#isAwaitingPeer = false
    //= rfc9846#section-4.7.3 4.7.3-10
    this.#readSecret = await this.#readSecret.next()
    const keys = await RecordKeys.derive(this.#provider, this.#suite, this.#readSecret)
    //= rfc9846#section-4.7.3 4.7.3-3 4.7.3-8
    this.#channel.installReadKeys(keys, 'application')
    //= rfc9846#section-4.7.3 4.7.3-5
    if (requestUpdate === KeyUpdateRequest.update_requested) this.#answer()
  }

  /** Sends a KeyUpdate and moves on; updates that are asked for at once follow one another. */
  async update(requestPeer: boolean): Promise<void> {
    while (this.#writing) await this.#writing
    // "Until receiving a subsequent KeyUpdate from the peer, the sender MUST NOT send another KeyUpdate with
    // request_update set to update_requested"
    //= rfc9846#section-4.7.3 4.7.3-6
    const asks = requestPeer && !this.#isAwaitingPeer
    if (asks) this.#isAwaitingPeer = true
    await this.exclusively(() => this.#moveOn(asks))
  }

  /** One answer serves all requests that come while it is on its way: a peer can't make answers pile up. */
  #answer(): void {
    //= rfc9846#section-4.7.3 4.7.3-11 4.7.3-12
    if (this.#isAnswerUnsent || this.#generation >= this.#maxGenerations) return
    this.#isAnswerUnsent = true
    this.update(false)
      .then(() => this.#channel.sink.handedOver())
      .then(
        () => {
          this.#isAnswerUnsent = false
        },
        // the transport's failure is met by whoever reads or writes next
        () => undefined,
      )
  }

  async #moveOn(requestPeer: boolean): Promise<void> {
    //= rfc9846#section-4.7.3 4.7.3-9
    if (this.#generation >= this.#maxGenerations) throw new TlsError('internal', 'the keys were updated 2^48 - 1 times')
    const next = await this.#writeSecret.next()
    const keys = await RecordKeys.derive(this.#provider, this.#suite, next)
    if (this.#isEnded) return
    const requestUpdate = requestPeer ? KeyUpdateRequest.update_requested : KeyUpdateRequest.update_not_requested
    // one after the other without an await: the KeyUpdate is the last record under the old keys
    //= rfc9846#section-4.7.3 4.7.3-7
    this.#channel.send('key_update', { requestUpdate })
    //= rfc9846#section-4.7.3 4.7.3-2
    this.#channel.installWriteKeys(keys, 'application')
    this.#writeSecret = next
    this.#generation++
  }
}

const maxKeyUpdatesInARow = 32
