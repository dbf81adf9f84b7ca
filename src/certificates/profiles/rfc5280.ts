import { CertificateError } from '../certificate-error.js'
import type { CertificateRule } from '../certificate-rules.js'
import { ExtensionOid, type KnownExtensionName } from '../extensions/oids.js'
import { formatGeneralName } from '../names/check-name-constraints.js'
import { isDnsPattern } from '../names/dns-name.js'
import type { GeneralName } from '../names/general-name.js'
import { NameSubtrees, parseMailbox } from '../names/name-subtrees.js'
import type { ParsedCertificate } from '../parsed-certificate.js'
import type { CertificateCheck, ValidationProfile } from './validation-profile.js'

/** Section 4.1.2.2: positive, at most twenty octets. Of an anchor only name and key count, and public roots have 0. */
const serialNumber: CertificateCheck = (certificate, { role }) => {
  if (role === 'anchor') return
  const { serialNumber: bytes } = certificate.fields
  const [first = 0] = bytes
  if (first < 0x80 && bytes.some((byte) => byte !== 0) && bytes.length <= 20) return
  refuse(
    'serial-number',
    certificate,
    `its serial number ${certificate.serialNumber} is not a positive one of 20 octets`,
  )
}

/** Sections 4.1.2.4 and 4.1.2.6: an issuer always, a subject for a CA. */
const names: CertificateCheck = (certificate, { role }) => {
  if (certificate.fields.issuer.isEmpty) refuse('issuer-name', certificate, 'its issuer is empty')
  if (role !== 'leaf' && certificate.fields.subject.isEmpty) refuse('subject-name', certificate, 'a CA has no subject')
}

/** Section 4.1.2.5: UTCTime through the year 2049. */
const timeForm: CertificateCheck = (certificate) => {
  if (certificate.fields.hasOverlongTime) refuse('validity-form', certificate, 'a date before 2050 is not a UTCTime')
}

/** Section 4.1.2.8: conforming CAs MUST NOT generate them. */
const uniqueIdentifiers: CertificateCheck = (certificate) => {
  if (certificate.fields.hasUniqueIdentifiers) refuse('encoding', certificate, 'it has unique identifiers')
}

/** Section 4.2.1.1: in every certificate but a self-signed one, not critical. */
const authorityKeyIdentifier: CertificateCheck = (certificate, { role }) => {
  requireCritical(certificate, 'authorityKeyIdentifier', false)
  const isSelfSigned = role === 'anchor' && certificate.isSelfIssued
  if (isSelfSigned || certificate.known.authorityKeyIdentifier?.keyIdentifier !== undefined) return
  refuse('authority-key-identifier', certificate, 'it has no key identifier of its issuer')
}

/** Section 4.2.1.2: in every CA certificate, not critical. */
const subjectKeyIdentifier: CertificateCheck = (certificate, { role }) => {
  requireCritical(certificate, 'subjectKeyIdentifier', false)
  if (role === 'leaf' || certificate.known.subjectKeyIdentifier !== undefined) return
  refuse('subject-key-identifier', certificate, 'a CA certificate has no key identifier of its subject')
}

/** Sections 4.2.1.3 and 4.2.1.9: keyCertSign, cA and pathLenConstraint go together. */
const caExtensions: CertificateCheck = (certificate, { role }) => {
  const { basicConstraints, keyUsage } = certificate.known
  if (keyUsage?.has('keyCertSign') && basicConstraints?.isCa !== true) {
    refuse('key-usage', certificate, 'its keyUsage has keyCertSign, but it is no CA')
  }
  if (role === 'leaf') return
  requireCritical(certificate, 'basicConstraints', true)
  if (keyUsage === undefined) refuse('key-usage', certificate, 'a CA certificate has no keyUsage')
}

/** Section 4.2.1.6: critical when it is all that names the subject; every name well formed. */
const subjectAlternativeName: CertificateCheck = (certificate) => {
  if (certificate.fields.subject.isEmpty) requireCritical(certificate, 'subjectAltName', true)
  const malformed = certificate.known.subjectAltName?.find((name) => !isWellFormed(name))
  if (malformed === undefined) return
  refuse('subject-alternative-name', certificate, `its name ${formatGeneralName(malformed)} is malformed`)
}

/** Section 4.2.1.10: in CA certificates only. */
const nameConstraintsPlace: CertificateCheck = (certificate, { role }) => {
  const { nameConstraints } = certificate.known
  if (nameConstraints === undefined) return
  if (role === 'leaf' && !certificate.isCa) {
    refuse('name-constraints-form', certificate, 'it has name constraints and is no CA')
  }
  const hasLeadingPeriod = [nameConstraints.permitted, nameConstraints.excluded].some(
    (subtrees) => new NameSubtrees(subtrees).hasLeadingPeriod,
  )
  if (hasLeadingPeriod) refuse('name-constraints-form', certificate, 'a DNS constraint has a leading period')
}

const nameConstraintsCritical: CertificateCheck = (certificate) => requireCritical(certificate, 'nameConstraints', true)

/** Sections 4.2.1.11 and 4.2.1.14. */
const policyExtensions: CertificateCheck = (certificate) => {
  requireCritical(certificate, 'policyConstraints', true)
  requireCritical(certificate, 'inhibitAnyPolicy', true)
}

/** What RFC 5280 section 4 asks of certificates, apart from what the Web PKI has otherwise. */
export const commonChecks: readonly CertificateCheck[] = [
  serialNumber,
  names,
  timeForm,
  uniqueIdentifiers,
  authorityKeyIdentifier,
  subjectKeyIdentifier,
  caExtensions,
  subjectAlternativeName,
  nameConstraintsPlace,
  policyExtensions,
]

/** RFC 5280 to the letter: what section 4 asks of conforming CAs is asked of every certificate of the path. */
export const rfc5280: ValidationProfile = { name: 'RFC 5280', checks: [...commonChecks, nameConstraintsCritical] }

export function refuse(rule: CertificateRule, certificate: ParsedCertificate, problem: string): never {
  throw new CertificateError(rule, certificate.subject, problem)
}

/** When the extension is there, it must be critical or must not be. */
export function requireCritical(certificate: ParsedCertificate, name: KnownExtensionName, isCritical: boolean): void {
  const extension = certificate.fields.extensions.byOid.get(ExtensionOid[name])
  if (extension === undefined || extension.isCritical === isCritical) return
  refuse('extension-criticality', certificate, `its ${name} must ${isCritical ? '' : 'not '}be critical`)
}

function isWellFormed(name: GeneralName): boolean {
  switch (name.kind) {
    case 'dns':
      return isDnsPattern(name.text, { allowUnderscore: false })
    case 'email':
      return parseMailbox(name.text) !== undefined
    case 'uri':
      // "the name MUST NOT be a relative URI"
      return /^[a-zA-Z][a-zA-Z0-9+.-]*:./.test(name.text)
    default:
      return true
  }
}
