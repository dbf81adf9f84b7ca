import { describe, expect, it } from 'vitest'
import type { TlsServerOptions } from '../../../src/connection/server-config.js'
import { SignatureScheme } from '../../../src/messages/code-points.js'
import { noBytes } from '../../../src/wire/bytes.js'
import { acceptScripted, expectServerRefusal, openAccepted } from '../../support/accepted-connection.js'
import { createTestCa, daysFromNow } from '../../support/certificates.js'
import { clientIdentity } from '../../support/client-identity.js'
import type { ClientScript } from '../../support/client-script.js'
import { serverIdentity } from '../../support/server-identity.js'
import { itRefusesClients, type ServerRefusalRow } from '../../support/server-refusal-table.js'

type Row = Omit<ServerRefusalRow, 'script' | 'options'> & {
  readonly script: ClientScript | (() => Promise<ClientScript>)
}

const asking = async (clientAuth: 'optional' | 'required'): Promise<Partial<TlsServerOptions>> => ({
  clientAuth,
  clientTrustAnchors: (await serverIdentity()).ca.pem,
})

/** Rows for a client with a good certificate, but for what the script says; the same where it is optional. */
function itRefusesAuthentication(rows: readonly Row[]): void {
  for (const mode of ['required', 'optional'] as const) {
    describe(`where a certificate is ${mode}`, () => {
      itRefusesClients(
        rows.map((row) => ({
          ...row,
          script: async () => ({
            identity: await clientIdentity(),
            ...(typeof row.script === 'function' ? await row.script() : row.script),
          }),
          options: () => asking(mode),
        })),
      )
    })
  }
}

const illegal = { code: 'illegal_parameter', alert: 'illegal_parameter' } as const
const unexpected = { code: 'unexpected_message', alert: 'unexpected_message' } as const
const malformed = { code: 'decode_error', alert: 'decode_error' } as const
const invalid = {
  code: 'signature_invalid',
  alert: 'decrypt_error',
  message: /the client does not hold the key/,
} as const

describe("a client's Certificate and CertificateVerify (4.5.2, 4.5.3)", () => {
  itRefusesAuthentication([
    {
      //= rfc9846#section-4.5.1 4.5.1-5
      what: 'a certificate_request_context that was not sent',
      script: { edit: { certificate: (body) => ({ ...body, certificateRequestContext: Uint8Array.of(1) }) } },
      ...illegal,
      message: /certificate_request_context/,
    },
    {
      what: 'no Certificate',
      script: { rewrite: { certificate: () => undefined } },
      ...unexpected,
      message: /certificate_verify in state WAIT_CERT/,
    },
    {
      //= rfc9846#section-4.5.2 4.5.2-3
      what: 'no CertificateVerify',
      script: { rewrite: { certificate_verify: () => undefined } },
      ...unexpected,
      message: /finished in state WAIT_CV/,
    },
    {
      //= rfc9846#section-4.5.2 4.5.2-8 4.5.2-9
      what: 'a signature over something else',
      script: {
        signedContent: (content) => content.map((byte, index) => (index === content.length - 1 ? byte ^ 1 : byte)),
      },
      ...invalid,
    },
    {
      what: "a signature with the server's context string",
      script: {
        signedContent: (content) => {
          const context = new TextEncoder().encode('TLS 1.3, server')
          return Uint8Array.from([...content.subarray(0, 64), ...context, ...content.subarray(64 + context.length)])
        },
      },
      ...invalid,
    },
    {
      what: 'a damaged signature',
      script: {
        edit: {
          certificate_verify: (body) => ({
            ...body,
            signature: body.signature.map((byte, index) => (index === 20 ? byte ^ 1 : byte)),
          }),
        },
      },
      ...invalid,
    },
    {
      what: 'an empty signature',
      script: { edit: { certificate_verify: (body) => ({ ...body, signature: noBytes }) } },
      ...invalid,
    },
    {
      //= rfc9846#section-4.5.2 4.5.2-7
      what: 'a scheme that no one knows',
      script: { edit: { certificate_verify: (body) => ({ ...body, algorithm: 0x0203 }) } },
      ...illegal,
      message: /signed with 0x0203, which was not offered/,
    },
    {
      //= rfc9846#section-4.5.2 4.5.2-6
      what: 'a scheme that the key cannot make',
      script: {
        edit: { certificate_verify: (body) => ({ ...body, algorithm: SignatureScheme.ecdsa_secp384r1_sha384 }) },
      },
      ...illegal,
      message: /ecdsa_secp384r1_sha384, which a key of kind/,
    },
    {
      //= rfc9846#section-4.3.3 4.3.3-6
      what: 'PKCS #1 v1.5, which is for certificates alone (4.3.3)',
      script: async () => ({ identity: await clientIdentity('rsa2048'), scheme: 'rsa_pkcs1_sha256' }),
      ...illegal,
      message: /rsa_pkcs1_sha256/,
    },
    {
      what: 'PKCS #1 v1.5 by its legacy code point, which was not asked for (RFC 9963 section 2)',
      script: async () => ({ identity: await clientIdentity('rsa2048'), scheme: 'rsa_pkcs1_sha256_legacy' }),
      ...illegal,
      message: /rsa_pkcs1_sha256_legacy, which was not offered/,
    },
    {
      //= rfc9846#section-4.3 4.3-6
      //= rfc9846#section-4.5.1 4.5.1-7
      what: 'an extension in a Certificate that was not asked for (4.5.2)',
      script: {
        edit: {
          certificate: (body) => ({
            ...body,
            certificateList: body.certificateList.map((entry) => ({
              ...entry,
              extensions: [{ type: 18, data: Uint8Array.of(0, 3, 0, 1, 1) }],
            })),
          }),
        },
      },
      code: 'unsupported_extension',
      alert: 'unsupported_extension',
      message: /signed_certificate_timestamp, which was not asked for/,
    },
    {
      what: 'a CertificateVerify with a byte behind it',
      script: { rewrite: { certificate_verify: (bytes) => lengthened(bytes) } },
      ...malformed,
      message: /certificate_verify/,
    },
    {
      what: 'a certificate that is none',
      script: {
        edit: {
          certificate: (body) => ({
            ...body,
            certificateList: [{ certificateData: Uint8Array.of(0x30, 0), extensions: [] }],
          }),
        },
      },
      code: 'certificate_malformed',
      alert: 'bad_certificate',
      message: /./,
    },
    {
      //= rfc9846#section-4.5.1.2 4.5.1.2-14
      //= rfc9846#section-4.5.3 4.5.3-4
      what: 'a certificate from an unknown CA',
      script: async () => ({
        identity: await clientIdentity('ecdsa-p256', { ca: await createTestCa({ subject: 'Nobody' }) }),
      }),
      code: 'certificate_unknown_issuer',
      alert: 'unknown_ca',
      message: /./,
    },
    {
      what: 'an expired certificate',
      script: async () => ({
        identity: await clientIdentity('ecdsa-p256', { notBefore: daysFromNow(-9), notAfter: daysFromNow(-1) }),
      }),
      code: 'certificate_expired',
      alert: 'certificate_expired',
      message: /./,
    },
    {
      what: 'a certificate that is for servers only',
      script: async () => ({ identity: await clientIdentity('ecdsa-p256', { extendedKeyUsage: ['serverAuth'] }) }),
      code: 'certificate_invalid',
      alert: 'bad_certificate',
      message: /./,
    },
    {
      what: 'a compressed Certificate where none was offered (RFC 8879)',
      script: { rewrite: { certificate: (bytes) => Uint8Array.from([25, ...bytes.subarray(1)]) } },
      ...unexpected,
      message: /compressed_certificate in state WAIT_CERT/,
    },
  ])

  //= rfc9846#section-4.5.1.3 4.5.1.3-2
  it('may be empty where it is optional, and no CertificateVerify follows', async () => {
    const { info, client } = await openAccepted({}, await asking('optional'))
    expect(info.peerCertificates).toEqual([])
    expect(client.messages('certificate_request')).toHaveLength(1)
  })

  //= rfc9846#section-4.5.1.3 4.5.1.3-2
  it('is certificate_required when it is empty and required (4.5.2.4)', async () => {
    await expectServerRefusal(await acceptScripted({}, await asking('required')), {
      code: 'certificate_required',
      alert: 'certificate_required',
      message: /no certificate/,
    })
  })

  it('is not asked for unless the server wants it', async () => {
    const { client } = await openAccepted()
    expect(client.messages('certificate_request')).toHaveLength(0)
  })

  it.each(['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'rsa2048', 'rsa-pss', 'ed25519'] as const)(
    'is taken with a key of type %s',
    async (keyType) => {
      const identity = await clientIdentity(keyType)
      const { info } = await openAccepted({ identity }, await asking('required'))
      expect(info.signatureScheme).toBe(identity.scheme)
      expect(info.peerCertificates.map(({ der }) => der)).toEqual(identity.certificate.chain)
    },
  )

  it('is refused when verifyPeer throws, with the error as the cause', async () => {
    const options = {
      ...(await asking('required')),
      verifyPeer: () => {
        throw new Error('not on the list')
      },
    }
    const connection = await acceptScripted({ identity: await clientIdentity() }, options)
    await expectServerRefusal(connection, {
      code: 'certificate_refused',
      alert: 'certificate_unknown',
      message: /not on the list/,
    })
  })
})

describe("the client's Finished (4.5.4)", () => {
  const finished = (change: (verifyData: Uint8Array) => Iterable<number>): { script: ClientScript } => ({
    script: { edit: { finished: ({ verifyData }) => ({ verifyData: Uint8Array.from(change(verifyData)) }) } },
  })
  const wrong = { code: 'finished_mismatch', alert: 'decrypt_error', message: /Finished is wrong/ } as const
  itRefusesClients([
    {
      //= rfc9846#section-4.5.3 4.5.3-1 4.5.3-2
      what: 'a bit of it flipped',
      ...finished((data) => data.map((byte, index) => (index === 31 ? byte ^ 1 : byte))),
      ...wrong,
    },
    { what: 'zeros', ...finished((data) => data.map(() => 0)), ...wrong },
    { what: 'a byte short', ...finished((data) => data.subarray(1)), ...malformed, message: /31 bytes instead of 32/ },
    { what: 'a byte long', ...finished((data) => [...data, 0]), ...malformed, message: /33 bytes instead of 32/ },
    { what: 'empty', ...finished(() => []), ...malformed, message: /0 bytes instead of 32/ },
  ])

  it('is wrong when it covers another transcript', async () => {
    const script: ClientScript = {
      before: {
        certificate: (client) => {
          client.transcript = client.transcript.with(Uint8Array.of(0))
        },
      },
    }
    await expectServerRefusal(await acceptScripted(script, await asking('optional')), wrong)
  })

  //= rfc9846#section-5.1 5.1-4 5.1-5
  it('may not be followed by anything in its record (5.1)', async () => {
    const script: ClientScript = {
      layout: (message) => [message[0] === 20 ? Uint8Array.from([...message, 24]) : message],
    }
    await expectServerRefusal(await acceptScripted(script), { ...unexpected, message: /handshake bytes follow/ })
  })
})

function lengthened(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = message.length - 4 + 1
  return Uint8Array.from([
    message[0] ?? 0,
    length >> 16,
    (length >> 8) & 0xff,
    length & 0xff,
    ...message.subarray(4),
    0,
  ])
}
