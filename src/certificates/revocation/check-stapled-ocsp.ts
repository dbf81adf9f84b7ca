import type { CryptoProvider } from '../../crypto/provider.js'
import { parseSignatureAlgorithm } from '../../crypto/signature/signature-algorithm.js'
import { verifySignature } from '../../crypto/signature/verify.js'
import { TlsError } from '../../errors/tls-error.js'
import { type Bytes, equalBytes } from '../../wire/bytes.js'
import { DerReader } from '../../wire/der/der-reader.js'
import { CertificateError } from '../certificate-error.js'
import { ExtendedKeyUsage } from '../extensions/oids.js'
import { DistinguishedName } from '../names/distinguished-name.js'
import { ParsedCertificate } from '../parsed-certificate.js'
import { checkValidity } from '../path/check-certificate.js'
import type { IssuedCertificate } from './crl-signer.js'
import { type OcspResponseFields, readOcspResponse, type SingleResponse } from './read-ocsp-response.js'

/** What came for status_request (RFC 6066 section 8), which the client must have sent. */
export interface StapledOcsp {
  /** The DER of the OCSPResponse; `undefined` when the server sent none. */
  readonly response: Bytes | undefined
}

/**
 * Judges the response stapled to a leaf: RFC 6960 section 3.2. Without one, only a certificate that promises one
 * (RFC 7633, "must staple") is refused. A response that came is never ignored, whatever is wrong with it.
 */
export async function checkStapledOcsp(
  issued: IssuedCertificate,
  { response }: StapledOcsp,
  time: Date,
  provider: CryptoProvider,
): Promise<void> {
  const { certificate } = issued
  if (response === undefined) {
    if (!certificate.known.tlsFeature?.includes(statusRequest)) return
    throw new CertificateError('tls-feature', certificate.subject, 'it promises a stapled OCSP response, and none came')
  }
  const refuse = (problem: string, cause?: unknown): never => {
    throw new CertificateError('ocsp-response', certificate.subject, `its OCSP response is refused: ${problem}`, {
      cause,
    })
  }
  try {
    const fields = readOcspResponse(response)
    const single = (await findResponse(fields, issued, provider)) ?? refuse('it is for another certificate')
    const problem = whyUnusable(fields, single, time) ?? (await whyNotSigned(fields, issued, time, provider))
    if (problem !== undefined) refuse(problem)
    if (single.status === 'unknown') refuse('the responder does not know the certificate')
    if (single.status === 'revoked') {
      throw new CertificateError('revoked', certificate.subject, `it was revoked on ${single.revokedAt?.toISOString()}`)
    }
  } catch (error) {
    const isFinal = error instanceof CertificateError && (error.rule === 'revoked' || error.rule === 'ocsp-response')
    if (isFinal || !(error instanceof TlsError)) throw error
    refuse(error.message, error)
  }
}

/** The response whose CertID is the certificate's: RFC 6960 section 4.1.1. */
async function findResponse(
  { responses }: OcspResponseFields,
  { certificate, issuerKey }: IssuedCertificate,
  provider: CryptoProvider,
): Promise<SingleResponse | undefined> {
  for (const single of responses.slice(0, maxResponses)) {
    const hash = certIdHashes[single.hashAlgorithm]
    if (hash === undefined || !equalBytes(single.serialNumber, certificate.fields.serialNumber)) continue
    const nameHash = new Uint8Array(await provider.subtle.digest(hash, certificate.fields.issuer.der))
    const keyHash = new Uint8Array(await provider.subtle.digest(hash, publicKeyBits(issuerKey)))
    if (equalBytes(nameHash, single.issuerNameHash) && equalBytes(keyHash, single.issuerKeyHash)) return single
  }
  return undefined
}

function whyUnusable({ extensions }: OcspResponseFields, single: SingleResponse, time: Date): string | undefined {
  const critical = [...extensions, ...single.extensions].find(({ isCritical }) => isCritical)
  if (critical !== undefined) return `its critical extension ${critical.oid} is not understood`
  // without nextUpdate "newer information is available all the time": a stapled copy proves nothing
  if (single.nextUpdate === undefined) return 'it has no nextUpdate'
  const isCurrent = single.thisUpdate <= time && time <= single.nextUpdate
  if (isCurrent) return undefined
  return `it is for ${single.thisUpdate.toISOString()} to ${single.nextUpdate.toISOString()}`
}

/** RFC 6960 section 4.2.2.2: signed by the certificate's issuer, or by whom that issuer says signs OCSP responses. */
async function whyNotSigned(
  fields: OcspResponseFields,
  issued: IssuedCertificate,
  time: Date,
  provider: CryptoProvider,
): Promise<string | undefined> {
  const algorithm = parseSignatureAlgorithm(fields.signatureAlgorithm)
  const isSignedBy = (key: Bytes) => verifySignature(provider, key, algorithm, fields.signature, fields.tbsResponseData)
  const byIssuer = await isResponder(fields, issued.certificate.fields.issuer, issued.issuerKey, provider)
  if (byIssuer) return (await isSignedBy(issued.issuerKey)) ? undefined : 'its signature is not that of the issuer'
  for (const der of fields.certificates.slice(0, maxCertificates)) {
    const delegate = ParsedCertificate.parse(der, 'OCSP responder')
    if (!(await isResponder(fields, delegate.fields.subject, delegate.subjectPublicKeyInfo, provider))) continue
    const problem = await whyNotDelegate(delegate, issued, time, provider)
    if (problem !== undefined) return `its signer "${delegate.subject}" ${problem}`
    return (await isSignedBy(delegate.subjectPublicKeyInfo)) ? undefined : 'its signature is not that of its signer'
  }
  return 'its signer is neither the issuer nor among the certificates sent with it'
}

/** ResponderID: a name, or the SHA-1 hash of a key (RFC 6960 section 4.2.1), which only says where to look. */
async function isResponder(
  { responder }: OcspResponseFields,
  name: DistinguishedName,
  key: Bytes,
  provider: CryptoProvider,
): Promise<boolean> {
  if (responder instanceof DistinguishedName) return responder.key === name.key
  return equalBytes(responder, new Uint8Array(await provider.subtle.digest('SHA-1', publicKeyBits(key))))
}

async function whyNotDelegate(
  delegate: ParsedCertificate,
  { certificate, issuerKey }: IssuedCertificate,
  time: Date,
  provider: CryptoProvider,
): Promise<string | undefined> {
  const { fields, known } = delegate
  if (fields.issuer.key !== certificate.fields.issuer.key) return 'is of another issuer'
  if (!known.extendedKeyUsage?.includes(ExtendedKeyUsage.ocspSigning)) return 'may not sign OCSP responses'
  if (known.keyUsage !== undefined && !known.keyUsage.has('digitalSignature')) return 'may not sign'
  const critical = delegate.extensions.find(({ isCritical, oid }) => isCritical && !delegateExtensions.has(oid))
  if (critical !== undefined) return `has the critical extension ${critical.name}, which is not understood`
  if (!equalBytes(fields.signatureAlgorithm, fields.tbsSignatureAlgorithm)) return 'has two signature algorithms'
  checkValidity(delegate, time)
  const isIssued = await verifySignature(
    provider,
    issuerKey,
    delegate.signatureAlgorithm,
    fields.signature,
    fields.tbsCertificate,
  )
  return isIssued ? undefined : 'is not signed by the issuer'
}

/** The subjectPublicKey without tag, length and unused bits: what issuerKeyHash is over. */
function publicKeyBits(subjectPublicKeyInfo: Bytes): Bytes {
  const source = { what: 'SubjectPublicKeyInfo', code: 'certificate_malformed' } as const
  const spki = new DerReader(subjectPublicKeyInfo, source).sequence('SubjectPublicKeyInfo')
  spki.element('algorithm')
  return spki.bitStringBytes('subjectPublicKey')
}

const statusRequest = 5
const maxResponses = 16
const maxCertificates = 4

/** keyUsage, basicConstraints, extKeyUsage. */
const delegateExtensions: ReadonlySet<string> = new Set(['2.5.29.15', '2.5.29.19', '2.5.29.37'])

const certIdHashes: Readonly<Record<string, string | undefined>> = {
  '1.3.14.3.2.26': 'SHA-1',
  '2.16.840.1.101.3.4.2.1': 'SHA-256',
}
