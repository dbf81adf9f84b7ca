import { SignatureScheme, type SignatureSchemeName } from '../../src/messages/code-points.js'
import type { Bytes } from '../../src/wire/bytes.js'
import { createTestCa, createTestCertificate, type TestCertificate } from './certificates.js'
import { sharedTestKey, signWithTestKey, type TestKeyType, type TestSignature } from './test-keys.js'

export const testServerName = 'server.test'

/** A server's chain and key, with the CA that vouches for it. */
export interface ServerIdentity {
  readonly ca: TestCertificate
  readonly certificate: TestCertificate
  /** What its CertificateVerify is signed with, unless told otherwise. */
  readonly scheme: SignatureSchemeName
}

const identities = new Map<TestKeyType, Promise<ServerIdentity>>()

/** The same for the same key type within one test file. */
export function serverIdentity(keyType: TestKeyType = 'ecdsa-p256'): Promise<ServerIdentity> {
  const known = identities.get(keyType) ?? makeIdentity(keyType)
  identities.set(keyType, known)
  return known
}

async function makeIdentity(keyType: TestKeyType): Promise<ServerIdentity> {
  sharedCa ??= createTestCa()
  const ca = await sharedCa
  const key = await sharedTestKey(keyType)
  return {
    ca,
    certificate: await createTestCertificate({ ca, key, dnsNames: [testServerName] }),
    scheme: defaultSchemes[keyType],
  }
}

let sharedCa: Promise<TestCertificate> | undefined

const defaultSchemes: Readonly<Record<TestKeyType, SignatureSchemeName>> = {
  'ecdsa-p256': 'ecdsa_secp256r1_sha256',
  'ecdsa-p384': 'ecdsa_secp384r1_sha384',
  'ecdsa-p521': 'ecdsa_secp521r1_sha512',
  rsa2048: 'rsa_pss_rsae_sha256',
  rsa3072: 'rsa_pss_rsae_sha256',
  rsa4096: 'rsa_pss_rsae_sha256',
  'rsa-pss': 'rsa_pss_pss_sha256',
  ed25519: 'ed25519',
}

/** A signature of any scheme that the key can make, fitting or not. */
export async function signWithScheme(
  { certificate }: ServerIdentity,
  scheme: SignatureSchemeName,
  content: Bytes,
): Promise<Bytes> {
  const signature = signatures[scheme]
  if (!signature) throw new Error(`no test key signs ${scheme}`)
  return await signWithTestKey(certificate.key, signature, content)
}

const signatures: { readonly [S in SignatureSchemeName]?: TestSignature } = {
  ecdsa_secp256r1_sha256: 'ecdsa-sha256',
  ecdsa_secp384r1_sha384: 'ecdsa-sha384',
  ecdsa_secp521r1_sha512: 'ecdsa-sha512',
  ed25519: 'ed25519',
  rsa_pss_rsae_sha256: 'pss-sha256',
  rsa_pss_rsae_sha384: 'pss-sha384',
  rsa_pss_rsae_sha512: 'pss-sha512',
  rsa_pss_pss_sha256: 'pss-sha256',
  rsa_pss_pss_sha384: 'pss-sha384',
  rsa_pss_pss_sha512: 'pss-sha512',
  rsa_pkcs1_sha256: 'rsa-sha256',
  rsa_pkcs1_sha384: 'rsa-sha384',
  rsa_pkcs1_sha512: 'rsa-sha512',
  rsa_pkcs1_sha256_legacy: 'rsa-sha256',
  rsa_pkcs1_sha384_legacy: 'rsa-sha384',
  rsa_pkcs1_sha512_legacy: 'rsa-sha512',
}

export const schemeCode = (name: SignatureSchemeName): number => SignatureScheme[name]
