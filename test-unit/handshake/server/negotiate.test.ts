import { describe, expect, it } from 'vitest'
import { resolvePolicy } from '../../../src/connection/resolve-policy.js'
import { chooseCipherSuite, chooseGroup } from '../../../src/handshake/server/negotiate.js'
import type { OfferedHello } from '../../../src/handshake/server/offered-hello.js'
import type { ServerParameters } from '../../../src/handshake/server/server-parameters.js'
import {
  CipherSuite,
  type CipherSuiteName,
  NamedGroup,
  type NamedGroupName,
} from '../../../src/messages/code-points.js'
import { SecurityPolicy } from '../../../src/policy/security-policy.js'
import { testProvider } from '../../support/provider.js'

const parametersOf = async (policy: SecurityPolicy) =>
  (await resolvePolicy(testProvider, policy, 'server')) as unknown as ServerParameters

/** A client's groups; those with an asterisk have a share. */
function hello(groups: string, cipherSuites: readonly number[] = []): OfferedHello {
  const names = groups.split(' ')
  const codePoint = (name: string) => NamedGroup[name.replace('*', '') as NamedGroupName]
  return {
    body: { cipherSuites },
    supportedGroups: names.map(codePoint),
    keyShares: names
      .filter((name) => name.endsWith('*'))
      .map((name) => ({ group: codePoint(name), keyExchange: new Uint8Array(1) })),
  } as unknown as OfferedHello
}

describe('chooseGroup', () => {
  it.each([
    ['default', 'X25519MLKEM768* x25519*', 'X25519MLKEM768', false],
    // a share of a post-quantum group is taken before a better one is asked for
    ['default', 'X25519MLKEM768 SecP256r1MLKEM768* x25519*', 'SecP256r1MLKEM768', false],
    // one without a share is worth a round trip
    ['default', 'x25519* SecP384r1MLKEM1024', 'SecP384r1MLKEM1024', true],
    ['default', 'x25519* secp256r1', 'x25519', false],
    ['default', 'x25519 secp256r1', 'secp256r1', true],
    ['default_tls13', 'X25519MLKEM768* x25519*', 'x25519', false],
    ['20251117', 'x25519* secp256r1* secp384r1', 'secp384r1', true],
    ['20251117', 'secp256r1* secp384r1*', 'secp384r1', false],
    ['20251117', 'secp256r1* secp521r1', 'secp256r1', false],
    // post-quantum goes before strongly preferred
    ['20260722', 'MLKEM1024* secp384r1 secp256r1*', 'MLKEM1024', false],
    ['20260722', 'MLKEM1024 secp384r1* secp256r1*', 'MLKEM1024', true],
    ['20260722', 'secp384r1 secp256r1*', 'secp384r1', true],
    //= rfc9846#section-4.3.8 4.3.8-7
    //= rfc9846#section-4.2.1 4.2.1-3
  ])('by policy %s, for %s, is %s', async (policy, groups, expected, isRetry) => {
    const chosen = chooseGroup(await parametersOf(SecurityPolicy.named(policy)), hello(groups))
    expect(chosen.group.name).toBe(expected)
    expect(chosen.clientShare === undefined).toBe(isRetry)
  })

  it('spends no round trip on a post-quantum group that the policy puts last', async () => {
    const parameters = await parametersOf(SecurityPolicy.from({ groups: ['x25519', 'X25519MLKEM768'] }))
    expect(chooseGroup(parameters, hello('X25519MLKEM768 x25519*')).group.name).toBe('x25519')
  })

  //= rfc9846#section-4.2.1 4.2.1-1
  it('refuses a client without a common group with handshake_failure', async () => {
    const parameters = await parametersOf(SecurityPolicy.named('cnsa_1'))
    expect(() => chooseGroup(parameters, hello('x25519* secp256r1'))).toThrow(
      expect.objectContaining({ code: 'handshake_failure' }),
    )
  })
})

describe('chooseCipherSuite', () => {
  const choose = (parameters: ServerParameters, offered: OfferedHello) =>
    chooseCipherSuite(parameters, offered, undefined)
  const offer = (...names: readonly CipherSuiteName[]) =>
    hello(
      'x25519*',
      names.map((name) => CipherSuite[name]),
    )
  const [aes128, aes256, chaCha20] = Object.keys(CipherSuite) as [CipherSuiteName, CipherSuiteName, CipherSuiteName]

  //= rfc9846#section-4.2.2 4.2.2-12
  it('is the first of the server, whatever the client prefers', async () => {
    const parameters = await parametersOf(SecurityPolicy.named('20240417'))
    expect(choose(parameters, offer(chaCha20, aes256, aes128)).name).toBe(aes128)
  })

  it('follows a client that prefers ChaCha20-Poly1305 where the policy says so', async () => {
    const parameters = await parametersOf(SecurityPolicy.named('CloudFront-TLS-1-2-2021-Chacha20-Boosted'))
    expect(choose(parameters, offer(chaCha20, aes128)).name).toBe(chaCha20)
    const greased = hello('x25519*', [0x1a1a, CipherSuite[chaCha20], CipherSuite[aes128]])
    expect(choose(parameters, greased).name).toBe(chaCha20)
    expect(choose(parameters, offer(aes256, chaCha20, aes128)).name).toBe(aes128)
  })
})
