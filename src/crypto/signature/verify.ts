import { TlsError } from '../../errors/tls-error.js'
import type { Bytes } from '../../wire/bytes.js'
import type { CryptoProvider } from '../provider.js'
import { ecdsaSignatureFromDer } from './ecdsa-der.js'
import {
  defaultPublicKeyLimits,
  type PublicKey,
  type PublicKeyLimits,
  parseSubjectPublicKeyInfo,
  publicKeyName,
  type RsaPublicKey,
} from './public-key.js'
import { keyFits, type SignatureAlgorithm, signatureAlgorithmName } from './signature-algorithm.js'

/**
 * Whether `signature`, as TLS and X.509 carry it, is the key's over `data`. A signature that is wrong or malformed is
 * `false`; a key that cannot be used, or not with this algorithm, throws.
 */
export async function verifySignature(
  provider: CryptoProvider,
  subjectPublicKeyInfo: Bytes,
  algorithm: SignatureAlgorithm,
  signature: Bytes,
  data: Bytes,
  limits: PublicKeyLimits = defaultPublicKeyLimits,
): Promise<boolean> {
  const publicKey = parseSubjectPublicKeyInfo(subjectPublicKeyInfo, limits)
  if (!keyFits(publicKey, algorithm)) {
    throw new TlsError(
      'certificate_unsupported',
      `an ${publicKeyName(publicKey)} key cannot verify ${signatureAlgorithmName(algorithm)}`,
    )
  }
  const key = await importPublicKey(provider, subjectPublicKeyInfo, publicKey, algorithm)
  const bytes = publicKey.kind === 'ec' ? ecdsaOrUndefined(signature, publicKey.fieldBytes) : signature
  if (bytes === undefined) return false
  try {
    return await provider.subtle.verify(verifyParameters(algorithm), key, bytes, data)
  } catch {
    // engines throw for signatures of impossible form (lengths, r or s out of range): they are wrong ones
    return false
  }
}

async function importPublicKey(
  { subtle }: CryptoProvider,
  subjectPublicKeyInfo: Bytes,
  publicKey: PublicKey,
  algorithm: SignatureAlgorithm,
): Promise<CryptoKey> {
  const parameters = importParameters(publicKey, algorithm)
  try {
    // Node takes three times as long and more to read the same keys from DER
    switch (publicKey.kind) {
      case 'ec':
        return await subtle.importKey('raw', publicKey.point, parameters, false, ['verify'])
      case 'rsa':
      case 'rsa-pss':
        return await subtle.importKey('jwk', rsaJwk(publicKey), parameters, false, ['verify'])
      default:
        return await subtle.importKey('spki', subjectPublicKeyInfo, parameters, false, ['verify'])
    }
  } catch (cause) {
    throw new TlsError(
      'certificate_unsupported',
      `this runtime's WebCrypto refuses the ${publicKeyName(publicKey)} public key`,
      { cause },
    )
  }
}

/** RFC 7518 section 6.3.1. It tells nothing of id-RSASSA-PSS, which engines refuse. */
const rsaJwk = ({ modulus, exponent }: RsaPublicKey): JsonWebKey => ({
  kty: 'RSA',
  n: base64url(modulus),
  e: base64url(exponent),
})

const base64url = (bytes: Bytes): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

function importParameters(key: PublicKey, algorithm: SignatureAlgorithm): Algorithm | RsaHashedImportParams {
  if (key.kind === 'ec') return { name: 'ECDSA', namedCurve: key.curve } as EcKeyImportParams
  switch (algorithm.kind) {
    case 'rsa-pkcs1':
      return { name: 'RSASSA-PKCS1-v1_5', hash: algorithm.hash }
    case 'rsa-pss':
      return { name: 'RSA-PSS', hash: algorithm.hash }
    default:
      return { name: algorithm.kind === 'ed25519' ? 'Ed25519' : algorithm.kind.toUpperCase() }
  }
}

function verifyParameters(algorithm: SignatureAlgorithm): Algorithm | EcdsaParams | RsaPssParams {
  switch (algorithm.kind) {
    case 'ecdsa':
      return { name: 'ECDSA', hash: algorithm.hash }
    case 'rsa-pkcs1':
      return { name: 'RSASSA-PKCS1-v1_5' }
    case 'rsa-pss':
      return { name: 'RSA-PSS', saltLength: algorithm.saltLength }
    default:
      return { name: algorithm.kind === 'ed25519' ? 'Ed25519' : algorithm.kind.toUpperCase() }
  }
}

function ecdsaOrUndefined(signature: Bytes, fieldBytes: number): Bytes | undefined {
  try {
    return ecdsaSignatureFromDer(signature, fieldBytes)
  } catch {
    return undefined
  }
}
