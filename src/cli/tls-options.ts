import type { IdentityOptions } from '../certificates/identity/identity.js'
import type { SecurityPolicyParameters } from '../policy/parameters.js'
import { SecurityPolicy } from '../policy/security-policy.js'
import type { ExternalPsk } from '../session/external-psk.js'
import type { Arguments } from './arguments.js'
import type { OptionTable } from './command.js'
import { keyLogWriter, readText } from './files.js'
import type { CliIo } from './io.js'
import { notice } from './notice.js'
import { UsageError } from './usage-error.js'

/** What `connect` and `serve` have in common. */
export const algorithmOptions: OptionTable = {
  alpn: {
    value: 'NAMES',
    multiple: true,
    help: 'application protocols in order of preference: h2,http/1.1',
    heading: 'TLS',
  },
  policy: { value: 'NAME', help: 'a security policy of s2n-tls, for example default_tls13 or default_pq' },
  groups: { value: 'NAMES', multiple: true, help: 'only these key exchanges, first is best: X25519MLKEM768,x25519' },
  suites: { value: 'NAMES', multiple: true, help: 'only these cipher suites: TLS_AES_256_GCM_SHA384' },
  schemes: { value: 'NAMES', multiple: true, help: 'only these signature schemes: ecdsa_secp256r1_sha256' },
  psk: { value: 'HEX', help: 'a pre-shared key; @FILE reads it from a file, where ps does not show it' },
  'psk-identity': { value: 'ID', help: 'the name of that key' },
  'psk-hash': { value: 'HASH', help: 'SHA-256 (default) or SHA-384' },
  'key-log': { value: 'FILE', help: 'append the secrets for Wireshark: who has them can read the connection' },
}

export function securityPolicy(args: Arguments): SecurityPolicy {
  const base = args.string('policy')
  // the names are checked where the policy is made, and an error lists those that are known
  const checked: Partial<SecurityPolicyParameters> = Object.fromEntries(
    [
      ['groups', args.list('groups')] as const,
      ['cipherSuites', args.list('suites')] as const,
      ['signatureSchemes', args.list('schemes')] as const,
    ].filter(([, names]) => names !== undefined),
  )
  if (base === undefined) return SecurityPolicy.from(checked)
  let builder = SecurityPolicy.builder(base)
  if (checked.groups) builder = builder.groups(...checked.groups)
  if (checked.cipherSuites) builder = builder.cipherSuites(...checked.cipherSuites)
  if (checked.signatureSchemes) builder = builder.signatureSchemes(...checked.signatureSchemes)
  return builder.build()
}

export async function externalPsks(args: Arguments): Promise<readonly ExternalPsk[]> {
  const given = args.string('psk')
  const identity = args.string('psk-identity')
  if ((given === undefined) !== (identity === undefined)) {
    throw new UsageError('--psk and --psk-identity go together: the key, and the name that both sides know it by')
  }
  if (given === undefined || identity === undefined) return []
  const hex = (given.startsWith('@') ? await readText(given.slice(1), 'psk') : given).trim()
  if (!/^(?:[0-9a-f]{2}){16,}$/i.test(hex)) {
    throw new UsageError('--psk is a key in hexadecimal, of at least 16 bytes: openssl rand -hex 32 makes one')
  }
  const hash = args.oneOf('psk-hash', ['SHA-256', 'SHA-384'] as const)
  return [{ identity, key: Uint8Array.from(Buffer.from(hex, 'hex')), ...(hash && { hash }) }]
}

/** Pairs of `--cert` and `--key`, in their order. */
export async function identities(args: Arguments): Promise<readonly IdentityOptions[]> {
  const certificates = args.strings('cert')
  const keys = args.strings('key')
  if (certificates.length !== keys.length) {
    throw new UsageError('--cert and --key go together: the chain, leaf first, and the key of its leaf, both in PEM')
  }
  return await Promise.all(
    certificates.map(async (path, index) => ({
      certificateChain: await readText(path, 'cert'),
      privateKey: await readText(keys[index] ?? '', 'key'),
    })),
  )
}

export const keyLog = (args: Arguments, io: CliIo) =>
  keyLogWriter(args.string('key-log'), ({ message }) => notice(args, io, `the key log cannot be written: ${message}`))
