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
    super(code, printable(`certificate "${shortened(certificate, 200)}": ${shortened(problem, 800)} (${section})`), {
      cause: details.cause,
    })
    this.rule = rule
    this.section = section
    this.certificate = certificate
    this.problem = problem
    this.rejections = details.rejections ?? []
  }
}

/** A peer chooses the names in its certificates: neither their length nor control characters may reach a log. */
const shortened = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}…` : text)

/** Controls of terminals and of writing direction, escaped. */
const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)

/** Runs a reader of a certificate's part: what it throws becomes an error that names the certificate and the rule. */
export function underRule<T>(rule: CertificateRule, certificate: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof CertificateError || !(cause instanceof TlsError)) throw cause
    throw new CertificateError(rule, certificate, cause.message, { cause })
  }
}
