import { CertificateError } from '../certificate-error.js'
import type { ParsedCertificate } from '../parsed-certificate.js'
import type { CertificateRole } from '../profiles/validation-profile.js'
import { type CertificateContext, checkCertificate } from './check-certificate.js'

/** Judges each certificate by itself, once in each role that it is tried in. */
export class CertificateJudge {
  readonly #context: Omit<CertificateContext, 'role'>
  readonly #known = new Map<CertificateRole, Map<ParsedCertificate, CertificateError | undefined>>()

  constructor(context: Omit<CertificateContext, 'role'>) {
    this.#context = context
  }

  /** Why the certificate can be in no path; `undefined` when nothing speaks against it by itself. */
  rejectionOf(certificate: ParsedCertificate, role: CertificateRole): CertificateError | undefined {
    const known = this.#known.get(role) ?? new Map<ParsedCertificate, CertificateError | undefined>()
    this.#known.set(role, known)
    if (!known.has(certificate)) {
      known.set(
        certificate,
        rejectionBy(() => checkCertificate(certificate, { ...this.#context, role })),
      )
    }
    return known.get(certificate)
  }
}

/** The CertificateError that a check throws; anything else it throws is a fault of ours and passes through. */
export function rejectionBy(check: () => void): CertificateError | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (error instanceof CertificateError) return error
    throw error
  }
}
