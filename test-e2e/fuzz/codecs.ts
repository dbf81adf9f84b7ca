import { certificate } from '../../src/messages/certificate.js'
import { certificateRequest } from '../../src/messages/certificate-request.js'
import { certificateVerify } from '../../src/messages/certificate-verify.js'
import { clientHello } from '../../src/messages/client-hello.js'
import { compressedCertificate } from '../../src/messages/compressed-certificate.js'
import { encryptedExtensions } from '../../src/messages/encrypted-extensions.js'
import { endOfEarlyData } from '../../src/messages/end-of-early-data.js'
import { applicationLayerProtocolNegotiation } from '../../src/messages/extensions/application-layer-protocol-negotiation.js'
import { certificateAuthorities } from '../../src/messages/extensions/certificate-authorities.js'
import { compressCertificate } from '../../src/messages/extensions/compress-certificate.js'
import { cookie } from '../../src/messages/extensions/cookie.js'
import { earlyData } from '../../src/messages/extensions/early-data.js'
import type { ExtensionCarrier } from '../../src/messages/extensions/extension.js'
import { keyShare } from '../../src/messages/extensions/key-share.js'
import { maxFragmentLength } from '../../src/messages/extensions/max-fragment-length.js'
import { oidFilters } from '../../src/messages/extensions/oid-filters.js'
import { padding } from '../../src/messages/extensions/padding.js'
import { postHandshakeAuth } from '../../src/messages/extensions/post-handshake-auth.js'
import { preSharedKey } from '../../src/messages/extensions/pre-shared-key.js'
import { pskKeyExchangeModes } from '../../src/messages/extensions/psk-key-exchange-modes.js'
import { recordSizeLimit } from '../../src/messages/extensions/record-size-limit.js'
import { serverName } from '../../src/messages/extensions/server-name.js'
import { signatureAlgorithms, signatureAlgorithmsCert } from '../../src/messages/extensions/signature-algorithms.js'
import { signedCertificateTimestamp } from '../../src/messages/extensions/signed-certificate-timestamp.js'
import { statusRequest } from '../../src/messages/extensions/status-request.js'
import { supportedGroups } from '../../src/messages/extensions/supported-groups.js'
import { supportedVersions } from '../../src/messages/extensions/supported-versions.js'
import { finished } from '../../src/messages/finished.js'
import type { MessageName } from '../../src/messages/handshake-message.js'
import { keyUpdate } from '../../src/messages/key-update.js'
import { newSessionTicket } from '../../src/messages/new-session-ticket.js'
import { serverHello } from '../../src/messages/server-hello.js'
import type { Codec } from '../../src/wire/codec.js'

/** The codecs of all message bodies, for what treats them alike. */
export const messageCodecs: { readonly [N in MessageName]: Codec<unknown> } = {
  client_hello: clientHello,
  server_hello: serverHello,
  new_session_ticket: newSessionTicket,
  end_of_early_data: endOfEarlyData,
  encrypted_extensions: encryptedExtensions,
  certificate,
  certificate_request: certificateRequest,
  certificate_verify: certificateVerify,
  finished,
  key_update: keyUpdate,
  compressed_certificate: compressedCertificate,
} as { readonly [N in MessageName]: unknown } as { readonly [N in MessageName]: Codec<unknown> }

type Definition = { readonly type: number } & { readonly [M in ExtensionCarrier]?: unknown }

export const extensionDefinitions: readonly Definition[] = [
  applicationLayerProtocolNegotiation,
  certificateAuthorities,
  compressCertificate,
  cookie,
  earlyData,
  keyShare,
  maxFragmentLength,
  oidFilters,
  padding,
  postHandshakeAuth,
  preSharedKey,
  pskKeyExchangeModes,
  recordSizeLimit,
  serverName,
  signatureAlgorithms,
  signatureAlgorithmsCert,
  signedCertificateTimestamp,
  statusRequest,
  supportedGroups,
  supportedVersions,
]

/** The codec of an extension's body in one message. */
export const extensionCodec = (type: number, carrier: ExtensionCarrier): Codec<unknown> | undefined =>
  extensionDefinitions.find((each) => each.type === type)?.[carrier] as Codec<unknown> | undefined
