import { type Identity, type IdentityOptions, loadIdentities } from '../certificates/identity/identity.js'
import { type TrustAnchorSource, TrustAnchors } from '../certificates/trust-anchors.js'
import { verifyPeerChain } from '../certificates/verify-peer-chain.js'
import { type CryptoProvider, platformProvider } from '../crypto/provider.js'
import { TlsError } from '../errors/tls-error.js'
import type { TlsEvent } from '../handshake/observer.js'
import type { OfferedHello } from '../handshake/server/offered-hello.js'
import type { ServerParameters } from '../handshake/server/server-parameters.js'
import type { VerifiedPeer } from '../handshake/verified-peer.js'
import { SecurityPolicy } from '../policy/security-policy.js'
import type { Bytes } from '../wire/bytes.js'
import { alpnBytes } from './alpn.js'
import { type ClientHelloInfo, describeClientHello } from './client-hello-info.js'
import { IdentityTable } from './identity-table.js'
import { askVerifyPeer, checkPositive, checkProvider, keyLogLines, readableCertificates } from './option-checks.js'
import { resolvePolicy } from './resolve-policy.js'

type TrustAnchorOption = TrustAnchors | TrustAnchorSource | readonly (TrustAnchorSource | TrustAnchors)[]

/** Options of a TLS server. What is not said has a safe default; nothing is read from the environment. */
export interface TlsServerOptions {
  /**
   * The server's certificates with their keys. For each client: those whose certificate is for the name it asks for,
   * then those whose wildcard covers it, then the first of the list; of these the first whose key can make a signature
   * that the client takes. Or a function that chooses: `undefined` refuses the client with unrecognized_name.
   */
  readonly identities:
    | readonly (IdentityOptions | Identity)[]
    | ((hello: ClientHelloInfo) => readonly Identity[] | undefined | Promise<readonly Identity[] | undefined>)
  /** Whether clients are asked for a certificate, and whether they must have one. Default `none`. */
  readonly clientAuthentication?: 'none' | 'optional' | 'required'
  /** Who may vouch for clients; needed unless `clientAuthentication` is `none`. */
  readonly clientTrustAnchors?: TrustAnchorOption
  /** A further judge of a client whose chain was found valid: it throws, or rejects, to refuse it. */
  readonly verifyPeer?: (peer: VerifiedPeer) => void | Promise<void>
  /** Application protocols in order of the server's preference (RFC 7301). */
  readonly alpnProtocols?: readonly string[]
  /** Cipher suites, groups and signature schemes; `SecurityPolicy.default` when absent. */
  readonly securityPolicy?: SecurityPolicy
  /** Ends the connection whenever it is aborted, in the handshake and later. */
  readonly signal?: AbortSignal
  /** As for a client: for debugging only. */
  readonly keyLog?: (line: string) => void
  readonly onEvent?: (event: TlsEvent) => void
  /** The time that certificates are judged at. Default: now. */
  readonly clock?: () => Date
  /** The WebCrypto to use. Default: the runtime's. */
  readonly provider?: CryptoProvider
  /** The longest Certificate message that is taken from a client, in bytes. Default 131072. */
  readonly maxCertificateLength?: number
  /** After how many records the write keys are changed (RFC 9846 section 5.5), if sooner than the suite's limit. */
  readonly recordLimit?: number
}

/** A server's options, checked and resolved once and then shared by any number of connections. Immutable. */
export class TlsServerConfig {
  readonly options: TlsServerOptions
  /** What the handshake works with. */
  readonly parameters: ServerParameters

  private constructor(options: TlsServerOptions, parameters: ServerParameters) {
    this.options = options
    this.parameters = parameters
    Object.freeze(this)
  }

  /**
   * Imports the keys, reads the chains and resolves the policy.
   * @throws TlsError `invalid_argument` for an option that cannot be right, `unsupported` when this runtime's WebCrypto
   *   can do nothing of what the policy asks for
   */
  static async create(options: TlsServerOptions): Promise<TlsServerConfig> {
    const settled = Object.freeze({ ...options })
    return new TlsServerConfig(settled, await resolveParameters(settled))
  }
}

async function resolveParameters(options: TlsServerOptions): Promise<ServerParameters> {
  const provider = checkProvider(options.provider ?? platformProvider)
  checkPositive('maxCertificateLength', options.maxCertificateLength)
  checkPositive('recordLimit', options.recordLimit)
  const clientAuthentication = options.clientAuthentication ?? 'none'
  const clientTrustAnchors = TrustAnchors.from(options.clientTrustAnchors ?? [])
  if (clientAuthentication !== 'none' && clientTrustAnchors.size === 0) {
    throw new TlsError(
      'invalid_argument',
      'clientTrustAnchors is missing: the CA certificates that may vouch for clients',
    )
  }
  const [policy, selectIdentities] = await Promise.all([
    resolvePolicy(provider, options.securityPolicy ?? SecurityPolicy.default),
    identitySelector(provider, options.identities),
  ])
  return Object.freeze({
    provider,
    cipherSuites: policy.cipherSuites,
    groups: policy.groups,
    signatureSchemes: policy.signatureSchemes,
    selectIdentities,
    alpnProtocols: (options.alpnProtocols ?? []).map(alpnBytes),
    clientAuthentication,
    certificateAuthorities: clientTrustAnchors.anchors.map(({ subject }) => subject.der),
    verifyClient: async (chain: readonly Bytes[]): Promise<VerifiedPeer> => {
      const time = options.clock?.() ?? new Date(provider.now())
      const { path } = await verifyPeerChain(chain, {
        purpose: 'clientAuth',
        serverName: undefined,
        trustAnchors: clientTrustAnchors,
        time,
        provider,
      })
      const peer = { certificates: readableCertificates(chain), path }
      await askVerifyPeer(options.verifyPeer, peer)
      return peer
    },
    lookUpPsk: undefined,
    allowsPskKe: false,
    acceptEarlyData: undefined,
    maxSkippedEarlyData: 2 ** 16,
    keyLog: keyLogLines(options.keyLog),
  })
}

async function identitySelector(
  provider: CryptoProvider,
  identities: TlsServerOptions['identities'],
): Promise<ServerParameters['selectIdentities']> {
  if (typeof identities === 'function') {
    return async (hello: OfferedHello) => (await identities(describeClientHello(hello))) ?? []
  }
  if (identities.length === 0)
    throw new TlsError('invalid_argument', 'identities is empty: a server needs a certificate')
  const table = new IdentityTable(await loadIdentities(provider, identities))
  return async ({ serverName }) => table.find(serverName)
}
