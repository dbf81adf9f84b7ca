import { describe, expect, it } from 'vitest'
import { formatPem } from '../../src/certificates/pem.js'
import { RevocationList } from '../../src/certificates/revocation/revocation-list.js'
import { TrustAnchors } from '../../src/certificates/trust-anchors.js'
import type { VerifyPeerChainOptions } from '../../src/certificates/validation-options.js'
import { verifyPeerChain } from '../../src/certificates/verify-peer-chain.js'
import {
  derBoolean,
  derContext,
  derContextPrimitive,
  derInteger,
  derNamedBits,
  derSequence,
} from '../../src/wire/der/der-writer.js'
import {
  createTestCa,
  createTestCertificate,
  daysFromNow,
  generalName,
  type TestCertificate,
} from '../support/certificates.js'
import { testProvider } from '../support/provider.js'
import { createTestCrl, createTestOcspResponse } from '../support/revocation.js'

const root = await createTestCa({ subject: 'Root' })
const leaf = await createTestCertificate({ ca: root, dnsNames: ['example.com'] })
const other = await createTestCertificate({ ca: root, dnsNames: ['other.example'] })

const verify = (chain: TestCertificate, options: Partial<VerifyPeerChainOptions>) =>
  verifyPeerChain(chain.chain, {
    purpose: 'serverAuth',
    serverName: 'example.com',
    trustAnchors: TrustAnchors.from(root.pem),
    time: new Date(),
    provider: testProvider,
    ...options,
  })

describe('CRLs', () => {
  const withCrls = async (...lists: Uint8Array[]) => verify(leaf, { crls: { lists: lists.map(RevocationList.parse) } })

  it('refuse a revoked certificate and pass others', async () => {
    await expect(withCrls(await createTestCrl(root, { revoked: [other] }))).resolves.toBeDefined()
    await expect(withCrls(await createTestCrl(root, { revoked: [other, leaf] }))).rejects.toMatchObject({
      rule: 'revoked',
      alert: 'certificate_revoked',
    })
  })

  it('that are forged, stale, early or of a wrong scope prove nothing', async () => {
    const refused = { rule: 'revocation-status', alert: 'bad_certificate_status_response' }
    const forged = await createTestCrl(root, { key: other.key })
    const stale = await createTestCrl(root, { nextUpdate: daysFromNow(-0.5) })
    const early = await createTestCrl(root, { thisUpdate: daysFromNow(1) })
    const scoped = (value: ReturnType<typeof derSequence>) =>
      createTestCrl(root, { extensions: [{ oid: '2.5.29.28', critical: true, value }] })
    const forCas = await scoped(derSequence(derContextPrimitive(2, Uint8Array.of(0xff))))
    const indirect = await scoped(derSequence(derContextPrimitive(4, Uint8Array.of(0xff))))
    const someReasons = await scoped(derSequence(derContextPrimitive(3, Uint8Array.of(6, 0x40))))
    const elsewhere = await scoped(derSequence(derContext(0, derContext(0, generalName.uri('http://x.example/1')))))
    const delta = await createTestCrl(root, {
      extensions: [{ oid: '2.5.29.27', critical: true, value: derInteger(1) }],
    })
    for (const crl of [forged, stale, early, forCas, indirect, someReasons, elsewhere, delta]) {
      await expect(withCrls(crl)).rejects.toMatchObject(refused)
    }
    await expect(withCrls(forged, await createTestCrl(root))).resolves.toBeDefined()
  })

  it('are needed for every certificate when the caller says so', async () => {
    const intermediate = await createTestCa({ ca: root, subject: 'Middle' })
    const below = await createTestCertificate({ ca: intermediate, dnsNames: ['example.com'] })
    const lists = [RevocationList.parse(await createTestCrl(intermediate))]
    await expect(verify(below, { crls: { lists } })).resolves.toBeDefined()
    await expect(verify(below, { crls: { lists, require: 'leaf' } })).resolves.toBeDefined()
    await expect(verify(below, { crls: { lists, require: 'path' } })).rejects.toMatchObject({
      rule: 'revocation-status',
      certificate: 'CN=Middle',
    })
  })

  it('may be signed with another key that the CA certified for its name, unless that is revoked', async () => {
    const twin = (ca: TestCertificate) => createTestCa({ ca, subject: 'Middle', isCa: false, keyUsage: ['cRLSign'] })
    const middle = await createTestCa({ ca: root, subject: 'Middle', keyUsage: ['keyCertSign'] })
    const below = await createTestCertificate({ ca: middle, dnsNames: ['example.com'] })
    const judge = async (signer: TestCertificate, ...others: Uint8Array[]) => {
      const lists = [await createTestCrl(middle, { key: signer.key }), ...others].map((der) =>
        RevocationList.parse(der),
      )
      return verifyPeerChain([...below.chain, signer.der], {
        purpose: 'serverAuth',
        serverName: 'example.com',
        trustAnchors: TrustAnchors.from(root.pem),
        time: new Date(),
        provider: testProvider,
        crls: { lists },
      })
    }
    const fromRoot = await twin(root)
    await expect(judge(fromRoot)).resolves.toBeDefined()
    await expect(judge(await twin(middle))).resolves.toBeDefined()
    const refused = { rule: 'revocation-status' }
    await expect(judge(fromRoot, await createTestCrl(root, { revoked: [fromRoot] }))).rejects.toMatchObject(refused)
    await expect(judge(await twin(await createTestCa({ subject: 'Root' })))).rejects.toMatchObject(refused)
    const noSigner = await createTestCa({ ca: root, subject: 'Middle', isCa: false, keyUsage: ['digitalSignature'] })
    await expect(judge(noSigner)).rejects.toMatchObject(refused)
  })

  it('of some reasons clear together; a delta revokes and clears nothing', async () => {
    const reasons = (...bits: number[]) =>
      createTestCrl(root, {
        extensions: [
          {
            oid: '2.5.29.28',
            critical: true,
            value: derSequence(derContextPrimitive(3, derNamedBits(bits).subarray(2))),
          },
        ],
      })
    const [some, others] = [await reasons(1, 2, 3), await reasons(4, 5, 6, 7, 8)]
    await expect(withCrls(some)).rejects.toMatchObject({ rule: 'revocation-status' })
    await expect(withCrls(some, others)).resolves.toBeDefined()
    const deltaOf = { extensions: [{ oid: '2.5.29.27', critical: true, value: derInteger(1) }] }
    const delta = await createTestCrl(root, { ...deltaOf, revoked: [leaf] })
    await expect(withCrls(await createTestCrl(root), delta)).rejects.toMatchObject({ rule: 'revoked' })
  })

  it('are held to their distribution point', async () => {
    const point = derContext(0, derContext(0, generalName.uri('http://x.example/1')))
    const pointed = await createTestCertificate({
      ca: root,
      dnsNames: ['example.com'],
      extensions: [{ oid: '2.5.29.31', value: derSequence(derSequence(point)) }],
    })
    const list = RevocationList.parse(
      await createTestCrl(root, { extensions: [{ oid: '2.5.29.28', critical: true, value: derSequence(point) }] }),
    )
    await expect(verify(pointed, { crls: { lists: [list] } })).resolves.toBeDefined()
    await expect(verify(leaf, { crls: { lists: [list] } })).rejects.toMatchObject({ rule: 'revocation-status' })
  })

  it('are read from PEM', async () => {
    const list = RevocationList.parse(formatPem('X509 CRL', await createTestCrl(root)))
    expect(list.issuer).toBe('CN=Root')
    expect(list.nextUpdate?.getTime()).toBeGreaterThan(list.thisUpdate.getTime())
    expect(() => RevocationList.parse(root.pem)).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
  })

  it('of an issuer that may not sign them are not used', async () => {
    const ca = await createTestCa({ subject: 'No CRLs', keyUsage: ['keyCertSign'] })
    const below = await createTestCertificate({ ca, dnsNames: ['example.com'] })
    const crls = { lists: [RevocationList.parse(await createTestCrl(ca))] }
    await expect(verify(below, { crls, trustAnchors: TrustAnchors.from(ca.pem) })).rejects.toMatchObject({
      rule: 'revocation-status',
    })
  })
})

describe('stapled OCSP responses', () => {
  const withResponse = (response: Uint8Array<ArrayBuffer> | undefined, of = leaf) =>
    verify(of, { stapledOcsp: { response } })

  it('signed by the issuer are judged by their status', async () => {
    await expect(withResponse(await createTestOcspResponse(leaf, root))).resolves.toBeDefined()
    await expect(withResponse(await createTestOcspResponse(leaf, root, { status: 'revoked' }))).rejects.toMatchObject({
      rule: 'revoked',
      alert: 'certificate_revoked',
    })
    await expect(withResponse(await createTestOcspResponse(leaf, root, { status: 'unknown' }))).rejects.toMatchObject({
      rule: 'ocsp-response',
    })
  })

  it('are refused when stale, early, forged, for another certificate, malformed or an error', async () => {
    const bad = [
      await createTestOcspResponse(leaf, root, { nextUpdate: daysFromNow(-0.5) }),
      await createTestOcspResponse(leaf, root, { thisUpdate: daysFromNow(1) }),
      await createTestOcspResponse(leaf, root, { key: other.key }),
      await createTestOcspResponse(other, root),
      await createTestOcspResponse(leaf, root, { responseStatus: 3 }),
      Uint8Array.of(0x30, 0x00),
      new Uint8Array(0),
    ]
    for (const response of bad) {
      await expect(withResponse(response)).rejects.toMatchObject({
        rule: 'ocsp-response',
        alert: 'bad_certificate_status_response',
      })
    }
  })

  it('may be signed by a responder that the issuer names so, and by no other', async () => {
    const sign = async (responder: TestCertificate) =>
      withResponse(await createTestOcspResponse(leaf, root, { responder, includeResponder: true }))
    const delegate = { ca: root, subject: 'Responder', extendedKeyUsage: ['ocspSigning'] } as const
    await expect(sign(await createTestCertificate(delegate))).resolves.toBeDefined()
    await expect(sign(await createTestCertificate({ ...delegate, extendedKeyUsage: ['serverAuth'] }))).rejects.toThrow(
      /may not sign OCSP/,
    )
    await expect(sign(other)).rejects.toMatchObject({ rule: 'ocsp-response' })
    const stranger = await createTestCa({ subject: 'Root' })
    await expect(sign(await createTestCertificate({ ...delegate, ca: stranger }))).rejects.toMatchObject({
      rule: 'ocsp-response',
    })
    await expect(
      sign(await createTestCertificate({ ...delegate, notBefore: daysFromNow(-9), notAfter: daysFromNow(-2) })),
    ).rejects.toMatchObject({ rule: 'ocsp-response' })
  })

  it('must be there when the certificate promises one', async () => {
    const mustStaple = await createTestCertificate({
      ca: root,
      dnsNames: ['example.com'],
      extensions: [{ oid: '1.3.6.1.5.5.7.1.24', value: derSequence(derInteger(5)) }],
    })
    await expect(withResponse(undefined, mustStaple)).rejects.toMatchObject({ rule: 'tls-feature' })
    await expect(withResponse(await createTestOcspResponse(mustStaple, root), mustStaple)).resolves.toBeDefined()
    await expect(withResponse(undefined)).resolves.toBeDefined()
    // a client that did not ask cannot expect one
    await expect(verify(mustStaple, {})).resolves.toBeDefined()
  })
})

it('reads no CRL that is not DER', () => {
  expect(() => RevocationList.parse(derSequence(derBoolean(true)))).toThrow(
    expect.objectContaining({ code: 'certificate_status_invalid' }),
  )
})
