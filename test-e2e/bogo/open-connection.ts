import { readFileSync } from 'node:fs'
import type { TrustAnchorSource } from '../../src/certificates/trust-anchors.js'
import { acceptTls } from '../../src/connection/accept-tls.js'
import { clientConfigWith, TlsClientConfig, type TlsClientOptions } from '../../src/connection/client-config.js'
import type { ClientHelloInfo } from '../../src/connection/client-hello-info.js'
import { storedSessions } from '../../src/connection/client-sessions.js'
import { connectTls } from '../../src/connection/connect-tls.js'
import type { DuplexStream } from '../../src/connection/duplex-stream.js'
import { resolvePolicy } from '../../src/connection/resolve-policy.js'
import { serverConfigWith, TlsServerConfig, type TlsServerOptions } from '../../src/connection/server-config.js'
import type { TlsServerSocket, TlsSocket } from '../../src/connection/tls-socket.js'
import { TlsError } from '../../src/errors/tls-error.js'
import type { TlsEvent } from '../../src/handshake/observer.js'
import type { ClientSession } from '../../src/session/session-store.js'
import { compressionOf } from './certificate-compression.js'
import { type Credentials, identitiesFor } from './credentials.js'
import type { ShimFlags } from './flags.js'
import { judgePeer } from './peer-judge.js'
import { policyOf } from './policy.js'
import type { ShimState } from './shim-state.js'

/** What a connection is opened with beside its flags. */
export interface ConnectionContext {
  readonly flags: ShimFlags
  /** Those that a server's certificate is judged by: after rejected 0-RTT data, what the runner calls the retry. */
  readonly verdictFlags: ShimFlags
  readonly state: ShimState
  readonly credentials: Credentials
  readonly isResumption: boolean
  /** What a client offers to resume. */
  readonly session: ClientSession | undefined
  /** 0-RTT data of a client; empty for none. */
  readonly earlyData: Uint8Array
  readonly keyLog: (line: string) => void
  readonly onEvent: (event: TlsEvent) => void
  readonly onClientHello: (hello: ClientHelloInfo) => void
}

export async function openClient(stream: DuplexStream, context: ConnectionContext): Promise<TlsSocket> {
  const { flags, state, credentials } = context
  const { values, on } = flags
  const policy = await policyOf(state.provider, flags, credentials.identities)
  const alpn = values['advertise-alpn']
  const options: TlsClientOptions = {
    serverName: 'unused.example',
    // a client with PSKs alone takes no certificate
    ...(usesCertificates(flags) && { trustAnchors: trustAnchorsOf(flags) }),
    securityPolicy: policy,
    sessionStore: state.sessions,
    externalPsks: credentials.psks,
    identity: ({ signatureSchemes, certificateAuthorities }) => {
      if (on.has('fail-cert-callback')) throw new Error('-fail-cert-callback')
      const fitting = identitiesFor(credentials, certificateAuthorities)
      // one that cannot sign as the server wants is for the library to refuse
      return fitting.find(({ schemes }) => schemes.some(({ name }) => signatureSchemes.includes(name))) ?? fitting[0]
    },
    alpnProtocols: alpn === undefined ? [] : splitAlpn(alpn),
    requestOcspStapling: on.has('enable-ocsp-stapling'),
    requestSignedCertificateTimestamps: on.has('enable-signed-cert-timestamps'),
    grease: on.has('enable-grease'),
    certificateCompression: compressionOf(flags),
    provider: state.provider,
    keyLog: context.keyLog,
    onEvent: context.onEvent,
    ...(values['max-cert-list'] !== undefined && { maxCertificateLength: values['max-cert-list'] }),
    ...sendLimit(flags),
  }
  const verifyServer = judgePeer(state.provider, context.verdictFlags)
  // without -reverify-on-resume a session keeps the verdict of its first connection; what was stapled then is gone
  const verifyAgain = judgePeer(state.provider, {
    ...flags,
    values: {},
    on: on.has('reverify-on-resume') ? on : new Set(),
  })
  const resolved = await resolvePolicy(state.provider, policy, 'client')
  const config = clientConfigWith(await TlsClientConfig.create(options), {
    ...(usesCertificates(flags) && { verifyServer }),
    serverNameIndication: values['host-name'],
    ...(credentials.psks.length === 0 &&
      storedSessions(state.provider, state.sessions, 'the only one', resolved, verifyAgain)),
  })
  return connectTls(stream, config, { earlyData: context.earlyData })
}

export async function openServer(stream: DuplexStream, context: ConnectionContext): Promise<TlsServerSocket> {
  const { flags, state, credentials } = context
  const { values, on } = flags
  const wantsCertificate = on.has('verify-peer') || on.has('require-any-client-certificate')
  const maxEarlyData = on.has('enable-early-data') ? runnersMaxEarlyData : 0
  const selectAlpn = values['select-alpn']
  const options: TlsServerOptions = {
    onClientHello: (hello) => {
      context.onClientHello(hello)
      if (on.has('fail-early-callback')) throw new TlsError('handshake_failure', '-fail-early-callback')
      if (on.has('fail-ddos-callback')) throw new Error('-fail-ddos-callback')
    },
    identities: ({ certificateAuthorities }) => {
      for (const flag of ['fail-cert-callback', 'fail-ocsp-callback'] as const) {
        if (on.has(flag)) throw new Error(`-${flag}`)
      }
      // the library takes no identity for a server that could sign as a client only (RFC 9963)
      const identities = credentials.identities.filter(({ schemes }) => !schemes.every((each) => each.onlyByClients))
      if (identities.length > 0) return identitiesFor({ ...credentials, identities }, certificateAuthorities)
      throw new TlsError('handshake_failure', 'there is none that a server could sign with')
    },
    halfRttData: on.has('enable-early-data'),
    clientAuth: on.has('require-any-client-certificate') ? 'required' : wantsCertificate ? 'optional' : 'none',
    ...(wantsCertificate && { clientTrustAnchors: trustAnchorsOf(flags) }),
    alpnProtocols: on.has('reject-alpn') ? ['what no one offers'] : selectAlpn ? [selectAlpn] : [],
    securityPolicy: await policyOf(state.provider, flags, credentials.identities),
    externalPsks: credentials.psks,
    certificateCompression: compressionOf(flags),
    maxEarlyData,
    replayGuard: state.replayGuard,
    // the judge's servers always do, without a flag
    grease: true,
    provider: state.provider,
    keyLog: context.keyLog,
    onEvent: context.onEvent,
    ...(on.has('no-ticket') ? {} : { ticketKeys: state.ticketKeys }),
    ...(values['max-cert-list'] !== undefined && { maxCertificateLength: values['max-cert-list'] }),
    ...sendLimit(flags),
  }
  // a config refuses a protocol without a name when it is made; a connection that has none yet refuses its client so
  if (on.has('select-empty-alpn')) return acceptTls(stream, { ...options, alpnProtocols: [''] })
  const config = serverConfigWith(await TlsServerConfig.create(options), {
    verifyClient: judgePeer(state.provider, flags),
    certificateAuthorities: [],
    maxSkippedEarlyData: runnersMaxSkippedEarlyData,
  })
  return acceptTls(stream, config)
}

const usesCertificates = ({ credentials, on }: ShimFlags): boolean =>
  credentials.every(({ kind }) => kind !== 'psk') || on.has('verify-peer')

/** Early data that the runner wants to see write by write: one for each of its records. */
function sendLimit({ values, on }: ShimFlags): Pick<TlsClientOptions, 'maxSendFragment'> {
  const isRepeated = on.has('enable-early-data') && values['repeat-shim-initial-write'] !== undefined
  const limit = values['max-send-fragment'] ?? (isRepeated ? values['shim-initial-write']?.length : undefined)
  return limit === undefined ? {} : { maxSendFragment: limit }
}

/** They are there because the library wants some; `judgePeer` does not ask them. */
function trustAnchorsOf({ values }: ShimFlags): TrustAnchorSource {
  const file = values['trust-cert'] || values['cert-file']
  return file ? readFileSync(file, 'utf8') : placeholder
}

const placeholder = { subject: Uint8Array.of(0x30, 0), subjectPublicKeyInfo: Uint8Array.of(0x30, 0) }

/** The protocols of an extension, each behind a byte with its length (RFC 7301 section 3.1). */
function splitAlpn(list: string): readonly string[] {
  const protocols: string[] = []
  for (let offset = 0; offset < list.length; ) {
    const length = list.charCodeAt(offset)
    protocols.push(list.slice(offset + 1, offset + 1 + length))
    offset += 1 + length
  }
  return protocols
}

/** What the runner's clients take for granted. */
const runnersMaxEarlyData = 14_336
const runnersMaxSkippedEarlyData = 16_384
