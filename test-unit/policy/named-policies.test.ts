import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type S2nPolicyDump, s2nPolicyTable, schemeNames } from '../../scripts/policies/s2n-policy-table.js'
import { policyNames } from '../../src/policy/named-policy.js'
import { s2nDeprecatedPolicies, s2nLists, s2nPolicies, s2nPoliciesWithoutTls13 } from '../../src/policy/s2n-policies.js'
import { SecurityPolicy } from '../../src/policy/security-policy.js'

describe('SecurityPolicy.named', () => {
  it('knows 115 names', () => {
    expect(policyNames).toHaveLength(115)
    expect(new Set(policyNames.map((name) => name.toLowerCase())).size).toBe(115)
  })

  it('is what it was: the table has changed only when s2n-tls has', () => {
    expect({ lists: s2nLists, policies: s2nPolicies }).toMatchSnapshot()
  })

  it.each(policyNames)('builds %s, which passes our own checks, in any case of letters', (name) => {
    const policy = SecurityPolicy.named(name)
    expect(policy.name).toBe(name)
    expect(SecurityPolicy.named(name.toUpperCase())).toEqual(policy)
    expect(SecurityPolicy.named(name.toLowerCase())).toEqual(policy)
  })

  it.each([
    ['default', '20251014'],
    ['default_tls13', '20240503'],
    ['default_fips', '20251015'],
    ['default_pq', '20250721'],
    ['rfc9151', '20251013'],
    ['cnsa_1', '20251013'],
    ['cnsa_2', '20260219'],
    ['cnsa_1_2_interop', '20260220'],
  ])('has %s as another name of %s', (alias, name) => {
    expect({ ...SecurityPolicy.named(alias), name: '' }).toEqual({ ...SecurityPolicy.named(name), name: '' })
  })

  it('prefers KEM groups to curves, with a share of the first of each', () => {
    const policy = SecurityPolicy.named('default')
    expect(policy.groups.slice(0, 4)).toEqual([
      'X25519MLKEM768',
      'SecP256r1MLKEM768',
      'SecP384r1MLKEM1024',
      'secp256r1',
    ])
    expect(policy.keyShares).toEqual(['X25519MLKEM768', 'secp256r1'])
  })

  it('has what CNSA restricts', () => {
    expect(SecurityPolicy.named('cnsa_2')).toMatchObject({
      cipherSuites: ['TLS_AES_256_GCM_SHA384'],
      groups: ['MLKEM1024'],
      keyShares: ['MLKEM1024'],
      signatureSchemes: ['mldsa87'],
      certificateSignatureSchemes: ['mldsa87'],
      certificateKeys: ['mldsa_87'],
      restrictsOwnCertificates: true,
    })
    expect(SecurityPolicy.named('20251117')).toMatchObject({ stronglyPreferredGroups: ['secp384r1'] })
  })

  it.each(s2nDeprecatedPolicies.split(' '))('refuses %s, which is deprecated, with a hint', (name) => {
    expect(() => SecurityPolicy.named(name)).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        category: 'usage',
        message: expect.stringMatching(/withdrawn from s2n-tls; default_(pq|tls13) is/),
      }),
    )
  })

  it.each(s2nPoliciesWithoutTls13.split(' '))('refuses %s, which has no TLS 1.3', (name) => {
    expect(() => SecurityPolicy.named(name)).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        category: 'usage',
        message: expect.stringContaining(`${name} has no cipher suite of TLS 1.3`),
      }),
    )
  })

  it.each([
    ['defualt_pq', 'default_pq'],
    ['default-tls13', 'default_tls13'],
    ['2024050', '20240503'],
    ['rfc9515', 'rfc9151'],
    ['cnsa2', 'cnsa_2'],
    ['CloudFront-TLS-1-2', 'CloudFront-TLS-1-2-2018'],
  ])('refuses %s and thinks of %s', (typed, meant) => {
    expect(() => SecurityPolicy.named(typed)).toThrow(
      expect.objectContaining({ code: 'invalid_argument', message: expect.stringMatching(`mean .*${meant}`) }),
    )
  })

  it.each(['', 'nothing like it at all', 'x', 'toString', '__proto__', 'x'.repeat(100_000)])(
    'refuses %.30s',
    (name) => {
      expect(() => SecurityPolicy.named(name)).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
    },
  )

  it.each([undefined, null, 13, {}])('refuses %s at run time', (name) => {
    expect(() => SecurityPolicy.named(name as unknown as string)).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    )
  })
})

const dumpFile = new URL('../../../shared/data/s2n-security-policies.json', import.meta.url)
const dump = existsSync(dumpFile) ? (JSON.parse(readFileSync(dumpFile, 'utf8')) as S2nPolicyDump) : undefined
if (!dump) console.warn('skipped: policies against s2n-tls, for there is no ../shared/data/s2n-security-policies.json')

describe.skipIf(!dump)('the dump of s2n-tls', () => {
  const { policies, deprecated_names } = dump ?? { policies: [], deprecated_names: [] }

  it('gives the table that is committed', () => {
    const source = readFileSync(new URL('../../src/policy/s2n-policies.ts', import.meta.url), 'utf8')
    expect(dump && s2nPolicyTable(dump).source).toBe(source)
  })

  it.each(policies.filter(({ supports_tls13 }) => supports_tls13))('has $name as we have it', (theirs) => {
    const ours = SecurityPolicy.named(theirs.name)
    const schemes = (names: readonly string[]) => (dump ? schemeNames(dump, names) : [])
    expect(ours.cipherSuites).toEqual(theirs.tls13_cipher_suites)
    expect(ours.groups).toEqual([...theirs.kem_groups, ...theirs.curves])
    expect(ours.stronglyPreferredGroups).toEqual(theirs.strongly_preferred_groups.map(() => 'secp384r1'))
    expect(ours.signatureSchemes).toEqual(schemes(theirs.signature_schemes))
    expect(ours.certificateSignatureSchemes).toEqual(
      theirs.certificate_signature_schemes && schemes(theirs.certificate_signature_schemes),
    )
    expect(ours.certificateKeys).toEqual(theirs.certificate_keys)
    expect(ours.restrictsOwnCertificates).toBe(theirs.certificate_preferences_apply_locally)
    expect(ours.followsChaCha20Preference).toBe(theirs.chacha20_boosting)
  })

  it('has the names that we refuse', () => {
    const withoutTls13 = policies.filter(({ supports_tls13 }) => !supports_tls13).map(({ name }) => name)
    expect(s2nPoliciesWithoutTls13.split(' ')).toEqual(withoutTls13)
    expect(s2nDeprecatedPolicies.split(' ')).toEqual(deprecated_names)
  })
})
