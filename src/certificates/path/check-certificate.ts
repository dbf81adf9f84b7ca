import { equalBytes } from '../../wire/bytes.js'
import { CertificateError } from '../certificate-error.js'
import { ExtendedKeyUsage, ExtensionOid, type KeyUsageName } from '../extensions/oids.js'
import type { ParsedCertificate } from '../parsed-certificate.js'
import type { CheckContext, ValidationProfile } from '../profiles/validation-profile.js'

export interface CertificateContext extends CheckContext {
  readonly time: Date
  readonly profile: ValidationProfile
  /** What the leaf's key must be allowed to do. */
  readonly keyUsage: readonly KeyUsageName[]
}

/** What every certificate of a path must meet by itself: RFC 5280 section 6.1.3 (a), 6.1.4 (k) (m) (n) (o). */
export function checkCertificate(certificate: ParsedCertificate, context: CertificateContext): void {
  checkVersion(certificate)
  checkSignatureAlgorithm(certificate)
  checkValidity(certificate, context.time)
  checkCriticalExtensions(certificate)
  if (context.role === 'leaf') checkLeafUsage(certificate, context.keyUsage)
  else checkCaUsage(certificate)
  checkExtendedKeyUsage(certificate, context)
  for (const check of context.profile.checks) check(certificate, context)
}

/** Section 6.1.4 (k): a CA of version 1 or 2 cannot say that it is one; a leaf of them cannot say its names. */
function checkVersion(certificate: ParsedCertificate): void {
  //= rfc9846#section-4.5.1 4.5.1-15
  //= rfc9846#section-4.5.1.2 4.5.1.2-1
  if (certificate.version === 3) return
  throw new CertificateError('version', certificate.subject, `it is of version ${certificate.version}, 3 is needed`)
}

function checkSignatureAlgorithm(certificate: ParsedCertificate): void {
  const { signatureAlgorithm, tbsSignatureAlgorithm } = certificate.fields
  if (!equalBytes(signatureAlgorithm, tbsSignatureAlgorithm)) {
    throw new CertificateError(
      'signature-algorithm-mismatch',
      certificate.subject,
      'the signature algorithm outside differs from the one that is signed',
    )
  }
  //= rfc9846#section-4.5.1.3 4.5.1.3-4 4.5.1.3-5
  certificate.signatureAlgorithm // throws for weak and unknown ones
}

/** Both ends belong to the validity: section 4.1.2.5. Times have whole seconds, the clock has not. */
export function checkValidity(certificate: ParsedCertificate, time: Date): void {
  if (time < certificate.notBefore) {
    throw new CertificateError(
      'not-yet-valid',
      certificate.subject,
      `it is valid from ${certificate.notBefore.toISOString()}, the time is ${time.toISOString()}`,
    )
  }
  if (Math.floor(time.getTime() / 1000) > certificate.notAfter.getTime() / 1000) {
    throw new CertificateError(
      'expired',
      certificate.subject,
      `it was valid until ${certificate.notAfter.toISOString()}, the time is ${time.toISOString()}`,
    )
  }
}

function checkCriticalExtensions(certificate: ParsedCertificate): void {
  const critical = certificate.extensions.filter(({ isCritical }) => isCritical)
  const unknown = critical.find(({ oid }) => !processedExtensions.has(oid))
  if (unknown !== undefined) {
    throw new CertificateError(
      'critical-extension',
      certificate.subject,
      `its critical extension ${unknown.name} is not understood`,
    )
  }
  if (!critical.some(({ oid }) => oid === ExtensionOid.certificatePolicies)) return
  // section 4.2.1.4: a critical one is understood with its qualifiers or not at all
  const qualifier = certificate.known.certificatePolicies
    ?.flatMap(({ qualifiers }) => qualifiers)
    .find((oid) => !knownQualifiers.has(oid))
  if (qualifier === undefined) return
  throw new CertificateError(
    'critical-extension',
    certificate.subject,
    `the qualifier ${qualifier} in its critical certificatePolicies is not understood`,
  )
}

function checkLeafUsage(certificate: ParsedCertificate, needed: readonly KeyUsageName[]): void {
  const { keyUsage } = certificate.known
  //= rfc9846#section-4.5.1.2 4.5.1.2-3
  const missing = needed.find((usage) => keyUsage !== undefined && !keyUsage.has(usage))
  if (keyUsage === undefined || missing === undefined) return
  throw new CertificateError(
    'key-usage',
    certificate.subject,
    `its keyUsage is ${[...keyUsage].join(', ')}; ${missing} is needed`,
  )
}

function checkCaUsage(certificate: ParsedCertificate): void {
  const { basicConstraints, keyUsage } = certificate.known
  if (basicConstraints?.isCa !== true) {
    throw new CertificateError(
      'basic-constraints',
      certificate.subject,
      `it issued a certificate but is no CA: basicConstraints ${basicConstraints === undefined ? 'is missing' : 'says CA:FALSE'}`,
    )
  }
  if (keyUsage !== undefined && !keyUsage.has('keyCertSign')) {
    throw new CertificateError(
      'key-usage',
      certificate.subject,
      `it issued a certificate, but its keyUsage is ${[...keyUsage].join(', ')} without keyCertSign`,
    )
  }
}

/** A CA's extKeyUsage binds what is below it, as all browsers have it; without the extension all is allowed. */
function checkExtendedKeyUsage(certificate: ParsedCertificate, { purpose }: CertificateContext): void {
  const purposes = certificate.known.extendedKeyUsage
  if (purposes === undefined || purposes.includes(ExtendedKeyUsage[purpose]) || purposes.includes(ExtendedKeyUsage.any))
    return
  throw new CertificateError(
    'extended-key-usage',
    certificate.subject,
    `its extKeyUsage allows ${purposes.map(purposeName).join(', ')}, not ${purpose}`,
  )
}

const purposeName = (oid: string): string =>
  Object.entries(ExtendedKeyUsage).find(([, value]) => value === oid)?.[0] ?? oid

/** Extensions that this path validation processes: only these may be critical. */
const processedExtensions: ReadonlySet<string> = new Set([
  ExtensionOid.subjectKeyIdentifier,
  ExtensionOid.authorityKeyIdentifier,
  ExtensionOid.keyUsage,
  ExtensionOid.subjectAltName,
  ExtensionOid.basicConstraints,
  ExtensionOid.nameConstraints,
  ExtensionOid.certificatePolicies,
  ExtensionOid.policyMappings,
  ExtensionOid.policyConstraints,
  ExtensionOid.inhibitAnyPolicy,
  ExtensionOid.extendedKeyUsage,
])

/** Those for people, which bind nothing: id-qt-cps and id-qt-unotice. */
const knownQualifiers: ReadonlySet<string> = new Set(['1.3.6.1.5.5.7.2.1', '1.3.6.1.5.5.7.2.2'])
