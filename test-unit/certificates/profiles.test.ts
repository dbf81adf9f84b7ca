import { describe, expect, it } from 'vitest'
import type { CertificateRule } from '../../src/certificates/certificate-rules.js'
import { rfc5280 } from '../../src/certificates/profiles/rfc5280.js'
import { privatePki, type ValidationProfile } from '../../src/certificates/profiles/validation-profile.js'
import { createWebPkiProfile, webPki } from '../../src/certificates/profiles/web-pki.js'
import { TrustAnchors } from '../../src/certificates/trust-anchors.js'
import { verifyPeerChain } from '../../src/certificates/verify-peer-chain.js'
import { derOctetString, derSequence } from '../../src/wire/der/der-writer.js'
import {
  createTestCa,
  createTestCertificate,
  generalName,
  nameConstraintsValue,
  type TestCertificate,
  type TestCertificateOptions,
  testOid,
} from '../support/certificates.js'
import { testProvider } from '../support/provider.js'
import { sharedTestKey, type TestKeyType } from '../support/test-keys.js'

const root = await createTestCa({ subject: 'Root' })
const everyday = { dnsNames: ['example.com'], extendedKeyUsage: ['serverAuth'] } as const

async function ruleBroken(
  profile: ValidationProfile,
  leaf: TestCertificate,
  anchor = root,
): Promise<CertificateRule | undefined> {
  return verifyPeerChain(leaf.chain, {
    purpose: 'serverAuth',
    serverName: 'example.com',
    trustAnchors: TrustAnchors.from(anchor.der),
    time: new Date(),
    provider: testProvider,
    profile,
  }).then(
    () => undefined,
    (error: unknown) => (error as { rule: CertificateRule }).rule,
  )
}

const caseOf = (options: TestCertificateOptions) => createTestCertificate({ ca: root, ...everyday, ...options })
const san = (critical: boolean) => ({
  extensions: [{ oid: testOid.subjectAltName, critical, value: derSequence(generalName.dns('example.com')) }],
})

describe('what only the strict profiles ask', () => {
  it.each<[string, TestCertificateOptions, CertificateRule]>([
    ['a serial number of zero', { serialNumber: 0 }, 'serial-number'],
    ['a negative serial number', { serialNumber: -5 }, 'serial-number'],
    ['a serial number of 21 octets', { serialNumber: new Uint8Array(21).fill(1) }, 'serial-number'],
    ['no authorityKeyIdentifier', { omit: [testOid.authorityKeyIdentifier] }, 'authority-key-identifier'],
    ['an underscore', { dnsNames: ['example.com', 'a_b.example.com'] }, 'subject-alternative-name'],
    ['a malformed name', { dnsNames: ['example.com', 'a..b'] }, 'subject-alternative-name'],
    ['an address as a DNS name', { dnsNames: ['example.com', '192.0.2.1'] }, 'subject-alternative-name'],
    ['keyCertSign without being a CA', { keyUsage: ['digitalSignature', 'keyCertSign'] }, 'key-usage'],
    [
      'a critical subjectKeyIdentifier',
      { extensions: [{ oid: testOid.subjectKeyIdentifier, critical: true, value: derOctetString(Uint8Array.of(1)) }] },
      'extension-criticality',
    ],
    [
      'name constraints in a leaf',
      { nameConstraints: nameConstraintsValue({ permitted: [generalName.dns('example.com')] }) },
      'name-constraints-form',
    ],
  ])('%s', async (_what, options, rule) => {
    const leaf = await caseOf(options)
    expect(await ruleBroken(rfc5280, leaf)).toBe(rule)
    expect(await ruleBroken(webPki, leaf)).toBe(rule)
    expect(await ruleBroken(privatePki, leaf)).toBeUndefined()
  })

  it('of CAs: key identifier, keyUsage, criticality, constraints in their form', async () => {
    const underCa = async (options: TestCertificateOptions, profile = rfc5280) => {
      const ca = await createTestCa({ ca: root, subject: 'Intermediate', ...options })
      return ruleBroken(profile, await createTestCertificate({ ca, ...everyday }))
    }
    expect(await underCa({})).toBeUndefined()
    expect(await underCa({ omit: [testOid.subjectKeyIdentifier] })).toBe('subject-key-identifier')
    expect(await underCa({ keyUsage: [] })).toBe('key-usage')
    const value = nameConstraintsValue({ permitted: [generalName.dns('example.com')] })
    const notCritical = { extensions: [{ oid: testOid.nameConstraints, value }] }
    expect(await underCa(notCritical)).toBe('extension-criticality')
    expect(await underCa(notCritical, webPki)).toBeUndefined()
    const withPeriod = nameConstraintsValue({ excluded: [generalName.dns('.example.org')] })
    expect(await underCa({ nameConstraints: withPeriod })).toBe('name-constraints-form')
    expect(await underCa({ nameConstraints: withPeriod }, privatePki)).toBeUndefined()
  })

  it('a subjectAltName that is critical exactly when there is no subject', async () => {
    const anonymous = { subject: derSequence() }
    expect(await ruleBroken(rfc5280, await caseOf({ ...san(false), ...anonymous }))).toBe('extension-criticality')
    expect(await ruleBroken(rfc5280, await caseOf({ ...san(true), ...anonymous }))).toBeUndefined()
    expect(await ruleBroken(webPki, await caseOf({ ...san(true), subject: 'example.com' }))).toBe(
      'extension-criticality',
    )
  })
})

describe('what only the Web PKI asks', () => {
  it.each<[string, TestCertificateOptions, CertificateRule]>([
    ['no extKeyUsage', { extendedKeyUsage: [] }, 'subscriber-profile'],
    ['any purpose', { extendedKeyUsage: ['serverAuth', 'any'] }, 'subscriber-profile'],
    ['a CA as a server', { isCa: true, keyUsage: ['digitalSignature', 'keyCertSign'] }, 'subscriber-profile'],
    ['a CN that is no alternative name', { subject: 'other.example' }, 'subject-name'],
    ['a CN in another case', { subject: 'Example.com' }, 'subject-name'],
    ['a wildcard below a top-level domain', { dnsNames: ['example.com', '*.com'] }, 'subject-alternative-name'],
    ['an e-mail address', { emailAddresses: ['a@example.com'] }, 'subject-alternative-name'],
  ])('%s', async (_what, options, rule) => {
    const leaf = await caseOf(options)
    expect(await ruleBroken(webPki, leaf)).toBe(rule)
    expect(await ruleBroken(rfc5280, leaf)).toBeUndefined()
  })

  it.each<[TestKeyType, boolean]>([
    ['rsa2048', true],
    ['ecdsa-p384', true],
    ['ed25519', false],
    ['rsa-pss', false],
  ])('a key of %s: %s', async (type, isAllowed) => {
    const leaf = await caseOf({ key: await sharedTestKey(type) })
    expect(await ruleBroken(webPki, leaf)).toBe(isAllowed ? undefined : 'public-key')
  })

  it('the hash of the curve in ECDSA signatures', async () => {
    const leaf = await caseOf({ signature: 'ecdsa-sha512' })
    expect(await ruleBroken(webPki, leaf)).toBe('signature-algorithm')
    expect(await ruleBroken(rfc5280, leaf)).toBeUndefined()
  })

  it('a public suffix, when it is told which names are', async () => {
    const profile = createWebPkiProfile({ isPublicSuffix: (name) => name === 'co.uk' })
    const leaf = await caseOf({ dnsNames: ['example.com', '*.co.uk'] })
    expect(await ruleBroken(profile, leaf)).toBe('subject-alternative-name')
    expect(await ruleBroken(webPki, leaf)).toBeUndefined()
  })

  it('roots without extKeyUsage', async () => {
    const odd = await createTestCa({ subject: 'Odd root', extendedKeyUsage: ['serverAuth'] })
    const leaf = await createTestCertificate({ ca: odd, ...everyday })
    expect(await ruleBroken(webPki, leaf, odd)).toBe('ca-profile')
    expect(await ruleBroken(rfc5280, leaf, odd)).toBeUndefined()
  })
})

//= rfc9846#section-4.5.1.2 4.5.1.2-1
it('every profile refuses certificates of version 1', async () => {
  // what stands before the serial number is [0] { 2 }, in five bytes
  const leaf = await caseOf({ changeTbs: (tbs) => derSequence(tbs.subarray(tbs[1] === 0x82 ? 9 : 8)) })
  expect(await ruleBroken(privatePki, leaf)).toBe('encoding')
})
