import type { Identity, IdentityOptions } from '../certificates/identity/identity.js'
import { parseReferenceIdentity } from '../certificates/names/reference-identity.js'
import { type TrustAnchorSource, TrustAnchors } from '../certificates/trust-anchors.js'
import { type CryptoProvider, platformProvider } from '../crypto/provider.js'
import { TlsError } from '../errors/tls-error.js'
import type { CertificateCompressor } from '../handshake/certificate-compression.js'
import type { ClientParameters } from '../handshake/client/client-parameters.js'
import type { TlsEvent } from '../handshake/observer.js'
import type { VerifiedPeer } from '../handshake/verified-peer.js'
import { SecurityPolicy } from '../policy/security-policy.js'
import { type ExternalPsk, resolvePsk } from '../session/external-psk.js'
import type { SessionStore } from '../session/session-store.js'
import { toHex } from '../wire/bytes.js'
import { alpnBytes } from './alpn.js'
import { type CertificateRequestInfo, describeCertificateRequest } from './certificate-request-info.js'
import { externalSessions, sessionKey, storedSessions } from './client-sessions.js'
import { compressionMethods } from './compression-methods.js'
import {
  checkChoice,
  checkHandshakeTimeout,
  checkMaxSendFragment,
  checkPositive,
  checkProvider,
  checkRecordSizeLimit,
  defaultMaxCertificateLength,
  fragmentLengthCode,
  keyLogLines,
  peerApproval,
} from './option-checks.js'
import { checkOptions, type OptionKind } from './option-kinds.js'
import { checkOwnIdentity, loadOwnIdentities } from './own-identities.js'
import { type CertificateValidationOptions, peerVerifier } from './peer-verifier.js'
import { type ResolvedPolicy, resolvePolicy } from './resolve-policy.js'

/** Options of a TLS client. What is not said has a safe default; nothing is read from the environment. */
export interface TlsClientOptions {
  /**
   * The server's name: a DNS name in A-label form, or an IP address in text. Its certificate must be for it (RFC
   * 9525); a DNS name is also sent as server_name (RFC 6066).
   */
  readonly serverName: string
  /**
   * Who may vouch for the server: PEM text, DER bytes, parsed certificates, or several of these. Needed unless there
   * are external PSKs, which prove the server without a certificate.
   */
  readonly trustAnchors?: TrustAnchors | TrustAnchorSource | readonly (TrustAnchorSource | TrustAnchors)[]
  /**
   * Asks the server for an OCSP response to its certificate (RFC 6066 section 8). One that comes is checked and never
   * ignored; want of one counts where the certificate promises it (RFC 7633). Default false.
   */
  readonly requestOcspStapling?: boolean
  /** Asks for signed certificate timestamps (RFC 6962), which `verifyPeer` gets. Default false. */
  readonly requestSignedCertificateTimestamps?: boolean
  /** How chains are judged beyond the defaults: profile, policies, CRLs, limits (`webtls/x509`). */
  readonly certificateValidation?: CertificateValidationOptions
  /**
   * RFC 8879: by what the platform can, or not at all, or by algorithms of the application's, in order of preference.
   * Default true.
   */
  readonly certificateCompression?: boolean | readonly CertificateCompressor[]
  /** How long a record's content is made to look, in bytes, so that its length tells less (RFC 9846 section 5.4). */
  readonly padding?: (contentLength: number) => number
  /**
   * `throughput`: full records. `latency`: records that fit a packet first, so that a reader need not wait for the
   * rest of a full one, then full ones; small again after a pause. Default `throughput`.
   */
  readonly recordSizing?: 'throughput' | 'latency'
  /**
   * The longest content of a record that is sent, from 64 to 16384 bytes, where the peer does not ask for a shorter one:
   * for readers with little memory that know no record_size_limit. Default 16384.
   */
  readonly maxSendFragment?: number
  /** The longest record that the server may send, type and padding included: 64 to 16385 bytes (RFC 8449). */
  readonly recordSizeLimit?: number
  /** For old servers that know no record_size_limit (RFC 6066 section 4). In both directions, in bytes. */
  readonly maxFragmentLength?: 512 | 1024 | 2048 | 4096
  /** Application protocols in order of preference, for example `['h2', 'http/1.1']` (RFC 7301). */
  readonly alpnProtocols?: readonly string[]
  /** Cipher suites, groups and signature schemes; `SecurityPolicy.default` when absent. */
  readonly securityPolicy?: SecurityPolicy
  /**
   * A certificate with its key, for a server that asks for one; of several the first that fits what it asks, and none
   * where none fits. Or a function that chooses when a server asks: `undefined` sends no certificate, an exception ends
   * the connection. Sessions are then not shared between configs, and one that was begun with one identity may be
   * resumed when the function would choose another.
   */
  readonly identity?:
    | IdentityOptions
    | Identity
    | readonly (IdentityOptions | Identity)[]
    | ((request: CertificateRequestInfo) => Identity | undefined | Promise<Identity | undefined>)
  /** Whether the server may ask for a certificate at any time later (RFC 9846 section 4.3.6). Default false. */
  readonly postHandshakeAuth?: boolean
  /**
   * A further judge of a server whose chain was found valid and who has proved to hold its key, for pinning: it
   * throws, or rejects, to refuse it. Also asked before a session is resumed.
   */
  readonly verifyPeer?: (peer: VerifiedPeer) => void | Promise<void>
  /** Where sessions are kept for resumption (RFC 9846 section 2.2). None are when it is absent. */
  readonly sessionStore?: SessionStore
  /** Keys agreed on outside TLS, in order of preference. With them sessions are not resumed. */
  readonly externalPsks?: readonly ExternalPsk[]
  /** Also offer psk_ke, with external PSKs and with tickets: no key exchange, and so no forward secrecy. Default false. */
  readonly allowPskKe?: boolean
  /** Ends the connection whenever it is aborted, in the handshake and later. */
  readonly signal?: AbortSignal
  /**
   * How long the transport and the handshake may take together, in milliseconds, before the connection fails with
   * `handshake_timeout`; `Infinity` for no limit. It includes what callbacks such as `verifyPeer` take. Default 60000.
   */
  readonly handshakeTimeoutMilliseconds?: number
  /**
   * Takes a line of an NSS key log for each secret. Whoever has these lines can read the connection: for debugging
   * only. It also makes the secrets exportable, which they otherwise are not.
   */
  readonly keyLog?: (line: string) => void
  /** Told of each record, handshake message, alert and step of cryptography, for a page that shows them. */
  readonly onEvent?: (event: TlsEvent) => void
  /** RFC 8701: values without a meaning in the ClientHello, which keep servers tolerant. Default false. */
  readonly grease?: boolean
  /** RFC 9846 appendix E.4: look like TLS 1.2 to boxes on the way. Default true. */
  readonly middleboxCompatibility?: boolean
  /** The time that certificates are judged at. Default: now. */
  readonly clock?: () => Date
  /** The WebCrypto to use. Default: the runtime's. */
  readonly provider?: CryptoProvider
  /** The longest Certificate message that is taken, in bytes. Default 131072. */
  readonly maxCertificateLength?: number
  /** After how many records the write keys are changed (RFC 9846 section 5.5), if sooner than the suite's limit. */
  readonly recordLimit?: number
}

/** What the handshake works with: for this library, not its users. */
export let clientParametersOf: (config: TlsClientConfig) => ClientParameters

export let clientOptionsOf: (config: TlsClientConfig) => TlsClientOptions

/** For test suites whose certificates are not meant to be valid; nothing checks the changes, and no entry point has it. */
export let clientConfigWith: (config: TlsClientConfig, changes: Partial<ClientParameters>) => TlsClientConfig

/** A client's options, checked and resolved once and then shared by any number of connections. Immutable. */
export class TlsClientConfig {
  /** With keys in it: not to be seen by who prints a config. */
  readonly #options: TlsClientOptions
  readonly #parameters: ClientParameters

  private constructor(options: TlsClientOptions, parameters: ClientParameters) {
    this.#options = options
    this.#parameters = parameters
    Object.freeze(this)
  }

  /**
   * @throws TlsError `invalid_argument` for an option that cannot be right, `unsupported` when this runtime's WebCrypto
   *   can do nothing of what the policy asks for
   */
  static async create(options: TlsClientOptions): Promise<TlsClientConfig> {
    checkOptions(options, optionKinds)
    checkChoice('recordSizing', options.recordSizing, ['throughput', 'latency'])
    checkMaxSendFragment(options.maxSendFragment)
    checkHandshakeTimeout(options.handshakeTimeoutMilliseconds)
    const settled = Object.freeze({ ...options })
    return new TlsClientConfig(settled, await resolveParameters(settled))
  }

  static {
    clientParametersOf = (config) => config.#parameters
    clientOptionsOf = (config) => config.#options
    clientConfigWith = (config, changes) =>
      new TlsClientConfig(config.#options, Object.freeze({ ...config.#parameters, ...changes }))
  }
}

async function resolveParameters(options: TlsClientOptions): Promise<ClientParameters> {
  const provider = checkProvider(options.provider ?? platformProvider)
  const { serverName } = options
  if (typeof serverName !== 'string' || serverName === '') {
    throw new TlsError('invalid_argument', 'serverName is missing: the name that the server’s certificate must be for')
  }
  const externalPsks = (options.externalPsks ?? []).map(resolvePsk)
  if (options.trustAnchors === undefined && externalPsks.length === 0) {
    throw new TlsError('invalid_argument', 'trustAnchors is missing: the CA certificates that may vouch for the server')
  }
  const trustAnchors = TrustAnchors.from(options.trustAnchors ?? [])
  if (trustAnchors.size === 0 && externalPsks.length === 0) {
    throw new TlsError('invalid_argument', 'trustAnchors is empty: no server could be trusted')
  }
  const { maxCertificateLength, recordLimit } = options
  checkPositive('maxCertificateLength', maxCertificateLength)
  checkPositive('recordLimit', recordLimit)
  const policy = await resolvePolicy(provider, options.securityPolicy ?? SecurityPolicy.default, 'client')
  // here, and not when the certificate comes: a port, a URL or a name that is no A-label must not reach the wire
  const isIpAddress = parseReferenceIdentity(serverName).kind === 'ip'
  const requestsOcsp = options.requestOcspStapling ?? false
  const { verifyPeer, clock, certificateValidation: validation } = options
  const { certificateRestrictions: restrictions } = policy
  const purpose = 'serverAuth'
  const judge = { provider, purpose, serverName, trustAnchors, clock, validation, restrictions } as const
  const verifyServer =
    trustAnchors.size === 0
      ? refuseCertificates
      : peerVerifier({ ...judge, verifyPeer: undefined, checksStaple: requestsOcsp })
  // a stored session is of a server that has proved itself
  const verifyAgain = peerVerifier({ ...judge, verifyPeer, checksStaple: false })
  const alpnProtocols = options.alpnProtocols ?? []
  const { sessionStore } = options
  const { identity } = options
  const selectIdentity = typeof identity === 'function' ? identitySelector(policy, identity) : undefined
  const identities = await loadOwnIdentities(provider, policy, typeof identity === 'function' ? [] : asList(identity))
  // nothing is known of what a function will choose: a mark of this config alone
  const owner = selectIdentity && toHex(provider.getRandomValues(new Uint8Array(16)))
  const key = await sessionKey(provider, serverName, alpnProtocols, policy, trustAnchors, identities, owner)
  const sessions =
    sessionStore && externalPsks.length === 0
      ? storedSessions(provider, sessionStore, key, policy, verifyAgain)
      : externalSessions(externalPsks)
  return Object.freeze({
    provider,
    ...policy,
    ...sessions,
    allowsPskKe: options.allowPskKe ?? false,
    verifyServer,
    approveServer: peerApproval(verifyPeer),
    // RFC 6066 section 3: "Literal IPv4 and IPv6 addresses are not permitted", and no trailing dot
    serverNameIndication: isIpAddress ? undefined : serverName.replace(/\.$/, ''),
    alpnProtocols: alpnProtocols.map(alpnBytes),
    postHandshakeAuth: options.postHandshakeAuth ?? false,
    identities,
    selectIdentity,
    requestsOcsp,
    requestsTimestamps: options.requestSignedCertificateTimestamps ?? false,
    certificateCompression: compressionMethods(options.certificateCompression),
    maxCertificateLength: maxCertificateLength ?? defaultMaxCertificateLength,
    recordLimits: {
      recordSizeLimit: checkRecordSizeLimit(options.recordSizeLimit),
      maxFragmentLength:
        options.maxFragmentLength === undefined ? undefined : fragmentLengthCode(options.maxFragmentLength),
    },
    grease: options.grease ?? false,
    middleboxCompatibility: options.middleboxCompatibility ?? true,
    keyLog: keyLogLines(options.keyLog),
  })
}

/**
 * Of a client that has external PSKs alone: a server that shows a certificate has chosen none of them. What is wrong
 * is not the certificate, which nothing here could vouch for.
 */
async function refuseCertificates(): Promise<never> {
  throw new TlsError(
    'certificate_unknown_issuer',
    'the server accepted none of the external PSKs: it sent a certificate instead, and there are no trustAnchors',
  )
}

/** @throws TlsError, from what it gives, `invalid_argument` for an identity that the policy does not allow */
function identitySelector(
  policy: ResolvedPolicy,
  select: Extract<TlsClientOptions['identity'], (...args: never) => unknown>,
): ClientParameters['selectIdentity'] {
  return async (demand) => {
    const chosen = await select(describeCertificateRequest(demand))
    if (chosen) checkOwnIdentity(policy, chosen)
    return chosen
  }
}

const asList = <T extends object>(oneOrMore: T | readonly T[] | undefined): readonly T[] =>
  oneOrMore === undefined ? [] : Array.isArray(oneOrMore) ? (oneOrMore as readonly T[]) : [oneOrMore as T]

/** Each name once, held to the interface by its type. */
const optionKinds: Readonly<Record<keyof TlsClientOptions, OptionKind>> = {
  serverName: 'checked',
  trustAnchors: 'checked',
  requestOcspStapling: 'boolean',
  requestSignedCertificateTimestamps: 'boolean',
  certificateValidation: 'object',
  certificateCompression: 'checked',
  padding: 'function',
  recordSizing: 'checked',
  maxSendFragment: 'checked',
  recordSizeLimit: 'checked',
  maxFragmentLength: 'checked',
  alpnProtocols: 'texts',
  securityPolicy: ['available'],
  identity: 'checked',
  postHandshakeAuth: 'boolean',
  verifyPeer: 'function',
  sessionStore: ['take', 'put'],
  externalPsks: 'list',
  allowPskKe: 'boolean',
  signal: ['aborted', 'addEventListener'],
  handshakeTimeoutMilliseconds: 'checked',
  keyLog: 'function',
  onEvent: 'function',
  grease: 'boolean',
  middleboxCompatibility: 'boolean',
  clock: 'function',
  provider: ['subtle', 'getRandomValues', 'now'],
  maxCertificateLength: 'checked',
  recordLimit: 'checked',
}
