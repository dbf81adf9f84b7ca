import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TlsError } from '../../src/errors/tls-error.js'
import { applicationLayerProtocolNegotiation } from '../../src/messages/extensions/application-layer-protocol-negotiation.js'
import { certificateAuthorities } from '../../src/messages/extensions/certificate-authorities.js'
import { compressCertificate } from '../../src/messages/extensions/compress-certificate.js'
import { cookie } from '../../src/messages/extensions/cookie.js'
import { earlyData } from '../../src/messages/extensions/early-data.js'
import { keyShare } from '../../src/messages/extensions/key-share.js'
import { maxFragmentLength } from '../../src/messages/extensions/max-fragment-length.js'
import { oidFilters } from '../../src/messages/extensions/oid-filters.js'
import { padding } from '../../src/messages/extensions/padding.js'
import { postHandshakeAuth } from '../../src/messages/extensions/post-handshake-auth.js'
import { preSharedKey } from '../../src/messages/extensions/pre-shared-key.js'
import { pskKeyExchangeModes } from '../../src/messages/extensions/psk-key-exchange-modes.js'
import { recordSizeLimit } from '../../src/messages/extensions/record-size-limit.js'
import { serverName } from '../../src/messages/extensions/server-name.js'
import { signatureAlgorithms } from '../../src/messages/extensions/signature-algorithms.js'
import { signedCertificateTimestamp } from '../../src/messages/extensions/signed-certificate-timestamp.js'
import { statusRequest } from '../../src/messages/extensions/status-request.js'
import { supportedGroups } from '../../src/messages/extensions/supported-groups.js'
import { supportedVersions } from '../../src/messages/extensions/supported-versions.js'
import type { Bytes } from '../../src/wire/bytes.js'
import { type Codec, decode, encode } from '../../src/wire/codec.js'
import { arbitraryBytes, arbitraryMutation, arbitraryUint } from '../support/arbitraries.js'
import { guarded, liesWithin } from '../support/guarded-bytes.js'

interface Row {
  readonly name: string
  readonly codec: Codec<never>
  readonly values: fc.Arbitrary<never>
}

const row = <T>(name: string, codec: Codec<T>, values: fc.Arbitrary<T>): Row => ({
  name,
  codec: codec as Codec<never>,
  values: values as fc.Arbitrary<never>,
})

const uint16s = fc.array(arbitraryUint(2), { minLength: 1, maxLength: 40 })
const entry = fc.record({ group: arbitraryUint(2), keyExchange: arbitraryBytes(1, 140) })
const nothing = fc.constant(true as const)
const request = fc.record({
  statusType: fc.constant(1),
  responderIdList: arbitraryBytes(0, 20),
  requestExtensions: arbitraryBytes(0, 20),
})
const protocol = arbitraryBytes(1, 255)
const hostName = fc.stringMatching(/^[!-~]{1,255}$/)

const rows: readonly Row[] = [
  row(
    'ALPN of a ClientHello',
    applicationLayerProtocolNegotiation.clientHello,
    fc.array(protocol, { minLength: 1, maxLength: 8 }),
  ),
  row(
    'ALPN of EncryptedExtensions',
    applicationLayerProtocolNegotiation.encryptedExtensions,
    protocol.map((each) => [each]),
  ),
  row(
    'certificate_authorities',
    certificateAuthorities.clientHello,
    fc.array(arbitraryBytes(1, 60), { minLength: 1, maxLength: 5 }),
  ),
  row(
    'compress_certificate',
    compressCertificate.clientHello,
    fc.uniqueArray(arbitraryUint(2), { minLength: 1, maxLength: 20 }),
  ),
  row('cookie', cookie.helloRetryRequest, arbitraryBytes(1, 300)),
  row('early_data of a ClientHello', earlyData.clientHello, nothing),
  row('early_data of a NewSessionTicket', earlyData.newSessionTicket, arbitraryUint(4)),
  row('key_share of a ClientHello', keyShare.clientHello, fc.array(entry, { maxLength: 5 })),
  row('key_share of a HelloRetryRequest', keyShare.helloRetryRequest, arbitraryUint(2)),
  row('key_share of a ServerHello', keyShare.serverHello, entry),
  row('max_fragment_length', maxFragmentLength.clientHello, arbitraryUint(1)),
  row(
    'oid_filters',
    oidFilters.certificateRequest,
    fc.array(fc.record({ certificateExtensionOid: arbitraryBytes(1, 255), values: arbitraryBytes(0, 30) }), {
      maxLength: 4,
    }),
  ),
  row(
    'padding',
    padding.clientHello,
    fc.nat(600).map((length) => new Uint8Array(length)),
  ),
  row('post_handshake_auth', postHandshakeAuth.clientHello, nothing),
  row(
    'pre_shared_key of a ClientHello',
    preSharedKey.clientHello,
    fc.record({
      identities: fc.array(fc.record({ identity: arbitraryBytes(1, 60), obfuscatedTicketAge: arbitraryUint(4) }), {
        minLength: 1,
        maxLength: 4,
      }),
      binders: fc.array(arbitraryBytes(32, 255), { minLength: 1, maxLength: 4 }),
    }),
  ),
  row('pre_shared_key of a ServerHello', preSharedKey.serverHello, arbitraryUint(2)),
  row(
    'psk_key_exchange_modes',
    pskKeyExchangeModes.clientHello,
    fc.array(arbitraryUint(1), { minLength: 1, maxLength: 255 }),
  ),
  row('record_size_limit', recordSizeLimit.clientHello, arbitraryUint(2)),
  row('server_name of a ClientHello', serverName.clientHello, hostName),
  row('server_name of EncryptedExtensions', serverName.encryptedExtensions, nothing),
  row('signature_algorithms', signatureAlgorithms.certificateRequest, uint16s),
  row(
    'signed_certificate_timestamp',
    signedCertificateTimestamp.certificate,
    fc.array(arbitraryBytes(1, 60), { minLength: 1, maxLength: 3 }),
  ),
  row('status_request of a ClientHello', statusRequest.clientHello, request),
  row(
    'status_request of a Certificate',
    statusRequest.certificate,
    fc.record({ statusType: fc.constant(1), response: arbitraryBytes(1, 200) }),
  ),
  row('supported_groups', supportedGroups.clientHello, uint16s),
  row('supported_versions of a ClientHello', supportedVersions.clientHello, uint16s),
  row('supported_versions of a ServerHello', supportedVersions.serverHello, arbitraryUint(2)),
]

function parseOrRefuse(codec: Codec<never>, bytes: Bytes): void {
  const { view, isIntact } = guarded(bytes)
  try {
    const value = decode(codec, view, 'extension')
    expect(liesWithin(value, view)).toBe(true)
    expect(encode(codec, value)).toEqual(view.slice())
  } catch (error) {
    if (!(error instanceof TlsError)) throw error
    expect(error.code).toBe('decode_error')
  }
  expect(isIntact()).toBe(true)
}

describe.each(rows)('the body of $name', ({ codec, values }) => {
  //= rfc9846#section-4.3 4.3-1
  it('is read as it was written', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(codec, encode(codec, value), 'extension')).toEqual(value)
      }),
    )
  })

  //= rfc9846#section-4.3 4.3-2
  it('is refused with decode_error when a byte follows it', () => {
    fc.assert(
      fc.property(values, (value) => {
        // a padding takes all there is, but zeros alone
        const longer = Uint8Array.from([...encode(codec, value), 1])
        expect(() => decode(codec, longer, 'extension')).toThrow(expect.objectContaining({ code: 'decode_error' }))
      }),
    )
  })

  it('is parsed, and then as strictly as we write, or refused with decode_error whatever is changed in it', () => {
    fc.assert(
      fc.property(values, fc.array(arbitraryMutation, { minLength: 1, maxLength: 3 }), (value, mutations) => {
        parseOrRefuse(
          codec,
          mutations.reduce((bytes, mutate) => mutate(bytes), encode(codec, value)),
        )
      }),
    )
  })

  it('is parsed or refused with decode_error when it is random bytes', () => {
    fc.assert(fc.property(arbitraryBytes(0, 80), (bytes) => parseOrRefuse(codec, bytes)))
  })
})

describe('the limits of extension bodies', () => {
  const refusals: readonly (readonly [string, Codec<never>, readonly number[]])[] = [
    ['an empty cookie (4.3.2)', cookie.helloRetryRequest as Codec<never>, [0, 0]],
    ['an empty key share (4.3.8)', keyShare.serverHello as Codec<never>, [0, 0x1d, 0, 0]],
    ['an empty list of groups (4.3.7)', supportedGroups.clientHello as Codec<never>, [0, 0]],
    ['an empty list of versions (4.3.1)', supportedVersions.clientHello as Codec<never>, [0]],
    ['an odd list of schemes (4.3.3)', signatureAlgorithms.clientHello as Codec<never>, [0, 3, 4, 3, 8]],
    ['no ALPN protocol (RFC 7301)', applicationLayerProtocolNegotiation.clientHello as Codec<never>, [0, 0]],
    [
      'an empty ALPN protocol (RFC 7301)',
      applicationLayerProtocolNegotiation.clientHello as Codec<never>,
      [0, 2, 0, 0],
    ],
    [
      'two ALPN protocols of a server (RFC 7301)',
      applicationLayerProtocolNegotiation.encryptedExtensions as Codec<never>,
      [0, 4, 1, 97, 1, 98],
    ],
    ['padding that is not zero (RFC 7685)', padding.clientHello as Codec<never>, [0, 0, 1]],
    ['two host names (RFC 6066)', serverName.clientHello as Codec<never>, [0, 8, 0, 0, 1, 97, 0, 0, 1, 98]],
    ['a name of another type (RFC 6066)', serverName.clientHello as Codec<never>, [0, 4, 1, 0, 1, 97]],
    ['a host name with NUL', serverName.clientHello as Codec<never>, [0, 6, 0, 0, 3, 97, 0, 98]],
    ['a host name that is not ASCII', serverName.clientHello as Codec<never>, [0, 5, 0, 0, 2, 0xc3, 0xbc]],
    ['a status type other than ocsp', statusRequest.certificate as Codec<never>, [2, 0, 0, 1, 0]],
    [
      'a binder of 31 bytes (4.3.11)',
      preSharedKey.clientHello as Codec<never>,
      [0, 7, 0, 1, 1, 0, 0, 0, 0, 0, 32, 31, ...new Array(31).fill(0)],
    ],
  ]

  it.each(refusals)('refuse %s with decode_error', (_what, codec, bytes) => {
    expect(() => decode(codec, Uint8Array.from(bytes), 'extension')).toThrow(
      expect.objectContaining({ name: 'TlsError', code: 'decode_error' }),
    )
  })
})
