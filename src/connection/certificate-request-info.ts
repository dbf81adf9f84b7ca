import type { CertificateDemand } from '../handshake/client/server-authentication.js'
import { nameOf, SignatureScheme } from '../messages/code-points.js'

/** What a server asks of a client's certificate: RFC 9846 section 4.4.2. */
export interface CertificateRequestInfo {
  /** By IANA's names; code points without a name as `0x1234`. */
  readonly signatureSchemes: readonly string[]
  /** The DER of X.501 names, one of which should have issued the chain (section 4.3.4); empty where any issuer will do. */
  readonly certificateAuthorities: readonly Uint8Array[]
}

export const describeCertificateRequest = ({
  signatureSchemes,
  authorities,
}: CertificateDemand): CertificateRequestInfo => ({
  signatureSchemes: signatureSchemes.map((value) => nameOf(SignatureScheme, value)),
  certificateAuthorities: (authorities ?? []).map((name) => name.slice()),
})
