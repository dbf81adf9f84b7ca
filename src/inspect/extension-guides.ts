import { ExtensionType, isGrease } from '../messages/code-points.js'
import type { ExtensionCarrier } from '../messages/extensions/extension.js'
import { greaseMeaning, namedGroupNote, protocolVersionNote } from './code-point-names.js'
import type { FieldNote } from './decoded-field.js'
import {
  authorities,
  certificateStatus,
  codePoints,
  compression,
  fragmentLength,
  groups,
  keyShareEntry,
  nothing,
  offeredPsks,
  oidFilters,
  protocolNames,
  recordSizeLimit,
  schemes,
  serverName,
  statusRequest,
  zeros,
} from './extension-bodies.js'
import type { FieldReader } from './field-reader.js'

export type ExtensionPlace = ExtensionCarrier

/** What an extension is for, and how its body reads in each message that carries it. */
export interface ExtensionGuide {
  readonly section: string
  readonly meaning: string
  // biome-ignore lint/suspicious/noConfusingVoidType: most bodies have nothing to add
  readonly bodies: { readonly [P in ExtensionPlace]?: (reader: FieldReader) => FieldNote | void }
}

const rfc9846 = (section: string) => `RFC 9846 section ${section}`

/** By extension type. What is not here is shown as bytes. */
export const extensionGuides: ReadonlyMap<number, ExtensionGuide> = new Map<number, ExtensionGuide>([
  [
    ExtensionType.server_name,
    {
      section: 'RFC 6066 section 3',
      meaning: 'the name of the host that the client wants; readable to all on the way',
      bodies: { clientHello: serverName, encryptedExtensions: nothing },
    },
  ],
  [
    ExtensionType.max_fragment_length,
    {
      section: 'RFC 6066 section 4',
      meaning: 'asks for short records; record_size_limit took its place',
      bodies: { clientHello: fragmentLength, encryptedExtensions: fragmentLength },
    },
  ],
  [
    ExtensionType.status_request,
    {
      section: 'RFC 6066 section 8',
      meaning: 'OCSP stapling: the certificate comes with word of its CA that it is not revoked',
      bodies: {
        clientHello: statusRequest,
        // a server asks by an empty one, or as a client does
        certificateRequest: (reader) => (reader.isAtEnd ? nothing() : statusRequest(reader)),
        certificate: certificateStatus,
      },
    },
  ],
  [
    ExtensionType.supported_groups,
    {
      section: rfc9846('4.3.7'),
      meaning: 'groups for the key exchange, the preferred one first',
      bodies: { clientHello: groups, encryptedExtensions: groups },
    },
  ],
  [
    ExtensionType.signature_algorithms,
    {
      section: rfc9846('4.3.3'),
      meaning:
        'signatures that the sender can verify in CertificateVerify and, unless it says otherwise, in certificates',
      bodies: { clientHello: schemes, certificateRequest: schemes },
    },
  ],
  [
    ExtensionType.signature_algorithms_cert,
    {
      section: rfc9846('4.3.3'),
      meaning: 'signatures that the sender can verify in certificates',
      bodies: { clientHello: schemes, certificateRequest: schemes },
    },
  ],
  [
    ExtensionType.application_layer_protocol_negotiation,
    {
      section: 'RFC 7301 section 3.1',
      meaning: 'what is spoken inside TLS: the client lists, the server picks one',
      bodies: { clientHello: protocolNames, encryptedExtensions: protocolNames },
    },
  ],
  [
    ExtensionType.signed_certificate_timestamp,
    {
      section: 'RFC 6962 section 3.3.1',
      meaning: 'Certificate Transparency: logs promise that the certificate is in public view',
      bodies: {
        clientHello: nothing,
        certificateRequest: nothing,
        certificate: (reader) =>
          reader.vector('sct_list', 2, (list) => list.list((inner) => inner.opaque('serialized_sct', 2))),
      },
    },
  ],
  [
    ExtensionType.padding,
    { section: 'RFC 7685', meaning: 'makes the ClientHello longer', bodies: { clientHello: zeros } },
  ],
  [
    ExtensionType.extended_main_secret,
    { section: 'RFC 7627', meaning: 'for TLS 1.2; without use in TLS 1.3', bodies: { clientHello: nothing } },
  ],
  [
    ExtensionType.compress_certificate,
    {
      section: 'RFC 8879 section 3',
      meaning: 'the sender takes a compressed Certificate message',
      bodies: { clientHello: compression, certificateRequest: compression },
    },
  ],
  [
    ExtensionType.record_size_limit,
    {
      section: 'RFC 8449 section 4',
      meaning: 'how long the records may be that the sender gets',
      bodies: { clientHello: recordSizeLimit, encryptedExtensions: recordSizeLimit },
    },
  ],
  [
    ExtensionType.pre_shared_key,
    {
      section: rfc9846('4.3.11'),
      meaning:
        'keys that both sides share already; always the last extension, since its binders sign what is before them',
      bodies: {
        clientHello: offeredPsks,
        serverHello: (reader) => {
          reader.uint('selected_identity', 2, (index) => ({
            meaning: `the client’s offer number ${index}, counted from 0`,
          }))
        },
      },
    },
  ],
  [
    ExtensionType.early_data,
    {
      section: rfc9846('4.3.10'),
      meaning: '0-RTT: application data comes with the first flight, and could be replayed',
      bodies: {
        clientHello: nothing,
        encryptedExtensions: () => ({ value: 'empty', meaning: 'the server takes the early data' }),
        newSessionTicket: (reader) => {
          reader.uint('max_early_data_size', 4, (bytes) => ({ meaning: `up to ${bytes} bytes of early data` }))
        },
      },
    },
  ],
  [
    ExtensionType.supported_versions,
    {
      section: rfc9846('4.3.1'),
      meaning: 'the versions that are really meant: legacy_version stays at TLS 1.2 for old middleboxes',
      bodies: {
        clientHello: codePoints('versions', 'version', protocolVersionNote, 1),
        serverHello: (reader) => void reader.uint('selected_version', 2, protocolVersionNote),
        helloRetryRequest: (reader) => void reader.uint('selected_version', 2, protocolVersionNote),
      },
    },
  ],
  [
    ExtensionType.cookie,
    {
      section: rfc9846('4.3.2'),
      meaning: 'what the server wants to see again in the second ClientHello, so that it need not remember',
      bodies: {
        clientHello: (reader) => reader.opaque('cookie', 2),
        helloRetryRequest: (reader) => reader.opaque('cookie', 2),
      },
    },
  ],
  [
    ExtensionType.psk_key_exchange_modes,
    {
      section: rfc9846('4.3.9'),
      meaning: 'how a PSK may be used: with a fresh key exchange, or alone',
      bodies: {
        clientHello: (reader) =>
          reader.vector('ke_modes', 1, (modes) =>
            modes.list(
              (inner) =>
                void inner.uint('mode', 1, (mode) => ({
                  meaning:
                    ['psk_ke: without a key exchange', 'psk_dhe_ke: with one, for forward secrecy'][mode] ??
                    (isGrease(mode * 0x101) ? greaseMeaning : 'not defined'),
                })),
            ),
          ),
      },
    },
  ],
  [
    ExtensionType.certificate_authorities,
    {
      section: rfc9846('4.3.4'),
      meaning: 'CAs that the sender trusts',
      bodies: { clientHello: authorities, certificateRequest: authorities },
    },
  ],
  [
    ExtensionType.oid_filters,
    {
      section: rfc9846('4.3.5'),
      meaning: 'what the client’s certificate has to have',
      bodies: { certificateRequest: oidFilters },
    },
  ],
  [
    ExtensionType.post_handshake_auth,
    {
      section: rfc9846('4.3.6'),
      meaning: 'the client can be asked for its certificate later',
      bodies: { clientHello: nothing },
    },
  ],
  [
    ExtensionType.key_share,
    {
      section: rfc9846('4.3.8'),
      meaning: 'the public half of the key exchange: both halves together give the shared secret',
      bodies: {
        clientHello: (reader) => reader.vector('client_shares', 2, (shares) => shares.list(keyShareEntry)),
        serverHello: keyShareEntry,
        helloRetryRequest: (reader) => void reader.uint('selected_group', 2, namedGroupNote),
      },
    },
  ],
  [
    ExtensionType.renegotiation_info,
    {
      section: 'RFC 5746 section 3.2',
      meaning: 'for TLS 1.2; without use in TLS 1.3',
      bodies: { clientHello: (reader) => reader.opaque('renegotiated_connection', 1) },
    },
  ],
  [
    ExtensionType.encrypted_client_hello,
    {
      section: 'RFC 9849',
      meaning: 'Encrypted Client Hello, or GREASE that looks like it',
      bodies: {},
    },
  ],
])
