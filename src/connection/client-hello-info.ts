import type { OfferedHello } from '../handshake/server/offered-hello.js'
import { CipherSuite, NamedGroup, nameOf, SignatureScheme } from '../messages/code-points.js'

/** What a client asks for, by IANA's names; code points without a name as `0x1234`. */
export interface ClientHelloInfo {
  readonly serverName: string | undefined
  readonly alpnProtocols: readonly string[]
  readonly cipherSuites: readonly string[]
  readonly groups: readonly string[]
  readonly signatureSchemes: readonly string[]
  /** The DER of X.501 names of issuers that the client trusts (RFC 9846 section 4.3.4); most clients name none. */
  readonly certificateAuthorities: readonly Uint8Array[]
}

export function describeClientHello(hello: OfferedHello): ClientHelloInfo {
  const text = new TextDecoder()
  return {
    serverName: hello.serverName,
    alpnProtocols: (hello.alpnProtocols ?? []).map((name) => text.decode(name)),
    cipherSuites: hello.body.cipherSuites.map((value) => nameOf(CipherSuite, value)),
    groups: (hello.supportedGroups ?? []).map((value) => nameOf(NamedGroup, value)),
    signatureSchemes: (hello.signatureSchemes ?? []).map((value) => nameOf(SignatureScheme, value)),
    certificateAuthorities: hello.certificateAuthorities.map((name) => name.slice()),
  }
}
