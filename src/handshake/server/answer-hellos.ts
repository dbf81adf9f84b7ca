import type { CipherSuiteParameters } from '../../crypto/cipher-suites.js'
import type { KeyResponse } from '../../crypto/groups/group.js'
import { Transcript } from '../../crypto/transcript.js'
import { TlsError } from '../../errors/tls-error.js'
import { ProtocolVersion } from '../../messages/code-points.js'
import { type Extension, makeExtension } from '../../messages/extensions/extension.js'
import { keyShare } from '../../messages/extensions/key-share.js'
import { preSharedKey } from '../../messages/extensions/pre-shared-key.js'
import { supportedVersions } from '../../messages/extensions/supported-versions.js'
import { type Bytes, equalBytes } from '../../wire/bytes.js'
import type { MessageChannel } from '../message-channel.js'
import { resumeRetry, retryHello } from './hello-retry.js'
import { type ChosenIdentity, chooseAlpn, chooseCipherSuite, chooseGroup, chooseIdentity } from './negotiate.js'
import { type OfferedHello, readClientHello } from './offered-hello.js'
import type { ServerParameters } from './server-parameters.js'
import { acceptPsk, type ChosenPsk, type FoundPsk, findPsk } from './server-psk.js'

/** What the hellos settle. */
export interface Negotiated {
  readonly hello: OfferedHello
  readonly suite: CipherSuiteParameters
  /** `undefined` with psk_ke alone. */
  readonly group: string | undefined
  readonly keyResponse: KeyResponse | undefined
  readonly psk: ChosenPsk | undefined
  /** `undefined` with a PSK: its knowledge is the proof. */
  readonly identity: ChosenIdentity | undefined
  readonly alpnProtocol: Bytes | undefined
  readonly isRetried: boolean
  readonly offeredEarlyData: boolean
  readonly acceptsEarlyData: boolean
  /** Up to and with the ServerHello. */
  readonly transcript: Transcript
  /** Up to and with the ClientHello: what 0-RTT keys are bound to. */
  readonly clientHelloTranscript: Transcript
}

/** States START, RECVD_CH and NEGOTIATED: RFC 9846 appendix A.2. */
export async function answerHellos(channel: MessageChannel, parameters: ServerParameters): Promise<Negotiated> {
  const { provider } = parameters
  // before the first ClientHello it is an unexpected record; where a cookie may come, this may be the second one
  //= rfc9846#section-5 5-3
  //= rfc9846#section-4.3.2 4.3.2-4
  if (parameters.cookies === undefined) channel.source.refuseChangeCipherSpec()
  const message = await channel.receive('START', 'client_hello')
  channel.source.acceptChangeCipherSpec()
  let hello = readClientHello(message)
  await parameters.examineHello?.(hello)
  let before = Transcript.empty
  let foundPsk = await findPsk(parameters, hello)
  const suite = chooseCipherSuite(parameters, hello, foundPsk?.hash)
  const isPskKe = isPskKeOnly(parameters, hello)
  let chosenGroup = isPskKe ? undefined : chooseGroup(parameters, hello)
  const first = hello
  //= rfc9846#section-4.2.1 4.2.1-3
  const needsShare = chosenGroup !== undefined && chosenGroup.clientShare === undefined
  const bringsCookie = parameters.cookies !== undefined && hello.cookie !== undefined
  const isRetried = needsShare || parameters.cookies !== undefined
  if (bringsCookie && hello.cookie) {
    if (needsShare) throw new TlsError('illegal_parameter', 'the second client_hello has no share that can be used')
    before = await resumeRetry(parameters, hello, suite, hello.cookie)
  } else if (isRetried) {
    // a first flight of 0-RTT data can't be opened any more
    //= rfc9846#section-4.3.10 4.3.10-6
    if (hello.offersEarlyData) channel.source.skipUndecryptable(parameters.maxSkippedEarlyData)
    const retried = await retryHello(channel, parameters, hello, suite, needsShare ? chosenGroup?.group : undefined)
    hello = retried.hello
    before = retried.transcript
    checkPskStays(foundPsk, hello)
    foundPsk = await findPsk(parameters, hello)
    // the group stays what it was: the second ClientHello has just its share
    if (chosenGroup && needsShare) chosenGroup = { ...chosenGroup, clientShare: hello.keyShares?.[0]?.keyExchange }
  }

  const alpnProtocol = chooseAlpn(parameters, hello)
  const psk =
    foundPsk && foundPsk.hash === suite.hash ? await acceptPsk(parameters, hello, foundPsk, before) : undefined
  if (!psk && isPskKe)
    throw new TlsError('handshake_failure', 'the client offers no key exchange, and no PSK that is known')
  const [identity, keyResponse, acceptsEarlyData] = await Promise.all([
    //= rfc9846#section-4.3.11 4.3.11-7
    psk ? undefined : chooseIdentity(parameters, hello),
    chosenGroup?.clientShare &&
      channel.observer.timed(
        `Agree on a ${chosenGroup.group.name} shared secret`,
        chosenGroup.group.respond(provider, chosenGroup.clientShare),
      ),
    !isRetried && first.offersEarlyData && mayAcceptEarlyData(parameters, hello, suite, psk, alpnProtocol),
  ])

  const isWithoutKeyExchange = psk !== undefined && !psk.usesKeyExchange
  // without a PSK, keys without a key exchange would be made of public values alone
  if (!isWithoutKeyExchange && !keyResponse) {
    throw new TlsError('illegal_parameter', 'client_hello: there is no key share that can be used')
  }
  const clientHelloTranscript = before.with(hello.bytes)
  //= rfc9846#section-4.3.8 4.3.8-20
  //= rfc9846#section-4.3.9 4.3.9-7
  const group = isWithoutKeyExchange ? undefined : chosenGroup?.group
  const extensions: Extension[] = [
    //= rfc9846#section-4.2.3 4.2.3-10 4.2.3-11
    //= rfc9846#section-4.2.4 4.2.4-12
    //= rfc9846#section-4.3.1 4.3.1-13
    //= rfc9846#section-9.2 9.2-3
    makeExtension(supportedVersions, supportedVersions.serverHello, ProtocolVersion['TLSv1.3']),
  ]
  if (group && keyResponse) {
    //= rfc9846#section-2 2-1
    //= rfc9846#section-4.3.8 4.3.8-18
    //= rfc9846#section-4.3.9 4.3.9-8
    //= rfc9846#section-9.2 9.2-6
    const share = { group: group.codePoint, keyExchange: keyResponse.keyShare }
    extensions.push(makeExtension(keyShare, keyShare.serverHello, share))
  }
  //= rfc9846#section-9.2 9.2-7
  if (psk) extensions.push(makeExtension(preSharedKey, preSharedKey.serverHello, psk.index))
  const serverHello = channel.send('server_hello', {
    //= rfc9846#section-4.2.3 4.2.3-1
    //= rfc9846#section-4.3.1 4.3.1-14
    //= rfc9846#section-E.5 E.5-8
    legacyVersion: ProtocolVersion['TLSv1.2'],
    //= rfc9846#section-4.2.3 4.2.3-4 4.2.3-5
    random: provider.getRandomValues(new Uint8Array(32)),
    legacySessionIdEcho: hello.body.legacySessionId,
    //= rfc9846#section-4.2.4 4.2.4-9
    cipherSuite: suite.codePoint,
    //= rfc9846#section-4.2.3 4.2.3-8
    legacyCompressionMethod: 0,
    extensions,
  })
  // appendix E.4: "immediately after its first handshake message"
  //= rfc9846#section-E.4 E.4-1
  if (hello.body.legacySessionId.length > 0 && !isRetried) channel.oweChangeCipherSpec()
  return {
    hello,
    suite,
    group: group?.name,
    keyResponse: group && keyResponse ? keyResponse : undefined,
    psk,
    identity: identity || undefined,
    alpnProtocol,
    isRetried,
    offeredEarlyData: first.offersEarlyData,
    acceptsEarlyData: acceptsEarlyData === true,
    clientHelloTranscript,
    transcript: clientHelloTranscript.with(serverHello),
  }
}

/**
 * Section 4.2.2: a second ClientHello may leave out PSKs that do not fit the suite, and the one that was found does.
 */
function checkPskStays(found: FoundPsk | undefined, { psks }: OfferedHello): void {
  if (!found) return
  if (!psks) throw new TlsError('missing_extension', 'the second client_hello has no pre_shared_key any more')
  if (psks.identities.some(({ identity }) => equalBytes(identity, found.identity.identity))) return
  throw new TlsError(
    'illegal_parameter',
    'the second client_hello has not the pre-shared key that was found in the first',
  )
}

/** A client without groups can do psk_ke only (section 9.2). */
function isPskKeOnly(parameters: ServerParameters, hello: OfferedHello): boolean {
  if (hello.supportedGroups) return false
  if (parameters.allowsPskKe) return true
  throw new TlsError('handshake_failure', 'the client offers no group, and psk_ke is not allowed here')
}

/** RFC 9846 section 4.3.10: what must hold before a server may take 0-RTT data; freshness and replay come last. */
async function mayAcceptEarlyData(
  parameters: ServerParameters,
  hello: OfferedHello,
  suite: CipherSuiteParameters,
  psk: ChosenPsk | undefined,
  alpnProtocol: Bytes | undefined,
): Promise<boolean> {
  const state = psk?.resumption
  //= rfc9846#section-4.3.10 4.3.10-8 4.3.10-11
  //= rfc9846#section-F.5 F.5-3
  if (!psk || !state || psk.index !== 0 || state.maxEarlyDataSize === 0 || !parameters.acceptEarlyData) return false
  //= rfc9846#section-4.3.10 4.3.10-9
  if (state.suite !== suite) return false
  const text = (bytes: Bytes | undefined) => bytes && new TextDecoder().decode(bytes)
  if (text(state.alpnProtocol) !== text(alpnProtocol)) return false
  if (state.serverName !== hello.serverName) return false
  //= rfc9846#section-4.3.10 4.3.10-3 4.3.10-4 4.3.10-5
  if (Math.abs(state.ageDifference) > earlyDataWindowMilliseconds) return false
  //= rfc9846#section-8.2 8.2-2 8.2-3
  return await parameters.acceptEarlyData(psk, hello)
}

/** Section 8.3: how far the client's view of a ticket's age may be off; the replay guard remembers at least as long. */
export const earlyDataWindowMilliseconds = 10_000
