import type { CipherSuiteParameters } from '../../crypto/cipher-suites.js'
import { TlsError } from '../../errors/tls-error.js'
import { NamedGroup, nameOf } from '../../messages/code-points.js'
import { cookie } from '../../messages/extensions/cookie.js'
import { readExtension } from '../../messages/extensions/extension.js'
import { keyShare } from '../../messages/extensions/key-share.js'
import type { ServerHello } from '../../messages/server-hello.js'
import { noBytes } from '../../wire/bytes.js'
import type { Observer } from '../observer.js'
import { type ClientOffer, makeKeyOffers, type SentOffer } from './client-offer.js'
import { checkHello } from './read-server-hello.js'

/** What a HelloRetryRequest binds the ServerHello to. */
export interface Retry {
  readonly suite: CipherSuiteParameters
  /** The group it asked a share for, if it did. */
  readonly group: number | undefined
}

/**
 * The offer for the second ClientHello: the first with what the HelloRetryRequest asks for, and nothing else changed
 * (RFC 9846 section 4.2.2).
 */
export async function retryOffer(
  offer: SentOffer,
  request: ServerHello,
  observer: Observer,
): Promise<{ offer: ClientOffer; retry: Retry }> {
  //= rfc9846#section-4.2.4 4.2.4-4 4.2.4-8
  const suite = checkHello(request, offer, 'helloRetryRequest')
  const group = readExtension(request.extensions, keyShare, keyShare.helloRetryRequest)
  const requestedCookie = readExtension(request.extensions, cookie, cookie.helloRetryRequest)
  //= rfc9846#section-4.2.4 4.2.4-5
  if (group === undefined && requestedCookie === undefined) {
    throw new TlsError('illegal_parameter', 'the HelloRetryRequest asks for no change (section 4.2.4)')
  }
  const retry = { suite, group }
  //= rfc9846#section-4.2.2 4.2.2-2
  const changes = {
    isRetry: true,
    isShareRequested: group !== undefined,
    cookie: requestedCookie,
    // "the client SHOULD NOT offer any pre-shared keys associated with a hash other than that of the selected suite"
    //= rfc9846#section-4.2.4 4.2.4-11
    psks: offer.psks.filter(({ hash }) => hash === suite.hash),
    // section 4.3.10: a HelloRetryRequest rejects 0-RTT
    //= rfc9846#section-4.3.10 4.3.10-7
    earlyData: noBytes,
  }
  if (group === undefined) return { retry, offer: { ...offer, ...changes } }
  const wanted = offer.parameters.groups.find(({ codePoint }) => codePoint === group)
  const name = nameOf(NamedGroup, group)
  // section 4.3.8: both checks are MUSTs of the client
  //= rfc9846#section-4.3.8 4.3.8-14 4.3.8-16
  if (!wanted)
    throw new TlsError('illegal_parameter', `the HelloRetryRequest wants group ${name}, which was not offered`)
  //= rfc9846#section-4.3.8 4.3.8-15 4.3.8-16
  if (offer.keyOffers.has(group)) {
    throw new TlsError('illegal_parameter', `the HelloRetryRequest wants group ${name}, whose share was already sent`)
  }
  //= rfc9846#section-4.3.8 4.3.8-17
  const keyOffers = await makeKeyOffers(offer.parameters, [wanted], observer)
  return { retry, offer: { ...offer, ...changes, keyOffers } }
}
