import type { Identity, IdentityOptions } from '../certificates/identity/identity.js'
import { type TrustAnchorSource, TrustAnchors } from '../certificates/trust-anchors.js'
import { type CryptoProvider, platformProvider } from '../crypto/provider.js'
import { TlsError } from '../errors/tls-error.js'
import type { CertificateCompressor } from '../handshake/certificate-compression.js'
import type { TlsEvent } from '../handshake/observer.js'
import type { OfferedHello } from '../handshake/server/offered-hello.js'
import type { CookieSealer, ServerParameters } from '../handshake/server/server-parameters.js'
import type { ChosenPsk, KnownPsk } from '../handshake/server/server-psk.js'
import type { VerifiedPeer } from '../handshake/verified-peer.js'
import type { PskIdentity } from '../messages/extensions/pre-shared-key.js'
import { SecurityPolicy } from '../policy/security-policy.js'
import { type ExternalPsk, type ResolvedPsk, resolvePsk } from '../session/external-psk.js'
import { type ReplayGuard, replayGuardOf } from '../session/replay-guard.js'
import type { TicketKeys } from '../session/ticket-keys.js'
import { type Bytes, equalBytes } from '../wire/bytes.js'
import { alpnBytes } from './alpn.js'
import { type ClientHelloInfo, describeClientHello } from './client-hello-info.js'
import { compressionMethods } from './compression-methods.js'
import { IdentityTable } from './identity-table.js'
import {
  checkChoice,
  checkHandshakeTimeout,
  checkMaxSendFragment,
  checkPositive,
  checkProvider,
  checkRecordSizeLimit,
  defaultMaxCertificateLength,
  keyLogLines,
  maxRecordSizeLimit,
  peerApproval,
} from './option-checks.js'
import { checkOptions, type OptionKind } from './option-kinds.js'
import { checkOwnIdentity, loadOwnIdentities } from './own-identities.js'
import { type CertificateValidationOptions, peerVerifier } from './peer-verifier.js'
import { type ResolvedPolicy, resolvePolicy } from './resolve-policy.js'
import { admitEarlyData, openTicket, ticketIssuer } from './server-sessions.js'

type TrustAnchorOption = TrustAnchors | TrustAnchorSource | readonly (TrustAnchorSource | TrustAnchors)[]

/** Options of a TLS server. What is not said has a safe default; nothing is read from the environment. */
export interface TlsServerOptions {
  /**
   * The server's certificates with their keys. For each client: those whose certificate is for the name it asks for,
   * then those whose wildcard covers it, then the first of the list; of these the first whose key can make a signature
   * that the client takes. Or a function that chooses: `undefined` refuses the client with unrecognized_name. A server
   * with `externalPsks` may have none: it refuses who has no PSK with handshake_failure.
   */
  readonly identities?:
    | readonly (IdentityOptions | Identity)[]
    | ((hello: ClientHelloInfo) => readonly Identity[] | undefined | Promise<readonly Identity[] | undefined>)
  /**
   * Told what each client asks for, whether it has a session or not, before anything is done for it: it throws, or
   * rejects, to refuse the client. A TlsError's code says by which alert; anything else is internal_error.
   */
  readonly onClientHello?: (hello: ClientHelloInfo) => void | Promise<void>
  /**
   * Whether clients are asked for a certificate, and whether they must have one. Default `none`. Even with `required` a
   * client with one of `externalPsks` is let in without: RFC 9846 section 4.4.2 has no certificates beside a PSK.
   */
  readonly clientAuth?: 'none' | 'optional' | 'required'
  /** Who may vouch for clients; needed unless `clientAuth` is `none`. */
  readonly clientTrustAnchors?: TrustAnchorOption
  /**
   * A further judge of a client whose chain was found valid and who has proved to hold its key, or its session's: it
   * throws, or rejects, to refuse it. Who is refused with a session can still prove itself anew.
   */
  readonly verifyPeer?: (peer: VerifiedPeer) => void | Promise<void>
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
  /** The longest record that clients may send, where they know RFC 8449: 64 to 16385 bytes. Default 16385. */
  readonly recordSizeLimit?: number
  /** Application protocols in order of the server's preference (RFC 7301). */
  readonly alpnProtocols?: readonly string[]
  /** Cipher suites, groups and signature schemes; `SecurityPolicy.default` when absent. */
  readonly securityPolicy?: SecurityPolicy
  /** The keys of tickets, for resumption (RFC 9846 section 2.2). No tickets are sent when it is absent. */
  readonly ticketKeys?: TicketKeys
  /** Tickets for each handshake: 1 to 255. Default 2. */
  readonly ticketCount?: number
  /** How long a ticket can be used, in seconds: at most 604800. Default 7200. */
  readonly ticketLifetimeSeconds?: number
  /** Keys agreed on outside TLS, or a function that finds the one of an identity: `undefined` where it is not known. */
  readonly externalPsks?:
    | readonly ExternalPsk[]
    | ((identity: Uint8Array, hello: ClientHelloInfo) => ExternalPsk | undefined | Promise<ExternalPsk | undefined>)
  /** Takes psk_ke as well: no key exchange, and so no forward secrecy. Default false. */
  readonly allowPskKe?: boolean
  /**
   * Bytes of 0-RTT data that a client may send (RFC 9846 section 2.3), which arrive on the socket's `earlyData`. An
   * attacker can have it arrive several times. Default 0: none.
   */
  readonly maxEarlyData?: number
  /**
   * Sees to it that 0-RTT data is taken once. Default: one `MemoryReplayGuard` for all configs with these `ticketKeys`;
   * named keys, which other servers may hold, need one that all of them ask.
   */
  readonly replayGuard?: ReplayGuard
  /** The last word on a client's 0-RTT data, after all that the RFC asks for. */
  readonly acceptEarlyData?: (hello: ClientHelloInfo) => boolean | Promise<boolean>
  /**
   * Lets data that is written before `opened` go out right behind the server's Finished, half a round trip earlier.
   * The client is not proven then, nor whether it is there at all (RFC 9846 section 2). Default false.
   */
  readonly halfRttData?: boolean
  /**
   * With it each client is first sent a HelloRetryRequest with a cookie, sealed with these keys, and must bring it
   * back: a server behind a spreading front end need not keep the first ClientHello (RFC 9846 section 4.3.2). A cookie
   * is good for as long as these keys open, and for whoever has it: over TCP it need prove no address.
   */
  readonly cookieKeys?: TicketKeys
  /** Ends the connection whenever it is aborted, in the handshake and later. */
  readonly signal?: AbortSignal
  /**
   * How long the transport and the handshake may take together, in milliseconds, before the connection fails with
   * `handshake_timeout`; `Infinity` for no limit. It includes what callbacks such as `verifyPeer` or `sign` take. Default 60000.
   */
  readonly handshakeTimeoutMilliseconds?: number
  /** As for a client: for debugging only. */
  readonly keyLog?: (line: string) => void
  readonly onEvent?: (event: TlsEvent) => void
  /**
   * RFC 8701: extensions without a meaning in tickets and certificate requests, which keep clients tolerant. Default
   * false.
   */
  readonly grease?: boolean
  /** The time that certificates are judged at. Default: now. */
  readonly clock?: () => Date
  /** The WebCrypto to use. Default: the runtime's. */
  readonly provider?: CryptoProvider
  /** The longest Certificate message that is taken from a client, in bytes. Default 131072. */
  readonly maxCertificateLength?: number
  /** After how many records the write keys are changed (RFC 9846 section 5.5), if sooner than the suite's limit. */
  readonly recordLimit?: number
}

/** What the handshake works with: for this library, not its users. */
export let serverParametersOf: (config: TlsServerConfig) => ServerParameters

export let serverOptionsOf: (config: TlsServerConfig) => TlsServerOptions

/** For test suites whose certificates are not meant to be valid; nothing checks the changes, and no entry point has it. */
export let serverConfigWith: (config: TlsServerConfig, changes: Partial<ServerParameters>) => TlsServerConfig

/** A server's options, checked and resolved once and then shared by any number of connections. Immutable. */
export class TlsServerConfig {
  /** With keys in it: not to be seen by who prints a config. */
  readonly #options: TlsServerOptions
  readonly #parameters: ServerParameters

  private constructor(options: TlsServerOptions, parameters: ServerParameters) {
    this.#options = options
    this.#parameters = parameters
    Object.freeze(this)
  }

  /**
   * Imports the keys, reads the chains and resolves the policy.
   * @throws TlsError `invalid_argument` for an option that cannot be right, `unsupported` when this runtime's WebCrypto
   *   can do nothing of what the policy asks for
   */
  static async create(options: TlsServerOptions): Promise<TlsServerConfig> {
    checkOptions(options, optionKinds)
    checkChoice('clientAuth', options.clientAuth, ['none', 'optional', 'required'])
    checkChoice('recordSizing', options.recordSizing, ['throughput', 'latency'])
    checkMaxSendFragment(options.maxSendFragment)
    checkHandshakeTimeout(options.handshakeTimeoutMilliseconds)
    const settled = Object.freeze({ ...options })
    return new TlsServerConfig(settled, await resolveParameters(settled))
  }

  static {
    serverParametersOf = (config) => config.#parameters
    serverOptionsOf = (config) => config.#options
    serverConfigWith = (config, changes) =>
      new TlsServerConfig(config.#options, Object.freeze({ ...config.#parameters, ...changes }))
  }
}

async function resolveParameters(options: TlsServerOptions): Promise<ServerParameters> {
  const provider = checkProvider(options.provider ?? platformProvider)
  checkPositive('maxCertificateLength', options.maxCertificateLength)
  checkPositive('recordLimit', options.recordLimit)
  const clientAuth = options.clientAuth ?? 'none'
  if (options.halfRttData && clientAuth === 'required') {
    throw new TlsError('invalid_argument', 'halfRttData would go to clients whose certificate is not there yet')
  }
  const clientTrustAnchors = TrustAnchors.from(options.clientTrustAnchors ?? [])
  if (clientAuth !== 'none' && clientTrustAnchors.size === 0) {
    throw new TlsError(
      'invalid_argument',
      'clientTrustAnchors is missing: the CA certificates that may vouch for clients',
    )
  }
  checkPositive('ticketCount', options.ticketCount)
  if ((options.ticketCount ?? 0) > maxTicketCount) {
    throw new TlsError('invalid_argument', `ticketCount is at most ${maxTicketCount}`)
  }
  checkPositive('ticketLifetimeSeconds', options.ticketLifetimeSeconds)
  //= rfc9846#section-4.7.1 4.7.1-12
  if ((options.ticketLifetimeSeconds ?? 0) > maxTicketLifetime) {
    throw new TlsError('invalid_argument', `ticketLifetimeSeconds is at most ${maxTicketLifetime}, seven days`)
  }
  const maxEarlyData = options.maxEarlyData ?? 0
  if (!Number.isSafeInteger(maxEarlyData) || maxEarlyData < 0 || maxEarlyData > maxEarlyDataLimit) {
    throw new TlsError('invalid_argument', `maxEarlyData is a whole number from 0 to ${maxEarlyDataLimit}`)
  }
  if (maxEarlyData > 0 && !options.ticketKeys) {
    throw new TlsError('invalid_argument', 'maxEarlyData needs ticketKeys: 0-RTT data comes with a resumed session')
  }
  if (maxEarlyData > 0 && options.ticketKeys?.isShared && !options.replayGuard) {
    throw new TlsError(
      'invalid_argument',
      'maxEarlyData with named ticketKeys needs a replayGuard: servers that share keys must share what they have taken',
    )
  }
  const policy = await resolvePolicy(provider, options.securityPolicy ?? SecurityPolicy.default, 'server')
  const verifyClient = peerVerifier({
    provider,
    purpose: 'clientAuth',
    serverName: undefined,
    trustAnchors: clientTrustAnchors,
    clock: options.clock,
    validation: options.certificateValidation,
    restrictions: policy.certificateRestrictions,
    verifyPeer: undefined,
    checksStaple: false,
  })
  const approveClient = peerApproval(options.verifyPeer)
  const sessions = options.ticketKeys && {
    provider,
    keys: options.ticketKeys,
    count: options.ticketCount ?? 2,
    lifetimeSeconds: options.ticketLifetimeSeconds ?? 7200,
    maxEarlyDataSize: maxEarlyData,
    requiresClientCertificate: clientAuth === 'required',
    verifyClient,
    approveClient,
  }
  const findExternalPsk = externalPskFinder(options.externalPsks)
  const { onClientHello } = options
  const selectIdentities = await identitySelector(provider, policy, options)
  return Object.freeze({
    provider,
    cipherSuites: policy.cipherSuites,
    groups: policy.groups,
    stronglyPreferredGroups: policy.stronglyPreferredGroups,
    followsChaCha20Preference: policy.followsChaCha20Preference,
    signatureSchemes: policy.signatureSchemes,
    ownSignatureSchemes: policy.ownSignatureSchemes,
    certificateSchemes: policy.certificateSchemes,
    examineHello: onClientHello && (async (hello: OfferedHello) => await onClientHello(describeClientHello(hello))),
    selectIdentities,
    alpnProtocols: (options.alpnProtocols ?? []).map(alpnBytes),
    clientAuth,
    certificateAuthorities: clientTrustAnchors.anchors.map(({ subject }) => subject.der),
    verifyClient,
    approveClient,
    trustsClients: clientTrustAnchors.size > 0,
    certificateCompression: compressionMethods(options.certificateCompression),
    maxCertificateLength: options.maxCertificateLength ?? defaultMaxCertificateLength,
    recordSizeLimit: checkRecordSizeLimit(options.recordSizeLimit) ?? maxRecordSizeLimit,
    allowsHalfRttData: options.halfRttData ?? false,
    cookies: options.cookieKeys && cookieSealer(options.cookieKeys),
    lookUpPsk:
      sessions || findExternalPsk
        ? async (identity: PskIdentity, hello: OfferedHello): Promise<KnownPsk | undefined> => {
            const external = await findExternalPsk?.(identity.identity, hello)
            //= rfc9846#section-4.3.11 4.3.11-2
            if (external) return { ...external, resumption: undefined }
            return sessions && (await openTicket(sessions, identity, hello))
          }
        : undefined,
    tickets: sessions && ticketIssuer(sessions),
    allowsPskKe: options.allowPskKe ?? false,
    acceptEarlyData:
      //= rfc9846#section-F.5 F.5-3
      maxEarlyData > 0 && options.ticketKeys ? earlyDataJudge(provider, options, options.ticketKeys) : undefined,
    // a client may still hold tickets that allow more than we do now
    maxSkippedEarlyData: Math.max(maxEarlyData, 2 ** 14) * 2 + 2 ** 14,
    grease: options.grease ?? false,
    keyLog: keyLogLines(options.keyLog),
  })
}

/** Each has a nonce of one byte, and more would serve no client. */
const maxTicketCount = 255
/** RFC 9846 section 4.7.1, in seconds. */
const maxTicketLifetime = 604_800
/** It is held in memory until it is read. */
const maxEarlyDataLimit = 2 ** 20

/** Whether 0-RTT data is taken: once, and if the application likes. */
function earlyDataJudge(
  provider: CryptoProvider,
  { replayGuard, acceptEarlyData }: TlsServerOptions,
  keys: TicketKeys,
): (psk: ChosenPsk, hello: OfferedHello) => Promise<boolean> {
  const guard = replayGuard ?? replayGuardOf(keys, provider.now())
  return async (psk, hello) => {
    // a key that came from outside since is another server's as well, whose memory is not ours
    //= rfc9846#section-8 8-4
    if (!replayGuard && keys.isShared) return false
    if (!(await admitEarlyData(guard, psk))) return false
    return await (acceptEarlyData?.(describeClientHello(hello)) ?? true)
  }
}

/** The same keys may be those of tickets: neither is ever taken for the other. */
const cookieSealer = (keys: TicketKeys): CookieSealer => ({
  seal: (state) => keys.seal(state, 'cookie'),
  open: (cookie) => keys.open(cookie, 'cookie'),
})

function externalPskFinder(psks: TlsServerOptions['externalPsks']) {
  if (psks === undefined) return undefined
  if (typeof psks === 'function') {
    return async (identity: Bytes, hello: OfferedHello): Promise<ResolvedPsk | undefined> => {
      // a copy: the bytes are the message's own
      const found = await psks(identity.slice(), describeClientHello(hello))
      return found && resolvePsk(found)
    }
  }
  const resolved = psks.map(resolvePsk)
  return async (identity: Bytes): Promise<ResolvedPsk | undefined> =>
    resolved.find((psk) => equalBytes(psk.identity, identity))
}

async function identitySelector(
  provider: CryptoProvider,
  policy: ResolvedPolicy,
  { identities = [], externalPsks }: TlsServerOptions,
): Promise<ServerParameters['selectIdentities']> {
  if (typeof identities === 'function') {
    return async (hello: OfferedHello) => {
      const chosen = (await identities(describeClientHello(hello))) ?? []
      for (const identity of chosen) checkOwnIdentity(policy, identity)
      return chosen
    }
  }
  if (identities.length === 0) {
    if (typeof externalPsks !== 'function' && (externalPsks ?? []).length === 0) {
      throw new TlsError('invalid_argument', 'identities is empty: a server needs a certificate, or externalPsks')
    }
    return async () => {
      throw new TlsError('handshake_failure', 'the client has no PSK that is known here, and there is no certificate')
    }
  }
  const table = new IdentityTable(await loadOwnIdentities(provider, policy, identities))
  return async ({ serverName }) => table.find(serverName)
}

/** Each name once, held to the interface by its type. */
const optionKinds: Readonly<Record<keyof TlsServerOptions, OptionKind>> = {
  identities: 'list or function',
  onClientHello: 'function',
  clientAuth: 'checked',
  clientTrustAnchors: 'checked',
  verifyPeer: 'function',
  certificateValidation: 'object',
  certificateCompression: 'checked',
  padding: 'function',
  recordSizing: 'checked',
  maxSendFragment: 'checked',
  recordSizeLimit: 'checked',
  alpnProtocols: 'texts',
  securityPolicy: ['available'],
  ticketKeys: ['seal', 'open'],
  ticketCount: 'checked',
  ticketLifetimeSeconds: 'checked',
  externalPsks: 'list or function',
  allowPskKe: 'boolean',
  maxEarlyData: 'checked',
  replayGuard: ['admit'],
  acceptEarlyData: 'function',
  halfRttData: 'boolean',
  cookieKeys: ['seal', 'open'],
  signal: ['aborted', 'addEventListener'],
  handshakeTimeoutMilliseconds: 'checked',
  keyLog: 'function',
  onEvent: 'function',
  grease: 'boolean',
  clock: 'function',
  provider: ['subtle', 'getRandomValues', 'now'],
  maxCertificateLength: 'checked',
  recordLimit: 'checked',
}
