import { describe, expect, it } from 'vitest'
import { type CertificateRestrictions, checkOwnCertificates } from '../../src/certificates/path/check-restrictions.js'
import { TrustAnchors } from '../../src/certificates/trust-anchors.js'
import { verifyPeerChain } from '../../src/certificates/verify-peer-chain.js'
import { SecurityPolicy } from '../../src/policy/security-policy.js'
import { createTestCa, createTestCertificate, type TestCertificate } from '../support/certificates.js'
import { testProvider } from '../support/provider.js'
import { sharedTestKey, type TestKeyType, type TestSignature } from '../support/test-keys.js'

const anything: CertificateRestrictions = { certificateSignatureSchemes: null, certificateKeys: null }

async function hierarchy(
  keys: readonly [root: TestKeyType, intermediate: TestKeyType, leaf: TestKeyType],
  signatures: readonly [intermediate?: TestSignature, leaf?: TestSignature, root?: TestSignature] = [],
) {
  const [ofIntermediate, ofLeaf, ofRoot] = signatures
  const signedBy = (signature: TestSignature | undefined) => (signature ? { signature } : {})
  const root = await createTestCa({
    key: await sharedTestKey(keys[0], 'root'),
    subject: 'Root',
    ...signedBy(ofRoot),
  })
  const intermediate = await createTestCa({
    ca: root,
    key: await sharedTestKey(keys[1], 'intermediate'),
    subject: 'Intermediate',
    ...signedBy(ofIntermediate),
  })
  const leaf = await createTestCertificate({
    ca: intermediate,
    key: await sharedTestKey(keys[2], 'leaf'),
    dnsNames: ['example.com'],
    ...signedBy(ofLeaf),
  })
  return { root, intermediate, leaf }
}

const verify = async (
  { root, leaf }: { root: TestCertificate; leaf: TestCertificate },
  restrictions: Partial<CertificateRestrictions>,
  bag: readonly TestCertificate[] = [],
) =>
  await verifyPeerChain([...leaf.chain, ...bag.map(({ der }) => der)], {
    purpose: 'serverAuth',
    serverName: 'example.com',
    trustAnchors: TrustAnchors.from(root.der),
    time: new Date(),
    provider: testProvider,
    restrictions: { ...anything, ...restrictions },
  })

const refused = (subject: string, problem: string) => ({
  code: 'certificate_unsupported',
  alert: 'unsupported_certificate',
  rule: 'security-policy',
  certificate: subject,
  problem: expect.stringContaining(problem),
})

describe('restrictions of a policy on a received chain', () => {
  it('do not touch a chain that meets them', async () => {
    const chain = await hierarchy(['ecdsa-p384', 'ecdsa-p384', 'ecdsa-p384'], ['ecdsa-sha384', 'ecdsa-sha384'])
    expect((await verify(chain, SecurityPolicy.named('cnsa_1'))).path).toHaveLength(3)
    expect((await verify(chain, anything)).path).toHaveLength(3)
  })

  it.each([
    [
      ['rsa3072', 'ecdsa-p384', 'ecdsa-p256'],
      'CN=example.com',
      'its key is ecdsa_p256; allowed are ecdsa_p384, rsa_3072',
    ],
    [['rsa3072', 'ecdsa-p256', 'ecdsa-p384'], 'CN=Intermediate', 'its key is ecdsa_p256'],
    [['rsa2048', 'ecdsa-p384', 'ecdsa-p384'], 'CN=Root', 'its key is rsa_2048'],
  ] as const)('refuse the keys of %s, the anchor’s among them', async (keys, subject, problem) => {
    const chain = await hierarchy(keys)
    const { certificateKeys } = SecurityPolicy.named('cnsa_1')
    await expect(verify(chain, { certificateKeys })).rejects.toMatchObject(refused(subject, problem))
  })

  it.each([
    ['ecdsa-sha384', 'ecdsa-sha256', 'CN=example.com'],
    ['ecdsa-sha256', 'ecdsa-sha384', 'CN=Intermediate'],
  ] as const)('refuse an intermediate signed by %s with a leaf signed by %s', async (upper, lower, subject) => {
    const chain = await hierarchy(['ecdsa-p384', 'ecdsa-p384', 'ecdsa-p384'], [upper, lower])
    const { certificateSignatureSchemes } = SecurityPolicy.named('cnsa_1')
    await expect(verify(chain, { certificateSignatureSchemes })).rejects.toMatchObject(
      refused(subject, 'it is signed by ECDSA with SHA-256; allowed are ecdsa_secp384r1_sha384, rsa_pkcs1_sha384'),
    )
  })

  //= rfc9846#section-4.3.3 4.3.3-17
  //= rfc9846#section-4.5.1.2 4.5.1.2-10
  it('do not look at how the anchor is signed: nobody relies on that', async () => {
    const chain = await hierarchy(
      ['ecdsa-p384', 'ecdsa-p384', 'ecdsa-p384'],
      ['ecdsa-sha384', 'ecdsa-sha384', 'ecdsa-sha512'],
    )
    expect((await verify(chain, SecurityPolicy.named('cnsa_1'))).path).toHaveLength(3)
  })

  it('look at the hash of an ECDSA signature and not at the curve, as s2n-tls does', async () => {
    const chain = await hierarchy(['ecdsa-p256', 'ecdsa-p256', 'ecdsa-p256'], ['ecdsa-sha384', 'ecdsa-sha384'])
    const certificateSignatureSchemes = ['ecdsa_secp384r1_sha384'] as const
    expect((await verify(chain, { certificateSignatureSchemes })).path).toHaveLength(3)
  })

  it('tell PKCS #1 from PSS, and one hash of it from another', async () => {
    const chain = await hierarchy(['rsa2048', 'rsa2048', 'ecdsa-p256'], ['pss-sha256', 'pss-sha384'])
    const allow = (...certificateSignatureSchemes: SecurityPolicy['signatureSchemes'][number][]) =>
      verify(chain, { certificateSignatureSchemes })
    expect((await allow('rsa_pss_rsae_sha256', 'rsa_pss_pss_sha384')).path).toHaveLength(3)
    await expect(allow('rsa_pss_rsae_sha256')).rejects.toMatchObject(refused('CN=example.com', 'RSA-PSS with SHA-384'))
    await expect(allow('rsa_pkcs1_sha256', 'rsa_pkcs1_sha384')).rejects.toMatchObject({ rule: 'security-policy' })
  })

  it('hold for an anchor without a certificate', async () => {
    const chain = await hierarchy(['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p384'])
    const bare = { subject: chain.root.subject, subjectPublicKeyInfo: chain.root.key.subjectPublicKeyInfo }
    await expect(
      verifyPeerChain(chain.leaf.chain, {
        purpose: 'serverAuth',
        serverName: 'example.com',
        trustAnchors: TrustAnchors.from(bare),
        time: new Date(),
        provider: testProvider,
        restrictions: { ...anything, certificateKeys: ['ecdsa_p384'] },
      }),
    ).rejects.toMatchObject(refused('CN=Root', 'ecdsa_p256'))
  })

  it('hold for a leaf that is the anchor itself', async () => {
    const certificateKeys = ['ecdsa_p384'] as const
    const leaf = await createTestCertificate({ dnsNames: ['example.com'], key: await sharedTestKey('ecdsa-p256') })
    await expect(verify({ root: leaf, leaf }, { certificateKeys })).rejects.toMatchObject(
      refused('CN=example.com', 'ecdsa_p256'),
    )
  })

  it('let another way to an anchor be found', async () => {
    const keys = ['ecdsa-p384', 'ecdsa-p384', 'ecdsa-p384'] as const
    const chain = await hierarchy(keys, ['ecdsa-sha256', 'ecdsa-sha384'])
    const renewed = await createTestCa({
      ca: chain.root,
      key: await sharedTestKey('ecdsa-p384', 'intermediate'),
      subject: 'Intermediate',
      signature: 'ecdsa-sha384',
    })
    const policy = SecurityPolicy.named('cnsa_1')
    await expect(verify(chain, policy)).rejects.toMatchObject({ rule: 'security-policy' })
    expect((await verify(chain, policy, [renewed])).path).toHaveLength(3)
  })
})

describe('restrictions of a policy on an own chain', () => {
  it('let one pass that meets them', async () => {
    const chain = await hierarchy(['ecdsa-p384', 'ecdsa-p384', 'ecdsa-p384'], ['ecdsa-sha384', 'ecdsa-sha384'])
    expect(() => checkOwnCertificates(chain.leaf.chain, SecurityPolicy.named('cnsa_1'))).not.toThrow()
  })

  it('refuse any other with invalid_argument, naming certificate and rule', async () => {
    const chain = await hierarchy(['ecdsa-p384', 'ecdsa-p384', 'ecdsa-p256'], ['ecdsa-sha384', 'ecdsa-sha256'])
    const check = (restrictions: Partial<CertificateRestrictions>) => () =>
      checkOwnCertificates(chain.leaf.chain, { ...anything, ...restrictions })
    const refusal = (message: string) =>
      expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining(message) })
    expect(check({ certificateKeys: ['ecdsa_p384'] })).toThrow(refusal('"CN=example.com": its key is ecdsa_p256'))
    expect(check({ certificateSignatureSchemes: ['ecdsa_secp384r1_sha384'] })).toThrow(refusal('ECDSA with SHA-256'))
    expect(check({})).not.toThrow()
  })
})
