import type { Identity } from '../../certificates/identity/identity.js'
import { ParsedCertificate } from '../../certificates/parsed-certificate.js'
import type { SignatureSchemeParameters } from '../../crypto/signature-schemes.js'
import type { Transcript } from '../../crypto/transcript.js'
import { TlsError } from '../../errors/tls-error.js'
import { asBytes, equalBytes } from '../../wire/bytes.js'
import { sendCertificate } from '../certificate-forms.js'
import { certificateMessageOf } from '../certificate-message.js'
import { chooseScheme } from '../choose-scheme.js'
import type { MessageChannel } from '../message-channel.js'
import { preferAcceptedChains } from '../prefer-identities.js'
import { signedContent } from '../signed-content.js'
import type { ClientParameters } from './client-parameters.js'
import type { HandshakeEpoch } from './handshake-epoch.js'
import { matchesOidFilters } from './oid-filters.js'
import type { CertificateDemand } from './server-authentication.js'

/** The client's Certificate and CertificateVerify: RFC 9846 sections 4.5.1 and 4.5.2. */
export async function sendClientCertificate(
  channel: MessageChannel,
  { hellos }: HandshakeEpoch,
  demand: CertificateDemand,
  before: Transcript,
): Promise<Transcript> {
  const { parameters } = hellos.offer
  const { provider } = parameters
  const chosen = await chooseClientIdentity(parameters, demand)
  //= rfc9846#section-4.5.1 4.5.1-3
  if (!chosen) {
    // "If no suitable certificate is available, the client MUST send a Certificate message containing no certificates"
    const nothing = { certificateRequestContext: demand.context, certificateList: [] }
    return before.with(channel.send('certificate', nothing))
  }
  const { identity, scheme } = chosen
  //= rfc9846#section-4.5.1 4.5.1-5 4.5.1-7
  //= rfc9846#section-4.3 4.3-3
  const message = certificateMessageOf(identity, demand.context, demand.extensions)
  const transcript = before.with(await sendCertificate(channel, parameters, identity, message, demand.compression))
  const content = signedContent('client', await transcript.digest(provider, hellos.suite.hash))
  const signature = await channel.observer.timed('Sign CertificateVerify', identity.makeSignature(scheme, content))
  //= rfc9846#section-4.5.2 4.5.2-2 4.5.2-3
  return transcript.with(channel.send('certificate_verify', { algorithm: scheme.codePoint, signature }))
}

interface ChosenIdentity {
  readonly identity: Identity
  readonly scheme: SignatureSchemeParameters
}

/** The first identity that fits the server's schemes and, where it names them, authorities and filters (section 4.5.1.2). */
export async function chooseClientIdentity(
  { identities, selectIdentity, ownSignatureSchemes: allowed }: ClientParameters,
  demand: CertificateDemand,
): Promise<ChosenIdentity | undefined> {
  const { certificateSchemes, authorities } = demand
  if (selectIdentity) return signable(allowed, await selectIdentity(demand), demand)
  for (const identity of preferAcceptedChains(identities, certificateSchemes)) {
    //= rfc9846#section-4.3.4 4.3.4-1
    //= rfc9846#section-4.5.1.2 4.5.1.2-5
    if (authorities && !isIssuedByOne(identity, authorities)) continue
    const scheme = fittingScheme(allowed, identity, demand)
    if (scheme) return { identity, scheme }
  }
  //= rfc9846#section-4.5.1.2 4.5.1.2-13
  return undefined
}

/** What the application chose is used or fails: to go on without a certificate would not be what it wants. */
function signable(
  allowed: readonly SignatureSchemeParameters[],
  identity: Identity | undefined,
  demand: CertificateDemand,
): ChosenIdentity | undefined {
  if (!identity) return undefined
  const isSendable = preferAcceptedChains([identity], demand.certificateSchemes).length > 0
  const scheme = isSendable ? fittingScheme(allowed, identity, demand) : undefined
  if (scheme) return { identity, scheme }
  throw new TlsError(
    'handshake_failure',
    'the chosen identity does not fit: the server takes none of its signatures, or asks for other extensions',
  )
}

function fittingScheme(
  allowed: readonly SignatureSchemeParameters[],
  identity: Identity,
  { signatureSchemes, oidFilters }: CertificateDemand,
): SignatureSchemeParameters | undefined {
  const leaf = ParsedCertificate.parse(asBytes(identity.leaf.der))
  if (oidFilters && !matchesOidFilters(leaf, oidFilters)) return undefined
  //= rfc9846#section-4.5.2 4.5.2-5
  //= rfc9846#section-4.5.1.2 4.5.1.2-2 4.5.1.2-4
  return chooseScheme(allowed, identity, signatureSchemes)
}

function isIssuedByOne({ chain }: Identity, authorities: readonly Uint8Array[]): boolean {
  return chain.some((der) => {
    const { issuer } = ParsedCertificate.parse(der).fields
    return authorities.some((name) => equalBytes(name, issuer.der))
  })
}
