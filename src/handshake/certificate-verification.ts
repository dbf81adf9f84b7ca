import type { CryptoProvider } from '../crypto/provider.js'
import { parseSubjectPublicKeyInfo } from '../crypto/signature/public-key.js'
import { verifySignature } from '../crypto/signature/verify.js'
import {
  keyFitsScheme,
  type SignatureSchemeParameters,
  signatureSchemeByCodePoint,
} from '../crypto/signature-schemes.js'
import type { TranscriptHash } from '../crypto/transcript.js'
import { TlsError } from '../errors/tls-error.js'
import type { CertificateVerify } from '../messages/certificate-verify.js'
import { nameOf, SignatureScheme } from '../messages/code-points.js'
import { signedContent } from './signed-content.js'
import type { VerifiedPeer } from './verified-peer.js'

/** RFC 9846 section 4.5.2: the peer holds the key of its certificate. @returns the scheme's name */
export async function checkCertificateVerify(
  provider: CryptoProvider,
  signer: 'server' | 'client',
  { algorithm, signature }: CertificateVerify,
  offered: readonly SignatureSchemeParameters[],
  peer: VerifiedPeer,
  transcriptHash: TranscriptHash,
): Promise<string> {
  const scheme = signatureSchemeByCodePoint.get(algorithm)
  const name = nameOf(SignatureScheme, algorithm)
  //= rfc9846#section-4.5.2 4.5.2-7
  //= rfc9846#section-4.3.3 4.3.3-20 4.3.3-21
  if (!scheme || !offered.includes(scheme)) {
    throw new TlsError('illegal_parameter', `certificate_verify is signed with ${name}, which was not offered`)
  }
  const [leaf] = peer.certificates
  if (!leaf) throw new TlsError('internal', 'a chain without a leaf was accepted')
  const key = parseSubjectPublicKeyInfo(leaf.subjectPublicKeyInfo)
  //= rfc9846#section-4.3.3 4.3.3-1
  //= rfc9846#section-4.5.2 4.5.2-6
  if (!keyFitsScheme(key, scheme)) {
    throw new TlsError(
      'illegal_parameter',
      `certificate_verify is signed with ${name}, which a key of kind ${key.kind} can't make`,
    )
  }
  const content = signedContent(signer, transcriptHash)
  //= rfc9846#section-4.5.2 4.5.2-8 4.5.2-9
  if (!(await verifySignature(provider, leaf.subjectPublicKeyInfo, scheme.algorithm, signature, content))) {
    throw new TlsError(
      'signature_invalid',
      `the signature of certificate_verify is wrong: the ${signer} does not hold the key`,
    )
  }
  return name
}
