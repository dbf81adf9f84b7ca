import { TlsError } from '../../errors/tls-error.js'
import type { Bytes } from '../../wire/bytes.js'
import { type DerReader, readDer } from '../../wire/der/der-reader.js'
import { DerTag } from '../../wire/der/der-tag.js'
import { type PssParameters, readPssParameters } from './pss-parameters.js'

export type EcCurve = 'P-256' | 'P-384' | 'P-521'
export type MlDsaKind = 'ml-dsa-44' | 'ml-dsa-65' | 'ml-dsa-87'

/** A SubjectPublicKeyInfo of a kind that can verify signatures here. */
export type PublicKey = RsaPublicKey | EcPublicKey | RawPublicKey

export interface RsaPublicKey {
  /** `rsa`: rsaEncryption (RFC 3279 section 2.3.1). `rsa-pss`: id-RSASSA-PSS (RFC 4055 section 3.1). */
  readonly kind: 'rsa' | 'rsa-pss'
  /** The modulus's length in bits. */
  readonly bits: number
  /** Both without a sign: the first byte is not zero. */
  readonly modulus: Bytes
  readonly exponent: Bytes
  /** Of `rsa-pss`: what the key may be used with; `undefined` allows every hash. */
  readonly pssParameters: PssParameters | undefined
}

export interface EcPublicKey {
  readonly kind: 'ec'
  readonly curve: EcCurve
  /** Bytes of a field element, and of r and s in a signature. */
  readonly fieldBytes: number
  /** Uncompressed. */
  readonly point: Bytes
}

export interface RawPublicKey {
  readonly kind: 'ed25519' | MlDsaKind
}

export interface PublicKeyLimits {
  /** At least 2048 bits: NIST SP 800-131A, CA/Browser Forum section 6.1.5. */
  readonly minRsaBits: number
  /** The cost of a check grows with the square of the modulus; 8192 is twice what any public root uses. */
  readonly maxRsaBits: number
}

//= rfc9846#section-C.2 C.2-1
export const defaultPublicKeyLimits: PublicKeyLimits = { minRsaBits: 2048, maxRsaBits: 8192 }

/** Reads a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) strictly; a key that cannot or must not be used is refused. */
export function parseSubjectPublicKeyInfo(der: Bytes, limits: PublicKeyLimits = defaultPublicKeyLimits): PublicKey {
  return readDer(der, { what: 'SubjectPublicKeyInfo', code: 'certificate_malformed' }, (reader) =>
    reader.whole(DerTag.sequence, 'SubjectPublicKeyInfo', (spki) => {
      const algorithm = spki.sequence('algorithm')
      const oid = algorithm.objectIdentifier('algorithm')
      const read = readers[oid]
      if (read === undefined) throw unsupported(`the public key algorithm ${oid} is not supported`)
      const key = read(algorithm, spki, limits)
      algorithm.end('algorithm')
      return key
    }),
  )
}

/** For example `RSA 2048`, `EC P-256`, `Ed25519`. */
export function publicKeyName(key: PublicKey): string {
  if (key.kind === 'rsa') return `RSA ${key.bits}`
  if (key.kind === 'rsa-pss') return `RSA-PSS ${key.bits}`
  if (key.kind === 'ec') return `EC ${key.curve}`
  return key.kind === 'ed25519' ? 'Ed25519' : key.kind.toUpperCase()
}

type KeyReader = (algorithm: DerReader, spki: DerReader, limits: PublicKeyLimits) => PublicKey

const readRsa: KeyReader = (algorithm, spki, limits) => {
  algorithm.null('parameters') // RFC 3279 section 2.3.1: MUST be NULL
  return { kind: 'rsa', pssParameters: undefined, ...readRsaKey(spki, limits) }
}

const readRsaPss: KeyReader = (algorithm, spki, limits) => {
  const pssParameters = algorithm.isAtEnd ? undefined : readPssParameters(algorithm)
  return { kind: 'rsa-pss', pssParameters, ...readRsaKey(spki, limits) }
}

function readRsaKey(spki: DerReader, limits: PublicKeyLimits): Pick<RsaPublicKey, 'bits' | 'modulus' | 'exponent'> {
  const pkcs1 = spki.bitStringBytes('subjectPublicKey')
  const [modulus, exponent] = readDer(pkcs1, { what: 'RSAPublicKey', code: 'certificate_malformed' }, (reader) =>
    reader.whole(DerTag.sequence, 'RSAPublicKey', (key) => [key.integer('modulus'), key.integer('publicExponent')]),
  ) as [Bytes, Bytes]
  const bits = positiveBits(modulus)
  if (bits < limits.minRsaBits || bits > limits.maxRsaBits) {
    throw unsupported(`the RSA key has ${bits} bits, allowed are ${limits.minRsaBits} to ${limits.maxRsaBits}`)
  }
  const exponentBits = positiveBits(exponent)
  // e = 1 signs nothing, an even e or n is no RSA key, and a long e only costs time
  if (isEven(modulus) || isEven(exponent) || exponentBits < 2 || exponentBits > 32) {
    throw unsupported('the RSA key is not sound: an odd modulus and an odd exponent from 3 to 2^32 - 1 are needed')
  }
  return { bits, modulus: withoutSign(modulus), exponent: withoutSign(exponent) }
}

/** Named curves and uncompressed points only: RFC 5480 section 2.1.1 and 2.2. */
const readEc: KeyReader = (algorithm, spki) => {
  if (algorithm.nextTag !== DerTag.objectIdentifier) throw unsupported('the EC key does not use a named curve')
  const oid = algorithm.objectIdentifier('namedCurve')
  const curve = curves[oid]
  if (curve === undefined) throw unsupported(`the curve ${oid} is not supported, only P-256, P-384 and P-521`)
  const point = spki.bitStringBytes('subjectPublicKey')
  if (point[0] !== 4 || point.length !== 1 + 2 * curve.fieldBytes) {
    throw unsupported(`the EC key is not an uncompressed point of ${curve.curve}`)
  }
  return { kind: 'ec', ...curve, point }
}

/** Without parameters: RFC 8410 section 3, RFC 9881 section 2. */
const readRaw =
  (kind: RawPublicKey['kind'], length: number): KeyReader =>
  (_algorithm, spki) => {
    const key = spki.bitStringBytes('subjectPublicKey')
    if (key.length !== length) throw unsupported(`the ${kind} key has ${key.length} bytes instead of ${length}`)
    return { kind }
  }

const curves: Readonly<Record<string, { curve: EcCurve; fieldBytes: number } | undefined>> = {
  '1.2.840.10045.3.1.7': { curve: 'P-256', fieldBytes: 32 },
  '1.3.132.0.34': { curve: 'P-384', fieldBytes: 48 },
  '1.3.132.0.35': { curve: 'P-521', fieldBytes: 66 },
}

const readers: Readonly<Record<string, KeyReader | undefined>> = {
  '1.2.840.113549.1.1.1': readRsa,
  '1.2.840.113549.1.1.10': readRsaPss,
  '1.2.840.10045.2.1': readEc,
  '1.3.101.112': readRaw('ed25519', 32),
  '2.16.840.1.101.3.4.3.17': readRaw('ml-dsa-44', 1312),
  '2.16.840.1.101.3.4.3.18': readRaw('ml-dsa-65', 1952),
  '2.16.840.1.101.3.4.3.19': readRaw('ml-dsa-87', 2592),
}

const withoutSign = (integer: Bytes): Bytes => (integer[0] === 0 ? integer.subarray(1) : integer)

/** Of a number that is not negative; 0 for one that is. */
function positiveBits(integer: Bytes): number {
  const digits = withoutSign(integer)
  const [first] = digits
  return first === undefined || (integer[0] ?? 0) >= 0x80 ? 0 : digits.length * 8 - Math.clz32(first) + 24
}

const isEven = (integer: Bytes): boolean => ((integer[integer.length - 1] ?? 0) & 1) === 0

const unsupported = (message: string): TlsError => new TlsError('certificate_unsupported', message)
