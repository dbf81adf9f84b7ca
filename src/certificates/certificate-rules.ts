import type { TlsErrorCode } from '../errors/codes.js'

interface Rule {
  readonly code: TlsErrorCode
  /** Where the rule is written. */
  readonly section: string
}

/** Every rule by which a certificate or a path is refused, with the error's code (and so the alert) and its source. */
export const certificateRules = {
  // the encoding
  //= rfc9846#section-4.5.1.2 4.5.1.2-14
  encoding: { code: 'certificate_malformed', section: 'RFC 5280 section 4.1' },
  version: { code: 'certificate_invalid', section: 'RFC 5280 section 4.1.2.1' },
  'serial-number': { code: 'certificate_invalid', section: 'RFC 5280 section 4.1.2.2' },
  'signature-algorithm': { code: 'certificate_unsupported', section: 'RFC 5280 section 4.1.1.2' },
  'weak-signature': { code: 'certificate_invalid', section: 'RFC 9846 section 4.5.1.3' },
  'signature-algorithm-mismatch': { code: 'certificate_invalid', section: 'RFC 5280 section 4.1.1.2' },
  'issuer-name': { code: 'certificate_invalid', section: 'RFC 5280 section 4.1.2.4' },
  'subject-name': { code: 'certificate_invalid', section: 'RFC 5280 section 4.1.2.6' },
  'public-key': { code: 'certificate_unsupported', section: 'RFC 5280 section 4.1.2.7' },
  // the time
  expired: { code: 'certificate_expired', section: 'RFC 5280 section 6.1.3 (a)(2)' },
  'not-yet-valid': { code: 'certificate_not_yet_valid', section: 'RFC 5280 section 6.1.3 (a)(2)' },
  'validity-form': { code: 'certificate_invalid', section: 'RFC 5280 section 4.1.2.5' },
  // extensions
  'critical-extension': { code: 'certificate_unsupported', section: 'RFC 5280 section 4.2' },
  'extension-criticality': { code: 'certificate_invalid', section: 'RFC 5280 section 4.2.1' },
  'authority-key-identifier': { code: 'certificate_invalid', section: 'RFC 5280 section 4.2.1.1' },
  'subject-key-identifier': { code: 'certificate_invalid', section: 'RFC 5280 section 4.2.1.2' },
  'key-usage': { code: 'certificate_invalid', section: 'RFC 5280 section 4.2.1.3' },
  'subject-alternative-name': { code: 'certificate_invalid', section: 'RFC 5280 section 4.2.1.6' },
  'basic-constraints': { code: 'certificate_invalid', section: 'RFC 5280 section 4.2.1.9' },
  'path-length': { code: 'certificate_invalid', section: 'RFC 5280 section 6.1.4 (l)' },
  'name-constraints': { code: 'certificate_invalid', section: 'RFC 5280 section 4.2.1.10' },
  'name-constraints-form': { code: 'certificate_invalid', section: 'RFC 5280 section 4.2.1.10' },
  'certificate-policies': { code: 'certificate_invalid', section: 'RFC 5280 section 6.1.5 (g)' },
  'extended-key-usage': { code: 'certificate_invalid', section: 'RFC 5280 section 4.2.1.12' },
  // the name that was asked for
  'server-name': { code: 'certificate_name_mismatch', section: 'RFC 9525 section 6' },
  // the path
  signature: { code: 'certificate_signature_invalid', section: 'RFC 5280 section 6.1.3 (a)(1)' },
  'unknown-issuer': { code: 'certificate_unknown_issuer', section: 'RFC 5280 section 6.1.1 (d)' },
  'path-budget': { code: 'certificate_budget_exceeded', section: 'RFC 4158 section 2.3' },
  'anchor-distrusted': { code: 'certificate_unknown_issuer', section: 'RFC 5280 section 6.1.1 (d)' },
  'subscriber-profile': { code: 'certificate_invalid', section: 'CA/Browser Forum TLS BR section 7.1.2.7' },
  'ca-profile': { code: 'certificate_invalid', section: 'CA/Browser Forum TLS BR section 7.1.2' },
  // what the connection's policy allows
  'security-policy': { code: 'certificate_unsupported', section: 'the security policy' },
  // revocation
  revoked: { code: 'certificate_revoked', section: 'RFC 5280 section 6.3' },
  'revocation-status': { code: 'certificate_status_invalid', section: 'RFC 5280 section 6.3' },
  'ocsp-response': { code: 'certificate_status_invalid', section: 'RFC 6960 section 3.2' },
  'tls-feature': { code: 'certificate_status_invalid', section: 'RFC 7633 section 4.2.3' },
} as const satisfies Record<string, Rule>

export type CertificateRule = keyof typeof certificateRules
