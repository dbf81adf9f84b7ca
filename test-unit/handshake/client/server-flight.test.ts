import { describe, expect, it } from 'vitest'
import { ExtensionType } from '../../../src/messages/code-points.js'
import { certificateAuthorities } from '../../../src/messages/extensions/certificate-authorities.js'
import { makeExtension } from '../../../src/messages/extensions/extension.js'
import { decodeMessage } from '../../../src/messages/handshake-message.js'
import { type Bytes, noBytes } from '../../../src/wire/bytes.js'
import { createTestCa } from '../../support/certificates.js'
import { clientIdentity } from '../../support/client-identity.js'
import type { HandshakeScript, ServerBodies } from '../../support/handshake-script.js'
import {
  appendExtensions,
  extensionOf,
  itRefuses,
  withExtensions,
  withoutExtension,
} from '../../support/refusal-table.js'
import { openScripted } from '../../support/scripted-connection.js'
import { serverIdentity } from '../../support/server-identity.js'

const illegal = { code: 'illegal_parameter', alert: 'illegal_parameter' } as const
const malformed = { code: 'decode_error', alert: 'decode_error' } as const
const unsupported = { code: 'unsupported_extension', alert: 'unsupported_extension' } as const
const anotherCa = await createTestCa({ subject: 'Another CA' })
const alpn = ExtensionType.application_layer_protocol_negotiation

describe('a client that reads EncryptedExtensions', () => {
  const edited = (edit: NonNullable<HandshakeScript['edit']>['encrypted_extensions']): { script: HandshakeScript } => ({
    script: { edit: edit ? { encrypted_extensions: edit } : {} },
  })

  itRefuses([
    {
      //= rfc9846#section-4.3 4.3-6 4.3-5
      what: 'an extension that was not asked for (4.3)',
      ...edited(withExtensions(extensionOf(alpn, 0, 3, 2, 104, 50))),
      ...unsupported,
      message: /application_layer_protocol_negotiation, which was not asked for/,
    },
    {
      //= rfc9846#section-4.3 4.3-6
      what: 'an extension that nobody knows (4.3)',
      ...edited(withExtensions(extensionOf(0xfe01, 1))),
      ...unsupported,
      message: /0xfe01/,
    },
    {
      what: 'early data accepted where none was offered (4.3.10)',
      ...edited(withExtensions(extensionOf(ExtensionType.early_data))),
      ...unsupported,
      message: /early_data/,
    },
    ...(['key_share', 'supported_versions', 'psk_key_exchange_modes', 'signature_algorithms'] as const).map((name) => ({
      //= rfc9846#section-4.3 4.3-7
      //= rfc9846#section-4.4.1 4.4.1-2 4.4.1-3
      //= rfc9846#section-4.3.9 4.3.9-6
      what: `${name}, which belongs elsewhere (4.3, 4.4.1)`,
      ...edited(withExtensions(extensionOf(ExtensionType[name], 3, 4))),
      ...illegal,
      message: new RegExp(`${name} may not stand in encryptedExtensions`),
    })),
    {
      //= rfc9846#section-4.3 4.3-10
      what: 'an extension twice (4.3)',
      script: {
        edit: { encrypted_extensions: withExtensions(extensionOf(ExtensionType.server_name)) },
        rewrite: {
          encrypted_extensions: (bytes) => appendExtensions(bytes, 4, extensionOf(ExtensionType.server_name)),
        },
      },
      ...malformed,
      message: /server_name stands there twice/,
    },
    {
      //= rfc9846#section-4.3 4.3-2
      //= rfc9846#section-6 6-9
      what: 'a server_name that is not empty (RFC 6066)',
      ...edited(withExtensions(extensionOf(ExtensionType.server_name, 0))),
      ...malformed,
      message: /server_name/,
    },
    {
      what: 'supported_groups that are cut short',
      ...edited(withExtensions(extensionOf(ExtensionType.supported_groups, 0, 2, 0))),
      ...malformed,
      message: /supported_groups/,
    },
    {
      what: 'an ALPN protocol that was not offered (RFC 7301)',
      ...edited(withExtensions(extensionOf(alpn, 0, 3, 2, 104, 51))),
      options: { alpnProtocols: ['h2', 'http/1.1'] },
      ...illegal,
      message: /"h3", which was not offered/,
    },
    {
      what: 'two ALPN protocols (RFC 7301)',
      ...edited(withExtensions(extensionOf(alpn, 0, 6, 2, 104, 50, 2, 104, 50))),
      options: { alpnProtocols: ['h2'] },
      ...malformed,
      message: /exactly one/,
    },
    {
      what: 'an ALPN list without a protocol (RFC 7301)',
      ...edited(withExtensions(extensionOf(alpn, 0, 0))),
      options: { alpnProtocols: ['h2'] },
      ...malformed,
      message: /application_layer_protocol_negotiation/,
    },
  ])

  //= rfc9846#section-4.3.7 4.3.7-3
  it('takes the ALPN protocol that the server chose, an acknowledged name and groups for another time', async () => {
    const { info } = await openScripted(
      {
        edit: {
          encrypted_extensions: withExtensions(
            extensionOf(alpn, 0, 3, 2, 104, 50),
            extensionOf(ExtensionType.server_name),
            extensionOf(ExtensionType.supported_groups, 0, 4, 0, 0x18, 0xfe, 0),
          ),
        },
      },
      { alpnProtocols: ['http/1.1', 'h2'] },
    )
    expect(info.alpnProtocol).toBe('h2')
  })

  it('has no ALPN protocol when the server chose none', async () => {
    const { info } = await openScripted({}, { alpnProtocols: ['h2'] })
    expect(info.alpnProtocol).toBeUndefined()
  })
})

describe('a client that reads a CertificateRequest', () => {
  const requested = (
    edit: NonNullable<HandshakeScript['edit']>['certificate_request'],
  ): { script: HandshakeScript } => ({
    script: { requestCertificate: true, edit: edit ? { certificate_request: edit } : {} },
  })

  itRefuses([
    {
      what: 'a context (4.4.2)',
      ...requested((body) => ({ ...body, certificateRequestContext: Uint8Array.of(1) })),
      ...illegal,
      message: /certificate_request_context in the handshake is not empty/,
    },
    {
      what: 'no signature_algorithms (4.4.2)',
      ...requested(withoutExtension(ExtensionType.signature_algorithms)),
      code: 'missing_extension',
      alert: 'missing_extension',
      message: /signature_algorithms/,
    },
    {
      what: 'an extension that belongs elsewhere (4.3)',
      ...requested(withExtensions(extensionOf(ExtensionType.key_share, 0, 0x1d))),
      ...illegal,
      message: /key_share may not stand in certificateRequest/,
    },
    {
      what: 'an empty list of signature_algorithms',
      ...requested(withExtensions(extensionOf(ExtensionType.signature_algorithms, 0, 0))),
      ...malformed,
      message: /signature_algorithms/,
    },
    {
      what: 'a status_request that is cut short (6)',
      ...requested(withExtensions(extensionOf(ExtensionType.status_request, 1, 0))),
      ...malformed,
      message: /status_request/,
    },
    {
      what: 'a signed_certificate_timestamp with a body (6)',
      ...requested(withExtensions(extensionOf(ExtensionType.signed_certificate_timestamp, 0))),
      ...malformed,
      message: /signed_certificate_timestamp/,
    },
    {
      what: 'an extension twice (4.3)',
      script: {
        requestCertificate: true,
        rewrite: {
          certificate_request: (bytes) =>
            appendExtensions(bytes, 5, extensionOf(ExtensionType.signature_algorithms, 0, 2, 4, 3)),
        },
      },
      ...malformed,
      message: /signature_algorithms stands there twice/,
    },
  ])

  describe('with oid_filters (4.3.5)', () => {
    const filters = (...list: readonly (readonly [oid: readonly number[], values: readonly number[]])[]) => {
      const entries = list.flatMap(([oid, values]) => [
        oid.length + 2,
        6,
        oid.length,
        ...oid,
        0,
        values.length,
        ...values,
      ])
      return withExtensions(extensionOf(ExtensionType.oid_filters, 0, entries.length, ...entries))
    }
    const keyUsage = [0x55, 0x1d, 0x0f]
    const extendedKeyUsage = [0x55, 0x1d, 0x25]
    const purpose = (number: number) => [0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, number]
    const identity = async () => {
      const { certificate } = await clientIdentity('ecdsa-p256', {
        keyUsage: ['digitalSignature', 'keyAgreement'],
        extendedKeyUsage: ['clientAuth', 'serverAuth'],
      })
      return { certificateChain: certificate.chainPem, privateKey: certificate.pkcs8Pem }
    }

    it.each([
      ['a bit of its key usage', filters([keyUsage, [3, 2, 7, 0x80]])],
      ['a purpose, where it has others as well', filters([extendedKeyUsage, purpose(2)])],
      ['both', filters([keyUsage, [3, 2, 3, 0x88]], [extendedKeyUsage, purpose(1)])],
      [
        'an extension that has no rule for it',
        filters([
          [0x55, 0x1d, 0x11],
          [1, 2, 3],
        ]),
      ],
      ['nothing', filters()],
      //= rfc9846#section-4.3.5 4.3.5-2 4.3.5-3 4.3.5-4 4.3.5-5
      //= rfc9846#section-4.5.1.2 4.5.1.2-6
    ])('shows a certificate that has what is asked for: %s', async (_what, change) => {
      const { server } = await openScripted({ ...requested(change).script }, { identity: await identity() })
      expect(server.clientFlight).toEqual(['certificate', 'certificate_verify'])
    })

    it.each([
      ['a bit of its key usage', filters([keyUsage, [3, 2, 5, 0xa0]])],
      ['a purpose', filters([extendedKeyUsage, purpose(4)])],
      ['one of both', filters([keyUsage, [3, 2, 7, 0x80]], [extendedKeyUsage, purpose(4)])],
      //= rfc9846#section-4.3.5 4.3.5-2 4.3.5-3
      //= rfc9846#section-4.5.1.2 4.5.1.2-6
    ])('shows none of which it asks for more: %s', async (_what, change) => {
      const { server } = await openScripted({ ...requested(change).script }, { identity: await identity() })
      expect(server.clientFlight).toEqual(['certificate'])
    })

    itRefuses([
      {
        //= rfc9846#section-4.3.5 4.3.5-7
        what: 'an OID that stands there twice',
        ...requested(filters([keyUsage, [3, 2, 7, 0x80]], [keyUsage, [3, 2, 7, 0x80]])),
        ...illegal,
        message: /oid_filters has 2\.5\.29\.15 twice/,
      },
      {
        //= rfc9846#section-4.3.5 4.3.5-8
        what: 'anyExtendedKeyUsage',
        ...requested(filters([extendedKeyUsage, [0x30, 6, 6, 4, 0x55, 0x1d, 0x25, 0]])),
        ...illegal,
        message: /anyExtendedKeyUsage/,
      },
      {
        what: 'values that are not well formed',
        ...requested(filters([keyUsage, [3, 2, 9, 0x80]])),
        ...malformed,
        message: /oid_filters/,
      },
    ])
  })

  //= rfc9846#section-4.3.4 4.3.4-1
  //= rfc9846#section-4.5.1.2 4.5.1.2-5
  it('shows a certificate of an authority that the server names, and none of another (4.3.4)', async () => {
    const { ca, certificate } = await clientIdentity()
    const identity = { certificateChain: certificate.chainPem, privateKey: certificate.pkcs8Pem }
    const named = (authority: typeof ca) =>
      withExtensions(
        makeExtension(certificateAuthorities, certificateAuthorities.certificateRequest, [authority.subject]),
      )
    const [own, others] = await Promise.all(
      [ca, anotherCa].map((each) => openScripted({ ...requested(named(each)).script }, { identity })),
    )
    expect(own?.server.clientFlight).toEqual(['certificate', 'certificate_verify'])
    expect(others?.server.clientFlight).toEqual(['certificate'])
  })

  //= rfc9846#section-4.3 4.3-3
  //= rfc9846#section-4.5.1 4.5.1-7 4.5.1-9
  //= rfc9846#section-4.5.1.1 4.5.1.1-7
  //= rfc9846#section-4.5.2 4.5.2-2 4.5.2-3 4.5.2-5
  //= rfc9846#section-4.5.1.2 4.5.1.2-2
  it('staples an OCSP response where the server asks for one, and signs by its schemes (4.5.1.1, 4.5.2)', async () => {
    const { certificate } = await clientIdentity()
    const [ocspResponse, signed] = [Uint8Array.of(1, 2), [ExtensionType.signature_algorithms, 0, 2, 4, 3]] as const
    const identity = { certificateChain: certificate.chainPem, privateKey: certificate.pkcs8Pem, ocspResponse }
    for (const asked of [[], [extensionOf(ExtensionType.status_request, 1, 0, 0, 0, 0)]]) {
      const { script } = requested(withExtensions(extensionOf(...signed), ...asked))
      const { server } = await openScripted(script, { identity })
      const [certificateBytes = noBytes, verifyBytes = noBytes] = server.clientFlightBytes
      const { certificateList } = decodeMessage('certificate', certificateBytes).body
      expect(certificateList.map(({ certificateData }) => certificateData)).toEqual(certificate.chain)
      expect(certificateList[0]?.extensions).toEqual(
        asked.map(() => extensionOf(ExtensionType.status_request, 1, 0, 0, 2, 1, 2)),
      )
      expect(decodeMessage('certificate_verify', verifyBytes).body.algorithm).toBe(0x0403)
    }
  })

  //= rfc9846#section-4.5.1 4.5.1-2 4.5.1-3 4.5.1-4
  //= rfc9846#section-4.5.1.2 4.5.1.2-13
  it('answers with an empty Certificate and no CertificateVerify (4.5.2)', async () => {
    const { server } = await openScripted({ requestCertificate: true })
    expect(server.clientFlight).toEqual(['certificate'])
  })

  //= rfc9846#section-4.4.2 4.4.2-7
  //= rfc9846#section-9.3 9.3-6
  it('ignores extensions that it does not know (4.4.2)', async () => {
    const { server } = await openScripted({
      requestCertificate: true,
      edit: { certificate_request: withExtensions(extensionOf(0xfe01, 1), extensionOf(0x0a0a)) },
    })
    expect(server.clientFlight).toEqual(['certificate'])
  })

  //= rfc9846#section-4.5.1 4.5.1-2
  it('sends no Certificate when it was not asked', async () => {
    const { server } = await openScripted()
    expect(server.clientFlight).toEqual([])
  })
})

describe("a client that reads the server's Certificate", () => {
  type Certificate = ServerBodies['certificate']
  const edited = (edit: (body: Certificate) => Certificate): { script: HandshakeScript } => ({
    script: { edit: { certificate: edit } },
  })
  const onLeaf = (...extensions: { type: number; data: Bytes }[]) =>
    edited((body) => ({
      ...body,
      certificateList: body.certificateList.map((entry, index) => (index === 0 ? { ...entry, extensions } : entry)),
    }))

  itRefuses([
    {
      //= rfc9846#section-4.5.1.3 4.5.1.3-1
      what: 'no certificate (4.5.2.4)',
      ...edited((body) => ({ ...body, certificateList: [] })),
      ...malformed,
      message: /the server sent no certificate/,
    },
    {
      //= rfc9846#section-4.5.1 4.5.1-5
      what: 'a context (4.5.2)',
      ...edited((body) => ({ ...body, certificateRequestContext: Uint8Array.of(1) })),
      ...illegal,
      message: /certificate_request_context of a server is not empty/,
    },
    {
      //= rfc9846#section-4.5.1 4.5.1-6
      //= rfc9846#section-4.3 4.3-6
      what: 'an extension that was not asked for (4.5.2)',
      ...onLeaf(extensionOf(ExtensionType.status_request, 1, 0, 0, 1, 0)),
      ...unsupported,
      message: /certificate has extension status_request/,
    },
    {
      what: 'an extension that belongs elsewhere (4.3)',
      ...onLeaf(extensionOf(ExtensionType.supported_groups, 0, 2, 0, 0x1d)),
      ...illegal,
      message: /supported_groups may not stand in certificate/,
    },
    {
      //= rfc9846#section-4.5.1.2 4.5.1.2-14
      what: 'bytes that are no certificate (4.5.2.4)',
      ...edited((body) => ({
        ...body,
        certificateList: [{ certificateData: Uint8Array.of(1, 2, 3), extensions: [] }],
      })),
      code: 'certificate_malformed',
      alert: 'bad_certificate',
      message: /./,
    },
    {
      //= rfc9846#section-4.5.1.2 4.5.1.2-14
      //= rfc9846#section-6.2 6.2-5
      what: 'a certificate that the trust anchors do not vouch for (6.2)',
      script: {},
      options: { trustAnchors: anotherCa.pem },
      code: 'certificate_unknown_issuer',
      alert: 'unknown_ca',
      message: /./,
    },
    {
      what: 'a certificate for another name',
      script: {},
      options: { serverName: 'other.test' },
      code: 'certificate_name_mismatch',
      alert: 'bad_certificate',
      message: /other\.test/,
    },
    {
      what: 'a certificate that has expired',
      script: {},
      options: { clock: () => new Date(Date.now() + 400 * 86_400_000) },
      code: 'certificate_expired',
      alert: 'certificate_expired',
      message: /./,
    },
    {
      what: 'what verifyPeer throws at',
      script: {},
      options: {
        verifyPeer: () => {
          throw new Error('not pinned')
        },
      },
      code: 'certificate_refused',
      alert: 'certificate_unknown',
      message: /verifyPeer refused .*: not pinned/,
    },
    {
      what: 'what verifyPeer rejects',
      script: {},
      options: { verifyPeer: () => Promise.reject(new Error('not pinned')) },
      code: 'certificate_refused',
      alert: 'certificate_unknown',
      message: /not pinned/,
    },
  ])

  it('tells the chain as it came and the path as it was validated', async () => {
    const { certificate, ca } = await serverIdentity()
    const { info } = await openScripted()
    expect(info.peerCertificates.map(({ der }) => der)).toEqual([certificate.der])
    expect(info.verifiedPath.map(({ der }) => der)).toEqual([certificate.der, ca.der])
  })
})

describe("a client that reads the server's Finished", () => {
  const edited = (edit: (verifyData: Bytes) => Bytes): { script: HandshakeScript } => ({
    script: { edit: { finished: ({ verifyData }) => ({ verifyData: edit(verifyData) }) } },
  })

  itRefuses([
    {
      //= rfc9846#section-4.5.3 4.5.3-1 4.5.3-2
      what: 'another verify_data (4.5.4)',
      ...edited((data) => Uint8Array.from(data, (byte, index) => (index === 31 ? byte ^ 1 : byte))),
      code: 'finished_mismatch',
      alert: 'decrypt_error',
      message: /Finished is wrong/,
    },
    {
      //= rfc9846#section-6 6-9
      what: 'a verify_data that is a byte short (4.5.4)',
      ...edited((data) => data.slice(1)),
      ...malformed,
      message: /31 bytes instead of 32/,
    },
    {
      what: 'a verify_data that is a byte long (4.5.4)',
      ...edited((data) => Uint8Array.from([...data, 0])),
      ...malformed,
      message: /33 bytes instead of 32/,
    },
    { what: 'no verify_data (4.5.4)', ...edited(() => new Uint8Array()), ...malformed, message: /0 bytes instead/ },
    {
      what: 'a verify_data of another hash',
      ...edited(() => new Uint8Array(48)),
      ...malformed,
      message: /48 bytes instead of 32/,
    },
  ])
})
