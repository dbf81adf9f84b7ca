import type { CryptoProvider } from '../../crypto/provider.js'
import { verifySignature } from '../../crypto/signature/verify.js'
import { TlsError } from '../../errors/tls-error.js'
import { type Bytes, equalBytes } from '../../wire/bytes.js'
import { CertificateError } from '../certificate-error.js'
import type { ParsedCertificate } from '../parsed-certificate.js'
import type { PathBudget } from './path-budget.js'

interface Check {
  readonly issuerKey: Bytes
  /** Why the signature is refused; `undefined` when it is good. */
  readonly outcome: Promise<CertificateError | undefined>
  rejection?: CertificateError
}

/** Checks each signature of a search at most once, and those of one path side by side. */
export class SignatureChecks {
  readonly #provider: CryptoProvider
  readonly #budget: PathBudget
  readonly #checks = new Map<ParsedCertificate, Check[]>()

  constructor(provider: CryptoProvider, budget: PathBudget) {
    this.#provider = provider
    this.#budget = budget
  }

  /** Why the certificate is known not to be signed by this key; `undefined` while that is not known. */
  knownRejection(certificate: ParsedCertificate, issuerKey: Bytes): CertificateError | undefined {
    return this.#find(certificate, issuerKey)?.rejection
  }

  /** The first signature that is refused, from the leaf up. @param links each certificate with its issuer's key */
  async verify(links: readonly (readonly [ParsedCertificate, Bytes])[]): Promise<CertificateError | undefined> {
    const checks = links.map(([certificate, issuerKey]) => this.#start(certificate, issuerKey))
    const outcomes = await Promise.all(checks.map(({ outcome }) => outcome))
    return outcomes.find((rejection) => rejection !== undefined)
  }

  #start(certificate: ParsedCertificate, issuerKey: Bytes): Check {
    const known = this.#find(certificate, issuerKey)
    if (known !== undefined) return known
    this.#budget.signature()
    const check: Check = {
      issuerKey,
      outcome: this.#run(certificate, issuerKey).then((rejection) => {
        if (rejection !== undefined) check.rejection = rejection
        return rejection
      }),
    }
    this.#checks.set(certificate, [...(this.#checks.get(certificate) ?? []), check])
    return check
  }

  async #run(certificate: ParsedCertificate, issuerKey: Bytes): Promise<CertificateError | undefined> {
    const { signature, tbsCertificate } = certificate.fields
    try {
      const isGood = await verifySignature(
        this.#provider,
        issuerKey,
        certificate.signatureAlgorithm,
        signature,
        tbsCertificate,
      )
      if (isGood) return undefined
      return new CertificateError(
        'signature',
        certificate.subject,
        `its signature is not that of "${certificate.issuer}"`,
      )
    } catch (cause) {
      if (!(cause instanceof TlsError)) throw cause
      return new CertificateError('public-key', certificate.issuer, cause.message, { cause })
    }
  }

  #find(certificate: ParsedCertificate, issuerKey: Bytes): Check | undefined {
    return this.#checks.get(certificate)?.find((check) => equalBytes(check.issuerKey, issuerKey))
  }
}
