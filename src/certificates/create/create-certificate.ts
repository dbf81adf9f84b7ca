import { type CryptoProvider, platformProvider } from '../../crypto/provider.js'
import { x509SignatureOf } from '../../crypto/signature/sign.js'
import { verifySignature } from '../../crypto/signature/verify.js'
import { TlsError } from '../../errors/tls-error.js'
import { asBytes, type Bytes } from '../../wire/bytes.js'
import { derBitString, derSequence } from '../../wire/der/der-writer.js'
import type { Certificate } from '../certificate.js'
import { asParsedCertificate, ParsedCertificate } from '../parsed-certificate.js'
import { formatPem, parsePemCertificates } from '../pem.js'
import type { CertificateTemplate, CreatedCertificate } from './certificate-template.js'

export interface CertificateIssuer {
  /** PEM text, DER bytes or the parsed certificate of a CA. */
  readonly certificate: string | Uint8Array | Certificate
  readonly privateKey: CryptoKey
}

export interface CreateCertificateOptions extends CertificateTemplate {
  /** Of the subject: a CryptoKey or the DER of a SubjectPublicKeyInfo. */
  readonly publicKey: CryptoKey | Uint8Array
  readonly issuer: CertificateIssuer
  readonly provider?: CryptoProvider
}

export interface CreateSelfSignedOptions extends CertificateTemplate {
  /** A new pair of ECDSA P-256 when absent, whose private key cannot be exported. */
  readonly keyPair?: CryptoKeyPair
  readonly provider?: CryptoProvider
}

export interface SelfSignedCertificate extends CreatedCertificate<Certificate> {
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
}

/** Makes a certificate (RFC 5280) signed by a CA, with key identifiers and a random serial number. */
export async function createCertificate(options: CreateCertificateOptions): Promise<CreatedCertificate<Certificate>> {
  const { issuer, provider = platformProvider } = options
  const issuerCertificate = readIssuer(issuer.certificate)
  if (!issuerCertificate.isCa) {
    throw new TlsError('invalid_argument', `"${issuerCertificate.subject}" is no CA and cannot issue certificates`)
  }
  const issuerKeyIdentifier =
    issuerCertificate.known.subjectKeyIdentifier ??
    (await keyIdentifier(provider, issuerCertificate.subjectPublicKeyInfo))
  return issue(options, {
    provider,
    subjectPublicKeyInfo: await spkiOf(provider, options.publicKey),
    signingKey: issuer.privateKey,
    issuerPublicKey: issuerCertificate.subjectPublicKeyInfo,
    issuerName: issuerCertificate.fields.subject.der,
    issuerKeyIdentifier,
  })
}

/** Makes a certificate that signs itself: a private root (`isCa: true`), or a server's for tests and demos. */
export async function createSelfSigned(options: CreateSelfSignedOptions): Promise<SelfSignedCertificate> {
  const { provider = platformProvider } = options
  const keyPair = options.keyPair ?? (await generateKeyPair(provider))
  const subjectPublicKeyInfo = await spkiOf(provider, keyPair.publicKey)
  const created = await issue(options, {
    provider,
    subjectPublicKeyInfo,
    signingKey: keyPair.privateKey,
    issuerPublicKey: subjectPublicKeyInfo,
    issuerName: undefined,
    issuerKeyIdentifier: await keyIdentifier(provider, subjectPublicKeyInfo),
  })
  return { ...created, privateKey: keyPair.privateKey, publicKey: keyPair.publicKey }
}

interface Issuance {
  readonly provider: CryptoProvider
  readonly subjectPublicKeyInfo: Bytes
  readonly signingKey: CryptoKey
  /** DER of the SubjectPublicKeyInfo that belongs to signingKey. */
  readonly issuerPublicKey: Bytes
  /** DER; `undefined`: the subject's own. */
  readonly issuerName: Bytes | undefined
  readonly issuerKeyIdentifier: Bytes
}

async function issue(template: CertificateTemplate, issuance: Issuance): Promise<CreatedCertificate<Certificate>> {
  // building is rare and its library large: it is loaded when it is first needed
  const { buildTbsCertificate } = await import('./build-tbs.js')
  const { provider, subjectPublicKeyInfo } = issuance
  const signature = x509SignatureOf(provider, issuance.signingKey)
  const tbs = buildTbsCertificate(template, {
    ...issuance,
    algorithm: signature.algorithm,
    serialNumber: randomSerialNumber(provider),
    subjectKeyIdentifier: await keyIdentifier(provider, subjectPublicKeyInfo),
  })
  const der = derSequence(tbs, signature.algorithm, derBitString(await signature.sign(tbs)))
  // what is made must be what the strict reader takes, and be signed by the key that others will check it with
  const certificate = ParsedCertificate.parse(der)
  const { signatureAlgorithm, fields } = certificate
  if (!(await verifySignature(provider, issuance.issuerPublicKey, signatureAlgorithm, fields.signature, tbs))) {
    throw new TlsError('invalid_argument', "the issuer's private key is not that of its certificate")
  }
  return { certificate, der, pem: formatPem('CERTIFICATE', der) }
}

function readIssuer(certificate: string | Uint8Array | Certificate): ParsedCertificate {
  if (certificate instanceof Uint8Array) return ParsedCertificate.parse(asBytes(certificate))
  if (typeof certificate !== 'string') return asParsedCertificate(certificate)
  const [der, ...others] = parsePemCertificates(certificate)
  if (der === undefined || others.length > 0) {
    throw new TlsError('invalid_argument', 'the issuer must be one certificate')
  }
  return ParsedCertificate.parse(der)
}

export async function spkiOf(provider: CryptoProvider, publicKey: CryptoKey | Uint8Array): Promise<Bytes> {
  if (publicKey instanceof Uint8Array) return asBytes(publicKey)
  return new Uint8Array(await provider.subtle.exportKey('spki', publicKey))
}

export const generateKeyPair = (provider: CryptoProvider): Promise<CryptoKeyPair> =>
  provider.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])

/** RFC 7093 section 2, method 1: the leftmost 160 bits of the SHA-256 hash. */
async function keyIdentifier(provider: CryptoProvider, subjectPublicKeyInfo: Bytes): Promise<Bytes> {
  return new Uint8Array(await provider.subtle.digest('SHA-256', subjectPublicKeyInfo)).slice(0, 20)
}

/** 126 random bits below a one, so that it is positive and of sixteen bytes: RFC 5280 section 4.1.2.2. */
function randomSerialNumber(provider: CryptoProvider): Bytes {
  const bytes = provider.getRandomValues(new Uint8Array(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes
}
