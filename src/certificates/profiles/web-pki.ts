import type { SignatureHash } from '../../crypto/signature/pss-parameters.js'
import { type EcCurve, type PublicKey, publicKeyName } from '../../crypto/signature/public-key.js'
import { equalBytes } from '../../wire/bytes.js'
import { ExtendedKeyUsage } from '../extensions/oids.js'
import { AttributeType } from '../names/attribute-types.js'
import { formatGeneralName } from '../names/check-name-constraints.js'
import { formatIpAddress } from '../names/ip-address.js'
import type { ParsedCertificate } from '../parsed-certificate.js'
import { commonChecks, refuse, requireCritical } from './rfc5280.js'
import type { CertificateCheck, ValidationProfile } from './validation-profile.js'

export interface WebPkiOptions {
  /**
   * Whether a name is a public suffix, such as `co.uk` (publicsuffix.org). A wildcard directly below one is refused.
   * Without it, only top-level domains are known to be public suffixes.
   */
  readonly isPublicSuffix?: (name: string) => boolean
}

/** The Web PKI: RFC 5280 with the CA/Browser Forum's Baseline Requirements for TLS server certificates. */
export const createWebPkiProfile = ({ isPublicSuffix }: WebPkiOptions = {}): ValidationProfile => ({
  name: 'Web PKI',
  checks: [
    ...commonChecks,
    keys,
    authorityKeyIdentifier,
    rootExtensions,
    leafUsage,
    leafNames,
    wildcards(isPublicSuffix ?? ((name) => !name.includes('.'))),
    commonName,
  ],
  checkSignature,
})

/** BR section 6.1.5 and 7.1.3.1: RSA of whole bytes under rsaEncryption, ECDSA on the three curves. */
const keys: CertificateCheck = (certificate) => {
  const key = certificate.publicKey
  if (key.kind === 'ec' || (key.kind === 'rsa' && key.bits % 8 === 0)) return
  refuse('public-key', certificate, `the Web PKI does not allow its ${certificate.publicKeyName} key`)
}

/** BR section 7.1.3.2: for each curve one hash; RSA-PSS with a salt of the hash's length. */
function checkSignature(certificate: ParsedCertificate, issuerKey: PublicKey): void {
  const algorithm = certificate.signatureAlgorithm
  const isAllowed =
    algorithm.kind === 'ecdsa'
      ? issuerKey.kind === 'ec' && hashOfCurve[issuerKey.curve] === algorithm.hash
      : algorithm.kind !== 'rsa-pss' || algorithm.saltLength === Number(algorithm.hash.slice('SHA-'.length)) / 8
  if (isAllowed) return
  refuse(
    'signature-algorithm',
    certificate,
    `the Web PKI does not allow ${certificate.signatureAlgorithmName} by an ${publicKeyName(issuerKey)} key`,
  )
}

/** BR section 7.1.2.11.1: the key identifier and nothing else. Intermediates older than the rule have more. */
const authorityKeyIdentifier: CertificateCheck = (certificate, { role }) => {
  const identifier = certificate.known.authorityKeyIdentifier
  if (identifier === undefined || role === 'intermediate') return
  if (identifier.authorityCertIssuer !== undefined || identifier.keyIdentifier === undefined) {
    refuse('authority-key-identifier', certificate, 'its authorityKeyIdentifier must have a keyIdentifier alone')
  }
  const { subjectKeyIdentifier } = certificate.known
  // BR section 7.1.2.1.3
  if (role !== 'anchor' || !certificate.isSelfIssued || subjectKeyIdentifier === undefined) return
  if (!equalBytes(identifier.keyIdentifier, subjectKeyIdentifier)) {
    refuse('authority-key-identifier', certificate, "a root's authorityKeyIdentifier is not its subjectKeyIdentifier")
  }
}

/** BR section 7.1.2.1.2: a root has no extKeyUsage. */
const rootExtensions: CertificateCheck = (certificate, { role }) => {
  if (role === 'anchor' && certificate.isSelfIssued && certificate.known.extendedKeyUsage !== undefined) {
    refuse('ca-profile', certificate, 'a root has an extKeyUsage')
  }
}

/** BR section 7.1.2.7: no CA, the purpose named and not any, extKeyUsage not critical. */
const leafUsage: CertificateCheck = (certificate, { role, purpose }) => {
  if (role !== 'leaf') return
  const { extendedKeyUsage } = certificate.known
  if (certificate.isCa) refuse('subscriber-profile', certificate, 'a CA certificate is used as that of a server')
  if (!extendedKeyUsage?.includes(ExtendedKeyUsage[purpose]) || extendedKeyUsage.includes(ExtendedKeyUsage.any)) {
    refuse('subscriber-profile', certificate, `its extKeyUsage must name ${purpose}, and not any purpose`)
  }
  requireCritical(certificate, 'extendedKeyUsage', false)
}

/** BR section 7.1.2.7.12: a subjectAltName of DNS names and IP addresses, critical only when there is no subject. */
const leafNames: CertificateCheck = (certificate, { role, purpose }) => {
  if (role !== 'leaf' || purpose !== 'serverAuth') return
  const names = certificate.known.subjectAltName
  if (names === undefined) refuse('subject-alternative-name', certificate, 'it has no subjectAltName')
  if (!certificate.fields.subject.isEmpty) requireCritical(certificate, 'subjectAltName', false)
  const other = names.find(({ kind }) => kind !== 'dns' && kind !== 'ip')
  if (other === undefined) return
  refuse('subject-alternative-name', certificate, `its name ${formatGeneralName(other)} is no DNS name or IP address`)
}

/** BR section 3.2.2.6: no wildcard directly to the left of a public suffix. */
const wildcards =
  (isPublicSuffix: (name: string) => boolean): CertificateCheck =>
  (certificate, { role }) => {
    if (role !== 'leaf') return
    const wide = certificate.dnsNames.find(
      (name) => name.startsWith('*.') && isPublicSuffix(name.slice(2).toLowerCase()),
    )
    if (wide === undefined) return
    refuse('subject-alternative-name', certificate, `its wildcard "${wide}" covers a public suffix`)
  }

/** BR section 7.1.4.3: a CN is one of the alternative names, character for character. */
const commonName: CertificateCheck = (certificate, { role, purpose }) => {
  if (role !== 'leaf' || purpose !== 'serverAuth') return
  const names = (certificate.known.subjectAltName ?? []).map((name) =>
    name.kind === 'ip' ? formatIpAddress(name.bytes) : name.kind === 'dns' ? name.text : undefined,
  )
  const stray = certificate.fields.subject.valuesOf(AttributeType.commonName).find((text) => !names.includes(text))
  if (stray === undefined) return
  refuse('subject-name', certificate, `its CN "${stray}" is not in its subjectAltName`)
}

const hashOfCurve: Readonly<Record<EcCurve, SignatureHash>> = {
  'P-256': 'SHA-256',
  'P-384': 'SHA-384',
  'P-521': 'SHA-512',
}

/** The Web PKI with top-level domains as the only public suffixes. */
export const webPki: ValidationProfile = createWebPkiProfile()
