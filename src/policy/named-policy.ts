import { TlsError } from '../errors/tls-error.js'
import type { CipherSuiteName, NamedGroupName, SignatureSchemeName } from '../messages/code-points.js'
import type { CertificateKeyName } from './certificate-keys.js'
import { nearMatches } from './near-matches.js'
import { invalid, type SecurityPolicyParameters } from './parameters.js'
import { s2nDeprecatedPolicies, s2nLists, s2nPolicies, s2nPoliciesWithoutTls13 } from './s2n-policies.js'

/** A policy of s2n-tls and its name in s2n-tls's spelling. */
export interface NamedPolicy {
  readonly name: string
  readonly parameters: SecurityPolicyParameters
}

/** Every name that `findPolicy` knows, those that mean the same policy too. */
export const policyNames: readonly string[] = s2nPolicies.flatMap(([, names]) => names.split(' '))

/**
 * Looks a policy of s2n-tls up; case does not matter there either.
 * @throws TlsError `invalid_argument` for a name that is unknown or deprecated, `unsupported` for a policy without
 *   TLS 1.3
 */
export function findPolicy(name: string): NamedPolicy {
  if (typeof name !== 'string') throw invalid(`the name of a policy is a string, not ${typeof name}`)
  // longer than any name there is, and what is looked at stays small
  const wanted = name.slice(0, 100).toLowerCase()
  for (const [indexes, names] of s2nPolicies) {
    const found = names.split(' ').find((each) => each.toLowerCase() === wanted)
    if (found !== undefined) return { name: found, parameters: readRow(indexes) }
  }
  throw whyNot(name, wanted)
}

function readRow(row: string): SecurityPolicyParameters {
  const indexes = row.split(' ')
  const list = <Name extends string>(at: number) =>
    (s2nLists[Number(indexes[at])] ?? '').split(' ').filter((name) => name !== '') as Name[]
  const listOrNull = <Name extends string>(at: number) => (indexes[at] === '-' ? null : list<Name>(at))
  const kemGroups = list<NamedGroupName>(1)
  const curves = list<NamedGroupName>(2)
  return {
    cipherSuites: list<CipherSuiteName>(0),
    // s2n-tls prefers every KEM group to every curve, and its client sends a share of the first of each
    groups: [...kemGroups, ...curves],
    keyShares: [...kemGroups.slice(0, 1), ...curves.slice(0, 1)],
    stronglyPreferredGroups: list<NamedGroupName>(3),
    signatureSchemes: list<SignatureSchemeName>(4),
    certificateSignatureSchemes: listOrNull<SignatureSchemeName>(5),
    certificateKeys: listOrNull<CertificateKeyName>(6),
    restrictsOwnCertificates: indexes[7] === '1',
    followsChaCha20Preference: indexes[8] === '1',
  }
}

function whyNot(name: string, wanted: string): TlsError {
  const isAmong = (names: string) => names.toLowerCase().split(' ').includes(wanted)
  if (isAmong(s2nDeprecatedPolicies)) {
    const instead = wanted.includes('pq') ? 'default_pq' : 'default_tls13'
    return invalid(`${name} was withdrawn from s2n-tls; ${instead} is what is recommended instead`)
  }
  if (isAmong(s2nPoliciesWithoutTls13)) {
    return new TlsError(
      'unsupported',
      `security policy: ${name} has no cipher suite of TLS 1.3, the only version spoken here; try default_tls13`,
    )
  }
  const near = nearMatches(wanted, policyNames)
  const hint = near.length > 0 ? `did you mean ${near.join(', ')}?` : 'default, default_tls13 and default_pq are common'
  return invalid(`no policy is called ${JSON.stringify(name.slice(0, 100))}; ${hint}`)
}
