import { describe, expect, it } from 'vitest'
import { ExtensionType, NamedGroup } from '../../../src/messages/code-points.js'
import { extension } from '../../../src/messages/extensions/extension.js'
import { asksForOcsp } from '../../../src/messages/extensions/status-request.js'
import type { Bytes } from '../../../src/wire/bytes.js'
import { concatBytes } from '../../../src/wire/bytes.js'
import { encode } from '../../../src/wire/codec.js'
import { openAccepted } from '../../support/accepted-connection.js'
import type { ClientBodies, ClientScript } from '../../support/client-script.js'
import { extensionOf, withExtensions, withoutExtension } from '../../support/refusal-table.js'
import { itRefusesClients } from '../../support/server-refusal-table.js'

type Hello = ClientBodies['client_hello']

const edited = (change: (body: Hello) => Hello): { script: ClientScript } => ({
  script: { edit: { client_hello: change } },
})
const rewritten = (change: (bytes: Bytes) => Bytes): { script: ClientScript } => ({
  script: { rewrite: { client_hello: change } },
})
const sending = (type: number, ...data: readonly number[]) => edited(withExtensions(extensionOf(type, ...data)))
const without = (...types: readonly number[]) =>
  edited((body) => types.reduce((left, type) => withoutExtension(type)(left), body))

const illegal = { code: 'illegal_parameter', alert: 'illegal_parameter' } as const
const malformed = { code: 'decode_error', alert: 'decode_error' } as const
const missing = { code: 'missing_extension', alert: 'missing_extension' } as const
const failure = { code: 'handshake_failure', alert: 'handshake_failure' } as const
const version = { code: 'protocol_version', alert: 'protocol_version', message: /does not offer TLS 1\.3/ } as const

describe('a ClientHello', () => {
  describe('of another version (4.2.1, 4.3.1)', () => {
    itRefusesClients([
      //= rfc9846#section-4.3.1 4.3.1-10
      //= rfc9846#section-E.2 E.2-3
      { what: 'one without supported_versions', ...without(ExtensionType.supported_versions), ...version },
      //= rfc9846#section-4.3.1 4.3.1-6 4.3.1-7 4.3.1-10
      //= rfc9846#section-E.2 E.2-1
      //= rfc9846#section-E.5 E.5-4
      { what: 'TLS 1.2 alone', ...sending(ExtensionType.supported_versions, 2, 3, 3), ...version },
      { what: 'a draft of TLS 1.3', ...sending(ExtensionType.supported_versions, 2, 0x7f, 28), ...version },
      { what: 'one without any extension', ...edited((body) => ({ ...body, extensions: [] })), ...version },
      {
        what: 'one that ends without an extension block, as before TLS 1.2',
        script: {
          edit: { client_hello: (body) => ({ ...body, extensions: [] }) },
          rewrite: { client_hello: cutBlock },
        },
        ...version,
      },
    ])

    //= rfc9846#section-4.2.2 4.2.2-7
    //= rfc9846#section-4.3.1 4.3.1-4 4.3.1-5
    //= rfc9846#section-E.5 E.5-9
    itRefusesClients(
      [0x0300, 0x0301, 0x0302, 0x0304, 0xffff].map((legacyVersion) => ({
        what: `TLS 1.3 under the legacy_version 0x${legacyVersion.toString(16)} (4.2.2)`,
        ...edited((body) => ({ ...body, legacyVersion })),
        ...version,
        message: /legacy_version is 0x/,
      })),
    )

    //= rfc9846#section-4.3.1 4.3.1-8
    it('is taken with versions that nobody knows beside TLS 1.3', async () => {
      const versions = extensionOf(ExtensionType.supported_versions, 8, 0x7a, 0x7a, 3, 5, 3, 3, 3, 4)
      const { info } = await openAccepted({ edit: { client_hello: withExtensions(versions) } })
      expect(info.protocol).toBe('TLSv1.3')
    })
  })

  it('takes a status_request of a type that nobody knows, which asks for nothing (RFC 6066 section 8)', async () => {
    const request = extensionOf(ExtensionType.status_request, 2, 1, 2, 3)
    expect(asksForOcsp([request])).toBe(false)
    expect(asksForOcsp([extensionOf(ExtensionType.status_request, 1, 0, 0, 0, 0)])).toBe(true)
    const { info } = await openAccepted({ edit: { client_hello: withExtensions(request) } })
    expect(info.protocol).toBe('TLSv1.3')
  })

  describe('with wrong fields', () => {
    itRefusesClients([
      {
        //= rfc9846#section-4.2.2 4.2.2-15
        what: 'a compression method (4.2.1)',
        ...edited((body) => ({ ...body, legacyCompressionMethods: [1] })),
        ...illegal,
        message: /legacy_compression_methods/,
      },
      {
        //= rfc9846#section-4.2.2 4.2.2-15
        what: 'a compression method beside the null one (4.2.1)',
        ...edited((body) => ({ ...body, legacyCompressionMethods: [0, 1] })),
        ...illegal,
        message: /legacy_compression_methods/,
      },
      {
        what: 'no compression method at all',
        ...rewritten((bytes) => spliced(bytes, compressionOffset, 2, 0)),
        ...malformed,
        message: /client_hello\.legacyCompressionMethods/,
      },
      {
        what: 'no cipher suites at all',
        ...rewritten((bytes) => spliced(bytes, suitesOffset, 8, 0, 0)),
        ...malformed,
        message: /client_hello\.cipherSuites/,
      },
      {
        //= rfc9846#section-4.2.1 4.2.1-4
        //= rfc9846#section-2.1 2.1-1
        what: 'only cipher suites of TLS 1.2',
        ...edited((body) => ({ ...body, cipherSuites: [0xc02f, 0x009c] })),
        ...failure,
        message: /no cipher suite/,
      },
      {
        what: 'a session id of 33 bytes',
        ...rewritten((bytes) => spliced(bytes, sessionIdOffset, 1, 33, 0)),
        ...malformed,
        message: /client_hello\.legacySessionId/,
      },
      {
        what: 'a byte behind the extensions',
        ...rewritten((bytes) => withLength(concatBytes(bytes, Uint8Array.of(0)))),
        ...malformed,
        message: /client_hello/,
      },
      {
        //= rfc9846#section-6 6-9
        what: 'an extension block that is cut off',
        ...rewritten((bytes) => withLength(bytes.slice(0, -1))),
        ...malformed,
        message: /client_hello/,
      },
    ])
  })

  describe('without what must be there (9.2)', () => {
    itRefusesClients([
      {
        //= rfc9846#section-9.2 9.2-12
        what: 'no signature_algorithms',
        ...without(ExtensionType.signature_algorithms),
        ...missing,
        message: /no extension signature_algorithms/,
      },
      {
        //= rfc9846#section-9.2 9.2-12
        what: 'neither supported_groups nor key_share',
        ...without(ExtensionType.supported_groups, ExtensionType.key_share),
        ...missing,
        message: /no extension supported_groups/,
      },
      {
        //= rfc9846#section-9.2 9.2-12
        what: 'supported_groups without key_share',
        ...without(ExtensionType.key_share),
        ...missing,
        message: /no extension key_share/,
      },
      {
        //= rfc9846#section-9.2 9.2-12
        what: 'key_share without supported_groups',
        ...without(ExtensionType.supported_groups),
        ...missing,
        message: /no extension supported_groups/,
      },
    ])
  })

  describe('with extensions that are twice there, misplaced or malformed (4.3)', () => {
    const known = [
      ExtensionType.server_name,
      ExtensionType.supported_versions,
      ExtensionType.supported_groups,
      ExtensionType.signature_algorithms,
      ExtensionType.key_share,
      ExtensionType.psk_key_exchange_modes,
    ]
    itRefusesClients([
      ...known.map((type) => ({
        //= rfc9846#section-4.3 4.3-10
        what: `extension ${type} twice`,
        ...edited((body: Hello) => {
          const again = body.extensions.filter((each) => each.type === type)
          return { ...body, extensions: [...body.extensions, ...again] }
        }),
        ...malformed,
        message: /stands there twice/,
      })),
      {
        what: 'an unknown extension twice',
        ...edited((body) => ({
          ...body,
          extensions: [...body.extensions, extensionOf(0x7a7a, 1), extensionOf(0x7a7a, 2)],
        })),
        ...malformed,
        message: /stands there twice/,
      },
      {
        //= rfc9846#section-4.3 4.3-7
        //= rfc9846#section-4.3.5 4.3.5-1
        what: 'oid_filters, which belongs into a CertificateRequest',
        ...sending(ExtensionType.oid_filters, 0, 0),
        ...illegal,
        message: /oid_filters may not stand in clientHello/,
      },
      ...(
        [
          ['supported_versions of odd length', ExtensionType.supported_versions, [3, 3, 4, 3]],
          ['supported_versions with a byte behind', ExtensionType.supported_versions, [2, 3, 4, 0]],
          ['supported_groups that are empty', ExtensionType.supported_groups, [0, 0]],
          ['signature_algorithms that are empty', ExtensionType.signature_algorithms, [0, 0]],
          ['signature_algorithms of odd length', ExtensionType.signature_algorithms, [0, 3, 4, 3, 5]],
          ['psk_key_exchange_modes that are empty', ExtensionType.psk_key_exchange_modes, [0]],
          ['a key_share that is empty inside', ExtensionType.key_share, [0, 4, 0, 29, 0, 0]],
          ['a key_share with a byte behind', ExtensionType.key_share, [0, 0, 1]],
          ['an ALPN list that is empty', ExtensionType.application_layer_protocol_negotiation, [0, 0]],
          ['an ALPN name that is empty', ExtensionType.application_layer_protocol_negotiation, [0, 1, 0]],
          ['early_data with a body', ExtensionType.early_data, [0]],
          ['an empty cookie', ExtensionType.cookie, [0, 0]],
          ['server_name without a name', ExtensionType.server_name, [0, 0]],
          ['server_name with an empty name', ExtensionType.server_name, [0, 3, 0, 0, 0]],
          ['server_name of another type', ExtensionType.server_name, [0, 4, 1, 0, 1, 97]],
          ['server_name with two names', ExtensionType.server_name, [0, 8, 0, 0, 1, 97, 0, 0, 1, 98]],
          ['server_name with a NUL', ExtensionType.server_name, [0, 6, 0, 0, 3, 97, 0, 98]],
          ['server_name that is not ASCII', ExtensionType.server_name, [0, 5, 0, 0, 2, 0xc3, 0xa4]],
          ['record_size_limit of one byte', ExtensionType.record_size_limit, [64]],
          ['an empty status_request', ExtensionType.status_request, []],
          ['a status_request that is cut short', ExtensionType.status_request, [1, 0, 0, 0]],
          ['a status_request with a byte behind', ExtensionType.status_request, [1, 0, 0, 0, 0, 0]],
          ['signed_certificate_timestamp with a body', ExtensionType.signed_certificate_timestamp, [0]],
          ['a pre_shared_key without identities', ExtensionType.pre_shared_key, [0, 0, 0, 33, 32, ...zeros(32)]],
        ] as const
      )
        //= rfc9846#section-4.3 4.3-2
        //= rfc9846#section-6 6-9
        .map(([what, type, data]) => ({ what, ...sending(type, ...data), ...malformed, message: /extension/ })),
      {
        what: 'a record_size_limit below 64 (RFC 8449)',
        ...sending(ExtensionType.record_size_limit, 0, 63),
        ...illegal,
        message: /record_size_limit is 63/,
      },
      {
        what: 'a max_fragment_length that has no meaning (RFC 6066)',
        ...sending(ExtensionType.max_fragment_length, 5),
        ...illegal,
        message: /max_fragment_length is 5/,
      },
    ])

    //= rfc9846#section-4.2.2 4.2.2-17
    //= rfc9846#section-9.3 9.3-5 9.3-3 9.3-1
    it('is taken with extensions that nobody knows (4.3)', async () => {
      const { info } = await openAccepted({
        edit: { client_hello: withExtensions(extensionOf(0x1a1a, 1, 2), extensionOf(0xfffe)) },
      })
      expect(info.protocol).toBe('TLSv1.3')
    })
  })
})

describe('key shares (4.3.8)', () => {
  const x25519 = (share: readonly number[]) => keyShares([NamedGroup.x25519, share])
  itRefusesClients([
    {
      //= rfc9846#section-4.3.8 4.3.8-11
      what: 'two shares for one group',
      ...keyShares([NamedGroup.x25519, nine], [NamedGroup.x25519, nine]),
      ...illegal,
      message: /two key shares/,
    },
    {
      //= rfc9846#section-4.3.8 4.3.8-11
      what: 'a share for a group that is not offered',
      ...keyShares([NamedGroup.secp521r1, zeros(133)]),
      ...illegal,
      message: /which it does not offer/,
    },
    //= rfc9846#section-7.4.2 7.4.2-3
    { what: 'an all-zero X25519 share (7.4.2)', ...x25519(zeros(32)), ...illegal, message: /x25519/i },
    { what: 'an X25519 share of low order', ...x25519([1, ...zeros(31)]), ...illegal, message: /x25519/i },
    { what: 'an X25519 share that is a byte short', ...x25519(nine.slice(1)), ...illegal, message: /x25519/i },
    { what: 'an X25519 share that is a byte long', ...x25519([...nine, 0]), ...illegal, message: /x25519/i },
    {
      //= rfc9846#section-4.3.8.2 4.3.8.2-1
      what: 'a P-256 share that is not on the curve (4.3.8.2)',
      ...keyShares([NamedGroup.secp256r1, [4, ...zeros(63), 5]]),
      ...illegal,
      message: /secp256r1/,
    },
    {
      what: 'a compressed P-256 share (4.3.8.2)',
      ...keyShares([NamedGroup.secp256r1, [2, ...zeros(32)]]),
      ...illegal,
      message: /secp256r1/,
    },
    {
      what: 'a hybrid of the wrong length',
      script: {
        groups: ['X25519MLKEM768'],
        edit: { client_hello: withExtensions(shareExtension([NamedGroup.X25519MLKEM768, zeros(1215)])) },
      },
      ...illegal,
      message: /X25519MLKEM768/,
    },
    {
      what: 'a hybrid whose ML-KEM key is out of range (FIPS 203)',
      script: {
        groups: ['X25519MLKEM768'],
        edit: {
          client_hello: withExtensions(
            shareExtension([NamedGroup.X25519MLKEM768, [...Array<number>(1184).fill(255), ...nine]]),
          ),
        },
      },
      ...illegal,
      message: /ML-?KEM-?768/i,
    },
    {
      //= rfc9846#section-4.2.1 4.2.1-1
      //= rfc9846#section-4.3.8 4.3.8-19
      what: 'no group in common',
      script: {
        edit: {
          client_hello: withExtensions(
            extensionOf(ExtensionType.supported_groups, 0, 2, 0, 30),
            extensionOf(ExtensionType.key_share, 0, 0),
          ),
        },
      },
      ...failure,
      message: /no group/,
    },
  ])
})

describe('what both sides must share', () => {
  itRefusesClients([
    {
      what: 'a client that speaks none of the application protocols (RFC 7301 section 3.2)',
      script: { alpnProtocols: ['h3', 'spdy/1'] },
      options: { alpnProtocols: ['h2', 'http/1.1'] },
      code: 'no_application_protocol',
      alert: 'no_application_protocol',
      message: /h3, spdy\/1/,
    },
    {
      //= rfc9846#section-4.5.1.2 4.5.1.2-2
      //= rfc9846#section-4.5.2 4.5.2-4
      what: 'a client that takes no signature that the identity can make (4.3.3)',
      ...sending(ExtensionType.signature_algorithms, 0, 2, 8, 7),
      ...failure,
      message: /none of the signatures/,
    },
    {
      //= rfc9846#section-4.5.2 4.5.2-7
      //= rfc9846#section-4.3.3 4.3.3-14 4.3.3-21
      what: 'a client that takes signatures of PKCS #1 and SHA-1 only',
      ...sending(ExtensionType.signature_algorithms, 0, 4, 2, 3, 2, 1),
      ...failure,
      message: /none of the signatures/,
    },
    {
      what: 'a name for which there is no identity',
      script: { serverName: 'nobody.test' },
      options: { identities: () => undefined },
      code: 'unrecognized_name',
      alert: 'unrecognized_name',
      message: /nobody\.test/,
    },
    //= rfc9846#section-4.5.1.2 4.5.1.2-7
    //= rfc9846#section-9.2 9.2-14 9.2-15
    {
      what: 'no name, where there are identities for names alone',
      script: { serverName: null },
      options: { identities: () => undefined },
      ...missing,
      message: /no server_name/,
    },
  ])

  it('is chosen by the server’s order of protocols', async () => {
    const options = { alpnProtocols: ['h2', 'http/1.1'] }
    const { info } = await openAccepted({ alpnProtocols: ['http/1.1', 'h2'] }, options)
    expect(info.alpnProtocol).toBe('h2')
  })
})

function keyShares(...shares: readonly (readonly [number, readonly number[]])[]): { script: ClientScript } {
  return edited(withExtensions(shareExtension(...shares)))
}

function shareExtension(...shares: readonly (readonly [number, readonly number[]])[]) {
  const entries = concatBytes(...shares.map(([type, data]) => encode(extension, { type, data: Uint8Array.from(data) })))
  return extensionOf(ExtensionType.key_share, entries.length >> 8, entries.length & 0xff, ...entries)
}

function zeros(length: number): number[] {
  return Array<number>(length).fill(0)
}

const nine = [9, ...zeros(31)]

/** The message with the length in its header set right. */
function withLength(message: Bytes): Bytes {
  const length = message.length - 4
  return Uint8Array.from([message[0] ?? 0, length >> 16, (length >> 8) & 0xff, length & 0xff, ...message.subarray(4)])
}

/** As `Array.splice`, with the message's length set right. */
function spliced(message: Bytes, offset: number, deleted: number, ...inserted: readonly number[]): Bytes {
  return withLength(
    Uint8Array.from([...message.subarray(0, offset), ...inserted, ...message.subarray(offset + deleted)]),
  )
}

/** Where things are in the scripted client's ClientHello, of three suites and a session id of 32 bytes. */
const sessionIdOffset = 4 + 2 + 32
const suitesOffset = sessionIdOffset + 33
const compressionOffset = suitesOffset + 8

/** Without the two bytes of an empty extension block. */
function cutBlock(message: Bytes): Bytes {
  return withLength(message.slice(0, -2))
}
