import { s2nPolicies } from '../../src/policy/s2n-policies.js'
import { SecurityPolicy } from '../../src/policy/security-policy.js'

/** Every named policy, one row for those that mean the same, for docs/security-policies.md. */
export function policyTable(): string {
  const rows = s2nPolicies.map(([, names]) => {
    const [first = ''] = names.split(' ')
    const policy = SecurityPolicy.named(first)
    const { certificateKeys } = policy
    const certificates = [
      ...(policy.certificateSignatureSchemes ? [`signed by ${briefSchemes(policy.certificateSignatureSchemes)}`] : []),
      ...(certificateKeys ? [`keys ${certificateKeys.join(', ')}`] : []),
      ...(policy.restrictsOwnCertificates ? ['own ones too'] : []),
    ]
    return [
      names
        .split(' ')
        .map((name) => `\`${name}\``)
        .join(', '),
      policy.cipherSuites.map(briefSuite).join(', ') +
        (policy.followsChaCha20Preference ? ' (the client’s ChaCha20 first)' : ''),
      policy.groups.map((name) => decorate(name, policy)).join(', '),
      briefSchemes(policy.signatureSchemes),
      certificates.join('; ') || 'any',
    ]
  })
  return [
    '| names | cipher suites | groups | signatures | certificates |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n')
}

const briefSuite = (name: string) =>
  ({ TLS_AES_128_GCM_SHA256: 'AES-128', TLS_AES_256_GCM_SHA384: 'AES-256' })[name] ?? 'ChaCha20'

/** A share is sent for those in bold; a server insists on those in italics. */
function decorate(name: SecurityPolicy['groups'][number], policy: SecurityPolicy): string {
  const shared = policy.keyShares.includes(name) ? `**${name}**` : name
  return policy.stronglyPreferredGroups.includes(name) ? `*${shared}*` : shared
}

/** Families in the order of their first scheme, with the hashes that they have. */
function briefSchemes(names: readonly string[]): string {
  const families = new Map<string, string[]>()
  for (const name of names) {
    const [family, detail] = familyOf(name)
    families.set(family, [...(families.get(family) ?? []), detail])
  }
  return [...families].map(([family, details]) => `${family} ${[...new Set(details)].join('/')}`).join(', ')
}

function familyOf(name: string): readonly [string, string] {
  const hash = /sha(\d+)$/.exec(name)?.[1] ?? ''
  if (name.startsWith('ecdsa')) return ['ECDSA', hash]
  if (name.startsWith('rsa_pss')) return ['RSA-PSS', hash]
  if (name.startsWith('rsa_pkcs1')) return ['PKCS #1', hash]
  return ['ML-DSA', name.replace('mldsa', '')]
}
