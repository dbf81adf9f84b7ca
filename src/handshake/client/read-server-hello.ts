import { type CipherSuiteParameters, cipherSuiteByCodePoint } from '../../crypto/cipher-suites.js'
import { TlsError } from '../../errors/tls-error.js'
import { ExtensionType, nameOf, ProtocolVersion } from '../../messages/code-points.js'
import { readExtension } from '../../messages/extensions/extension.js'
import { checkResponseExtensions } from '../../messages/extensions/permitted.js'
import { supportedVersions } from '../../messages/extensions/supported-versions.js'
import { downgradeSentinel, type ServerHello } from '../../messages/server-hello.js'
import { equalBytes } from '../../wire/bytes.js'
import type { SentOffer } from './client-offer.js'

/**
 * What a ServerHello and a HelloRetryRequest have in common: RFC 9846 sections 4.2.3 and 4.2.4.
 * @returns the cipher suite that it chose
 */
export function checkHello(
  hello: ServerHello,
  offer: SentOffer,
  carrier: 'serverHello' | 'helloRetryRequest',
): CipherSuiteParameters {
  //= rfc9846#section-4.3.1 4.3.1-15
  checkVersion(hello)
  checkResponseExtensions(hello.extensions, carrier, offer.offeredExtensions)
  //= rfc9846#section-4.2.3 4.2.3-6
  if (!equalBytes(hello.legacySessionIdEcho, offer.legacySessionId)) {
    throw new TlsError('illegal_parameter', `${carrier}: legacy_session_id_echo is not what the ClientHello had`)
  }
  //= rfc9846#section-4.2.3 4.2.3-9
  if (hello.legacyCompressionMethod !== 0) {
    throw new TlsError(
      'illegal_parameter',
      `${carrier}: legacy_compression_method is ${hello.legacyCompressionMethod}, where 0 must stand`,
    )
  }
  const suite = cipherSuiteByCodePoint.get(hello.cipherSuite)
  //= rfc9846#section-4.2.3 4.2.3-7
  if (!suite || !offer.parameters.cipherSuites.includes(suite)) {
    const chosen = suite?.name ?? `0x${hello.cipherSuite.toString(16)}`
    throw new TlsError('illegal_parameter', `${carrier}: the cipher suite ${chosen} was not offered`)
  }
  return suite
}

/** Sections 4.2.3 and 4.3.1. The extension comes first: it is what tells TLS 1.3 from its predecessors. */
function checkVersion(hello: ServerHello): void {
  const selected = readExtension(hello.extensions, supportedVersions, supportedVersions.serverHello)
  //= rfc9846#section-E.1 E.1-3
  //= rfc9846#section-E.3 E.3-1
  if (selected === undefined) {
    // a server that knows TLS 1.3 marks a downgrade in its random: someone changed our ClientHello on its way
    //= rfc9846#section-4.2.3 4.2.3-16 4.2.3-18
    const sentinel = downgradeSentinel(hello.random)
    if (sentinel) {
      throw new TlsError(
        'downgrade_detected',
        `the server was made to negotiate ${sentinel}: the ClientHello was changed`,
      )
    }
    throw new TlsError(
      'protocol_version',
      `the server chose ${versionName(hello.legacyVersion)}; this library speaks TLS 1.3 only`,
    )
  }
  //= rfc9846#section-4.3.1 4.3.1-16 4.3.1-17 4.3.1-18
  //= rfc9846#section-4.2.4 4.2.4-13
  if (selected !== ProtocolVersion['TLSv1.3']) {
    throw new TlsError(
      'illegal_parameter',
      `the extension ${nameOf(ExtensionType, supportedVersions.type)} selects ${versionName(selected)}, which was not offered`,
    )
  }
  //= rfc9846#section-4.2.3 4.2.3-2
  //= rfc9846#section-E.5 E.5-9
  if (hello.legacyVersion !== ProtocolVersion['TLSv1.2']) {
    throw new TlsError('protocol_version', `legacy_version is ${versionName(hello.legacyVersion)} instead of 0x0303`)
  }
}

const versionName = (version: number): string => {
  const name = nameOf(ProtocolVersion, version)
  return name.startsWith('TLS') ? name.replace('v', ' ') : `version ${name}`
}
