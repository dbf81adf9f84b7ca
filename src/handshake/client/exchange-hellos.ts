import type { CipherSuiteParameters } from '../../crypto/cipher-suites.js'
import type { SharedSecret } from '../../crypto/groups/group.js'
import { Transcript } from '../../crypto/transcript.js'
import { TlsError } from '../../errors/tls-error.js'
import { NamedGroup, nameOf, ProtocolVersion } from '../../messages/code-points.js'
import { hasExtension, readExtension, requireExtension } from '../../messages/extensions/extension.js'
import { keyShare } from '../../messages/extensions/key-share.js'
import { preSharedKey } from '../../messages/extensions/pre-shared-key.js'
import { encodeMessage } from '../../messages/handshake-message.js'
import { isHelloRetryRequest, type ServerHello } from '../../messages/server-hello.js'
import { RecordKeys } from '../../record/record-keys.js'
import type { MessageChannel } from '../message-channel.js'
import { type ClientOffer, clientHelloOf, offeredExtensionTypes, type SentOffer } from './client-offer.js'
import { bindPsks, type OfferedPsk } from './client-psk.js'
import { checkHello } from './read-server-hello.js'
import { type Retry, retryOffer } from './retry.js'

/** What the hellos settle. */
export interface Hellos {
  readonly offer: SentOffer
  readonly suite: CipherSuiteParameters
  /** `undefined` with psk_ke alone. */
  readonly group: string | undefined
  readonly sharedSecret: SharedSecret | undefined
  /** The one of those offered that the server chose. */
  readonly psk: OfferedPsk | undefined
  readonly wasEarlyDataSent: boolean
  /** Up to and with the ServerHello. */
  readonly transcript: Transcript
  readonly isRetried: boolean
}

/** States START and WAIT_SH, with a HelloRetryRequest if the server wants one. */
export async function exchangeHellos(channel: MessageChannel, firstOffer: ClientOffer): Promise<Hellos> {
  const { provider } = firstOffer.parameters
  //= rfc9846#section-4.2.2 4.2.2-1
  const first = await sendClientHello(channel, firstOffer, Transcript.empty)
  if (first.earlyData.length > 0) await sendEarlyData(channel, first)
  const answer = await channel.receive('WAIT_SH', 'server_hello')
  //= rfc9846#section-4.2.3 4.2.3-12
  if (!isHelloRetryRequest(answer.body)) {
    return await readServerHello(first, answer.body, Transcript.empty.with(first.clientHello, answer.bytes), undefined)
  }

  if (first.earlyData.length > 0) channel.removeWriteKeys()
  //= rfc9846#section-4.2.4 4.2.4-7
  const { offer, retry } = await retryOffer(first, answer.body, channel.observer)
  // appendix E.4: "immediately before its second flight"
  if (offer.parameters.middleboxCompatibility) channel.oweChangeCipherSpec()
  const retried = await Transcript.afterHelloRetryRequest(provider, retry.suite.hash, first.clientHello, answer.bytes)
  const second = await sendClientHello(channel, offer, retried)
  const secondAnswer = await channel.receive('WAIT_SH', 'server_hello')
  //= rfc9846#section-4.2.4 4.2.4-6
  if (isHelloRetryRequest(secondAnswer.body)) {
    throw new TlsError('unexpected_message', 'a second HelloRetryRequest (section 4.2.4)')
  }
  const transcript = retried.with(second.clientHello, secondAnswer.bytes)
  return await readServerHello(second, secondAnswer.body, transcript, retry)
}

async function sendClientHello(channel: MessageChannel, offer: ClientOffer, before: Transcript): Promise<SentOffer> {
  const hello = clientHelloOf(offer)
  const clientHello = encodeMessage('client_hello', hello)
  if (offer.psks.length > 0) await bindPsks(offer.parameters, clientHello, offer.psks, before)
  // section 5.1: the record of an initial ClientHello may say 0x0301, for the sake of old servers; a second may not
  //= rfc9846#section-5.1 5.1-14 5.1-18 5.1-19
  const recordVersion = ProtocolVersion[offer.isRetry ? 'TLSv1.2' : 'TLSv1.0']
  channel.sendEncoded('client_hello', clientHello, recordVersion)
  return { ...offer, clientHello, offeredExtensions: offeredExtensionTypes(hello) }
}

async function readServerHello(
  offer: SentOffer,
  hello: ServerHello,
  transcript: Transcript,
  retry: Retry | undefined,
): Promise<Hellos> {
  const suite = checkHello(hello, offer, 'serverHello')
  //= rfc9846#section-4.2.4 4.2.4-10
  if (retry && retry.suite !== suite) {
    throw new TlsError(
      'illegal_parameter',
      `the ServerHello has ${suite.name}, the HelloRetryRequest ${retry.suite.name}`,
    )
  }
  const psk = readSelectedPsk(offer, hello, suite)
  const common = { offer, suite, psk, transcript, isRetried: retry !== undefined }
  const wasEarlyDataSent = offer.earlyData.length > 0
  if (psk && offer.parameters.allowsPskKe && !hasExtension(hello.extensions, keyShare)) {
    return { ...common, wasEarlyDataSent, group: undefined, sharedSecret: undefined }
  }
  //= rfc9846#section-4.3.11 4.3.11-15 4.3.11-16
  if (psk && !hasExtension(hello.extensions, keyShare)) {
    throw new TlsError('illegal_parameter', 'the server chose a PSK without a key share, which psk_dhe_ke needs')
  }
  //= rfc9846#section-4.3.9 4.3.9-8
  //= rfc9846#section-9.2 9.2-6
  const share = requireExtension(hello.extensions, keyShare, keyShare.serverHello, 'server_hello')
  const group = nameOf(NamedGroup, share.group)
  // section 4.3.8: "Clients MUST verify that the selected group is the same as that in the HelloRetryRequest"
  //= rfc9846#section-4.3.8 4.3.8-21 4.3.8-22
  if (retry?.group !== undefined && retry.group !== share.group) {
    throw new TlsError('illegal_parameter', `the ServerHello has group ${group}, the HelloRetryRequest another`)
  }
  const keyOffer = offer.keyOffers.get(share.group)
  //= rfc9846#section-2 2-1
  if (!keyOffer) throw new TlsError('illegal_parameter', `the server chose group ${group}, for which no share was sent`)
  const sharedSecret = await keyOffer.complete(share.keyExchange)
  return { ...common, wasEarlyDataSent, group, sharedSecret }
}

/** Section 4.3.11: the server's choice is one of ours, and of the suite's hash. */
function readSelectedPsk(offer: SentOffer, hello: ServerHello, suite: CipherSuiteParameters): OfferedPsk | undefined {
  const index = readExtension(hello.extensions, preSharedKey, preSharedKey.serverHello)
  if (index === undefined) return undefined
  //= rfc9846#section-4.3.11 4.3.11-13 4.3.11-16
  const psk = offer.psks[index]
  if (!psk)
    throw new TlsError('illegal_parameter', `the server chose PSK ${index}, where ${offer.psks.length} were offered`)
  //= rfc9846#section-4.3.11 4.3.11-14
  //= rfc9846#section-4.7.1 4.7.1-6
  if (psk.hash !== suite.hash) {
    throw new TlsError('illegal_parameter', `the server chose a PSK of ${psk.hash.name} with ${suite.name}`)
  }
  return psk
}

/** 0-RTT data right behind the first ClientHello, under the first PSK: section 4.3.10. */
async function sendEarlyData(channel: MessageChannel, { parameters, psks, clientHello, earlyData }: SentOffer) {
  const { provider } = parameters
  //= rfc9846#section-4.3.10 4.3.10-2
  const [first] = psks
  const suite = first?.session?.suite
  if (!first || !suite) throw new TlsError('internal', 'early data without a session')
  const transcriptHash = await Transcript.empty.with(clientHello).digest(provider, suite.hash)
  const keys = await RecordKeys.derive(provider, suite, await first.early.clientEarlyTrafficSecret(transcriptHash))
  // appendix E.4: with early data it comes right after the first ClientHello
  if (parameters.middleboxCompatibility) channel.oweChangeCipherSpec()
  channel.installWriteKeys(keys, 'early')
  //= rfc9846#section-5.5 5.5-2
  channel.sendData(earlyData)
}
