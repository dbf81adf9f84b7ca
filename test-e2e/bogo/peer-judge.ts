import { parseCertificate } from '../../src/certificates/parsed-certificate.js'
import { TlsError } from '../../src/errors/tls-error.js'
import type { ReceivedChain } from '../../src/handshake/received-chain.js'
import type { VerifiedPeer } from '../../src/handshake/verified-peer.js'
import type { ShimFlags } from './flags.js'

/**
 * The runner's certificates are for no name and need not lead to a root: as in its own shim, a chain whose leaf can be
 * read is good unless `-verify-fail` says otherwise. How chains are judged is the matter of other suites.
 */
export function judgePeer({ on }: ShimFlags): (chain: ReceivedChain) => Promise<VerifiedPeer> {
  return async ({ certificates, ocspResponse, signedCertificateTimestamps }) => {
    const parsed = certificates.map((der) => parseCertificate(der))
    if (on.has('verify-fail')) throw new TlsError('certificate_refused', '-verify-fail')
    return { certificates: parsed, path: parsed, ocspResponse, signedCertificateTimestamps }
  }
}
