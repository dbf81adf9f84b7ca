import { describe, expect, it } from 'vitest'
import { SignatureScheme, type SignatureSchemeName } from '../../../src/messages/code-points.js'
import { SecurityPolicy } from '../../../src/policy/security-policy.js'
import { type Bytes, concatBytes } from '../../../src/wire/bytes.js'
import type { HandshakeScript } from '../../support/handshake-script.js'
import { itRefuses, type RefusalRow } from '../../support/refusal-table.js'
import { openScripted } from '../../support/scripted-connection.js'
import { serverIdentity } from '../../support/server-identity.js'
import type { TestKeyType } from '../../support/test-keys.js'

const wrong = { code: 'signature_invalid', alert: 'decrypt_error' } as const
const illegal = { code: 'illegal_parameter', alert: 'illegal_parameter' } as const

const identified = async (keyType: TestKeyType, script: HandshakeScript): Promise<HandshakeScript> => ({
  ...script,
  identity: await serverIdentity(keyType),
})

const context = 'TLS 1.3, server CertificateVerify'

/** The signed content with another context string in it, of the same length or not. */
const withContext = (other: string) => (content: Bytes) =>
  concatBytes(content.subarray(0, 64), new TextEncoder().encode(other), content.subarray(64 + context.length))

describe("a client that reads the server's CertificateVerify", () => {
  itRefuses([
    {
      //= rfc9846#section-4.5.2 4.5.2-3
      what: 'a Finished in its place (4.5.3)',
      script: { rewrite: { certificate_verify: () => undefined } },
      code: 'unexpected_message',
      alert: 'unexpected_message',
      message: /finished in state WAIT_CV/,
    },
    {
      //= rfc9846#section-4.5.2 4.5.2-8 4.5.2-9
      what: 'a signature with a bit changed (4.5.3)',
      script: {
        edit: {
          certificate_verify: (body) => ({
            ...body,
            signature: Uint8Array.from(body.signature, (byte, index) => (index === 20 ? byte ^ 1 : byte)),
          }),
        },
      },
      ...wrong,
      message: /signature of certificate_verify is wrong/,
    },
    {
      what: 'an empty signature (4.5.3)',
      script: { edit: { certificate_verify: (body) => ({ ...body, signature: new Uint8Array() }) } },
      ...wrong,
      message: /signature of certificate_verify is wrong/,
    },
    {
      what: "a signature of the client's context (4.5.3)",
      script: { signedContent: withContext('TLS 1.3, client CertificateVerify') },
      ...wrong,
      message: /signature of certificate_verify is wrong/,
    },
    {
      what: 'a signature without the 64 spaces (4.5.3)',
      script: { signedContent: (content) => content.slice(64) },
      ...wrong,
      message: /signature of certificate_verify is wrong/,
    },
    {
      what: 'a signature of another transcript (4.5.3)',
      script: { signedContent: (content) => concatBytes(content.subarray(0, -1), Uint8Array.of(0)) },
      ...wrong,
      message: /signature of certificate_verify is wrong/,
    },
    {
      //= rfc9846#section-4.5.2 4.5.2-8 4.5.2-9
      what: 'a signature of another key',
      script: async () => {
        const honest = await serverIdentity()
        const other = await serverIdentity('ecdsa-p384')
        // it shows one certificate and signs with the key of the other
        return {
          identity: { ...honest, certificate: { ...other.certificate, chain: honest.certificate.chain } },
          scheme: 'ecdsa_secp256r1_sha256',
        }
      },
      ...wrong,
      message: /signature of certificate_verify is wrong/,
    },
    {
      //= rfc9846#section-4.5.2 4.5.2-4
      what: 'a scheme that was not offered (4.5.3)',
      script: {},
      options: { securityPolicy: SecurityPolicy.from({ signatureSchemes: ['rsa_pss_rsae_sha256', 'ed25519'] }) },
      ...illegal,
      message: /ecdsa_secp256r1_sha256, which was not offered/,
    },
    {
      what: 'a scheme that nobody knows (4.5.3)',
      script: { edit: { certificate_verify: (body) => ({ ...body, algorithm: 0x0840 }) } },
      ...illegal,
      message: /0x0840, which was not offered/,
    },
    {
      //= rfc9846#section-4.5.2 4.5.2-7
      //= rfc9846#section-4.3.3 4.3.3-14 4.3.3-21
      what: 'SHA-1 with ECDSA (4.3.3)',
      script: { edit: { certificate_verify: (body) => ({ ...body, algorithm: 0x0203 }) } },
      ...illegal,
      message: /0x0203, which was not offered/,
    },
    ...(['rsa_pkcs1_sha256', 'rsa_pkcs1_sha384', 'rsa_pkcs1_sha512'] as const).map(
      (scheme): RefusalRow => ({
        //= rfc9846#section-4.3.3 4.3.3-6
        what: `${scheme}, which is for certificates alone (4.3.3)`,
        script: () => identified('rsa2048', { scheme }),
        ...illegal,
        message: new RegExp(`${scheme}, which a key of kind rsa can't make`),
      }),
    ),
    {
      what: 'rsa_pkcs1_sha256_legacy, which is for clients alone, though the policy names it (RFC 9963 section 2)',
      script: () => identified('rsa2048', { scheme: 'rsa_pkcs1_sha256_legacy' }),
      options: {
        securityPolicy: SecurityPolicy.from({ signatureSchemes: ['rsa_pkcs1_sha256_legacy', 'rsa_pss_rsae_sha256'] }),
      },
      ...illegal,
      message: /rsa_pkcs1_sha256_legacy, which was not offered/,
    },
    ...misfits().map(
      ([keyType, signedWith, claimed]): RefusalRow => ({
        //= rfc9846#section-4.3.3 4.3.3-1 4.3.3-8 4.3.3-10
        //= rfc9846#section-4.5.2 4.5.2-6
        //= rfc9846#section-4.5.1.2 4.5.1.2-4
        what: `${claimed} with a key of type ${keyType} (4.3.3)`,
        script: () =>
          identified(keyType, {
            scheme: signedWith,
            edit: { certificate_verify: (body) => ({ ...body, algorithm: SignatureScheme[claimed] }) },
          }),
        ...illegal,
        message: new RegExp(`${claimed}, which a key of kind .* can't make`),
      }),
    ),
  ])

  //= rfc9846#section-4.3.3 4.3.3-7 4.3.3-9
  //= rfc9846#section-9.1 9.1-3
  //= rfc9846#section-9.3 9.3-4
  //= rfc9846#section-4.5.1.3 4.5.1.3-7
  it.each(fits())('takes a key of type %s with %s', async (keyType, scheme) => {
    const { info } = await openScripted(await identified(keyType, { scheme }))
    expect(info.signatureScheme).toBe(scheme)
  })
})

/** Key type, the scheme the signature is really of, the scheme that is claimed: where curve or key do not fit. */
function misfits(): readonly (readonly [TestKeyType, SignatureSchemeName, SignatureSchemeName])[] {
  return [
    // the curve is part of the scheme: a valid ECDSA signature over another hash
    ['ecdsa-p256', 'ecdsa_secp384r1_sha384', 'ecdsa_secp384r1_sha384'],
    ['ecdsa-p384', 'ecdsa_secp256r1_sha256', 'ecdsa_secp256r1_sha256'],
    ['ecdsa-p521', 'ecdsa_secp384r1_sha384', 'ecdsa_secp384r1_sha384'],
    ['ecdsa-p256', 'ecdsa_secp256r1_sha256', 'ed25519'],
    ['ecdsa-p256', 'ecdsa_secp256r1_sha256', 'rsa_pss_rsae_sha256'],
    ['ed25519', 'ed25519', 'ecdsa_secp256r1_sha256'],
    // rsaEncryption and RSASSA-PSS keys are not the same
    ['rsa2048', 'rsa_pss_rsae_sha256', 'rsa_pss_pss_sha256'],
    ['rsa-pss', 'rsa_pss_pss_sha256', 'rsa_pss_rsae_sha256'],
    ['rsa2048', 'rsa_pss_rsae_sha256', 'ecdsa_secp256r1_sha256'],
  ]
}

function fits(): readonly (readonly [TestKeyType, SignatureSchemeName])[] {
  return [
    ['ecdsa-p256', 'ecdsa_secp256r1_sha256'],
    ['ecdsa-p384', 'ecdsa_secp384r1_sha384'],
    ['ecdsa-p521', 'ecdsa_secp521r1_sha512'],
    ['ed25519', 'ed25519'],
    ['rsa2048', 'rsa_pss_rsae_sha256'],
    ['rsa2048', 'rsa_pss_rsae_sha384'],
    ['rsa2048', 'rsa_pss_rsae_sha512'],
    ['rsa-pss', 'rsa_pss_pss_sha256'],
    ['rsa-pss', 'rsa_pss_pss_sha384'],
    ['rsa-pss', 'rsa_pss_pss_sha512'],
  ]
}
