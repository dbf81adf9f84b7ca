import type { CipherSuiteParameters } from '../../crypto/cipher-suites.js'
import type { KeyExchangeGroup } from '../../crypto/groups/group.js'
import { Transcript } from '../../crypto/transcript.js'
import { TlsError } from '../../errors/tls-error.js'
import { clientHello } from '../../messages/client-hello.js'
import { ExtensionType, nameOf, ProtocolVersion } from '../../messages/code-points.js'
import { cookie } from '../../messages/extensions/cookie.js'
import { type Extension, makeExtension } from '../../messages/extensions/extension.js'
import { keyShare } from '../../messages/extensions/key-share.js'
import { supportedVersions } from '../../messages/extensions/supported-versions.js'
import { encodeMessage } from '../../messages/handshake-message.js'
import { helloRetryRequestRandom, type ServerHello } from '../../messages/server-hello.js'
import { type Bytes, equalBytes } from '../../wire/bytes.js'
import { encode } from '../../wire/codec.js'
import type { MessageChannel } from '../message-channel.js'
import { makeCookie, openCookie } from './hello-cookie.js'
import { type OfferedHello, readClientHello } from './offered-hello.js'
import type { ServerParameters } from './server-parameters.js'

/** Asks for a share of `group`, a cookie or both, and reads the second ClientHello: RFC 9846 sections 4.2.4 and 4.2.2. */
export async function retryHello(
  channel: MessageChannel,
  parameters: ServerParameters,
  first: OfferedHello,
  suite: CipherSuiteParameters,
  group: KeyExchangeGroup | undefined,
): Promise<{ hello: OfferedHello; transcript: Transcript }> {
  const sent = await makeCookie(parameters, first, suite, group?.codePoint)
  const request = encodeMessage('server_hello', helloRetryRequestOf(first, suite, group?.codePoint, sent))
  channel.sendEncoded('server_hello', request)
  // appendix E.4: "immediately after its first handshake message", if the client asks for it with a session id
  //= rfc9846#section-E.4 E.4-1
  if (first.body.legacySessionId.length > 0) channel.sendChangeCipherSpec()
  const [transcript, message] = await Promise.all([
    Transcript.afterHelloRetryRequest(parameters.provider, suite.hash, first.bytes, request),
    channel.receive('START', 'client_hello'),
  ])
  const hello = readClientHello(message)
  checkUnchanged(first, hello, group !== undefined)
  if (group && (hello.keyShares?.length !== 1 || hello.keyShares[0]?.group !== group.codePoint)) {
    throw new TlsError('illegal_parameter', `the second client_hello has not just the key share for ${group.name}`)
  }
  // section 4.3.2: "the client MUST copy the contents of the extension"
  if (sent && !(hello.cookie && equalBytes(hello.cookie, sent))) {
    throw new TlsError('illegal_parameter', 'the second client_hello has not the cookie of the HelloRetryRequest')
  }
  checkNoEarlyData(hello)
  return { hello, transcript }
}

/**
 * A client that answers a HelloRetryRequest of which nothing was kept: all that counts is in its cookie.
 * @returns the transcript in front of this ClientHello
 */
export async function resumeRetry(
  parameters: ServerParameters,
  hello: OfferedHello,
  suite: CipherSuiteParameters,
  cookie: Bytes,
): Promise<Transcript> {
  const { cipherSuite, group, clientHelloHash } = await openCookie(parameters, cookie)
  if (cipherSuite !== suite.codePoint || !hasAskedShare(hello, group)) {
    throw new TlsError('illegal_parameter', 'the second client_hello is not what its cookie says')
  }
  checkNoEarlyData(hello)
  const request = encodeMessage('server_hello', helloRetryRequestOf(hello, suite, group || undefined, cookie))
  return Transcript.afterHashedHello(suite.hash, clientHelloHash, request)
}

/** Section 4.2.2: one share, of the group that was asked for. @param group 0 where none was */
const hasAskedShare = ({ keyShares }: OfferedHello, group: number): boolean =>
  group === 0 || (keyShares?.length === 1 && keyShares[0]?.group === group)

function checkNoEarlyData(hello: OfferedHello): void {
  if (hello.offersEarlyData) {
    throw new TlsError('illegal_parameter', 'early_data in the second client_hello (section 4.3.10)')
  }
}

function helloRetryRequestOf(
  { body }: OfferedHello,
  suite: CipherSuiteParameters,
  group: number | undefined,
  sentCookie: Bytes | undefined,
): ServerHello {
  const extensions: Extension[] = [
    //= rfc9846#section-4.2.4 4.2.4-1 4.2.4-2
    //= rfc9846#section-9.2 9.2-3
    makeExtension(supportedVersions, supportedVersions.helloRetryRequest, ProtocolVersion['TLSv1.3']),
  ]
  if (group !== undefined) extensions.push(makeExtension(keyShare, keyShare.helloRetryRequest, group))
  //= rfc9846#section-4.2.4 4.2.4-3
  //= rfc9846#section-4.3.2 4.3.2-1
  if (sentCookie) extensions.push(makeExtension(cookie, cookie.helloRetryRequest, sentCookie))
  return {
    legacyVersion: ProtocolVersion['TLSv1.2'],
    random: helloRetryRequestRandom,
    legacySessionIdEcho: body.legacySessionId,
    //= rfc9846#section-4.2.4 4.2.4-9
    cipherSuite: suite.codePoint,
    legacyCompressionMethod: 0,
    extensions,
  }
}

/** What a second ClientHello may change: section 4.2.2. */
const mayChange: ReadonlySet<number> = new Set([
  ExtensionType.early_data,
  ExtensionType.cookie,
  ExtensionType.pre_shared_key,
  ExtensionType.padding,
])

/** @param mayChangeShares "if a "key_share" extension was supplied in the HelloRetryRequest", and not otherwise */
function checkUnchanged(first: OfferedHello, second: OfferedHello, mayChangeShares: boolean): void {
  const withoutExtensions = ({ body }: OfferedHello) => encode(clientHello, { ...body, extensions: [] })
  if (!equalBytes(withoutExtensions(first), withoutExtensions(second))) {
    throw new TlsError('illegal_parameter', 'the second client_hello differs from the first in a field that must stay')
  }
  const kept = ({ body }: OfferedHello) =>
    body.extensions.filter(({ type }) => !mayChange.has(type) && !(mayChangeShares && type === ExtensionType.key_share))
  const before = kept(first)
  const after = kept(second)
  const index = before.findIndex(({ type, data }, at) => {
    const other = after[at]
    return other?.type !== type || !equalBytes(other.data, data)
  })
  if (index >= 0 || before.length !== after.length) {
    const name = nameOf(ExtensionType, (before[index] ?? after[before.length])?.type ?? 0)
    throw new TlsError('illegal_parameter', `the second client_hello changed the extension ${name}`)
  }
}
