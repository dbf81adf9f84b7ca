import type { KeyExchangeGroup, KeyOffer } from '../../crypto/groups/group.js'
import type { ClientHello } from '../../messages/client-hello.js'
import { isGrease, ProtocolVersion, PskKeyExchangeMode } from '../../messages/code-points.js'
import { applicationLayerProtocolNegotiation } from '../../messages/extensions/application-layer-protocol-negotiation.js'
import { compressCertificate } from '../../messages/extensions/compress-certificate.js'
import { cookie } from '../../messages/extensions/cookie.js'
import { earlyData } from '../../messages/extensions/early-data.js'
import { type Extension, makeExtension } from '../../messages/extensions/extension.js'
import { type KeyShareEntry, keyShare } from '../../messages/extensions/key-share.js'
import { maxFragmentLength } from '../../messages/extensions/max-fragment-length.js'
import { postHandshakeAuth } from '../../messages/extensions/post-handshake-auth.js'
import { preSharedKey } from '../../messages/extensions/pre-shared-key.js'
import { pskKeyExchangeModes } from '../../messages/extensions/psk-key-exchange-modes.js'
import { recordSizeLimit } from '../../messages/extensions/record-size-limit.js'
import { serverName } from '../../messages/extensions/server-name.js'
import { signatureAlgorithms, signatureAlgorithmsCert } from '../../messages/extensions/signature-algorithms.js'
import { signedCertificateTimestamp } from '../../messages/extensions/signed-certificate-timestamp.js'
import { statusRequest } from '../../messages/extensions/status-request.js'
import { supportedGroups } from '../../messages/extensions/supported-groups.js'
import { supportedVersions } from '../../messages/extensions/supported-versions.js'
import { type Bytes, noBytes } from '../../wire/bytes.js'
import { offeredAlgorithms } from '../certificate-compression.js'
import { chooseGrease, type Grease } from '../grease.js'
import type { Observer } from '../observer.js'
import type { ClientParameters } from './client-parameters.js'
import { type OfferedPsk, preparePsks, unboundPsks } from './client-psk.js'

/** What a client offers: what its ClientHello says, and what it must keep to read the answer. */
export interface ClientOffer {
  readonly parameters: ClientParameters
  readonly random: Bytes
  readonly legacySessionId: Bytes
  readonly grease: Grease | undefined
  readonly keyOffers: ReadonlyMap<number, KeyOffer>
  /** Whether this answers a HelloRetryRequest. */
  readonly isRetry: boolean
  /** Whether that asked for the share of one group. */
  readonly isShareRequested: boolean
  /** From a HelloRetryRequest. */
  readonly cookie: Bytes | undefined
  readonly psks: readonly OfferedPsk[]
  /** 0-RTT data to send; empty for none. */
  readonly earlyData: Bytes
}

/** An offer that went out: what the answer is judged by. */
export interface SentOffer extends ClientOffer {
  readonly clientHello: Bytes
  /** The types that the server may answer; GREASE ones it may not, so they are not among them. */
  readonly offeredExtensions: ReadonlySet<number>
}

/** Fresh randomness and key shares; the pairs are made at the same time. */
export async function makeOffer(
  parameters: ClientParameters,
  observer: Observer,
  dataToSend: Bytes,
): Promise<ClientOffer> {
  const { provider } = parameters
  //= rfc9846#section-C.1 C.1-1
  const random = provider.getRandomValues(new Uint8Array(32))
  const [keyOffers, psks] = await Promise.all([
    makeKeyOffers(parameters, parameters.keyShareGroups, observer),
    parameters.offerPsks().then((known) => preparePsks(parameters, random, known)),
  ])
  return {
    parameters,
    random,
    // appendix E.4: in compatibility mode the session id is not empty and not predictable
    //= rfc9846#section-4.2.2 4.2.2-9 4.2.2-10 4.2.2-11
    legacySessionId: parameters.middleboxCompatibility ? provider.getRandomValues(new Uint8Array(32)) : noBytes,
    grease: parameters.grease ? chooseGrease(provider) : undefined,
    keyOffers,
    psks,
    earlyData: mayOfferEarlyData(psks, dataToSend) ? dataToSend : noBytes,
    isRetry: false,
    isShareRequested: false,
    //= rfc9846#section-4.3.2 4.3.2-3
    cookie: undefined,
  }
}

export async function makeKeyOffers(
  { provider }: ClientParameters,
  groups: readonly KeyExchangeGroup[],
  observer: Observer,
): Promise<ReadonlyMap<number, KeyOffer>> {
  const offers = await Promise.all(
    groups.map(async (group) => {
      //= rfc9846#section-4.3.8 4.3.8-8 4.3.8-12
      const offer = await observer.timed(`Generate ${group.name} key pair`, group.offer(provider))
      return [group.codePoint, offer] as const
    }),
  )
  return new Map(offers)
}

/** The ClientHello of an offer: RFC 9846 section 4.2.2. */
export function clientHelloOf(offer: ClientOffer): ClientHello {
  const { parameters, grease } = offer
  const cipherSuites = parameters.cipherSuites.map(({ codePoint }) => codePoint)
  return {
    //= rfc9846#section-4.2.2 4.2.2-6
    //= rfc9846#section-E.5 E.5-8 E.5-5
    legacyVersion: ProtocolVersion['TLSv1.2'],
    random: offer.random,
    legacySessionId: offer.legacySessionId,
    cipherSuites: grease ? [grease.cipherSuite, ...cipherSuites] : cipherSuites,
    //= rfc9846#section-4.2.2 4.2.2-14
    legacyCompressionMethods: [0],
    extensions: extensionsOf(offer),
  }
}

function extensionsOf(offer: ClientOffer): readonly Extension[] {
  const { parameters, grease } = offer
  const extensions: Extension[] = []
  if (grease) extensions.push({ type: grease.firstExtension, data: noBytes })
  if (parameters.serverNameIndication !== undefined) {
    //= rfc9846#section-4.5.1.2 4.5.1.2-8
    //= rfc9846#section-9.2 9.2-13
    extensions.push(makeExtension(serverName, serverName.clientHello, parameters.serverNameIndication))
  }
  const groups = parameters.groups.map(({ codePoint }) => codePoint)
  const versions = [ProtocolVersion['TLSv1.3']]
  const schemes = parameters.signatureSchemes.map(({ codePoint }) => codePoint)
  extensions.push(
    //= rfc9846#section-9.2 9.2-1 9.2-2 9.2-9 9.2-5 9.2-10 9.2-11
    makeExtension(supportedGroups, supportedGroups.clientHello, grease ? [grease.group, ...groups] : groups),
    //= rfc9846#section-4.3.3 4.3.3-2
    //= rfc9846#section-9.2 9.2-4
    makeExtension(
      signatureAlgorithms,
      signatureAlgorithms.clientHello,
      grease ? [grease.signatureScheme, ...schemes] : schemes,
    ),
    //= rfc9846#section-4.3.1 4.3.1-1
    //= rfc9846#section-9.2 9.2-3
    makeExtension(supportedVersions, supportedVersions.clientHello, grease ? [grease.version, ...versions] : versions),
    //= rfc9846#section-2.2 2.2-1
    //= rfc9846#section-9.2 9.2-6
    makeExtension(keyShare, keyShare.clientHello, keyShareEntries(offer)),
    // also tells the server which tickets would be of use
    //= rfc9846#section-4.3.9 4.3.9-1 4.3.9-2
    //= rfc9846#section-9.2 9.2-8
    makeExtension(pskKeyExchangeModes, pskKeyExchangeModes.clientHello, pskModes(parameters)),
  )
  //= rfc9846#section-4.3.3 4.3.3-5
  if (parameters.certificateSchemes.length > 0) {
    const list = parameters.certificateSchemes.map(({ codePoint }) => codePoint)
    extensions.push(makeExtension(signatureAlgorithmsCert, signatureAlgorithmsCert.clientHello, list))
  }
  if (parameters.alpnProtocols.length > 0) {
    const alpn = applicationLayerProtocolNegotiation
    extensions.push(makeExtension(alpn, alpn.clientHello, parameters.alpnProtocols))
  }
  const { recordLimits } = parameters
  if (recordLimits.recordSizeLimit !== undefined) {
    extensions.push(makeExtension(recordSizeLimit, recordSizeLimit.clientHello, recordLimits.recordSizeLimit))
  }
  if (recordLimits.maxFragmentLength !== undefined) {
    extensions.push(makeExtension(maxFragmentLength, maxFragmentLength.clientHello, recordLimits.maxFragmentLength))
  }
  if (parameters.requestsOcsp) {
    const request = { statusType: 1, responderIdList: noBytes, requestExtensions: noBytes }
    extensions.push(makeExtension(statusRequest, statusRequest.clientHello, request))
  }
  if (parameters.requestsTimestamps) {
    extensions.push(makeExtension(signedCertificateTimestamp, signedCertificateTimestamp.clientHello, true))
  }
  const algorithms = offeredAlgorithms(parameters.certificateCompression)
  if (algorithms.length > 0) {
    extensions.push(makeExtension(compressCertificate, compressCertificate.clientHello, algorithms))
  }
  if (parameters.postHandshakeAuth) {
    extensions.push(makeExtension(postHandshakeAuth, postHandshakeAuth.clientHello, true))
  }
  //= rfc9846#section-4.3.2 4.3.2-2
  if (offer.cookie) extensions.push(makeExtension(cookie, cookie.clientHello, offer.cookie))
  // RFC 8701: the second is not empty, so that a server meets both forms
  if (grease) extensions.push({ type: grease.secondExtension, data: Uint8Array.of(0) })
  //= rfc9846#section-4.3.10 4.3.10-1
  if (offer.earlyData.length > 0) extensions.push(makeExtension(earlyData, earlyData.clientHello, true))
  // section 4.3.11: always the last
  //= rfc9846#section-4.3 4.3-9
  //= rfc9846#section-4.3.11 4.3.11-19
  //= rfc9846#section-9.2 9.2-7
  if (offer.psks.length > 0) {
    extensions.push(makeExtension(preSharedKey, preSharedKey.clientHello, unboundPsks(offer.psks)))
  }
  return extensions
}

const pskModes = ({ allowsPskKe }: ClientParameters): readonly number[] =>
  allowsPskKe ? [PskKeyExchangeMode.psk_dhe_ke, PskKeyExchangeMode.psk_ke] : [PskKeyExchangeMode.psk_dhe_ke]

/** Section 4.3.10: 0-RTT goes with the first PSK, within what its ticket allows. */
function mayOfferEarlyData([first]: readonly OfferedPsk[], data: Bytes): boolean {
  //= rfc9846#section-F.5 F.5-3
  //= rfc9846#section-E.1 E.1-2
  return data.length > 0 && data.length <= (first?.session?.maxEarlyDataSize ?? 0)
}

function keyShareEntries({ parameters, keyOffers, grease, isShareRequested }: ClientOffer): readonly KeyShareEntry[] {
  //= rfc9846#section-4.3.8 4.3.8-1 4.3.8-2
  const entries: KeyShareEntry[] = []
  // section 4.2.2: where a group was asked for, its share stands alone; else the shares stay what they were
  if (grease && !isShareRequested) entries.push({ group: grease.group, keyExchange: Uint8Array.of(0) })
  // section 4.3.8: in the order of supported_groups
  //= rfc9846#section-4.3.8 4.3.8-3 4.3.8-4 4.3.8-5 4.3.8-6 4.3.8-9 4.3.8-10
  for (const { codePoint } of parameters.groups) {
    const offer = keyOffers.get(codePoint)
    if (offer) entries.push({ group: codePoint, keyExchange: offer.keyShare })
  }
  return entries
}

export function offeredExtensionTypes({ extensions }: ClientHello): ReadonlySet<number> {
  return new Set(extensions.map(({ type }) => type).filter((type) => !isGrease(type)))
}
