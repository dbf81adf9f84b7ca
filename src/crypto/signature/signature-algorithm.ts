import { TlsError } from '../../errors/tls-error.js'
import type { Bytes } from '../../wire/bytes.js'
import { type DerReader, readDer } from '../../wire/der/der-reader.js'
import { DerTag } from '../../wire/der/der-tag.js'
import { readPssParameters, type SignatureHash } from './pss-parameters.js'
import type { EcCurve, MlDsaKind, PublicKey } from './public-key.js'

/** How a signature was made; SHA-1, MD5 and SHA-224 have no name here and so cannot be accepted. */
export type SignatureAlgorithm =
  | { readonly kind: 'ecdsa'; readonly hash: SignatureHash; readonly curve?: EcCurve }
  | { readonly kind: 'rsa-pkcs1'; readonly hash: SignatureHash }
  | { readonly kind: 'rsa-pss'; readonly hash: SignatureHash; readonly saltLength: number }
  | { readonly kind: 'ed25519' }
  | { readonly kind: MlDsaKind }

/** Reads a signature's AlgorithmIdentifier: RFC 5280 section 4.1.1.2, parameters exactly as their RFC has them. */
export function parseSignatureAlgorithm(der: Bytes): SignatureAlgorithm {
  return readDer(der, { what: 'signature algorithm', code: 'certificate_unsupported' }, (reader) =>
    reader.whole(DerTag.sequence, 'AlgorithmIdentifier', (identifier) => {
      const oid = identifier.objectIdentifier('algorithm')
      const read = readers[oid]
      if (read !== undefined) return read(identifier)
      const weak = weakAlgorithms[oid]
      if (weak === undefined) {
        throw new TlsError('certificate_unsupported', `the signature algorithm ${oid} is not supported`)
      }
      throw new TlsError('certificate_invalid', `the signature algorithm ${weak} is too weak to be accepted`)
    }),
  )
}

/** The name of an algorithm that is known to be too weak, for example `sha1WithRSAEncryption`. */
export function weakAlgorithmName(der: Bytes): string | undefined {
  try {
    return readDer(der, { what: 'signature algorithm', code: 'certificate_unsupported' }, (reader) =>
      reader.whole(DerTag.sequence, 'AlgorithmIdentifier', (identifier) => {
        const oid = identifier.objectIdentifier('algorithm')
        if (!identifier.isAtEnd) identifier.element('parameters')
        return weakAlgorithms[oid]
      }),
    )
  } catch {
    return undefined
  }
}

/** Whether a key of this kind can have made such a signature at all. */
export function keyFits(key: PublicKey, algorithm: SignatureAlgorithm): boolean {
  switch (algorithm.kind) {
    case 'ecdsa':
      return key.kind === 'ec' && (algorithm.curve === undefined || algorithm.curve === key.curve)
    case 'rsa-pkcs1':
      return key.kind === 'rsa'
    case 'rsa-pss':
      if (key.kind === 'rsa') return true
      if (key.kind !== 'rsa-pss') return false
      // RFC 4055 section 3.3: the key's parameters bind the hash, and the salt from below
      return (
        key.pssParameters === undefined ||
        (key.pssParameters.hash === algorithm.hash && key.pssParameters.saltLength <= algorithm.saltLength)
      )
    default:
      return key.kind === algorithm.kind
  }
}

/** For example `ECDSA with SHA-256`. */
export function signatureAlgorithmName(algorithm: SignatureAlgorithm): string {
  switch (algorithm.kind) {
    case 'ecdsa':
      return `ECDSA with ${algorithm.hash}`
    case 'rsa-pkcs1':
      return `RSA PKCS #1 with ${algorithm.hash}`
    case 'rsa-pss':
      return `RSA-PSS with ${algorithm.hash}`
    default:
      return algorithm.kind === 'ed25519' ? 'Ed25519' : algorithm.kind.toUpperCase()
  }
}

type AlgorithmReader = (identifier: DerReader) => SignatureAlgorithm

/** RFC 4055 section 5: NULL; RFC 8017 has it accepted absent too, and nothing else. */
const rsa =
  (hash: SignatureHash): AlgorithmReader =>
  (identifier) => {
    if (!identifier.isAtEnd) identifier.null('parameters')
    return { kind: 'rsa-pkcs1', hash }
  }

/** RFC 5758 section 3.2, RFC 8410 section 3, RFC 9881 section 2: parameters absent, which `whole` sees to. */
const withoutParameters =
  (algorithm: SignatureAlgorithm): AlgorithmReader =>
  () =>
    algorithm

//= rfc9846#section-4.5.1.3 4.5.1.3-6
const readers: Readonly<Record<string, AlgorithmReader | undefined>> = {
  '1.2.840.10045.4.3.2': withoutParameters({ kind: 'ecdsa', hash: 'SHA-256' }),
  '1.2.840.10045.4.3.3': withoutParameters({ kind: 'ecdsa', hash: 'SHA-384' }),
  '1.2.840.10045.4.3.4': withoutParameters({ kind: 'ecdsa', hash: 'SHA-512' }),
  '1.2.840.113549.1.1.11': rsa('SHA-256'),
  '1.2.840.113549.1.1.12': rsa('SHA-384'),
  '1.2.840.113549.1.1.13': rsa('SHA-512'),
  '1.2.840.113549.1.1.10': (identifier) => ({ kind: 'rsa-pss', ...readPssParameters(identifier) }),
  '1.3.101.112': withoutParameters({ kind: 'ed25519' }),
  '2.16.840.1.101.3.4.3.17': withoutParameters({ kind: 'ml-dsa-44' }),
  '2.16.840.1.101.3.4.3.18': withoutParameters({ kind: 'ml-dsa-65' }),
  '2.16.840.1.101.3.4.3.19': withoutParameters({ kind: 'ml-dsa-87' }),
}

const weakAlgorithms: Readonly<Record<string, string | undefined>> = {
  '1.2.840.113549.1.1.2': 'md2WithRSAEncryption',
  '1.2.840.113549.1.1.4': 'md5WithRSAEncryption',
  '1.2.840.113549.1.1.5': 'sha1WithRSAEncryption',
  '1.2.840.113549.1.1.14': 'sha224WithRSAEncryption',
  '1.2.840.10040.4.3': 'dsa-with-sha1',
  '1.2.840.10045.4.1': 'ecdsa-with-SHA1',
  '1.2.840.10045.4.3.1': 'ecdsa-with-SHA224',
}
