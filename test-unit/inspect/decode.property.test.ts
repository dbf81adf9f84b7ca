import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCertificate } from '../../src/inspect/certificate-fields.js'
import { decodeHandshakeMessage } from '../../src/inspect/decode-message.js'
import { decodeAlert, decodeRecord } from '../../src/inspect/decode-record.js'
import { type DecodedField, hasFault, leafFields } from '../../src/inspect/decoded-field.js'
import { maxFields } from '../../src/inspect/field-reader.js'
import { applicationLayerProtocolNegotiation } from '../../src/messages/extensions/application-layer-protocol-negotiation.js'
import { certificateAuthorities } from '../../src/messages/extensions/certificate-authorities.js'
import { compressCertificate } from '../../src/messages/extensions/compress-certificate.js'
import { cookie } from '../../src/messages/extensions/cookie.js'
import { earlyData } from '../../src/messages/extensions/early-data.js'
import type { Extension } from '../../src/messages/extensions/extension.js'
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
import { encodeMessage, type MessageBody } from '../../src/messages/handshake-message.js'
import { helloRetryRequestRandom } from '../../src/messages/server-hello.js'
import { type Codec, encode } from '../../src/wire/codec.js'
import {
  arbitraryBytes,
  arbitraryMessages,
  arbitraryMutation,
  arbitraryUint,
  messageNames,
} from '../support/arbitraries.js'
import { createTestCa, createTestCertificate } from '../support/certificates.js'

const decoders = { decodeHandshakeMessage, decodeRecord, decodeAlert, decodeCertificate }

/** Every byte is in exactly one field without children, in order. */
function tiles(field: DecodedField, length: number): boolean {
  let offset = 0
  for (const { start, end } of leafFields(field)) {
    if (start !== offset || end < start) return false
    offset = end
  }
  return offset === length && field.start === 0 && field.end === length
}

/** A type without a form here, so that any bytes will do. */
const unknownExtensions = fc
  .array(arbitraryBytes(0, 40), { maxLength: 5 })
  .map((bodies) => bodies.map((data, index) => ({ type: 0xff10 + index, data })))

const withUnknown = <T extends object>(value: T, extensions: readonly Extension[]): T =>
  'extensions' in value ? { ...value, extensions } : value

describe('decoding', () => {
  it.each(Object.entries(decoders))('%s takes any bytes and leaves none out', (_, decode) => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => tiles(decode(bytes), bytes.length)))
  })

  it.each(messageNames)('%s: what the codec writes has no fault, and nothing is left out', (name) => {
    const values = fc.tuple(arbitraryMessages[name] as fc.Arbitrary<object>, unknownExtensions)
    fc.assert(
      fc.property(values, ([value, extensions]) => {
        const entries = 'certificateList' in value ? (value.certificateList as object[]) : []
        const list = entries.map((entry) => ({ ...withUnknown(entry, extensions), certificateData: smallDer }))
        const body = { ...withUnknown(value, extensions), ...(entries.length > 0 && { certificateList: list }) }
        const bytes = encodeMessage(name, body as MessageBody<typeof name>)
        const decoded = decodeHandshakeMessage(bytes)
        return tiles(decoded, bytes.length) && (entries.length > 0 || !hasFault(decoded))
      }),
    )
  })

  it('goes through damaged messages', () => {
    const damaged = fc.oneof(
      ...messageNames.map((name) =>
        fc
          .tuple(arbitraryMessages[name] as fc.Arbitrary<MessageBody<typeof name>>, arbitraryMutation)
          .map(([value, mutate]) => mutate(encodeMessage(name, value))),
      ),
    )
    fc.assert(fc.property(damaged, (bytes) => tiles(decodeHandshakeMessage(bytes), bytes.length)))
  })

  it('shows a fault in every message that was cut short', () => {
    const value = fc.tuple(arbitraryMessages.client_hello, fc.nat())
    fc.assert(
      fc.property(value, ([hello, at]) => {
        const bytes = encodeMessage('client_hello', hello)
        return hasFault(decodeHandshakeMessage(bytes.subarray(0, at % bytes.length)))
      }),
    )
  })

  it('makes no more fields than it says', () => {
    const suites = Array.from({ length: 30_000 }, () => 0x1301)
    const bytes = encodeMessage('client_hello', {
      legacyVersion: 0x0303,
      random: new Uint8Array(32),
      legacySessionId: new Uint8Array(0),
      cipherSuites: suites,
      legacyCompressionMethods: [0],
      extensions: [],
    })
    const decoded = decodeHandshakeMessage(bytes)
    expect(tiles(decoded, bytes.length)).toBe(true)
    expect(hasFault(decoded)).toBe(false)
    expect(leafFields(decoded).length).toBeLessThan(maxFields + 10)
    expect(leafFields(decoded).at(-1)?.meaning).toContain('not taken apart')
  })

  it('goes through damaged certificates', async () => {
    const ca = await createTestCa()
    const { der } = await createTestCertificate({ ca, dnsNames: ['www.example.com'] })
    expect(hasFault(decodeCertificate(der))).toBe(false)
    fc.assert(
      fc.property(arbitraryMutation, (mutate) => {
        const bytes = mutate(Uint8Array.from(der))
        return tiles(decodeCertificate(bytes), bytes.length)
      }),
    )
  })
})

/** A SEQUENCE of nothing: what stands in a certificate list need not be a certificate. */
const smallDer = Uint8Array.of(0x30, 0)

type Carrier =
  | 'client_hello'
  | 'server_hello'
  | 'hello_retry_request'
  | 'encrypted_extensions'
  | 'certificate_request'
  | 'new_session_ticket'

interface Row {
  readonly name: string
  readonly carrier: Carrier
  readonly type: number
  readonly bodies: fc.Arbitrary<Uint8Array<ArrayBuffer>>
}

function row<T>(
  carrier: Carrier,
  name: string,
  { type }: { type: number },
  codec: Codec<T>,
  values: fc.Arbitrary<T>,
): Row {
  return { name: `${name} of ${carrier}`, carrier, type, bodies: values.map((value) => encode(codec, value)) }
}

const uint16s = fc.array(arbitraryUint(2), { minLength: 1, maxLength: 40 })
const entry = fc.record({ group: arbitraryUint(2), keyExchange: arbitraryBytes(1, 140) })
const nothing = fc.constant(true as const)
const alpn = applicationLayerProtocolNegotiation
const protocol = arbitraryBytes(1, 255)
const names = fc.array(arbitraryBytes(1, 60), { minLength: 1, maxLength: 5 })
const status = fc.record({
  statusType: fc.constant(1),
  responderIdList: arbitraryBytes(0, 20),
  requestExtensions: arbitraryBytes(0, 20),
})
const psks = fc.record({
  identities: fc.array(fc.record({ identity: arbitraryBytes(1, 60), obfuscatedTicketAge: arbitraryUint(4) }), {
    minLength: 1,
    maxLength: 4,
  }),
  binders: fc.array(arbitraryBytes(32, 48), { minLength: 1, maxLength: 4 }),
})
const filters = fc.array(
  fc.record({ certificateExtensionOid: arbitraryBytes(1, 255), values: arbitraryBytes(0, 30) }),
  {
    maxLength: 4,
  },
)

const rows: readonly Row[] = [
  row('client_hello', 'server_name', serverName, serverName.clientHello, fc.stringMatching(/^[!-~]{1,255}$/)),
  row('encrypted_extensions', 'server_name', serverName, serverName.encryptedExtensions, nothing),
  row('client_hello', 'max_fragment_length', maxFragmentLength, maxFragmentLength.clientHello, arbitraryUint(1)),
  row('client_hello', 'status_request', statusRequest, statusRequest.clientHello, status),
  row('client_hello', 'supported_groups', supportedGroups, supportedGroups.clientHello, uint16s),
  row('client_hello', 'signature_algorithms', signatureAlgorithms, signatureAlgorithms.clientHello, uint16s),
  row(
    'certificate_request',
    'signature_algorithms_cert',
    signatureAlgorithmsCert,
    signatureAlgorithmsCert.clientHello,
    uint16s,
  ),
  row('client_hello', 'ALPN', alpn, alpn.clientHello, fc.array(protocol, { minLength: 1, maxLength: 8 })),
  row(
    'encrypted_extensions',
    'ALPN',
    alpn,
    alpn.encryptedExtensions,
    protocol.map((each) => [each]),
  ),
  row('client_hello', 'SCT', signedCertificateTimestamp, signedCertificateTimestamp.clientHello, nothing),
  row(
    'client_hello',
    'padding',
    padding,
    padding.clientHello,
    fc.nat(300).map((length) => new Uint8Array(length)),
  ),
  row('client_hello', 'compress_certificate', compressCertificate, compressCertificate.clientHello, uint16s),
  row('client_hello', 'record_size_limit', recordSizeLimit, recordSizeLimit.clientHello, arbitraryUint(2)),
  row('client_hello', 'pre_shared_key', preSharedKey, preSharedKey.clientHello, psks),
  row('server_hello', 'pre_shared_key', preSharedKey, preSharedKey.serverHello, arbitraryUint(2)),
  row('client_hello', 'early_data', earlyData, earlyData.clientHello, nothing),
  row('new_session_ticket', 'early_data', earlyData, earlyData.newSessionTicket, arbitraryUint(4)),
  row('client_hello', 'supported_versions', supportedVersions, supportedVersions.clientHello, uint16s),
  row('server_hello', 'supported_versions', supportedVersions, supportedVersions.serverHello, arbitraryUint(2)),
  row('client_hello', 'cookie', cookie, cookie.clientHello, arbitraryBytes(1, 300)),
  row('hello_retry_request', 'cookie', cookie, cookie.helloRetryRequest, arbitraryBytes(1, 300)),
  row(
    'client_hello',
    'psk_key_exchange_modes',
    pskKeyExchangeModes,
    pskKeyExchangeModes.clientHello,
    fc.array(arbitraryUint(1), { minLength: 1, maxLength: 20 }),
  ),
  row('client_hello', 'certificate_authorities', certificateAuthorities, certificateAuthorities.clientHello, names),
  row('certificate_request', 'oid_filters', oidFilters, oidFilters.certificateRequest, filters),
  row('client_hello', 'post_handshake_auth', postHandshakeAuth, postHandshakeAuth.clientHello, nothing),
  row('client_hello', 'key_share', keyShare, keyShare.clientHello, fc.array(entry, { maxLength: 5 })),
  row('hello_retry_request', 'key_share', keyShare, keyShare.helloRetryRequest, arbitraryUint(2)),
  row('server_hello', 'key_share', keyShare, keyShare.serverHello, entry),
]

/** What is shown and what the protocol reads are declared apart: here they have to agree. */
describe('extensions', () => {
  it.each(rows)('$name: its body is taken apart as the codec writes it', ({ carrier, type, bodies }) => {
    fc.assert(
      fc.property(bodies, (data) => {
        const bytes = messageWith(carrier, [{ type, data }])
        const decoded = decodeHandshakeMessage(bytes)
        const body = bodyOf(decoded)
        return tiles(decoded, bytes.length) && !hasFault(decoded) && body !== undefined && isTakenApart(body)
      }),
    )
  })

  const takenApart = rows.filter(({ name }) => /key_share of client|server_name of client|pre_shared/.test(name))
  it.each(takenApart)('$name: a body with a byte too many has a fault', ({ carrier, type, bodies }) => {
    fc.assert(
      fc.property(bodies, (data) =>
        hasFault(decodeHandshakeMessage(messageWith(carrier, [{ type, data: Uint8Array.of(...data, 0) }]))),
      ),
    )
  })
})

/** More than its length and bytes without a form. */
const isTakenApart = ({ children }: DecodedField): boolean => !children.some(({ name }) => name === 'extension_data')

function bodyOf(message: DecodedField): DecodedField | undefined {
  const find = (field: DecodedField): DecodedField | undefined => {
    if (field.name === 'extension_data' && field.kind === 'struct') return field
    for (const child of field.children) {
      const found = find(child)
      if (found) return found
    }
    return undefined
  }
  return find(message)
}

function messageWith(carrier: Carrier, extensions: readonly Extension[]) {
  const hello = { legacyVersion: 0x0303, random: new Uint8Array(32) }
  const answer = {
    ...hello,
    legacySessionIdEcho: new Uint8Array(0),
    cipherSuite: 0x1301,
    legacyCompressionMethod: 0,
    extensions,
  }
  switch (carrier) {
    case 'client_hello':
      return encodeMessage('client_hello', {
        ...hello,
        legacySessionId: new Uint8Array(0),
        cipherSuites: [0x1301],
        legacyCompressionMethods: [0],
        extensions,
      })
    case 'server_hello':
      return encodeMessage('server_hello', answer)
    case 'hello_retry_request':
      return encodeMessage('server_hello', { ...answer, random: helloRetryRequestRandom })
    case 'encrypted_extensions':
      return encodeMessage('encrypted_extensions', { extensions })
    case 'certificate_request':
      return encodeMessage('certificate_request', { certificateRequestContext: new Uint8Array(0), extensions })
    case 'new_session_ticket':
      return encodeMessage('new_session_ticket', {
        ticketLifetime: 1,
        ticketAgeAdd: 2,
        ticketNonce: new Uint8Array(1),
        ticket: new Uint8Array(1),
        extensions,
      })
  }
}
