import type { Identity } from '../../certificates/identity/identity.js'
import type { CipherSuiteParameters } from '../../crypto/cipher-suites.js'
import type { KeyExchangeGroup } from '../../crypto/groups/group.js'
import type { HashAlgorithm } from '../../crypto/hash.js'
import type { SignatureSchemeParameters } from '../../crypto/signature-schemes.js'
import { TlsError } from '../../errors/tls-error.js'
import { isGrease } from '../../messages/code-points.js'
import { isPostQuantum } from '../../policy/default-parameters.js'
import { type Bytes, equalBytes } from '../../wire/bytes.js'
import { chooseScheme } from '../choose-scheme.js'
import { preferAcceptedChains } from '../prefer-identities.js'
import type { OfferedHello } from './offered-hello.js'
import type { ServerParameters } from './server-parameters.js'

/** The first of the server's suites that the client offers and, with a PSK, that has its hash (section 4.3.11). */
export function chooseCipherSuite(
  parameters: ServerParameters,
  hello: OfferedHello,
  pskHash: HashAlgorithm | undefined,
): CipherSuiteParameters {
  const suite = findCipherSuite(parameters, hello, pskHash)
  //= rfc9846#section-2.1 2.1-1
  //= rfc9846#section-4.2.1 4.2.1-4
  if (!suite) throw new TlsError('handshake_failure', 'the client offers no cipher suite that is allowed here')
  return suite
}

export function findCipherSuite(
  parameters: ServerParameters,
  hello: OfferedHello,
  hash: HashAlgorithm | undefined,
): CipherSuiteParameters | undefined {
  const clientsFirst = hello.body.cipherSuites.find((suite) => !isGrease(suite))
  const chaCha20 = parameters.cipherSuites.find(({ aead }) => aead === 'ChaCha20-Poly1305')
  const fits = (suite: CipherSuiteParameters) =>
    //= rfc9846#section-4.2.2 4.2.2-12
    //= rfc9846#section-4.3.11 4.3.11-4 4.3.11-8
    hello.body.cipherSuites.includes(suite.codePoint) && (hash === undefined || suite.hash === hash)
  if (parameters.followsChaCha20Preference && chaCha20?.codePoint === clientsFirst && chaCha20 && fits(chaCha20)) {
    return chaCha20
  }
  return parameters.cipherSuites.find(fits)
}

/** A group, with the client's share for it or the need to ask for one (RFC 9846 section 4.2.1). */
export interface ChosenGroup {
  readonly group: KeyExchangeGroup
  readonly clientShare: Bytes | undefined
}

/**
 * As s2n-tls does: the first of the server's groups that a share came for, to save a round trip. Worth another one are
 * a post-quantum group that precedes it, so that a client that knows one is not talked down, and then a strongly
 * preferred group.
 */
export function chooseGroup(parameters: ServerParameters, hello: OfferedHello): ChosenGroup {
  const shareOf = (group: KeyExchangeGroup) =>
    hello.keyShares?.find((entry) => entry.group === group.codePoint)?.keyExchange
  //= rfc9846#section-4.3.8 4.3.8-7 4.3.8-19
  const common = parameters.groups.filter(({ codePoint }) => hello.supportedGroups?.includes(codePoint))
  const quickest = common.find((group) => shareOf(group) !== undefined)
  const group = worthRoundTrip(parameters, common, quickest) ?? quickest ?? common[0]
  //= rfc9846#section-4.2.1 4.2.1-1
  if (!group) throw new TlsError('handshake_failure', 'the client offers no group that is allowed here')
  return { group, clientShare: shareOf(group) }
}

function worthRoundTrip(
  { stronglyPreferredGroups }: ServerParameters,
  common: readonly KeyExchangeGroup[],
  quickest: KeyExchangeGroup | undefined,
): KeyExchangeGroup | undefined {
  if (quickest && isPostQuantum(quickest.name)) return undefined
  const preceding = quickest ? common.slice(0, common.indexOf(quickest)) : common
  return (
    preceding.find(({ name }) => isPostQuantum(name)) ?? common.find((group) => stronglyPreferredGroups.includes(group))
  )
}

/** RFC 7301 section 3.2: the server's first that the client knows; none at all is an error, unless one side is silent. */
export function chooseAlpn(parameters: ServerParameters, hello: OfferedHello): Bytes | undefined {
  const offered = hello.alpnProtocols
  if (!offered || parameters.alpnProtocols.length === 0) return undefined
  const chosen = parameters.alpnProtocols.find((ours) => offered.some((theirs) => equalBytes(ours, theirs)))
  if (!chosen) {
    const names = offered.map((name) => new TextDecoder().decode(name)).join(', ')
    throw new TlsError(
      'no_application_protocol',
      `the client speaks ${JSON.stringify(names)}, none of which is spoken here`,
    )
  }
  return chosen
}

export interface ChosenIdentity {
  readonly identity: Identity
  readonly scheme: SignatureSchemeParameters
}

/** The first identity that can sign in a way which both sides allow, and of these ways the one we prefer. */
export async function chooseIdentity(parameters: ServerParameters, hello: OfferedHello): Promise<ChosenIdentity> {
  const found = await parameters.selectIdentities(hello)
  const identities = preferAcceptedChains(found, hello.certificateSignatureSchemes)
  const accepted = hello.signatureSchemes
  // section 4.3.3: a PSK had excused it, but none was taken
  //= rfc9846#section-4.3.3 4.3.3-3
  if (!accepted) throw new TlsError('missing_extension', 'client_hello has no extension signature_algorithms')
  for (const identity of identities) {
    //= rfc9846#section-4.5.2 4.5.2-4
    //= rfc9846#section-4.5.1.2 4.5.1.2-2 4.5.1.2-4
    const scheme = chooseScheme(parameters.ownSignatureSchemes, identity, accepted)
    if (scheme) return { identity, scheme }
  }
  if (found.length > 0) {
    throw new TlsError(
      'handshake_failure',
      'the client takes none of the signatures that the identities can make and the policy allows',
    )
  }
  //= rfc9846#section-4.5.1.2 4.5.1.2-7
  //= rfc9846#section-9.2 9.2-14 9.2-15
  if (hello.serverName === undefined) {
    throw new TlsError('missing_extension', 'there is no identity for a client that says no server_name')
  }
  throw new TlsError('unrecognized_name', `there is no identity for ${JSON.stringify(hello.serverName)}`)
}
