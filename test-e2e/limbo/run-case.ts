import type { KeyUsageName } from '../../src/certificates/extensions/oids.js'
import { parsePemCertificates } from '../../src/certificates/pem.js'
import { rfc5280 } from '../../src/certificates/profiles/rfc5280.js'
import { privatePki, type ValidationProfile } from '../../src/certificates/profiles/validation-profile.js'
import { createWebPkiProfile } from '../../src/certificates/profiles/web-pki.js'
import { RevocationList } from '../../src/certificates/revocation/revocation-list.js'
import { TrustAnchors } from '../../src/certificates/trust-anchors.js'
import { type VerifiedPeerChain, verifyPeerChain } from '../../src/certificates/verify-peer-chain.js'
import { platformProvider } from '../../src/crypto/provider.js'
import { TlsError } from '../../src/errors/tls-error.js'
import type { LimboCase } from './limbo-schema.js'

export type LimboVerdict =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected'; readonly reason: string }
  | { readonly kind: 'skipped'; readonly reason: string }

/** Judges one case as a caller of the library would. */
export async function runCase(testCase: LimboCase): Promise<LimboVerdict> {
  const unsupported = unsupportedPart(testCase)
  if (unsupported !== undefined) return { kind: 'skipped', reason: unsupported }
  try {
    const verified = await verify(testCase)
    const missing = missingNames(testCase, verified)
    return missing === undefined ? { kind: 'accepted' } : { kind: 'rejected', reason: `no name ${missing}` }
  } catch (error) {
    if (error instanceof TlsError && error.code !== 'internal') return { kind: 'rejected', reason: error.message }
    throw error
  }
}

async function verify(testCase: LimboCase): Promise<VerifiedPeerChain> {
  const isServer = testCase.validation_kind === 'SERVER'
  return verifyPeerChain(
    [testCase.peer_certificate, ...testCase.untrusted_intermediates].flatMap(parsePemCertificates),
    {
      purpose: isServer ? 'serverAuth' : 'clientAuth',
      serverName: isServer ? testCase.expected_peer_name?.value : undefined,
      trustAnchors: TrustAnchors.from(testCase.trusted_certs, { onUnreadable: 'skip' }),
      time: testCase.validation_time === null ? new Date() : new Date(testCase.validation_time),
      provider: platformProvider,
      ...(testCase.crls?.length ? { crls: { lists: testCase.crls.map(RevocationList.parse) } } : {}),
      keyUsage: testCase.key_usage as readonly KeyUsageName[],
      profile: profileOf(testCase.id),
      ...(testCase.max_chain_depth === null ? {} : { limits: { intermediates: testCase.max_chain_depth } }),
    },
  )
}

/**
 * A case's namespace says which document it tests; some contradict each other (`conflicts_with`). Real chains and
 * `webpki::` are judged by the Web PKI, `rfc5280::` by all of RFC 5280, the others by path validation alone.
 */
function profileOf(id: string): ValidationProfile {
  if (id.startsWith('webpki::') || id.startsWith('online::')) return webPki
  return id.startsWith('rfc5280::') ? rfc5280 : privatePki
}

const webPki = createWebPkiProfile()

function unsupportedPart({ extended_key_usage, validation_kind }: LimboCase): string | undefined {
  const purpose = validation_kind === 'SERVER' ? 'serverAuth' : 'clientAuth'
  const other = extended_key_usage.find((usage) => usage !== purpose)
  return other === undefined ? undefined : `the purpose ${other} is none of TLS`
}

/** For client validation: the names that the case expects, which an application would look for itself. */
function missingNames(testCase: LimboCase, { leaf }: VerifiedPeerChain): string | undefined {
  if (testCase.validation_kind === 'SERVER') return undefined
  const names = { DNS: leaf.dnsNames, IP: leaf.ipAddresses, RFC822: leaf.emailAddresses }
  return testCase.expected_peer_names?.find(({ kind, value }) => !names[kind].includes(value))?.value
}
