import type { Bytes } from '../../src/wire/bytes.js'
import { concatBytes } from '../../src/wire/bytes.js'
import { derElement, derInteger, derObjectIdentifier, derSequence } from '../../src/wire/der/der-writer.js'

export type TestKeyType =
  | 'ecdsa-p256'
  | 'ecdsa-p384'
  | 'ecdsa-p521'
  | 'rsa2048'
  | 'rsa3072'
  | 'rsa4096'
  | 'rsa-pss'
  | 'ed25519'

/** A key pair of tests: never a secret. */
export interface TestKey {
  readonly type: TestKeyType
  /** Extractable. For both kinds of RSA it is an RSA-PSS key over SHA-256, as TLS 1.3 needs it. */
  readonly privateKey: CryptoKey
  /** DER of the SubjectPublicKeyInfo; for `rsa-pss` with id-RSASSA-PSS and no parameters. */
  readonly subjectPublicKeyInfo: Bytes
  /** PKCS #8 DER; for `rsa-pss` with id-RSASSA-PSS, as OpenSSL and Node write it. */
  readonly pkcs8: Bytes
  readonly pkcs8Pem: string
}

/** A signature algorithm of a test certificate: `sha256WithRSAEncryption` and the like. */
export type TestSignature =
  | 'ecdsa-sha1'
  | 'ecdsa-sha256'
  | 'ecdsa-sha384'
  | 'ecdsa-sha512'
  /** Says MD5 and is made with SHA-1: nobody gets as far as to verify it. */
  | 'rsa-md5'
  | 'rsa-sha1'
  | 'rsa-sha256'
  | 'rsa-sha384'
  | 'rsa-sha512'
  | 'pss-sha256'
  | 'pss-sha384'
  | 'pss-sha512'
  | 'ed25519'

export async function generateTestKey(type: TestKeyType = 'ecdsa-p256'): Promise<TestKey> {
  const pair = (await subtle.generateKey(generationParameters(type), true, ['sign', 'verify'])) as CryptoKeyPair
  const spki = new Uint8Array(await subtle.exportKey('spki', pair.publicKey))
  const pkcs8 = new Uint8Array(await subtle.exportKey('pkcs8', pair.privateKey))
  const isPss = type === 'rsa-pss'
  const shownPkcs8 = isPss ? replaceRsaAlgorithm(pkcs8) : pkcs8
  return {
    type,
    privateKey: pair.privateKey,
    subjectPublicKeyInfo: isPss ? replaceRsaAlgorithm(spki) : spki,
    pkcs8: shownPkcs8,
    pkcs8Pem: toPem('PRIVATE KEY', shownPkcs8),
  }
}

const sharedKeys = new Map<string, Promise<TestKey>>()

/** The same key for the same type and label within one test file: RSA keys are slow to make. */
export function sharedTestKey(type: TestKeyType, label = ''): Promise<TestKey> {
  const id = `${type} ${label}`
  const known = sharedKeys.get(id) ?? generateTestKey(type)
  sharedKeys.set(id, known)
  return known
}

export const defaultSignature = (type: TestKeyType): TestSignature => defaultSignatures[type]

/** DER of the AlgorithmIdentifier. */
export const signatureAlgorithmIdentifier = (signature: TestSignature): Bytes => algorithmIdentifiers[signature]()

/** A signature as it stands in a certificate: DER for ECDSA. */
export async function signWithTestKey(key: TestKey, signature: TestSignature, data: Bytes): Promise<Bytes> {
  const [scheme, digest = ''] = signature.replace('md5', 'sha1').split('-sha')
  const hash = `SHA-${digest}`
  if (scheme === 'ed25519') return new Uint8Array(await subtle.sign('Ed25519', key.privateKey, data))
  if (scheme === 'ecdsa')
    return ecdsaToDer(new Uint8Array(await subtle.sign({ name: 'ECDSA', hash }, key.privateKey, data)))
  const jwk = await subtle.exportKey('jwk', key.privateKey)
  const { alg: _alg, key_ops: _operations, ...keyMaterial } = jwk
  const name = scheme === 'pss' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5'
  const signer = await subtle.importKey('jwk', keyMaterial, { name, hash }, false, ['sign'])
  return new Uint8Array(await subtle.sign({ name, saltLength: Number(digest) / 8 }, signer, data))
}

export function toPem(label: string, der: Uint8Array): string {
  const base64 = btoa(Array.from(der, (byte) => String.fromCharCode(byte)).join(''))
  return `-----BEGIN ${label}-----\n${base64.replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`
}

const subtle = globalThis.crypto.subtle

function generationParameters(type: TestKeyType): RsaHashedKeyGenParams | EcKeyGenParams | Algorithm {
  if (type === 'ed25519') return { name: 'Ed25519' }
  if (type.startsWith('ecdsa-p')) return { name: 'ECDSA', namedCurve: `P-${type.slice('ecdsa-p'.length)}` }
  const modulusLength = type === 'rsa-pss' ? 2048 : Number(type.slice('rsa'.length))
  return { name: 'RSA-PSS', modulusLength, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' }
}

const defaultSignatures: Record<TestKeyType, TestSignature> = {
  'ecdsa-p256': 'ecdsa-sha256',
  'ecdsa-p384': 'ecdsa-sha384',
  'ecdsa-p521': 'ecdsa-sha512',
  rsa2048: 'rsa-sha256',
  rsa3072: 'rsa-sha256',
  rsa4096: 'rsa-sha256',
  'rsa-pss': 'pss-sha256',
  ed25519: 'ed25519',
}

const plain = (oid: string) => () => derSequence(derObjectIdentifier(oid))
const withNull = (oid: string) => () => derSequence(derObjectIdentifier(oid), Uint8Array.of(5, 0))

/** RSASSA-PSS-params with MGF1 over the same hash and a salt of its length: RFC 4055 section 3.1. */
const pss = (hashArc: number, saltLength: number) => () => {
  const hash = derSequence(derObjectIdentifier(`2.16.840.1.101.3.4.2.${hashArc}`), Uint8Array.of(5, 0))
  return derSequence(
    derObjectIdentifier('1.2.840.113549.1.1.10'),
    derSequence(
      derElement(0xa0, hash),
      derElement(0xa1, derSequence(derObjectIdentifier('1.2.840.113549.1.1.8'), hash)),
      derElement(0xa2, derInteger(saltLength)),
    ),
  )
}

const algorithmIdentifiers: Record<TestSignature, () => Bytes> = {
  'ecdsa-sha1': plain('1.2.840.10045.4.1'),
  'ecdsa-sha256': plain('1.2.840.10045.4.3.2'),
  'ecdsa-sha384': plain('1.2.840.10045.4.3.3'),
  'ecdsa-sha512': plain('1.2.840.10045.4.3.4'),
  'rsa-md5': withNull('1.2.840.113549.1.1.4'),
  'rsa-sha1': withNull('1.2.840.113549.1.1.5'),
  'rsa-sha256': withNull('1.2.840.113549.1.1.11'),
  'rsa-sha384': withNull('1.2.840.113549.1.1.12'),
  'rsa-sha512': withNull('1.2.840.113549.1.1.13'),
  'pss-sha256': pss(1, 32),
  'pss-sha384': pss(2, 48),
  'pss-sha512': pss(3, 64),
  ed25519: plain('1.3.101.112'),
}

function ecdsaToDer(signature: Bytes): Bytes {
  const half = signature.length / 2
  return derSequence(derInteger(signature.subarray(0, half)), derInteger(signature.subarray(half)))
}

/** WebCrypto knows rsaEncryption only; peers that offer rsa_pss_pss_* need id-RSASSA-PSS in key and certificate. */
function replaceRsaAlgorithm(der: Bytes): Bytes {
  const pssAlgorithm = derSequence(derObjectIdentifier('1.2.840.113549.1.1.10'))
  const contents = der.subarray(4) // an RSA key of 2048 bits or more: SEQUENCE with two bytes of length
  const version = contents[0] === 0x02 ? contents.subarray(0, 3) : new Uint8Array(0)
  const algorithmLength = 15 // SEQUENCE { rsaEncryption, NULL }
  return derSequence(concatBytes(version, pssAlgorithm, contents.subarray(version.length + algorithmLength)))
}
