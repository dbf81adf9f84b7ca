import { acceptTls } from '../../src/connection/accept-tls.js'
import { TlsClientConfig, type TlsClientOptions } from '../../src/connection/client-config.js'
import { connectTls } from '../../src/connection/connect-tls.js'
import { TlsServerConfig, type TlsServerOptions } from '../../src/connection/server-config.js'
import type { TlsServerSocket, TlsSocket } from '../../src/connection/tls-socket.js'
import { SecurityPolicy } from '../../src/policy/security-policy.js'
import { MemorySessionStore } from '../../src/session/session-store.js'
import { TicketKeys } from '../../src/session/ticket-keys.js'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'
import { clientIdentity } from './client-identity.js'
import { within } from './deadline.js'
import type { PairOptions } from './pairwise.js'
import { testProvider } from './provider.js'
import { type ServerIdentity, serverIdentity, testServerName } from './server-identity.js'
import { pattern } from './streams.js'

export interface ConnectedPair {
  readonly client: TlsSocket
  readonly server: TlsServerSocket
  readonly keyLogs: { readonly client: string[]; readonly server: string[] }
  /** What the client sent as early data. */
  readonly earlyData: Uint8Array<ArrayBuffer>
}

/** Our client and our server, joined; where a session is asked for, a first connection has given it. */
export async function connectPair(options: PairOptions): Promise<ConnectedPair> {
  const keyLogs = { client: [] as string[], server: [] as string[] }
  const [clientSettings, serverSettings] = await Promise.all([clientOptionsOf(options), serverOptionsOf(options)])
  const server = await TlsServerConfig.create({ ...serverSettings, keyLog: (line) => keyLogs.server.push(line) })
  const client = await TlsClientConfig.create({ ...clientSettings, keyLog: (line) => keyLogs.client.push(line) })
  const earlyData = pattern(500, 9)
  if (options.session !== 'none') {
    await gainSession(join(client, server))
    keyLogs.client.length = 0
    keyLogs.server.length = 0
  }
  const pair = join(client, server, options.session === 'early data' ? earlyData : undefined)
  return { ...pair, keyLogs, earlyData }
}

/** One connection of a client and a server in memory. */
export function join(
  client: TlsClientConfig | TlsClientOptions,
  server: TlsServerConfig | TlsServerOptions,
  earlyData?: Uint8Array,
): { readonly client: TlsSocket; readonly server: TlsServerSocket } {
  const [near, far] = memoryDuplexPair()
  return { client: connectTls(near, client, earlyData ? { earlyData } : {}), server: acceptTls(far, server) }
}

/** A connection that only brings its tickets: what stands behind them has come, so they have. */
export async function gainSession({ client, server }: ReturnType<typeof join>): Promise<void> {
  await within(Promise.all([client.opened, server.opened]), 'the first handshake')
  const writer = server.writable.getWriter()
  await writer.write(Uint8Array.of(1))
  await within(client.readable.getReader().read(), 'a byte behind the tickets')
  await within(Promise.all([client.close(), server.close()]), 'the end of the first connection')
}

export const identityOptions = ({ certificate }: ServerIdentity) => ({
  certificateChain: certificate.chainPem,
  privateKey: certificate.pkcs8Pem,
})

async function serverOptionsOf(options: PairOptions): Promise<TlsServerOptions> {
  const identity = await serverIdentity(options.keyType)
  return {
    identities: [identityOptions(identity)],
    provider: testProvider,
    securityPolicy: SecurityPolicy.from({ cipherSuites: [options.suite], groups: [options.group] }),
    clientAuth: options.clientAuth,
    clientTrustAnchors: identity.ca.pem,
    certificateCompression: options.compression,
    padding: (length) => length + options.padding,
    recordSizing: options.recordSizing,
    ...(options.alpn && { alpnProtocols: ['x', options.alpn] }),
    ...(options.session !== 'none' && { ticketKeys: TicketKeys.generated({ provider: testProvider }) }),
    ...(options.session === 'early data' && { maxEarlyData: 1000 }),
    ...(options.recordLimit && { recordSizeLimit: options.recordLimit }),
  }
}

async function clientOptionsOf(options: PairOptions): Promise<TlsClientOptions> {
  const { ca } = await serverIdentity(options.keyType)
  const other = options.group === 'x25519' ? 'secp256r1' : 'x25519'
  const keyShares = [options.retries ? other : options.group]
  return {
    serverName: testServerName,
    trustAnchors: ca.pem,
    provider: testProvider,
    securityPolicy: SecurityPolicy.from({ groups: [other, options.group], keyShares }),
    certificateCompression: options.compression,
    identity: [identityOptions(await clientIdentity(options.keyType))],
    padding: (length) => length + options.padding,
    recordSizing: options.recordSizing,
    grease: options.grease,
    middleboxCompatibility: options.middleboxCompatibility,
    ...(options.alpn && { alpnProtocols: [options.alpn, 'y'] }),
    ...(options.session !== 'none' && { sessionStore: new MemorySessionStore() }),
    ...(options.recordLimit && { recordSizeLimit: options.recordLimit }),
  }
}
