import { describe, expect, it } from 'vitest'
import { parseCertificate } from '../../src/certificates/parsed-certificate.js'
import { type BareTrustAnchor, TrustAnchors } from '../../src/certificates/trust-anchors.js'
import { verifyPeerChain } from '../../src/certificates/verify-peer-chain.js'
import { createTestCa, createTestCertificate, daysFromNow } from '../support/certificates.js'
import { testProvider } from '../support/provider.js'

const root = await createTestCa({ subject: 'Root' })
const other = await createTestCa({ subject: 'Other' })
const leaf = await createTestCertificate({ ca: root, dnsNames: ['example.com'] })

const verify = (trustAnchors: TrustAnchors) =>
  verifyPeerChain(leaf.chain, {
    purpose: 'serverAuth',
    serverName: 'example.com',
    trustAnchors,
    time: new Date(),
    provider: testProvider,
  })

describe('TrustAnchors.from', () => {
  it('takes PEM text, DER, parsed certificates, bare anchors and other sets, one or many', async () => {
    const bare: BareTrustAnchor = { subject: root.subject, subjectPublicKeyInfo: root.key.subjectPublicKeyInfo }
    const sources = [root.pem, root.der, root.der.buffer, parseCertificate(root.der), bare, TrustAnchors.from(root.pem)]
    for (const source of sources) {
      await expect(verify(TrustAnchors.from(source))).resolves.toBeDefined()
      await expect(verify(TrustAnchors.from([other.pem, source]))).resolves.toBeDefined()
    }
    expect(TrustAnchors.from(root.pem + other.pem).size).toBe(2)
    expect(TrustAnchors.from([]).size).toBe(0)
    await expect(verify(TrustAnchors.from([]))).rejects.toMatchObject({ rule: 'unknown-issuer' })
  })

  it('says what it cannot read, or leaves it out', () => {
    const broken = root.der.slice(0, -1)
    expect(() => TrustAnchors.from(broken)).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
    expect(TrustAnchors.from([broken, other.der], { onUnreadable: 'skip' }).size).toBe(1)
    expect(() => TrustAnchors.from('no PEM')).toThrow(/no CERTIFICATE/)
  })

  it('keeps the constraints of bare anchors', async () => {
    const bare = { subject: root.subject, subjectPublicKeyInfo: root.key.subjectPublicKeyInfo }
    const from = (constraints: Partial<BareTrustAnchor>) => verify(TrustAnchors.from({ ...bare, ...constraints }))
    await expect(from({ distrustAfter: new Date() })).resolves.toBeDefined()
    await expect(from({ distrustAfter: daysFromNow(-5) })).rejects.toMatchObject({
      rule: 'anchor-distrusted',
      alert: 'unknown_ca',
    })
    await expect(from({ notAfter: daysFromNow(-5) })).rejects.toMatchObject({ rule: 'expired' })
    const nameConstraints = { permitted: [{ kind: 'dns', text: 'example.org' }], excluded: [] } as const
    await expect(from({ nameConstraints })).rejects.toMatchObject({ rule: 'name-constraints' })
  })
})
