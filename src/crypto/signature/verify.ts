import { TlsError } from '../../errors/tls-error.js'
import type { Bytes } from '../../wire/bytes.js'
import { derBitString, derNull, derObjectIdentifier, derSequence } from '../../wire/der/der-writer.js'
import type { CryptoProvider } from '../provider.js'
import { ecdsaSignatureFromDer } from './ecdsa-der.js'
import {
  defaultPublicKeyLimits,
  type PublicKey,
  type PublicKeyLimits,
  parseSubjectPublicKeyInfo,
  publicKeyName,
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
    // Node takes three times as long to read the same key from DER
    if (publicKey.kind === 'ec') return await subtle.importKey('raw', publicKey.point, parameters, false, ['verify'])
    // engines refuse id-RSASSA-PSS: the same key is shown to them as rsaEncryption
    const spki =
      publicKey.kind === 'rsa-pss' ? derSequence(rsaEncryption, derBitString(publicKey.pkcs1)) : subjectPublicKeyInfo
    return await subtle.importKey('spki', spki, parameters, false, ['verify'])
  } catch (cause) {
    throw new TlsError(
      'certificate_unsupported',
      `this runtime's WebCrypto refuses the ${publicKeyName(publicKey)} public key`,
      { cause },
    )
  }
}

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

const rsaEncryption = derSequence(derObjectIdentifier('1.2.840.113549.1.1.1'), derNull)
