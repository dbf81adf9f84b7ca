import { parseCertificate } from '../../src/certificates/parsed-certificate.js'
import { TrustAnchors } from '../../src/certificates/trust-anchors.js'
import { peerVerifier } from '../../src/connection/peer-verifier.js'
import type { CryptoProvider } from '../../src/crypto/provider.js'
import { TlsError } from '../../src/errors/tls-error.js'
import type { ReceivedChain } from '../../src/handshake/received-chain.js'
import type { VerifiedPeer } from '../../src/handshake/verified-peer.js'
import { splitTimestamps } from './credentials.js'
import type { ShimFlags } from './flags.js'

/**
 * The runner's certificates are for no name and need not lead to a root. So each leaf is judged by the library as if
 * it were trusted itself: what remains are the rules of a leaf, its key usage among them. Chains are the matter of
 * other suites.
 */
export function judgePeer(
  provider: CryptoProvider,
  { on, values }: ShimFlags,
): (chain: ReceivedChain) => Promise<VerifiedPeer> {
  const mustBeGood = on.has('verify-peer') || on.has('require-any-client-certificate')
  return async (chain) => {
    const [leaf] = chain.certificates
    const verify = peerVerifier({
      provider,
      purpose: on.has('server') ? 'clientAuth' : 'serverAuth',
      serverName: undefined,
      trustAnchors: TrustAnchors.from(leaf ? parseCertificate(leaf) : []),
      clock: undefined,
      validation: undefined,
      restrictions: { certificateSignatureSchemes: null, certificateKeys: null },
      // the runner wants the application's refusal by either of two callbacks, each with an alert of its own
      verifyPeer(peer) {
        checkAdditions(peer, values)
        if (on.has('fail-ocsp-callback') && !on.has('server')) {
          throw new TlsError('certificate_status_invalid', '-fail-ocsp-callback')
        }
        if (!on.has('verify-fail') || !mustBeGood) return
        const code = on.has('use-custom-verify-callback') ? 'certificate_refused' : 'handshake_failure'
        throw new TlsError(code, '-verify-fail')
      },
      checksStaple: false,
    })
    return await verify(chain)
  }
}

/** What came with the certificate, as the runner's flags have it. */
function checkAdditions({ ocspResponse, signedCertificateTimestamps = [] }: VerifiedPeer, values: ShimFlags['values']) {
  const expectedResponse = values['expect-ocsp-response']
  if (expectedResponse && !expectedResponse.equals(ocspResponse ?? new Uint8Array())) {
    throw new Error('another OCSP response than expected')
  }
  const expectedTimestamps = values['expect-signed-cert-timestamps']
  if (!expectedTimestamps) return
  const expected = splitTimestamps(expectedTimestamps)
  const isSame =
    expected.length === signedCertificateTimestamps.length &&
    expected.every((each, index) => Buffer.from(each).equals(signedCertificateTimestamps[index] ?? new Uint8Array()))
  if (!isSame) throw new Error('other certificate timestamps than expected')
}
