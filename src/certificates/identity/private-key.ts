import type { CryptoProvider } from '../../crypto/provider.js'
import { ecdsaSignatureToDer } from '../../crypto/signature/ecdsa-der.js'
import { type PublicKey, publicKeyName } from '../../crypto/signature/public-key.js'
import type { SignatureAlgorithm } from '../../crypto/signature/signature-algorithm.js'
import { TlsError } from '../../errors/tls-error.js'
import type { Bytes } from '../../wire/bytes.js'
import { isObject } from '../../wire/is-object.js'
import { pkcs8Of } from './pkcs8.js'

/**
 * A CryptoKey that may sign, PEM text (PKCS #8, SEC 1 or PKCS #1), or the DER of PKCS #8. A CryptoKey of
 * RSASSA-PKCS1-v1_5 is for clients, and for servers and policies that take the signatures of RFC 9963.
 */
export type PrivateKeySource = CryptoKey | string | Uint8Array

/** A private key at work. */
export interface SigningKey {
  /** Whether it can make signatures of this kind; a CryptoKey of RSA is bound to one hash. */
  canSign(algorithm: SignatureAlgorithm): boolean
  /** The signature as TLS and X.509 carry it. */
  sign(algorithm: SignatureAlgorithm, content: Bytes): Promise<Bytes>
}

/**
 * @param publicKey of the certificate that the key belongs to
 * @throws TlsError `invalid_argument` for a key that cannot be read or is of another kind than the certificate's
 */
export async function loadPrivateKey(
  provider: CryptoProvider,
  source: PrivateKeySource,
  publicKey: PublicKey,
): Promise<SigningKey> {
  if (typeof source !== 'string' && !(source instanceof Uint8Array)) {
    if (!isCryptoKey(source)) throw invalid('the privateKey is a CryptoKey, PEM text, or the DER of PKCS #8')
    return cryptoKeySigner(provider, source, publicKey)
  }
  const pkcs8 = pkcs8Of(source, publicKey)
  // all at once: a caller may wipe its bytes afterwards, and none of ours are kept
  const keys = new Map<string, CryptoKey>()
  await Promise.all(
    algorithmsOf(publicKey).map(async (algorithm) => {
      const parameters = importParameters(publicKey, algorithm)
      keys.set(JSON.stringify(parameters), await importPrivateKey(provider, pkcs8, parameters, publicKey))
    }),
  )
  return {
    // RFC 9963 section 2: a key that can do PSS should do no other
    canSign: ({ kind }) => kind !== 'rsa-pkcs1',
    async sign(algorithm, content) {
      const key = keys.get(JSON.stringify(importParameters(publicKey, algorithm)))
      if (!key) throw invalid(`the privateKey makes no signatures of ${JSON.stringify(algorithm)}`)
      return await sign(provider, key, algorithm, content)
    },
  }
}

function cryptoKeySigner(provider: CryptoProvider, key: CryptoKey, publicKey: PublicKey): SigningKey {
  const expected = importParameters(publicKey, firstAlgorithm(publicKey))
  const { name, namedCurve, hash } = key.algorithm as { name: string; namedCurve?: string; hash?: { name: string } }
  if (key.type !== 'private' || !key.usages.includes('sign')) {
    throw invalid(
      `the privateKey is a ${key.type} CryptoKey with the usages [${key.usages}], not a private one for "sign"`,
    )
  }
  const isLegacy = name === 'RSASSA-PKCS1-v1_5' && publicKey.kind === 'rsa'
  if ((name !== expected.name && !isLegacy) || namedCurve !== (expected as EcKeyImportParams).namedCurve) {
    throw invalid(`the privateKey is of ${namedCurve ?? name}, the certificate's key of ${publicKeyName(publicKey)}`)
  }
  return {
    canSign: (algorithm) =>
      (algorithm.kind === 'rsa-pkcs1') === isLegacy &&
      (hash === undefined || ('hash' in algorithm && hash.name === algorithm.hash)),
    sign: (algorithm, content) => sign(provider, key, algorithm, content),
  }
}

const isCryptoKey = (source: unknown): boolean => isObject(source) && 'algorithm' in source && 'usages' in source

async function importPrivateKey(
  { subtle }: CryptoProvider,
  pkcs8: Bytes,
  parameters: ImportParameters,
  publicKey: PublicKey,
): Promise<CryptoKey> {
  try {
    return await subtle.importKey('pkcs8', pkcs8, parameters, false, ['sign'])
  } catch (cause) {
    throw invalid(`the privateKey cannot be read as one for the certificate's ${publicKeyName(publicKey)} key`, cause)
  }
}

async function sign(
  { subtle }: CryptoProvider,
  key: CryptoKey,
  algorithm: SignatureAlgorithm,
  content: Bytes,
): Promise<Bytes> {
  const parameters =
    algorithm.kind === 'rsa-pss'
      ? { name: 'RSA-PSS', saltLength: algorithm.saltLength }
      : algorithm.kind === 'ecdsa'
        ? { name: 'ECDSA', hash: algorithm.hash }
        : { name: key.algorithm.name }
  const signature = new Uint8Array(await subtle.sign(parameters, key, content))
  return algorithm.kind === 'ecdsa' ? ecdsaSignatureToDer(signature) : signature
}

type ImportParameters = { readonly name: string } | RsaHashedImportParams | EcKeyImportParams

function importParameters(publicKey: PublicKey, algorithm: SignatureAlgorithm): ImportParameters {
  switch (publicKey.kind) {
    case 'ec':
      return { name: 'ECDSA', namedCurve: publicKey.curve }
    case 'rsa':
    case 'rsa-pss':
      return { name: 'RSA-PSS', hash: 'hash' in algorithm ? algorithm.hash : 'SHA-256' }
    case 'ed25519':
      return { name: 'Ed25519' }
    default:
      return { name: publicKey.kind.toUpperCase() }
  }
}

function firstAlgorithm(publicKey: PublicKey): SignatureAlgorithm {
  switch (publicKey.kind) {
    case 'ec':
      return { kind: 'ecdsa', hash: 'SHA-256' }
    case 'rsa':
    case 'rsa-pss':
      return { kind: 'rsa-pss', hash: 'SHA-256', saltLength: 32 }
    default:
      return { kind: publicKey.kind }
  }
}

/** One for each way in which WebCrypto imports the key: RSA's are bound to a hash. */
const algorithmsOf = (publicKey: PublicKey): readonly SignatureAlgorithm[] =>
  publicKey.kind === 'rsa' || publicKey.kind === 'rsa-pss'
    ? (['SHA-256', 'SHA-384', 'SHA-512'] as const).map((hash) => ({ kind: 'rsa-pss', hash, saltLength: 32 }))
    : [firstAlgorithm(publicKey)]

const invalid = (message: string, cause?: unknown) => new TlsError('invalid_argument', message, { cause })
