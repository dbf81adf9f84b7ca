import { AlertDescription } from './alert-description.js'

/** The kind of failure, with the meaning of s2n-tls's error types (`s2n_error_get_type`). */
export type TlsErrorCategory = 'io' | 'closed' | 'blocked' | 'alert' | 'protocol' | 'internal' | 'usage'

interface ErrorRule {
  readonly category: TlsErrorCategory
  /** What the peer is told: RFC 9846 section 6. `undefined`: nothing can or may be sent. */
  readonly alert: AlertDescription | undefined
}

const protocol = (alert: AlertDescription): ErrorRule => ({ category: 'protocol', alert })
const usage: ErrorRule = { category: 'usage', alert: AlertDescription.internal_error }

/**
 * Every code that a TlsError can have, with its category and alert. The alert follows from the code by this table
 * alone and is never chosen where the error is thrown.
 */
export const errorRules = {
  // what the peer sent is not well formed, not expected, or not allowed
  //= rfc9846#section-6 6-9
  decode_error: protocol(AlertDescription.decode_error),
  //= rfc9846#section-6 6-10
  illegal_parameter: protocol(AlertDescription.illegal_parameter),
  unexpected_message: protocol(AlertDescription.unexpected_message),
  record_overflow: protocol(AlertDescription.record_overflow),
  bad_record_mac: protocol(AlertDescription.bad_record_mac),
  missing_extension: protocol(AlertDescription.missing_extension),
  unsupported_extension: protocol(AlertDescription.unsupported_extension),
  message_too_large: protocol(AlertDescription.illegal_parameter),
  too_many_messages: protocol(AlertDescription.unexpected_message),
  //= rfc9846#section-6.2 6.2-9
  handshake_failure: protocol(AlertDescription.handshake_failure),
  insufficient_security: protocol(AlertDescription.insufficient_security),
  protocol_version: protocol(AlertDescription.protocol_version),
  downgrade_detected: protocol(AlertDescription.illegal_parameter),
  no_application_protocol: protocol(AlertDescription.no_application_protocol),
  unrecognized_name: protocol(AlertDescription.unrecognized_name),
  finished_mismatch: protocol(AlertDescription.decrypt_error),
  signature_invalid: protocol(AlertDescription.decrypt_error),
  // the peer's certificate (RFC 9846 section 6.2, RFC 5280)
  certificate_required: protocol(AlertDescription.certificate_required),
  //= rfc9846#section-4.5.1.2 4.5.1.2-14
  certificate_malformed: protocol(AlertDescription.bad_certificate),
  certificate_invalid: protocol(AlertDescription.bad_certificate),
  certificate_signature_invalid: protocol(AlertDescription.bad_certificate),
  certificate_name_mismatch: protocol(AlertDescription.bad_certificate),
  certificate_expired: protocol(AlertDescription.certificate_expired),
  certificate_not_yet_valid: protocol(AlertDescription.certificate_expired),
  certificate_revoked: protocol(AlertDescription.certificate_revoked),
  certificate_unknown_issuer: protocol(AlertDescription.unknown_ca),
  certificate_unsupported: protocol(AlertDescription.unsupported_certificate),
  certificate_refused: protocol(AlertDescription.certificate_unknown),
  certificate_budget_exceeded: protocol(AlertDescription.certificate_unknown),
  certificate_status_invalid: protocol(AlertDescription.bad_certificate_status_response),
  // the other side, or what lies between, ended it
  peer_alert: { category: 'alert', alert: undefined },
  truncated: { category: 'closed', alert: undefined },
  closed: { category: 'closed', alert: undefined },
  transport_failed: { category: 'io', alert: undefined },
  handshake_timeout: { category: 'io', alert: AlertDescription.user_canceled },
  // the caller
  aborted: { category: 'usage', alert: AlertDescription.user_canceled },
  invalid_argument: usage,
  invalid_state: usage,
  unsupported: usage,
  // ours
  internal: { category: 'internal', alert: AlertDescription.internal_error },
} as const satisfies Record<string, ErrorRule>

export type TlsErrorCode = keyof typeof errorRules
