import { describe, expect, it } from 'vitest'
import { decodeCertificate } from '../../src/inspect/certificate-fields.js'
import { decodeHandshakeMessage } from '../../src/inspect/decode-message.js'
import { decodeAlert, decodeRecord } from '../../src/inspect/decode-record.js'
import { type DecodedField, hasFault, leafFields } from '../../src/inspect/decoded-field.js'
import { fromHex } from '../../src/wire/bytes.js'
import { createTestCa, createTestCertificate } from '../support/certificates.js'
import { helloRetryRequestTrace } from '../vectors/rfc8448-hello-retry-request.js'
import { simple1Rtt } from '../vectors/rfc8448-simple-1-rtt.js'
import type { TraceStep } from '../vectors/rfc8448-trace.js'

function messageOf(trace: readonly TraceStep[], name: string, which = 0): Uint8Array {
  const found = trace.flatMap(({ step, fields }) =>
    step.startsWith('construct') && fields[name] ? [fields[name]] : [],
  )
  const hex = found[which]
  if (hex === undefined) throw new Error(`the trace has no ${name}`)
  return fromHex(hex.replace(/\s+/g, ''))
}

/** Every field with that name, as name, value, meaning. */
function fields(field: DecodedField, name: string): DecodedField[] {
  const own = field.name === name ? [field] : []
  return [...own, ...field.children.flatMap((child) => fields(child, name))]
}

const said = (field: DecodedField, name: string) =>
  fields(field, name).map(({ value, meaning }) => `${value} ${meaning}`)

describe('the messages of RFC 8448', () => {
  it('has the fields of a ClientHello with their bytes, meanings and sections', () => {
    const bytes = messageOf(simple1Rtt, 'ClientHello')
    const hello = decodeHandshakeMessage(bytes)
    expect(hello).toMatchObject({
      value: 'client_hello',
      section: 'RFC 9846 section 4.2.2',
      start: 0,
      end: bytes.length,
    })
    expect(said(hello, 'cipher_suite')).toEqual([
      '0x1301 TLS_AES_128_GCM_SHA256',
      '0x1303 TLS_CHACHA20_POLY1305_SHA256',
      '0x1302 TLS_AES_256_GCM_SHA384',
    ])
    expect(fields(hello, 'random')[0]).toMatchObject({ start: 6, end: 38, kind: 'bytes' })
    expect(fields(hello, 'extension').map(({ value }) => value)).toEqual([
      'server_name',
      'renegotiation_info',
      'supported_groups',
      'session_ticket',
      'key_share',
      'supported_versions',
      'signature_algorithms',
      'psk_key_exchange_modes',
      'record_size_limit',
    ])
    expect(fields(hello, 'host_name').at(-1)).toMatchObject({ value: 'server', kind: 'text' })
    expect(said(hello, 'version')).toEqual(['0x0304 TLSv1.3'])
    expect(fields(hello, 'extension').at(-1)?.section).toBe('RFC 8449 section 4')
    expect(hasFault(hello)).toBe(false)
  })

  it('tells a HelloRetryRequest from a ServerHello, and its key_share has a group alone', () => {
    const retry = decodeHandshakeMessage(messageOf(helloRetryRequestTrace, 'ServerHello'))
    expect(retry).toMatchObject({ value: 'hello_retry_request', section: 'RFC 9846 section 4.2.4' })
    expect(said(retry, 'selected_group')).toEqual(['0x0017 secp256r1'])
    const hello = decodeHandshakeMessage(messageOf(simple1Rtt, 'ServerHello'))
    expect(hello.value).toBe('server_hello')
    expect(fields(hello, 'key_share_entry')[0]?.value).toBe('x25519')
  })

  it('has every message of the traces without a fault', () => {
    const names = ['EncryptedExtensions', 'CertificateVerify', 'Finished', 'NewSessionTicket', 'Certificate']
    for (const name of names) {
      expect(hasFault(decodeHandshakeMessage(messageOf(simple1Rtt, name))), name).toBe(false)
    }
  })
})

describe('a certificate', () => {
  it('has its fields, its extensions by name, and a summary', async () => {
    const ca = await createTestCa()
    const leaf = await createTestCertificate({ ca, subject: 'leaf', dnsNames: ['www.example.com'] })
    const decoded = decodeCertificate(leaf.der)
    expect(decoded.value).toBe('www.example.com')
    expect(decoded.meaning).toMatch(/^CN=leaf, by CN=Test CA, until \d{4}-/)
    expect(fields(decoded, 'issuer')[0]?.value).toBe('CN=Test CA')
    expect(fields(decoded, 'Extension').map(({ value }) => value.split(',')[0])).toContain('subjectAltName')
    const signature = fields(decoded, 'signatureValue')[0]
    expect(signature?.end).toBe(leaf.der.length)
  })

  it('that is none is said to be none', () => {
    expect(decodeCertificate(Uint8Array.of(1, 2, 3)).value).toContain('cannot be read')
  })
})

describe('a record', () => {
  it('in the clear has its messages', () => {
    const hello = messageOf(simple1Rtt, 'ClientHello')
    const record = decodeRecord(Uint8Array.of(22, 3, 1, 0, hello.length, ...hello))
    expect(said(record, 'type')).toEqual(['22 handshake'])
    expect(fields(record, 'handshake').map(({ value }) => value)).toEqual(['client_hello'])
  })

  it('that is sealed says so and stays bytes', () => {
    const record = decodeRecord(Uint8Array.of(23, 3, 3, 0, 3, 1, 2, 3))
    expect(leafFields(record).map(({ name }) => name)).toEqual([
      'type',
      'legacy_record_version',
      'length',
      'encrypted_record',
    ])
    expect(fields(record, 'fragment')[0]?.section).toBe('RFC 9846 section 5.2')
  })

  it('with less than it announces has a fault', () => {
    expect(leafFields(decodeRecord(Uint8Array.of(23, 3, 3, 0, 9, 1, 2))).at(-1)).toMatchObject({
      kind: 'fault',
      meaning: '9 bytes are announced, 2 are there',
    })
  })

  it('with a part of a message stays bytes when that is said', () => {
    const record = Uint8Array.of(22, 3, 3, 0, 5, 1, 0, 2, 0, 9)
    expect(hasFault(decodeRecord(record))).toBe(true)
    expect(hasFault(decodeRecord(record, { isFragment: true }))).toBe(false)
  })
})

it('an alert has its name', () => {
  expect(decodeAlert(Uint8Array.of(2, 48))).toMatchObject({ value: 'unknown_ca', section: 'RFC 9846 section 6.2' })
  expect(decodeAlert(Uint8Array.of(1, 0))).toMatchObject({ value: 'close_notify', section: 'RFC 9846 section 6.1' })
})
