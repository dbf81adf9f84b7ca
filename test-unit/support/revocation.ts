import type { Bytes } from '../../src/wire/bytes.js'
import {
  derBitString,
  derBoolean,
  derContext,
  derContextPrimitive,
  derElement,
  derEnumerated,
  derGeneralizedTime,
  derInteger,
  derNull,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derTime,
} from '../../src/wire/der/der-writer.js'
import { daysFromNow, type TestCertificate, type TestExtension } from './certificates.js'
import { defaultSignature, signatureAlgorithmIdentifier, signWithTestKey, type TestKey } from './test-keys.js'

export interface TestCrlOptions {
  readonly revoked?: readonly TestCertificate[]
  readonly thisUpdate?: Date
  readonly nextUpdate?: Date
  /** After the CRL number, which is always there. */
  readonly extensions?: readonly TestExtension[]
  /** Other than the CA's own. */
  readonly key?: TestKey
}

/** A CRL of version 2: RFC 5280 section 5. */
export async function createTestCrl(ca: TestCertificate, options: TestCrlOptions = {}): Promise<Bytes> {
  const key = options.key ?? ca.key
  const signature = defaultSignature(key.type)
  const algorithm = signatureAlgorithmIdentifier(signature)
  const entries = (options.revoked ?? []).map(({ der }) => derSequence(serialNumberOf(der), derTime(daysFromNow(-1))))
  const extensions = [{ oid: '2.5.29.20', value: derInteger(7) }, ...(options.extensions ?? [])]
  const tbs = derSequence(
    derInteger(1),
    algorithm,
    ca.subject,
    derTime(options.thisUpdate ?? daysFromNow(-1)),
    derTime(options.nextUpdate ?? daysFromNow(7)),
    ...(entries.length === 0 ? [] : [derSequence(...entries)]),
    derContext(0, derSequence(...extensions.map(encodeExtension))),
  )
  return derSequence(tbs, algorithm, derBitString(await signWithTestKey(key, signature, tbs)))
}

export interface TestOcspOptions {
  readonly status?: 'good' | 'revoked' | 'unknown'
  readonly thisUpdate?: Date
  readonly nextUpdate?: Date
  /** Who signs; the CA itself when absent. */
  readonly responder?: TestCertificate
  /** Sends the responder's certificate along. */
  readonly includeResponder?: boolean
  readonly key?: TestKey
  readonly responseStatus?: number
}

/** An OCSPResponse for one certificate, identified by SHA-1 as all responders do: RFC 6960 section 4.2. */
export async function createTestOcspResponse(
  certificate: TestCertificate,
  ca: TestCertificate,
  options: TestOcspOptions = {},
): Promise<Bytes> {
  const responder = options.responder ?? ca
  const key = options.key ?? responder.key
  const signature = defaultSignature(key.type)
  const certId = derSequence(
    derSequence(derObjectIdentifier('1.3.14.3.2.26'), derNull),
    derOctetString(await sha1(ca.subject)),
    derOctetString(await sha1(publicKeyOf(ca))),
    serialNumberOf(certificate.der),
  )
  const single = derSequence(
    certId,
    statuses[options.status ?? 'good'](),
    derGeneralizedTime(options.thisUpdate ?? daysFromNow(-1)),
    derContext(0, derGeneralizedTime(options.nextUpdate ?? daysFromNow(3))),
  )
  const data = derSequence(
    derContext(2, derOctetString(await sha1(publicKeyOf(responder)))),
    derGeneralizedTime(daysFromNow(-1)),
    derSequence(single),
  )
  const basic = derSequence(
    data,
    signatureAlgorithmIdentifier(signature),
    derBitString(await signWithTestKey(key, signature, data)),
    ...(options.includeResponder ? [derContext(0, derSequence(responder.der))] : []),
  )
  return derSequence(
    derEnumerated(options.responseStatus ?? 0),
    derContext(0, derSequence(derObjectIdentifier('1.3.6.1.5.5.7.48.1.1'), derOctetString(basic))),
  )
}

const statuses = {
  good: () => derContextPrimitive(0, new Uint8Array(0)),
  revoked: () => derContext(1, derGeneralizedTime(daysFromNow(-1))),
  unknown: () => derContextPrimitive(2, new Uint8Array(0)),
}

const encodeExtension = ({ oid, critical, value }: TestExtension): Bytes =>
  derSequence(derObjectIdentifier(oid), ...(critical ? [derBoolean(true)] : []), derOctetString(value))

/** The INTEGER element; certificates made here have version 3, written in five bytes. */
function serialNumberOf(der: Bytes): Bytes {
  const contents = skipHeader(skipHeader(der)).subarray(5)
  return derElement(2, contents.subarray(2, 2 + (contents[1] ?? 0)))
}

/** The bits of the subjectPublicKey. */
function publicKeyOf({ key }: TestCertificate): Bytes {
  const contents = skipHeader(key.subjectPublicKeyInfo)
  const bitString = contents.subarray(2 + (contents[1] ?? 0))
  return skipHeader(bitString).subarray(1)
}

function skipHeader(der: Bytes): Bytes {
  const [, length = 0] = der
  return der.subarray(length < 0x80 ? 2 : 2 + (length & 0x7f))
}

const sha1 = async (data: Bytes): Promise<Bytes> => new Uint8Array(await globalThis.crypto.subtle.digest('SHA-1', data))
