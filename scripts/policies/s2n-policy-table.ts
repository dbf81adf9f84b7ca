import { NamedGroup, SignatureScheme } from '../../src/messages/code-points.js'

/** What is used of the dump of s2n-tls's `security_policy_selection[]`. */
export interface S2nPolicyDump {
  readonly source: string
  readonly commit: string
  readonly deprecated_names: readonly string[]
  readonly tables: { readonly signature_schemes: Readonly<Record<string, { readonly tls13_name: string }>> }
  readonly policies: readonly S2nPolicy[]
}

export interface S2nPolicy {
  readonly name: string
  readonly supports_tls13: boolean
  readonly tls13_cipher_suites: readonly string[]
  readonly curves: readonly string[]
  readonly kem_groups: readonly string[]
  /** Code points, as `0x0018`. */
  readonly strongly_preferred_groups: readonly string[]
  readonly signature_schemes: readonly string[]
  readonly certificate_signature_schemes: readonly string[] | null
  readonly certificate_keys: readonly string[] | null
  readonly certificate_preferences_apply_locally: boolean
  readonly chacha20_boosting: boolean
}

/** The dump in our form: policies that come to the same under TLS 1.3 share a row, rows share lists. */
export function s2nPolicyTable(dump: S2nPolicyDump): { readonly source: string; readonly policies: number } {
  const lists: string[] = []
  const indexOf = (names: readonly string[]): number => {
    const text = names.join(' ')
    if (!lists.includes(text)) lists.push(text)
    return lists.indexOf(text)
  }
  const rows = new Map<string, string[]>()
  const tls13 = dump.policies.filter(({ supports_tls13 }) => supports_tls13)
  for (const policy of tls13) {
    const row = rowOf(dump, policy).map((part) =>
      typeof part === 'number' ? part : part === null ? -1 : indexOf(part),
    )
    const key = row.map((index) => (index === -1 ? '-' : index)).join(' ')
    rows.set(key, [...(rows.get(key) ?? []), policy.name])
  }
  const withoutTls13 = dump.policies.filter(({ supports_tls13 }) => !supports_tls13).map(({ name }) => name)
  const source = `/** Written by scripts/policies/make-policies.ts, not by hand: ${dump.source}, commit ${dump.commit}. */

/** Lists of names, of which the policies are made. */
export const s2nLists: readonly string[] = [
${lists.map((list) => `  '${list}',`).join('\n')}
]

/**
 * For each policy the indexes of its cipher suites, KEM groups, curves, strongly preferred groups, signature schemes,
 * certificate signature schemes and certificate keys (-: anything goes), then 1 if its certificate preferences apply to
 * own certificates, and 1 if a client's preference for ChaCha20 is followed; and its names.
 */
export const s2nPolicies: readonly (readonly [indexes: string, names: string])[] = [
${[...rows].map(([row, names]) => formatRow(row, names.join(' '))).join('\n')}
]

/** Policies of TLS 1.2 and below. */
export const s2nPoliciesWithoutTls13 =
  '${withoutTls13.join(' ')}'

/** Names that s2n-tls itself refuses since their policies were withdrawn. */
export const s2nDeprecatedPolicies =
  '${dump.deprecated_names.join(' ')}'
`
  return { source, policies: tls13.length }
}

/** As the formatter would have it. */
function formatRow(row: string, names: string): string {
  const line = `  ['${row}', '${names}'],`
  return line.length <= 120 ? line : `  [\n    '${row}',\n    '${names}',\n  ],`
}

function rowOf(dump: S2nPolicyDump, policy: S2nPolicy): readonly (readonly string[] | null | number)[] {
  return [
    policy.tls13_cipher_suites,
    policy.kem_groups,
    policy.curves,
    policy.strongly_preferred_groups.map(groupName),
    schemeNames(dump, policy.signature_schemes),
    policy.certificate_signature_schemes && schemeNames(dump, policy.certificate_signature_schemes),
    policy.certificate_keys,
    Number(policy.certificate_preferences_apply_locally),
    Number(policy.chacha20_boosting),
  ]
}

function groupName(codePoint: string): string {
  const name = Object.entries(NamedGroup).find(([, value]) => value === Number(codePoint))?.[0]
  if (name === undefined) throw new Error(`the group ${codePoint} is not known`)
  return name
}

/** IANA's names; those with MD5, SHA-1 or SHA-224 are left out: this library never accepts them. */
export function schemeNames(dump: Pick<S2nPolicyDump, 'tables'>, names: readonly string[]): readonly string[] {
  return names
    .map((name) => dump.tables.signature_schemes[name]?.tls13_name ?? name)
    .filter((name) => {
      if (Object.hasOwn(SignatureScheme, name)) return true
      if (weakSchemes.has(name)) return false
      throw new Error(`the signature scheme ${name} is not known`)
    })
}

const weakSchemes: ReadonlySet<string> = new Set([
  'legacy_rsa_sha224',
  'legacy_ecdsa_sha224',
  'legacy_rsa_md5_sha1',
  'rsa_pkcs1_sha1',
  'ecdsa_sha1',
])
