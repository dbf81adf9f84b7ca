import { describe, expect, it } from 'vitest'
import { loadIdentity } from '../../src/certificates/identity/identity.js'
import type { TlsClientOptions } from '../../src/connection/client-config.js'
import { TlsServerConfig } from '../../src/connection/server-config.js'
import type { SignatureSchemeName } from '../../src/messages/code-points.js'
import { SecurityPolicy } from '../../src/policy/security-policy.js'
import { createTestCa, createTestCertificate, type TestCertificate } from '../support/certificates.js'
import { join } from '../support/pair.js'
import { testProvider } from '../support/provider.js'

const legacy = ['rsa_pkcs1_sha256_legacy', 'rsa_pkcs1_sha384_legacy', 'rsa_pkcs1_sha512_legacy'] as const
const hashOf = {
  rsa_pkcs1_sha256_legacy: 'SHA-256',
  rsa_pkcs1_sha384_legacy: 'SHA-384',
  rsa_pkcs1_sha512_legacy: 'SHA-512',
}
const withLegacy = SecurityPolicy.from({
  signatureSchemes: [...legacy, ...SecurityPolicy.default.signatureSchemes],
})

/** A key as a device has it that knows no PSS. */
async function pkcs1Key({ key }: TestCertificate, hash = 'SHA-256'): Promise<CryptoKey> {
  return await testProvider.subtle.importKey('pkcs8', key.pkcs8, { name: 'RSASSA-PKCS1-v1_5', hash }, false, ['sign'])
}

const ca = await createTestCa()
const [serverCertificate, alice] = await Promise.all([
  createTestCertificate({ ca, dnsNames: ['localhost'] }),
  createTestCertificate({ ca, subject: 'alice', keyType: 'rsa2048', extendedKeyUsage: ['clientAuth'] }),
])

async function connect(
  identity: NonNullable<TlsClientOptions['identity']>,
  policies: { client?: SecurityPolicy; server?: SecurityPolicy } = {},
) {
  const offered: string[] = []
  const asked: string[] = []
  const config = await TlsServerConfig.create({
    identities: [{ certificateChain: serverCertificate.chainPem, privateKey: serverCertificate.pkcs8Pem }],
    onClientHello: ({ signatureSchemes }) => void offered.push(...signatureSchemes),
    clientAuth: 'optional',
    clientTrustAnchors: ca.pem,
    securityPolicy: policies.server ?? withLegacy,
    provider: testProvider,
  })
  const loaded = typeof identity === 'function' ? undefined : await loadIdentity(identity as never, testProvider)
  const { client, server } = join(
    {
      serverName: 'localhost',
      trustAnchors: ca.pem,
      identity: (request) => {
        asked.push(...request.signatureSchemes)
        const fits = loaded?.schemes.some(({ name }) => request.signatureSchemes.includes(name))
        return fits ? loaded : undefined
      },
      securityPolicy: policies.client ?? withLegacy,
      provider: testProvider,
    },
    config,
  )
  const [, info] = await Promise.all([client.opened, server.opened])
  await Promise.all([client.close(), server.close()])
  return { scheme: info.signatureScheme, certificates: info.peerCertificates.length, offered, asked }
}

describe('PKCS #1 signatures of clients (RFC 9963 section 2)', () => {
  it.each(legacy)('%s proves a client whose key can do nothing else, where both policies name it', async (scheme) => {
    const privateKey = await pkcs1Key(alice, hashOf[scheme])
    const { scheme: used, certificates, asked } = await connect({ certificateChain: alice.chainPem, privateKey })
    expect(used).toBe(scheme)
    expect(certificates).toBe(1)
    expect(asked).toContain(scheme)
  })

  it('are not offered to servers in the ClientHello', async () => {
    const { offered } = await connect({ certificateChain: alice.chainPem, privateKey: await pkcs1Key(alice) })
    expect(offered).toContain('ecdsa_secp256r1_sha256')
    expect(offered.filter((name) => name.includes('legacy'))).toEqual([])
  })

  it('are not asked for by the default policy, and such a client has no certificate then', async () => {
    const identity = { certificateChain: alice.chainPem, privateKey: await pkcs1Key(alice) }
    const { certificates, asked } = await connect(identity, { server: SecurityPolicy.default })
    expect(asked.filter((name) => name.includes('legacy'))).toEqual([])
    expect(certificates).toBe(0)
  })

  it('are not made where the policy of the client does not name them', async () => {
    const identity = { certificateChain: alice.chainPem, privateKey: await pkcs1Key(alice) }
    await expect(connect(identity, { client: SecurityPolicy.default })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: /can sign by rsa_pkcs1_sha256_legacy; the security policy allows/,
    })
  })

  it('are not made by a key that can do PSS, though both sides prefer them', async () => {
    const { scheme } = await connect({ certificateChain: alice.chainPem, privateKey: alice.pkcs8Pem })
    expect(scheme).toMatch(/^rsa_pss_rsae_/)
  })

  it('are made by a callback only when it says that it makes them', async () => {
    const key = await pkcs1Key(alice)
    const asked: SignatureSchemeName[] = []
    const sign = async (scheme: SignatureSchemeName, content: Uint8Array) => {
      asked.push(scheme)
      return new Uint8Array(
        await testProvider.subtle.sign('RSASSA-PKCS1-v1_5', key, content as Uint8Array<ArrayBuffer>),
      )
    }
    const silent = await loadIdentity({ certificateChain: alice.chainPem, sign }, testProvider)
    expect(silent.schemes.map(({ name }) => name).filter((name) => name.includes('legacy'))).toEqual([])
    const signatureSchemes = ['rsa_pkcs1_sha256_legacy'] as const
    const { scheme } = await connect({ certificateChain: alice.chainPem, sign, signatureSchemes })
    expect(scheme).toBe('rsa_pkcs1_sha256_legacy')
    expect(asked).toEqual(['rsa_pkcs1_sha256_legacy'])
  })

  it('are nothing that a server could prove itself by', async () => {
    const certificate = await createTestCertificate({ ca, keyType: 'rsa2048', dnsNames: ['localhost'] })
    const identities = [{ certificateChain: certificate.chainPem, privateKey: await pkcs1Key(certificate) }]
    await expect(
      TlsServerConfig.create({ identities, securityPolicy: withLegacy, provider: testProvider }),
    ).rejects.toMatchObject({ code: 'invalid_argument', message: /can sign by rsa_pkcs1_sha256_legacy/ })
  })

  it('say nothing about signatures in certificates', () => {
    expect(() => SecurityPolicy.from({ certificateSignatureSchemes: ['rsa_pkcs1_sha256_legacy'] })).toThrow(/RFC 9963/)
    expect(() => SecurityPolicy.from({ signatureSchemes: [...legacy] })).toThrow(/cannot make a CertificateVerify/)
  })
})
