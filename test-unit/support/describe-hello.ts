import type { ClientHello } from '../../src/messages/client-hello.js'
import {
  CipherSuite,
  ExtensionType,
  isGrease,
  NamedGroup,
  nameOf,
  SignatureScheme,
} from '../../src/messages/code-points.js'
import { applicationLayerProtocolNegotiation } from '../../src/messages/extensions/application-layer-protocol-negotiation.js'
import { cookie } from '../../src/messages/extensions/cookie.js'
import type { Extension } from '../../src/messages/extensions/extension.js'
import { keyShare } from '../../src/messages/extensions/key-share.js'
import { pskKeyExchangeModes } from '../../src/messages/extensions/psk-key-exchange-modes.js'
import { serverName } from '../../src/messages/extensions/server-name.js'
import { signatureAlgorithms } from '../../src/messages/extensions/signature-algorithms.js'
import { supportedGroups } from '../../src/messages/extensions/supported-groups.js'
import { supportedVersions } from '../../src/messages/extensions/supported-versions.js'
import { type Bytes, toHex } from '../../src/wire/bytes.js'
import { decode } from '../../src/wire/codec.js'

const named = (table: Readonly<Record<string, number>>) => (value: number) =>
  isGrease(value) ? `GREASE 0x${value.toString(16)}` : nameOf(table, value)

const bodies: Readonly<Record<number, (data: Bytes) => unknown>> = {
  [ExtensionType.server_name]: (data) => decode(serverName.clientHello, data, 'server_name'),
  [ExtensionType.supported_groups]: (data) =>
    decode(supportedGroups.clientHello, data, 'supported_groups').map(named(NamedGroup)),
  [ExtensionType.signature_algorithms]: (data) =>
    decode(signatureAlgorithms.clientHello, data, 'signature_algorithms').map(named(SignatureScheme)),
  [ExtensionType.supported_versions]: (data) =>
    decode(supportedVersions.clientHello, data, 'supported_versions').map(named({ 'TLS 1.3': 0x0304 })),
  // shares are fresh each time: their lengths show that they are what they should be
  [ExtensionType.key_share]: (data) =>
    decode(keyShare.clientHello, data, 'key_share').map(
      ({ group, keyExchange }) => `${named(NamedGroup)(group)}: ${keyExchange.length} bytes`,
    ),
  [ExtensionType.psk_key_exchange_modes]: (data) =>
    decode(pskKeyExchangeModes.clientHello, data, 'psk_key_exchange_modes'),
  [ExtensionType.application_layer_protocol_negotiation]: (data) =>
    decode(applicationLayerProtocolNegotiation.clientHello, data, 'alpn').map((name) => new TextDecoder().decode(name)),
  [ExtensionType.cookie]: (data) => toHex(decode(cookie.clientHello, data, 'cookie')),
}

/** A ClientHello as a person reads it, for snapshots. */
export function describeClientHello(hello: ClientHello): object {
  return {
    legacyVersion: hello.legacyVersion.toString(16).padStart(4, '0'),
    random: toHex(hello.random),
    legacySessionId: toHex(hello.legacySessionId),
    cipherSuites: hello.cipherSuites.map(named(CipherSuite)),
    legacyCompressionMethods: hello.legacyCompressionMethods,
    extensions: hello.extensions.map(describeExtension),
  }
}

function describeExtension({ type, data }: Extension): object {
  const body = bodies[type]
  return { [named(ExtensionType)(type)]: body ? body(data) : toHex(data) }
}
