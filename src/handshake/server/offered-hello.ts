import { TlsError } from '../../errors/tls-error.js'
import type { ClientHello } from '../../messages/client-hello.js'
import { ProtocolVersion } from '../../messages/code-points.js'
import { applicationLayerProtocolNegotiation } from '../../messages/extensions/application-layer-protocol-negotiation.js'
import { certificateAuthorities } from '../../messages/extensions/certificate-authorities.js'
import { compressCertificate } from '../../messages/extensions/compress-certificate.js'
import { cookie } from '../../messages/extensions/cookie.js'
import { earlyData } from '../../messages/extensions/early-data.js'
import { hasExtension, readExtension } from '../../messages/extensions/extension.js'
import { type KeyShareEntry, keyShare } from '../../messages/extensions/key-share.js'
import { checkExtensionPlaces } from '../../messages/extensions/permitted.js'
import { postHandshakeAuth } from '../../messages/extensions/post-handshake-auth.js'
import { type OfferedPsks, preSharedKey } from '../../messages/extensions/pre-shared-key.js'
import { pskKeyExchangeModes } from '../../messages/extensions/psk-key-exchange-modes.js'
import { serverName } from '../../messages/extensions/server-name.js'
import { signatureAlgorithms, signatureAlgorithmsCert } from '../../messages/extensions/signature-algorithms.js'
import { signedCertificateTimestamp } from '../../messages/extensions/signed-certificate-timestamp.js'
import { checkStatusRequest } from '../../messages/extensions/status-request.js'
import { supportedGroups } from '../../messages/extensions/supported-groups.js'
import { supportedVersions } from '../../messages/extensions/supported-versions.js'
import type { ReceivedMessage } from '../../messages/handshake-message.js'
import type { Bytes } from '../../wire/bytes.js'
import { type RecordLimits, readRecordLimits } from '../record-limits.js'

/** A ClientHello that offers TLS 1.3, with its extensions read. */
export interface OfferedHello {
  readonly body: ClientHello
  /** The message as it came. */
  readonly bytes: Bytes
  readonly serverName: string | undefined
  readonly supportedGroups: readonly number[] | undefined
  readonly keyShares: readonly KeyShareEntry[] | undefined
  readonly signatureSchemes: readonly number[] | undefined
  /** For signatures in certificates; `signatureSchemes` when the client makes no difference. */
  readonly certificateSignatureSchemes: readonly number[] | undefined
  /** DER of names (section 4.3.4): a hint for who chooses the identity. */
  readonly certificateAuthorities: readonly Bytes[]
  readonly alpnProtocols: readonly Bytes[] | undefined
  readonly cookie: Bytes | undefined
  readonly pskModes: readonly number[] | undefined
  readonly psks: OfferedPsks | undefined
  readonly offersEarlyData: boolean
  readonly offersPostHandshakeAuth: boolean
  readonly recordLimits: RecordLimits
  /** RFC 8879: algorithms by which the client takes a compressed certificate. */
  readonly certificateCompression: readonly number[]
}

/** RFC 9846 sections 4.2.2 and 9.2: what a server checks before it chooses. */
export function readClientHello({ body, bytes }: ReceivedMessage<'client_hello'>): OfferedHello {
  const { extensions } = body
  const versions = readExtension(extensions, supportedVersions, supportedVersions.clientHello)
  //= rfc9846#section-4.3.1 4.3.1-6 4.3.1-7 4.3.1-8 4.3.1-10
  //= rfc9846#section-E.2 E.2-1 E.2-3
  if (!versions?.includes(ProtocolVersion['TLSv1.3'])) {
    throw new TlsError('protocol_version', 'the client does not offer TLS 1.3, which is all that this library speaks')
  }
  //= rfc9846#section-4.3.1 4.3.1-5
  // it takes no part in the negotiation, but a client of TLS 1.3 has no choice of it
  //= rfc9846#section-4.2.2 4.2.2-7
  //= rfc9846#section-4.3.1 4.3.1-4
  //= rfc9846#section-E.5 E.5-9
  if (body.legacyVersion !== ProtocolVersion['TLSv1.2']) {
    throw new TlsError(
      'protocol_version',
      `client_hello: legacy_version is 0x${body.legacyVersion.toString(16)}, where 0x303 must stand`,
    )
  }
  //= rfc9846#section-4.2.2 4.2.2-15
  if (body.legacyCompressionMethods.length !== 1 || body.legacyCompressionMethods[0] !== 0) {
    throw new TlsError('illegal_parameter', 'client_hello: legacy_compression_methods is not just the null method')
  }
  //= rfc9846#section-4.2.2 4.2.2-17
  //= rfc9846#section-9.3 9.3-5
  //= rfc9846#section-4.5.1.1 4.5.1.1-2 4.5.1.1-4
  checkExtensionPlaces(extensions, 'clientHello')
  checkPskIsLast(body)
  // these are answered with the certificate, if at all: judged for their form in any case (section 6)
  checkStatusRequest(extensions, 'client')
  readExtension(extensions, signedCertificateTimestamp, signedCertificateTimestamp.clientHello)
  const signatureSchemes = readExtension(extensions, signatureAlgorithms, signatureAlgorithms.clientHello)
  const alpn = applicationLayerProtocolNegotiation
  const hello: OfferedHello = {
    body,
    bytes,
    serverName: readExtension(extensions, serverName, serverName.clientHello),
    supportedGroups: readExtension(extensions, supportedGroups, supportedGroups.clientHello),
    keyShares: readExtension(extensions, keyShare, keyShare.clientHello),
    signatureSchemes,
    certificateSignatureSchemes:
      readExtension(extensions, signatureAlgorithmsCert, signatureAlgorithmsCert.clientHello) ?? signatureSchemes,
    certificateAuthorities: readExtension(extensions, certificateAuthorities, certificateAuthorities.clientHello) ?? [],
    alpnProtocols: readExtension(extensions, alpn, alpn.clientHello),
    cookie: readExtension(extensions, cookie, cookie.clientHello),
    pskModes: readExtension(extensions, pskKeyExchangeModes, pskKeyExchangeModes.clientHello),
    psks: readExtension(extensions, preSharedKey, preSharedKey.clientHello),
    offersPostHandshakeAuth: readExtension(extensions, postHandshakeAuth, postHandshakeAuth.clientHello) !== undefined,
    recordLimits: readRecordLimits(extensions, 'clientHello'),
    certificateCompression: readExtension(extensions, compressCertificate, compressCertificate.clientHello) ?? [],
    offersEarlyData: readExtension(extensions, earlyData, earlyData.clientHello) !== undefined,
  }
  checkMandatoryExtensions(hello)
  checkKeyShares(hello)
  return hello
}

/** Section 4.3.11: "The "pre_shared_key" extension MUST be the last extension in the ClientHello". */
function checkPskIsLast({ extensions }: ClientHello): void {
  if (!hasExtension(extensions, preSharedKey)) return
  //= rfc9846#section-4.3.11 4.3.11-20
  if (extensions.at(-1)?.type !== preSharedKey.type) {
    throw new TlsError('illegal_parameter', 'client_hello: pre_shared_key is not the last extension')
  }
}

/** Section 9.2 */
function checkMandatoryExtensions(hello: OfferedHello): void {
  const missing = (what: string) => new TlsError('missing_extension', `client_hello has no extension ${what}`)
  //= rfc9846#section-9.2 9.2-12
  if (!hello.psks) {
    if (!hello.signatureSchemes) throw missing('signature_algorithms')
    if (!hello.supportedGroups) throw missing('supported_groups')
  }
  if (hello.supportedGroups && !hello.keyShares) throw missing('key_share, though it has supported_groups')
  if (hello.keyShares && !hello.supportedGroups) throw missing('supported_groups, though it has key_share')
  // section 4.3.9: "If clients offer "pre_shared_key" without a "psk_key_exchange_modes" extension, servers MUST abort"
  //= rfc9846#section-4.3.9 4.3.9-3
  if (hello.psks && !hello.pskModes) throw missing('psk_key_exchange_modes, though it has pre_shared_key')
  //= rfc9846#section-4.3.11 4.3.11-10
  if (hello.psks && hello.psks.identities.length !== hello.psks.binders.length) {
    throw new TlsError('illegal_parameter', 'client_hello: pre_shared_key has not one binder for each identity')
  }
}

/** Section 4.3.8: a share for each group at most, and only for groups that are offered. */
function checkKeyShares({ keyShares = [], supportedGroups = [] }: OfferedHello): void {
  // a ClientHello has room for thousands of both: not each against each
  const groups = new Set(supportedGroups)
  const seen = new Set<number>()
  for (const { group } of keyShares) {
    //= rfc9846#section-4.3.8 4.3.8-11
    if (seen.has(group)) throw new TlsError('illegal_parameter', `client_hello: two key shares for group ${group}`)
    if (!groups.has(group)) {
      throw new TlsError('illegal_parameter', `client_hello: a key share for group ${group}, which it does not offer`)
    }
    seen.add(group)
  }
}
