import { TlsError } from '../errors/tls-error.js'
import { type CertificateRule, certificateRules } from './certificate-rules.js'

/** Why a certificate or a path was refused: which certificate, which rule, and where the rule is written. */
export class CertificateError extends TlsError {
  readonly rule: CertificateRule
  readonly section: string
  /** The subject of the certificate at fault, or its place in the list when it could not be read. */
  readonly certificate: string
  /** What came and what was allowed. */
  readonly problem: string
  /** When no path was found: why each of the paths tried was refused, the first the likeliest. */
  readonly rejections: readonly CertificateError[]

  constructor(
    rule: CertificateRule,
    certificate: string,
    problem: string,
    details: { readonly cause?: unknown; readonly rejections?: readonly CertificateError[] } = {},
  ) {
    const { code, section } = certificateRules[rule]
    super(code, `certificate "${certificate}": ${problem} (${section})`, { cause: details.cause })
    this.rule = rule
    this.section = section
    this.certificate = certificate
    this.problem = problem
    this.rejections = details.rejections ?? []
  }
}

/** Runs a reader of a certificate's part: what it throws becomes an error that names the certificate and the rule. */
export function underRule<T>(rule: CertificateRule, certificate: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof CertificateError || !(cause instanceof TlsError)) throw cause
    throw new CertificateError(rule, certificate, cause.message, { cause })
  }
}
