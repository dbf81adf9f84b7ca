import type { Identity } from '../../certificates/identity/identity.js'
import type { CipherSuiteParameters } from '../../crypto/cipher-suites.js'
import type { KeyExchangeGroup } from '../../crypto/groups/group.js'
import type { SignatureSchemeParameters } from '../../crypto/signature-schemes.js'
import { TlsError } from '../../errors/tls-error.js'
import { isGrease } from '../../messages/code-points.js'
import { type Bytes, equalBytes } from '../../wire/bytes.js'
import type { OfferedHello } from './offered-hello.js'
import type { ServerParameters } from './server-parameters.js'

/** The first of the server's suites that the client offers. */
export function chooseCipherSuite(parameters: ServerParameters, hello: OfferedHello): CipherSuiteParameters {
  const clientsFirst = hello.body.cipherSuites.find((suite) => !isGrease(suite))
  const chaCha20 = parameters.cipherSuites.find(({ aead }) => aead === 'ChaCha20-Poly1305')
  if (parameters.followsChaCha20Preference && chaCha20 && chaCha20.codePoint === clientsFirst) return chaCha20
  const suite = parameters.cipherSuites.find(({ codePoint }) => hello.body.cipherSuites.includes(codePoint))
  if (!suite) throw new TlsError('handshake_failure', 'the client offers no cipher suite that is allowed here')
  return suite
}

/** A group, with the client's share for it or the need to ask for one (RFC 9846 section 4.2.1). */
export interface ChosenGroup {
  readonly group: KeyExchangeGroup
  readonly clientShare: Bytes | undefined
}

/**
 * A group that is strongly preferred, where the client offers one; else the first of the server's that a share came
 * for, to save a round trip; else the first that is offered.
 */
export function chooseGroup(parameters: ServerParameters, hello: OfferedHello): ChosenGroup {
  for (const group of parameters.stronglyPreferredGroups) {
    if (!hello.supportedGroups?.includes(group.codePoint)) continue
    const share = hello.keyShares?.find((entry) => entry.group === group.codePoint)
    return { group, clientShare: share?.keyExchange }
  }
  for (const group of parameters.groups) {
    const share = hello.keyShares?.find((entry) => entry.group === group.codePoint)
    if (share) return { group, clientShare: share.keyExchange }
  }
  const group = parameters.groups.find(({ codePoint }) => hello.supportedGroups?.includes(codePoint))
  if (!group) throw new TlsError('handshake_failure', 'the client offers no group that is allowed here')
  return { group, clientShare: undefined }
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

/** The first identity with a scheme that the client takes, in the client's order of preference. */
export async function chooseIdentity(parameters: ServerParameters, hello: OfferedHello): Promise<ChosenIdentity> {
  const identities = await parameters.selectIdentities(hello)
  const accepted = hello.signatureSchemes ?? []
  for (const identity of identities) {
    const scheme = chooseScheme(identity, accepted)
    if (scheme) return { identity, scheme }
  }
  throw new TlsError(
    identities.length === 0 ? 'unrecognized_name' : 'handshake_failure',
    identities.length === 0
      ? `there is no identity for ${JSON.stringify(hello.serverName ?? '')}`
      : 'the client takes none of the signatures that the identities can make',
  )
}

export function chooseScheme(identity: Identity, accepted: readonly number[]): SignatureSchemeParameters | undefined {
  for (const codePoint of accepted) {
    const scheme = identity.schemes.find((candidate) => candidate.codePoint === codePoint)
    if (scheme) return scheme
  }
  return undefined
}
