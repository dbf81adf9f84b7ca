import { TlsError } from '../../errors/tls-error.js'
import type { Bytes } from '../../wire/bytes.js'
import { derContext, derInteger, derNull, derObjectIdentifier, derSequence } from '../../wire/der/der-writer.js'
import type { CryptoProvider } from '../provider.js'
import { ecdsaSignatureToDer } from './ecdsa-der.js'

/** A signature as X.509 carries it. */
export interface X509Signature {
  /** DER of the AlgorithmIdentifier. */
  readonly algorithm: Bytes
  sign(data: Bytes): Promise<Bytes>
}

/**
 * How a private key signs certificates: ECDSA with the hash of the curve's strength, RSA with the hash that the key
 * was imported for, Ed25519. The algorithm must be known before the data, which contains it.
 */
export function x509SignatureOf(provider: CryptoProvider, privateKey: CryptoKey): X509Signature {
  const { name } = privateKey.algorithm
  const sign = async (parameters: Algorithm | EcdsaParams | RsaPssParams, data: Bytes): Promise<Bytes> =>
    new Uint8Array(await provider.subtle.sign(parameters, privateKey, data))
  switch (name) {
    case 'Ed25519':
      return { algorithm: identifier('1.3.101.112'), sign: (data) => sign({ name }, data) }
    case 'ECDSA': {
      const { hash, oid } = known(ecdsa, (privateKey.algorithm as EcKeyAlgorithm).namedCurve)
      return {
        algorithm: identifier(oid),
        sign: async (data) => ecdsaSignatureToDer(await sign({ name, hash }, data)),
      }
    }
    case 'RSASSA-PKCS1-v1_5': {
      const { pkcs1 } = known(rsa, hashName(privateKey))
      return { algorithm: identifier(pkcs1, derNull), sign: (data) => sign({ name }, data) }
    }
    case 'RSA-PSS': {
      const { hash, saltLength } = known(rsa, hashName(privateKey))
      return { algorithm: pssIdentifier(hash, saltLength), sign: (data) => sign({ name, saltLength }, data) }
    }
    default:
      throw new TlsError('invalid_argument', `a key of ${name} cannot sign certificates`)
  }
}

const identifier = (oid: string, ...parameters: readonly Bytes[]): Bytes =>
  derSequence(derObjectIdentifier(oid), ...parameters)

/** RFC 4055 section 3.1: MGF1 over the same hash, the salt of its length. */
function pssIdentifier(hashOid: string, saltLength: number): Bytes {
  const hash = identifier(hashOid, derNull)
  return identifier(
    '1.2.840.113549.1.1.10',
    derSequence(
      derContext(0, hash),
      derContext(1, identifier('1.2.840.113549.1.1.8', hash)),
      derContext(2, derInteger(saltLength)),
    ),
  )
}

const hashName = (key: CryptoKey): string => (key.algorithm as RsaHashedKeyAlgorithm).hash.name

function known<T>(table: Readonly<Record<string, T | undefined>>, name: string): T {
  const entry = table[name]
  if (entry === undefined) throw new TlsError('invalid_argument', `a key of ${name} cannot sign certificates`)
  return entry
}

const ecdsa: Readonly<Record<string, { hash: string; oid: string } | undefined>> = {
  'P-256': { hash: 'SHA-256', oid: '1.2.840.10045.4.3.2' },
  'P-384': { hash: 'SHA-384', oid: '1.2.840.10045.4.3.3' },
  'P-521': { hash: 'SHA-512', oid: '1.2.840.10045.4.3.4' },
}

const rsa: Readonly<Record<string, { pkcs1: string; hash: string; saltLength: number } | undefined>> = {
  'SHA-256': { pkcs1: '1.2.840.113549.1.1.11', hash: '2.16.840.1.101.3.4.2.1', saltLength: 32 },
  'SHA-384': { pkcs1: '1.2.840.113549.1.1.12', hash: '2.16.840.1.101.3.4.2.2', saltLength: 48 },
  'SHA-512': { pkcs1: '1.2.840.113549.1.1.13', hash: '2.16.840.1.101.3.4.2.3', saltLength: 64 },
}
