import type { CertificateRestrictions } from '../certificates/path/check-restrictions.js'
import type { TrustAnchors } from '../certificates/trust-anchors.js'
import type { CertificatePurpose, VerifyPeerChainOptions } from '../certificates/validation-options.js'
import { verifyPeerChain } from '../certificates/verify-peer-chain.js'
import type { CryptoProvider } from '../crypto/provider.js'
import type { ReceivedChain } from '../handshake/received-chain.js'
import type { VerifiedPeer } from '../handshake/verified-peer.js'
import { askVerifyPeer, readableCertificates } from './option-checks.js'
import { checkOptions, type OptionKind } from './option-kinds.js'

/** How chains are judged beyond the defaults; see `webtls/x509`. */
export type CertificateValidationOptions = Pick<VerifyPeerChainOptions, 'profile' | 'policies' | 'crls' | 'limits'>

interface PeerVerifierSettings {
  readonly provider: CryptoProvider
  readonly purpose: CertificatePurpose
  /** `undefined` for clients, whose certificates are for no name. */
  readonly serverName: string | undefined
  readonly trustAnchors: TrustAnchors
  readonly clock: (() => Date) | undefined
  readonly validation: CertificateValidationOptions | undefined
  /** What the security policy allows of certificates. */
  readonly restrictions: CertificateRestrictions
  /** Only where the peer has proved itself before; a handshake asks when it has done so. */
  readonly verifyPeer: ((peer: VerifiedPeer) => void | Promise<void>) | undefined
  /** Whether a staple was asked for: then the want of a promised one counts as well (RFC 7633). */
  readonly checksStaple: boolean
}

/** Each name once, held to the interface by its type. */
const validationKinds: Readonly<Record<keyof CertificateValidationOptions, OptionKind>> = {
  profile: 'checked',
  policies: 'checked',
  crls: 'checked',
  limits: 'object',
}

/** The judge of a peer's chain, made once for a config: validation first, then the application's own rules. */
export function peerVerifier(settings: PeerVerifierSettings): (chain: ReceivedChain) => Promise<VerifiedPeer> {
  const { provider, purpose, serverName, trustAnchors, clock, validation, restrictions, verifyPeer, checksStaple } =
    settings
  // `crls` misspelt would be no revocation at all
  checkOptions(validation ?? {}, validationKinds)
  return async ({ certificates, ocspResponse, signedCertificateTimestamps }) => {
    const { path } = await verifyPeerChain(certificates, {
      ...validation,
      restrictions,
      purpose,
      serverName,
      trustAnchors,
      time: clock?.() ?? new Date(provider.now()),
      provider,
      ...(checksStaple ? { stapledOcsp: { response: ocspResponse } } : {}),
    })
    const peer = { certificates: readableCertificates(certificates), path, ocspResponse, signedCertificateTimestamps }
    await askVerifyPeer(verifyPeer, peer)
    return peer
  }
}
