import { describe, expect, it } from 'vitest'
import { TlsError } from '../../src/errors/tls-error.js'
import type { SecurityPolicyParameters } from '../../src/policy/parameters.js'
import { SecurityPolicy } from '../../src/policy/security-policy.js'

const refusal = (message: string | RegExp) =>
  expect.objectContaining({ name: 'TlsError', code: 'invalid_argument', message: expect.stringMatching(message) })

describe('SecurityPolicy.default', () => {
  it('offers post-quantum key exchange first, with one share of it and two of curves', () => {
    const policy = SecurityPolicy.default
    expect(policy.groups[0]).toBe('X25519MLKEM768')
    expect(policy.keyShares).toEqual(['X25519MLKEM768', 'x25519', 'secp256r1'])
    expect(policy.name).toBeUndefined()
  })

  it('is one object, frozen to the last list', () => {
    const policy = SecurityPolicy.default
    expect(SecurityPolicy.default).toBe(policy)
    expect(Object.isFrozen(policy)).toBe(true)
    for (const value of Object.values(policy)) expect(Object.isFrozen(value)).toBe(true)
  })
})

describe('SecurityPolicy.from', () => {
  it('keeps copies: later changes of the lists do not matter', () => {
    const groups: ('x25519' | 'secp256r1')[] = ['x25519']
    const policy = SecurityPolicy.from({ groups })
    groups.push('secp256r1')
    expect(policy.groups).toEqual(['x25519'])
  })

  it.each([
    { groups: ['x25519'], keyShares: ['x25519'] },
    { groups: ['secp384r1', 'x25519', 'secp256r1'], keyShares: ['secp384r1', 'x25519'] },
    {
      groups: ['x25519', 'secp384r1', 'X25519MLKEM768', 'secp256r1'],
      keyShares: ['x25519', 'secp384r1', 'X25519MLKEM768'],
    },
    { groups: ['x25519', 'SecP256r1MLKEM768', 'X25519MLKEM768'], keyShares: ['x25519', 'SecP256r1MLKEM768'] },
    { groups: ['MLKEM1024', 'X25519MLKEM768'], keyShares: ['MLKEM1024'] },
  ] as const)('sends shares for $keyShares of $groups', ({ groups, keyShares }) => {
    expect(SecurityPolicy.from({ groups }).keyShares).toEqual(keyShares)
  })

  it.each<[Partial<Record<keyof SecurityPolicyParameters, unknown>>, RegExp]>([
    [{ cipherSuites: [] }, /cipherSuites is empty/],
    //= rfc9846#section-E.5 E.5-2 E.5-3
    [{ cipherSuites: ['TLS_RSA_WITH_AES_128_CBC_SHA'] }, /cipherSuites has "TLS_RSA_WITH_AES_128_CBC_SHA"; known are/],
    [{ cipherSuites: 'TLS_AES_128_GCM_SHA256' }, /cipherSuites is not a list/],
    [{ groups: [] }, /groups is empty/],
    //= rfc9846#section-4.3.7 4.3.7-1
    //= rfc9846#section-4.3.8 4.3.8-10
    [{ groups: ['x25519', 'x25519'] }, /groups has x25519 twice/],
    [{ groups: ['toString'] }, /groups has "toString"/],
    [{ groups: ['x25519'], keyShares: ['secp256r1'] }, /keyShares has secp256r1, which is not among the groups/],
    [{ groups: ['x25519'], stronglyPreferredGroups: ['secp384r1'] }, /stronglyPreferredGroups has secp384r1/],
    [{ signatureSchemes: [] }, /signatureSchemes is empty/],
    [{ signatureSchemes: ['rsa_pkcs1_sha256'] }, /cannot make a CertificateVerify/],
    [{ signatureSchemes: ['rsa_pkcs1_sha1'] }, /signatureSchemes has "rsa_pkcs1_sha1"/],
    [{ certificateSignatureSchemes: [] }, /certificateSignatureSchemes is empty/],
    [{ certificateKeys: ['rsa_1024'] }, /certificateKeys has "rsa_1024"; known are ecdsa_p256,/],
  ])('refuses %j', (changes, message) => {
    expect(() => SecurityPolicy.from(changes as Partial<SecurityPolicyParameters>)).toThrow(refusal(message))
  })

  it('allows no key share at all', () => {
    expect(SecurityPolicy.from({ keyShares: [] }).keyShares).toEqual([])
  })
})

describe('SecurityPolicy.builder', () => {
  it('without a step gives what it started from', () => {
    const same = ({ name, ...parameters }: SecurityPolicy) => parameters
    expect(same(SecurityPolicy.builder().build())).toEqual(same(SecurityPolicy.default))
    expect(same(SecurityPolicy.builder('cnsa_1').build())).toEqual(same(SecurityPolicy.named('cnsa_1')))
    expect(SecurityPolicy.builder('cnsa_1').build().name).toBeUndefined()
  })

  it('sets each list', () => {
    const policy = SecurityPolicy.builder()
      .cipherSuites('TLS_AES_256_GCM_SHA384')
      .groups('SecP384r1MLKEM1024', 'secp384r1', 'secp521r1')
      .keyShares('secp521r1')
      .stronglyPreferredGroups('secp384r1')
      .signatureSchemes('ecdsa_secp384r1_sha384')
      .certificateSignatureSchemes('ecdsa_secp384r1_sha384', 'rsa_pkcs1_sha384')
      .certificateKeys('ecdsa_p384', 'rsa_4096')
      .restrictOwnCertificates()
      .followChaCha20Preference()
      .build()
    expect({ ...policy }).toEqual({
      name: undefined,
      cipherSuites: ['TLS_AES_256_GCM_SHA384'],
      groups: ['SecP384r1MLKEM1024', 'secp384r1', 'secp521r1'],
      keyShares: ['secp521r1'],
      stronglyPreferredGroups: ['secp384r1'],
      signatureSchemes: ['ecdsa_secp384r1_sha384'],
      certificateSignatureSchemes: ['ecdsa_secp384r1_sha384', 'rsa_pkcs1_sha384'],
      certificateKeys: ['ecdsa_p384', 'rsa_4096'],
      restrictsOwnCertificates: true,
      followsChaCha20Preference: true,
    })
  })

  it('leaves the builder that a step started from as it was', () => {
    const builder = SecurityPolicy.builder()
    builder.cipherSuites('TLS_AES_256_GCM_SHA384').groups('secp384r1').certificateKeys('ecdsa_p384')
    expect(builder.build()).toEqual(SecurityPolicy.default)
  })

  it('has key shares follow from groups', () => {
    expect(SecurityPolicy.builder().groups('secp256r1', 'MLKEM1024').build().keyShares).toEqual([
      'secp256r1',
      'MLKEM1024',
    ])
    expect(SecurityPolicy.builder().without('x25519').build().keyShares).toEqual([
      'X25519MLKEM768',
      'secp256r1',
      'secp384r1',
    ])
    expect(SecurityPolicy.builder().without('secp521r1').build().keyShares).toEqual([
      'X25519MLKEM768',
      'x25519',
      'secp256r1',
    ])
    expect(SecurityPolicy.builder().keyShares('secp384r1').without('x25519').build().keyShares).toEqual(['secp384r1'])
  })

  it('takes algorithms out of every list', () => {
    const policy = SecurityPolicy.builder('20251013').without('rsa_pkcs1_sha384', 'rsa_3072').build()
    expect(policy.signatureSchemes).not.toContain('rsa_pkcs1_sha384')
    expect(policy.certificateSignatureSchemes).toEqual(['ecdsa_secp384r1_sha384'])
    expect(policy.certificateKeys).toEqual(['ecdsa_p384', 'rsa_4096', 'rsa_pss_3072', 'rsa_pss_4096'])
    expect(() => SecurityPolicy.builder('20251013').without('x25519')).toThrow(refusal(/has it in no list/))
  })

  it('makes a policy that no quantum computer can record for later', () => {
    expect(SecurityPolicy.builder().postQuantumOnly().build()).toMatchObject({
      groups: ['X25519MLKEM768', 'SecP256r1MLKEM768', 'SecP384r1MLKEM1024'],
      keyShares: ['X25519MLKEM768'],
    })
    expect(() => SecurityPolicy.builder('default_tls13').postQuantumOnly().build()).toThrow(refusal(/groups is empty/))
  })

  it('lifts restrictions with null', () => {
    const policy = SecurityPolicy.builder('cnsa_2').certificateKeys(null).certificateSignatureSchemes(null).build()
    expect(policy).toMatchObject({ certificateKeys: null, certificateSignatureSchemes: null })
  })

  it('checks when it builds', () => {
    const builder = SecurityPolicy.builder().groups('x25519').keyShares('secp256r1')
    expect(() => builder.build()).toThrow(refusal(/keyShares has secp256r1/))
    expect(() => SecurityPolicy.builder('no such policy')).toThrow(TlsError)
  })
})
