import { describe, expect, it } from 'vitest'
import { loadIdentity } from '../../src/certificates/identity/identity.js'
import { RevocationList } from '../../src/certificates/revocation/revocation-list.js'
import { TrustAnchors } from '../../src/certificates/trust-anchors.js'
import { verifyPeerChain } from '../../src/certificates/verify-peer-chain.js'
import { verifySignature } from '../../src/crypto/signature/verify.js'
import { createTestCa, createTestCertificate } from '../support/certificates.js'
import { testProvider } from '../support/provider.js'
import { createTestCrl } from '../support/revocation.js'

const ca = await createTestCa({ subject: 'Root' })
const leaf = await createTestCertificate({ ca, dnsNames: ['example.com'] })

const verify = (options: Partial<Parameters<typeof verifyPeerChain>[1]>) =>
  verifyPeerChain(leaf.chain, {
    purpose: 'serverAuth',
    serverName: 'example.com',
    trustAnchors: TrustAnchors.from(ca.pem),
    time: new Date(),
    provider: testProvider,
    ...options,
  })

/** Read from one buffer that is read into again, as a program over a file or WebAssembly does. */
const overwritten = (bytes: Uint8Array) => {
  const buffer = Uint8Array.from(bytes)
  return { buffer, overwrite: () => buffer.fill(0) }
}

describe('what a caller does with its buffers afterwards', () => {
  it.each([
    ['the DER of a certificate', (bytes: Uint8Array<ArrayBuffer>) => bytes],
    ['an ArrayBuffer', (bytes: Uint8Array<ArrayBuffer>) => bytes.buffer],
  ])('changes no trust anchor: %s', async (_what, sourceOf) => {
    const { buffer, overwrite } = overwritten(ca.der)
    const trustAnchors = TrustAnchors.from(sourceOf(buffer))
    overwrite()
    await expect(verify({ trustAnchors })).resolves.toMatchObject({ path: [{}, { subject: 'CN=Root' }] })
  })

  it('changes no bare trust anchor', async () => {
    const [subject, key] = [overwritten(ca.subject), overwritten(ca.key.subjectPublicKeyInfo)]
    const trustAnchors = TrustAnchors.from({ subject: subject.buffer, subjectPublicKeyInfo: key.buffer })
    subject.overwrite()
    key.overwrite()
    await expect(verify({ trustAnchors })).resolves.toBeDefined()
  })

  it('changes no revocation list', async () => {
    const { buffer, overwrite } = overwritten(await createTestCrl(ca))
    const lists = [RevocationList.parse(buffer)]
    overwrite()
    await expect(verify({ crls: { lists, require: 'leaf' } })).resolves.toBeDefined()
  })

  it('changes no identity, also where the key is wiped: it is all with the engine', async () => {
    const rsa = await createTestCertificate({ ca, keyType: 'rsa2048', dnsNames: ['example.com'] })
    const [der, issuer, key] = [overwritten(rsa.der), overwritten(ca.der), overwritten(rsa.key.pkcs8)]
    const [ocsp, timestamp] = [overwritten(Uint8Array.of(1, 2)), overwritten(Uint8Array.of(3, 4))]
    const identity = await loadIdentity(
      {
        certificateChain: [der.buffer, issuer.buffer],
        privateKey: key.buffer,
        ocspResponse: ocsp.buffer,
        signedCertificateTimestamps: [timestamp.buffer],
      },
      testProvider,
    )
    for (const { overwrite } of [der, issuer, key, ocsp, timestamp]) overwrite()
    expect(identity.chain).toEqual([rsa.der, ca.der])
    expect(identity.leaf.der).toEqual(rsa.der)
    expect(identity.ocspResponse).toEqual(Uint8Array.of(1, 2))
    expect(identity.signedCertificateTimestamps).toEqual([Uint8Array.of(3, 4)])
    const content = Uint8Array.of(5)
    expect(identity.schemes.map(({ name }) => name)).toEqual([
      'rsa_pss_rsae_sha256',
      'rsa_pss_rsae_sha384',
      'rsa_pss_rsae_sha512',
    ])
    for (const scheme of identity.schemes) {
      const signature = await identity.makeSignature(scheme, content)
      const { subjectPublicKeyInfo } = rsa.key
      expect(await verifySignature(testProvider, subjectPublicKeyInfo, scheme.algorithm, signature, content)).toBe(true)
    }
  })
})
