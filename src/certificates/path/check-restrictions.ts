import { parseSubjectPublicKeyInfo } from '../../crypto/signature/public-key.js'
import { signatureAlgorithmName } from '../../crypto/signature/signature-algorithm.js'
import { isSignatureOfScheme, signatureSchemes } from '../../crypto/signature-schemes.js'
import { TlsError } from '../../errors/tls-error.js'
import { certificateKeyName } from '../../policy/certificate-keys.js'
import type { SecurityPolicyParameters } from '../../policy/parameters.js'
import type { Bytes } from '../../wire/bytes.js'
import { CertificateError, underRule } from '../certificate-error.js'
import { ParsedCertificate } from '../parsed-certificate.js'

/** What a security policy says of certificates; `null` restricts nothing. */
export type CertificateRestrictions = Pick<SecurityPolicyParameters, 'certificateSignatureSchemes' | 'certificateKeys'>

/**
 * Holds a path against a security policy, as s2n-tls does: every signature but the anchor's own, every key with the
 * anchor's.
 * @throws CertificateError
 */
export function checkRestrictions(
  certificates: readonly ParsedCertificate[],
  anchor: { readonly subject: string; readonly subjectPublicKeyInfo: Bytes },
  restrictions: CertificateRestrictions,
): void {
  for (const certificate of certificates) {
    checkSignature(certificate, restrictions)
    checkKey(certificate.subject, certificate.subjectPublicKeyInfo, restrictions)
  }
  checkKey(anchor.subject, anchor.subjectPublicKeyInfo, restrictions)
}

/**
 * Holds one's own chain against it.
 * @throws TlsError `invalid_argument`
 */
export function checkOwnCertificates(chain: readonly Bytes[], restrictions: CertificateRestrictions): void {
  for (const [index, der] of chain.entries()) {
    const certificate = ParsedCertificate.parse(der, `certificate ${index + 1}`)
    try {
      checkSignature(certificate, restrictions)
      checkKey(certificate.subject, certificate.subjectPublicKeyInfo, restrictions)
    } catch (cause) {
      if (!(cause instanceof CertificateError)) throw cause
      throw new TlsError('invalid_argument', `the identity does not fit the security policy: ${cause.message}`, {
        cause,
      })
    }
  }
}

function checkSignature(certificate: ParsedCertificate, restrictions: CertificateRestrictions): void {
  const { certificateSignatureSchemes: allowed } = restrictions
  if (allowed === null) return
  const schemes = signatureSchemes.filter(({ name }) => allowed.includes(name))
  if (schemes.some((scheme) => isSignatureOfScheme(certificate.signatureAlgorithm, scheme))) return
  throw new CertificateError(
    'security-policy',
    certificate.subject,
    `it is signed by ${signatureAlgorithmName(certificate.signatureAlgorithm)}; allowed are ${allowed.join(', ')}`,
  )
}

function checkKey(subject: string, subjectPublicKeyInfo: Bytes, { certificateKeys: allowed }: CertificateRestrictions) {
  if (allowed === null) return
  const key = underRule('public-key', subject, () => parseSubjectPublicKeyInfo(subjectPublicKeyInfo))
  const name = certificateKeyName(key)
  if (allowed.some((each) => each === name)) return
  throw new CertificateError('security-policy', subject, `its key is ${name}; allowed are ${allowed.join(', ')}`)
}
