import { readFileSync } from 'node:fs'
import { type Identity, loadIdentity } from '../../src/certificates/identity/identity.js'
import { ParsedCertificate } from '../../src/certificates/parsed-certificate.js'
import { parsePem } from '../../src/certificates/pem.js'
import type { CryptoProvider } from '../../src/crypto/provider.js'
import { signatureSchemeByCodePoint } from '../../src/crypto/signature-schemes.js'
import { TlsError } from '../../src/errors/tls-error.js'
import { SignatureScheme } from '../../src/messages/code-points.js'
import { type ExternalPsk, importPsk } from '../../src/session/external-psk.js'
import { type Bytes, equalBytes } from '../../src/wire/bytes.js'
import { type CredentialFlags, type ShimFlags, Unimplemented } from './flags.js'

/** The certificates and PSKs of one connection, and which of them was put to use. */
export interface Credentials {
  readonly identities: readonly ShimIdentity[]
  readonly psks: readonly ExternalPsk[]
  /** As the runner counts: -1 is the one that it did not introduce as a credential. `undefined`: none was used. */
  used(): number | undefined
}

export interface ShimIdentity extends Identity {
  /** Whether it is only for peers that name one of its issuers. */
  readonly mustMatchIssuer: boolean
}

/** What may be sent to a peer that names these authorities, the best first. @throws TlsError where nothing fits */
export function identitiesFor(
  { identities }: Credentials,
  authorities: readonly Uint8Array[],
): readonly ShimIdentity[] {
  const fitting = identities.filter(
    // one that is to sign only in ways that the library does not know is none
    ({ schemes, mustMatchIssuer, chain }) =>
      schemes.length > 0 && (!mustMatchIssuer || chain.some((der) => isIssuedByOne(der, authorities))),
  )
  if (fitting.length > 0 || identities.length === 0) return fitting
  throw new TlsError('handshake_failure', 'no credential fits what the peer asks for')
}

function isIssuedByOne(der: Bytes, authorities: readonly Uint8Array[]): boolean {
  const issuer = ParsedCertificate.parse(der).fields.issuer.der
  return authorities.some((name) => equalBytes(name, issuer))
}

export async function loadCredentials(provider: CryptoProvider, flags: ShimFlags): Promise<Credentials> {
  let used: number | undefined
  const identities: ShimIdentity[] = []
  const psks: ExternalPsk[] = []
  for (const [index, credential] of flags.credentials.entries()) {
    if (credential.kind === 'psk') psks.push(...(await loadPsk(provider, credential)))
    else identities.push(await loadX509(provider, credential, () => (used = index)))
  }
  if (flags.values['cert-file'] !== undefined && flags.values['key-file'] !== undefined) {
    const legacy: CredentialFlags = { ...flags, kind: 'default', signingPrefs: flags.lists['signing-prefs'] }
    identities.push(await loadX509(provider, withOcsp(legacy, flags), () => (used = -1)))
  }
  return { identities, psks, used: () => used }
}

/** A response that a callback gives, or declines to give, is the same as one that is configured, or is not. */
function withOcsp(credential: CredentialFlags, { on }: ShimFlags): CredentialFlags {
  if (!on.has('use-ocsp-callback')) return credential
  if (!on.has('decline-ocsp-callback')) return credential
  const { 'ocsp-response': _declined, ...values } = credential.values
  return { ...credential, values }
}

async function loadX509(provider: CryptoProvider, flags: CredentialFlags, onUse: () => void): Promise<ShimIdentity> {
  const { 'cert-file': certificateFile, 'key-file': keyFile } = flags.values
  const ocspResponse = flags.values['ocsp-response']
  const timestamps = flags.values['signed-cert-timestamps']
  const identity = await loadOrSkip(
    {
      certificateChain: readFileSync(certificateFile ?? '', 'utf8'),
      privateKey: await privateKeyOf(provider, readFileSync(keyFile ?? '', 'utf8'), flags.signingPrefs),
      ...(ocspResponse && { ocspResponse }),
      ...(timestamps && { signedCertificateTimestamps: splitTimestamps(timestamps) }),
    },
    provider,
  )
  return {
    ...identity,
    mustMatchIssuer: flags.on.has('must-match-issuer'),
    schemes: flags.signingPrefs.length > 0 ? preferredSchemes(identity, flags.signingPrefs) : identity.schemes,
    async makeSignature(scheme, content) {
      onUse()
      return await identity.makeSignature(scheme, content)
    },
  }
}

/** ML-DSA signs where the platform can do it. */
async function loadOrSkip(...args: Parameters<typeof loadIdentity>): Promise<Identity> {
  try {
    return await loadIdentity(...args)
  } catch (error) {
    if (error instanceof Error && error.message.includes('ML-DSA')) throw new Unimplemented(error.message)
    throw error
  }
}

/** In the order given; what the library does not know is left out. What TLS 1.3 has not is for the library to refuse. */
function preferredSchemes({ schemes }: Identity, preferences: readonly number[]): Identity['schemes'] {
  return preferences.flatMap((codePoint) => {
    const scheme = signatureSchemeByCodePoint.get(codePoint)
    return scheme && (scheme.onlyInCertificates || schemes.includes(scheme)) ? [scheme] : []
  })
}

/** With PEM text the library leaves PKCS #1 alone: the code points of RFC 9963 need a key that can do nothing else. */
async function privateKeyOf(
  { subtle }: CryptoProvider,
  pem: string,
  preferences: readonly number[],
): Promise<string | CryptoKey> {
  const [block] = parsePem(pem)
  if (!block || !preferences.includes(SignatureScheme.rsa_pkcs1_sha256_legacy)) return pem
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  return await subtle.importKey('pkcs8', block.der, algorithm, false, ['sign'])
}

/** A SignedCertificateTimestampList (RFC 6962 section 3.3) in its parts. */
export function splitTimestamps(list: Buffer): readonly Uint8Array[] {
  const timestamps: Uint8Array[] = []
  for (let offset = 2; offset + 2 <= list.length; ) {
    const length = list.readUInt16BE(offset)
    timestamps.push(list.subarray(offset + 2, offset + 2 + length))
    offset += 2 + length
  }
  return timestamps
}

/** RFC 9258 section 4.1: one imported key for each hash that a suite may have. */
async function loadPsk(provider: CryptoProvider, { values, on }: CredentialFlags): Promise<readonly ExternalPsk[]> {
  const psk: ExternalPsk = {
    identity: values['psk-importer-identity'] ?? Buffer.alloc(0),
    key: values['psk-importer-key'] ?? Buffer.alloc(0),
    hash: on.has('psk-importer-sha384') ? 'SHA-384' : 'SHA-256',
  }
  const context = values['psk-importer-context'] ?? Buffer.alloc(0)
  const targets = ['SHA-256', 'SHA-384'] as const
  return await Promise.all(targets.map((hash) => importPsk(psk, { hash, context }, provider)))
}
