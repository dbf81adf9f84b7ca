import { AsnConvert } from '@peculiar/asn1-schema'
import { Certificate as Asn1Certificate } from '@peculiar/asn1-x509'
import { describe, expect, it } from 'vitest'
import { createCertificateRequest, readCertificateRequest } from '../../src/certificates/create/certificate-request.js'
import { createCertificate, createSelfSigned } from '../../src/certificates/create/create-certificate.js'
import { rfc5280 } from '../../src/certificates/profiles/rfc5280.js'
import { webPki } from '../../src/certificates/profiles/web-pki.js'
import { TrustAnchors } from '../../src/certificates/trust-anchors.js'
import { verifyPeerChain } from '../../src/certificates/verify-peer-chain.js'
import { platformProvider } from '../../src/crypto/provider.js'

const algorithms = {
  'ECDSA P-256': { name: 'ECDSA', namedCurve: 'P-256' },
  'ECDSA P-521': { name: 'ECDSA', namedCurve: 'P-521' },
  Ed25519: { name: 'Ed25519' },
  'RSA PKCS #1': {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: 'SHA-384',
  },
  'RSA-PSS': { name: 'RSA-PSS', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' },
} as const

const generate = (name: keyof typeof algorithms) =>
  globalThis.crypto.subtle.generateKey(algorithms[name] as EcKeyGenParams, true, [
    'sign',
    'verify',
  ]) as Promise<CryptoKeyPair>

describe('createCertificate', () => {
  it.each(Object.keys(algorithms) as (keyof typeof algorithms)[])(
    'makes a chain that validates, with %s',
    async (name) => {
      const root = await createSelfSigned({
        subject: { CN: 'Root', O: 'Example', C: 'SE' },
        isCa: true,
        keyPair: await generate(name),
      })
      const { publicKey } = await generate('ECDSA P-256')
      const { certificate, der } = await createCertificate({
        subject: { CN: 'example.com' },
        dnsNames: ['example.com', '*.example.com'],
        ipAddresses: ['192.0.2.1', '2001:db8::1'],
        publicKey,
        issuer: root,
      })
      const options = {
        purpose: 'serverAuth',
        serverName: 'www.example.com',
        trustAnchors: TrustAnchors.from(root.pem),
        time: new Date(),
        provider: platformProvider,
      } as const
      expect((await verifyPeerChain([der], { ...options, profile: rfc5280 })).path).toHaveLength(2)
      if (name.startsWith('ECDSA')) await verifyPeerChain([der], { ...options, profile: webPki })
      expect(certificate).toMatchObject({
        subject: 'CN=example.com',
        issuer: 'C=SE,O=Example,CN=Root',
        dnsNames: ['example.com', '*.example.com'],
        ipAddresses: ['192.0.2.1', '2001:db8::1'],
        publicKeyName: 'EC P-256',
        keyUsage: ['digitalSignature'],
        isCa: false,
      })
      expect(certificate.authorityKeyIdentifier).toBe(root.certificate.subjectKeyIdentifier)
      expect(await certificate.fingerprint()).toMatch(/^[0-9a-f]{64}$/)
      // another reader sees the same
      const theirs = AsnConvert.parse(der, Asn1Certificate).tbsCertificate
      expect(theirs.validity.notAfter.getTime()).toEqual(certificate.notAfter)
    },
  )

  it('makes a self-signed server certificate with a key that cannot be exported', async () => {
    const { certificate, privateKey } = await createSelfSigned({
      subject: { CN: 'localhost' },
      dnsNames: ['localhost'],
    })
    expect(privateKey.extractable).toBe(false)
    expect(certificate.issuer).toBe(certificate.subject)
  })

  it('refuses what would make no valid certificate', async () => {
    const leaf = await createSelfSigned({ subject: { CN: 'leaf' } })
    const { publicKey } = leaf
    const refused = { code: 'invalid_argument' }
    await expect(createCertificate({ publicKey, issuer: leaf })).rejects.toMatchObject(refused)
    const ca = await createSelfSigned({ subject: { CN: 'CA' }, isCa: true })
    const issuer = { certificate: ca.certificate, privateKey: leaf.privateKey }
    await expect(createCertificate({ publicKey, issuer })).rejects.toMatchObject(refused)
    await expect(createSelfSigned({ subject: { CN: 'a' }, validDays: 0 })).rejects.toMatchObject(refused)
    await expect(createSelfSigned({ dnsNames: ['example.com'] })).rejects.toMatchObject(refused)
    await expect(createSelfSigned({ subject: { CN: 'a' }, dnsNames: ['a b'] })).rejects.toMatchObject(refused)
    await expect(createSelfSigned({ subject: { CN: 'a' }, ipAddresses: ['1.2.3'] })).rejects.toMatchObject(refused)
    await expect(createSelfSigned({ subject: { XX: 'a' } })).rejects.toMatchObject(refused)
  })
})

describe('createCertificateRequest', () => {
  it('is read back, and only when it is signed by its own key', async () => {
    const request = await createCertificateRequest({
      subject: { CN: 'example.com' },
      dnsNames: ['example.com'],
      ipAddresses: ['192.0.2.1'],
    })
    expect(await readCertificateRequest(request.pem)).toMatchObject({
      subject: 'CN=example.com',
      dnsNames: ['example.com'],
      ipAddresses: ['192.0.2.1'],
    })
    const forged = request.der.slice()
    forged[30] = (forged[30] ?? 0) ^ 1
    await expect(readCertificateRequest(forged)).rejects.toMatchObject({ name: 'TlsError' })
  })
})
