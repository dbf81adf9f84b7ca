import type { CipherSuiteParameters } from '../../crypto/cipher-suites.js'
import type { SharedSecret } from '../../crypto/groups/group.js'
import { Transcript } from '../../crypto/transcript.js'
import { TlsError } from '../../errors/tls-error.js'
import { NamedGroup, nameOf, ProtocolVersion } from '../../messages/code-points.js'
import { requireExtension } from '../../messages/extensions/extension.js'
import { keyShare } from '../../messages/extensions/key-share.js'
import { isHelloRetryRequest, type ServerHello } from '../../messages/server-hello.js'
import type { MessageChannel } from '../message-channel.js'
import { type ClientOffer, clientHelloOf, offeredExtensionTypes, type SentOffer } from './client-offer.js'
import { checkHello } from './read-server-hello.js'
import { type Retry, retryOffer } from './retry.js'

/** What the hellos settle. */
export interface Hellos {
  readonly offer: SentOffer
  readonly suite: CipherSuiteParameters
  readonly group: string
  readonly sharedSecret: SharedSecret
  /** Up to and with the ServerHello. */
  readonly transcript: Transcript
  readonly isRetried: boolean
}

/** States START and WAIT_SH, with a HelloRetryRequest if the server wants one. */
export async function exchangeHellos(channel: MessageChannel, firstOffer: ClientOffer): Promise<Hellos> {
  const { provider } = firstOffer.parameters
  const first = sendClientHello(channel, firstOffer)
  const answer = await channel.receive('WAIT_SH', 'server_hello')
  if (!isHelloRetryRequest(answer.body)) {
    return await readServerHello(first, answer.body, Transcript.empty.with(first.clientHello, answer.bytes), undefined)
  }

  const { offer, retry } = await retryOffer(first, answer.body, channel.observer)
  // appendix E.4: "immediately before its second flight"
  if (offer.parameters.middleboxCompatibility) channel.oweChangeCipherSpec()
  const second = sendClientHello(channel, offer)
  const retried = await Transcript.afterHelloRetryRequest(provider, retry.suite.hash, first.clientHello, answer.bytes)
  const secondAnswer = await channel.receive('WAIT_SH', 'server_hello')
  if (isHelloRetryRequest(secondAnswer.body)) {
    throw new TlsError('unexpected_message', 'a second HelloRetryRequest (section 4.2.3)')
  }
  const transcript = retried.with(second.clientHello, secondAnswer.bytes)
  return await readServerHello(second, secondAnswer.body, transcript, retry)
}

function sendClientHello(channel: MessageChannel, offer: ClientOffer): SentOffer {
  const hello = clientHelloOf(offer)
  // section 5.1: the record of an initial ClientHello may say 0x0301, for the sake of old servers; a second may not
  const recordVersion = ProtocolVersion[offer.isRetry ? 'TLSv1.2' : 'TLSv1.0']
  const clientHello = channel.send('client_hello', hello, recordVersion)
  return { ...offer, clientHello, offeredExtensions: offeredExtensionTypes(hello) }
}

async function readServerHello(
  offer: SentOffer,
  hello: ServerHello,
  transcript: Transcript,
  retry: Retry | undefined,
): Promise<Hellos> {
  const suite = checkHello(hello, offer, 'serverHello')
  if (retry && retry.suite !== suite) {
    throw new TlsError(
      'illegal_parameter',
      `the ServerHello has ${suite.name}, the HelloRetryRequest ${retry.suite.name}`,
    )
  }
  const share = requireExtension(hello.extensions, keyShare, keyShare.serverHello, 'server_hello')
  const group = nameOf(NamedGroup, share.group)
  // section 4.3.8: "Clients MUST verify that the selected group is the same as that in the HelloRetryRequest"
  if (retry?.group !== undefined && retry.group !== share.group) {
    throw new TlsError('illegal_parameter', `the ServerHello has group ${group}, the HelloRetryRequest another`)
  }
  const keyOffer = offer.keyOffers.get(share.group)
  if (!keyOffer) throw new TlsError('illegal_parameter', `the server chose group ${group}, for which no share was sent`)
  const sharedSecret = await keyOffer.complete(share.keyExchange)
  return { offer, suite, group, sharedSecret, transcript, isRetried: retry !== undefined }
}
