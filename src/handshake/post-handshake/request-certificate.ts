import { checkVerifyData } from '../../crypto/finished.js'
import type { Secret } from '../../crypto/secret.js'
import { Transcript } from '../../crypto/transcript.js'
import { TlsError } from '../../errors/tls-error.js'
import { decodeMessage, type MessageName } from '../../messages/handshake-message.js'
import { type Bytes, equalBytes } from '../../wire/bytes.js'
import { certificateForms, plainCertificate } from '../certificate-forms.js'
import { checkCertificateVerify } from '../certificate-verification.js'
import type { HandshakeResult } from '../handshake-result.js'
import type { MessageChannel } from '../message-channel.js'
import { readChain } from '../received-chain.js'
import { certificateRequestOf } from '../server/certificate-request-extensions.js'
import type { ServerParameters } from '../server/server-parameters.js'
import type { VerifiedPeer } from '../verified-peer.js'

/** A request that is out, and the answer as it comes in: RFC 9846 section 4.7.2. */
interface Pending {
  readonly context: Bytes
  readonly messages: Bytes[]
  readonly resolve: (peer: VerifiedPeer | undefined) => void
  expected: readonly MessageName[]
  peer: Promise<VerifiedPeer> | undefined
}

/** A server's side of post-handshake authentication. */
export class CertificateRequests {
  readonly #channel: MessageChannel
  readonly #parameters: ServerParameters
  readonly #result: HandshakeResult
  readonly #pending: Pending[] = []
  #answering: Pending | undefined

  constructor(channel: MessageChannel, parameters: ServerParameters, result: HandshakeResult) {
    this.#channel = channel
    this.#parameters = parameters
    this.#result = result
  }

  /**
   * Asks for a certificate and waits for the answer. @returns the client, or `undefined` when it has no certificate
   * @throws TlsError `invalid_state` when the client did not offer it, or nobody may vouch for it here
   */
  async request(): Promise<VerifiedPeer | undefined> {
    //= rfc9846#section-4.3.6 4.3.6-1
    //= rfc9846#section-4.4.2 4.4.2-10
    if (!this.#result.postHandshakeTranscript) {
      throw new TlsError('invalid_state', 'the client did not offer post_handshake_auth, or used an external PSK')
    }
    if (!this.#parameters.trustsClients) {
      throw new TlsError('invalid_state', 'no clientTrustAnchors: any certificate that came would end the connection')
    }
    if (this.#pending.length >= maxPending) {
      throw new TlsError('invalid_state', `${maxPending} certificate requests wait for their answer`)
    }
    // "the server SHOULD make the context unpredictable to the client"
    //= rfc9846#section-4.4.2 4.4.2-3 4.4.2-5
    const context = this.#parameters.provider.getRandomValues(new Uint8Array(32))
    const request = { certificateRequestContext: context, extensions: certificateRequestOf(this.#parameters) }
    //= rfc9846#section-4.4.2 4.4.2-9
    //= rfc9846#section-4.7.2 4.7.2-1
    const message = this.#channel.send('certificate_request', request)
    return await new Promise((resolve) => {
      const expected = certificateForms(this.#parameters)
      this.#pending.push({ context, messages: [message], resolve, expected, peer: undefined })
    })
  }

  /** Between a client's Certificate and its Finished nothing else may stand (section 4.7.2). */
  get isWithinAnswer(): boolean {
    return this.#answering !== undefined
  }

  /** @param readSecret client_application_traffic_secret_N of this moment */
  async receive(name: MessageName, bytes: Bytes, readSecret: Secret): Promise<void> {
    const expected = this.#answering?.expected ?? (this.#pending.length > 0 ? this.#pending[0]?.expected : undefined)
    if (!expected?.includes(name)) throw new TlsError('unexpected_message', `${name} after the handshake`)
    if (name === 'certificate' || name === 'compressed_certificate') await this.#readCertificate(name, bytes)
    else if (name === 'certificate_verify') await this.#readCertificateVerify(bytes)
    else if (name === 'finished') await this.#readFinished(bytes, readSecret)
  }

  async #readCertificate(name: 'certificate' | 'compressed_certificate', bytes: Bytes): Promise<void> {
    const { clientAuth } = this.#parameters
    const received = name === 'certificate' ? decodeMessage(name, bytes) : decodeMessage(name, bytes)
    const message = await plainCertificate(received, this.#parameters)
    //= rfc9846#section-4.5.1 4.5.1-5
    //= rfc9846#section-4.7.2 4.7.2-7
    const index = this.#pending.findIndex(({ context }) => equalBytes(context, message.certificateRequestContext))
    const [answered] = index < 0 ? [] : this.#pending.splice(index, 1)
    if (!answered) throw new TlsError('illegal_parameter', 'certificate_request_context is that of no request')
    const chain = readChain(message, nothingAsked)
    if (chain.certificates.length === 0 && clientAuth === 'required') {
      throw new TlsError('certificate_required', 'the client sent no certificate, and one is required')
    }
    answered.peer = chain.certificates.length > 0 ? this.#parameters.verifyClient(chain) : undefined
    answered.peer?.catch(() => undefined)
    answered.expected = [answered.peer ? 'certificate_verify' : 'finished']
    answered.messages.push(bytes)
    this.#answering = answered
  }

  async #readCertificateVerify(bytes: Bytes): Promise<void> {
    const answer = this.#answer()
    const { provider, signatureSchemes } = this.#parameters
    const { body } = decodeMessage('certificate_verify', bytes)
    const peer = await answer.peer
    if (!peer) throw new TlsError('internal', 'certificate_verify without a certificate')
    const hash = await this.#transcript(answer).digest(provider, this.#result.suite.hash)
    await checkCertificateVerify(provider, 'client', body, signatureSchemes, peer, hash)
    await this.#parameters.approveClient?.(peer)
    answer.messages.push(bytes)
    answer.expected = ['finished']
  }

  async #readFinished(bytes: Bytes, readSecret: Secret): Promise<void> {
    const answer = this.#answer()
    const { provider } = this.#parameters
    const { verifyData } = decodeMessage('finished', bytes).body
    const hash = await this.#transcript(answer).digest(provider, this.#result.suite.hash)
    //= rfc9846#section-4.5.3 4.5.3-1 4.5.3-2
    if (!(await checkVerifyData(provider, readSecret, hash, verifyData))) {
      throw new TlsError('finished_mismatch', "the client's Finished of its certificate is wrong")
    }
    this.#answering = undefined
    answer.resolve(await answer.peer)
  }

  #answer(): Pending {
    if (!this.#answering) throw new TlsError('internal', 'no certificate was asked for')
    return this.#answering
  }

  /** The handshake's messages, then the request and what has come of the answer: section 4.5. */
  #transcript({ messages }: Pending): Transcript {
    return (this.#result.postHandshakeTranscript ?? Transcript.empty).with(...messages)
  }
}

const nothingAsked: ReadonlySet<number> = new Set()
const maxPending = 4
