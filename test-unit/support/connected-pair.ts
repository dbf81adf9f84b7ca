import { acceptTls } from '../../src/connection/accept-tls.js'
import { TlsClientConfig, type TlsClientOptions } from '../../src/connection/client-config.js'
import { connectTls } from '../../src/connection/connect-tls.js'
import { TlsServerConfig, type TlsServerOptions } from '../../src/connection/server-config.js'
import type { TlsServerSocket, TlsSocket } from '../../src/connection/tls-socket.js'
import type { CryptoProvider } from '../../src/crypto/provider.js'
import { SecurityPolicy } from '../../src/policy/security-policy.js'
import { MemorySessionStore } from '../../src/session/session-store.js'
import { TicketKeys } from '../../src/session/ticket-keys.js'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'
import { within } from './deadline.js'
import type { PairOptions } from './pairwise.js'

/** Nothing here is of Node: a page makes the same pairs. */
export interface ConnectedPair {
  readonly client: TlsSocket
  readonly server: TlsServerSocket
  readonly keyLogs: { readonly client: string[]; readonly server: string[] }
  /** What the client sent as early data. */
  readonly earlyData: Uint8Array<ArrayBuffer>
}

/** The certificates of both ends, PEM, and the cryptography where it is not the platform's. */
export interface PairMaterials {
  readonly serverName: string
  readonly trustAnchors: string
  readonly server: PairIdentity
  readonly client: PairIdentity
  readonly provider?: CryptoProvider
}

export interface PairIdentity {
  readonly certificateChain: string
  readonly privateKey: string
}

/** Our client and our server, joined; where a session is asked for, a first connection has given it. */
export async function connectPairWith(materials: PairMaterials, options: PairOptions): Promise<ConnectedPair> {
  const keyLogs = { client: [] as string[], server: [] as string[] }
  const server = await TlsServerConfig.create({
    ...serverOptionsOf(materials, options),
    keyLog: (line) => keyLogs.server.push(line),
  })
  const client = await TlsClientConfig.create({
    ...clientOptionsOf(materials, options),
    keyLog: (line) => keyLogs.client.push(line),
  })
  const earlyData = Uint8Array.from({ length: 500 }, (_, index) => index * 7)
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

function serverOptionsOf(materials: PairMaterials, options: PairOptions): TlsServerOptions {
  const { provider } = materials
  return {
    identities: [materials.server],
    ...(provider && { provider }),
    securityPolicy: SecurityPolicy.from({ cipherSuites: [options.suite], groups: [options.group] }),
    clientAuth: options.clientAuth,
    clientTrustAnchors: materials.trustAnchors,
    certificateCompression: options.compression,
    padding: (length) => length + options.padding,
    recordSizing: options.recordSizing,
    ...(options.alpn && { alpnProtocols: ['x', options.alpn] }),
    ...(options.session !== 'none' && { ticketKeys: TicketKeys.generated(provider && { provider }) }),
    ...(options.session === 'early data' && { maxEarlyData: 1000 }),
    ...(options.recordLimit && { recordSizeLimit: options.recordLimit }),
  }
}

function clientOptionsOf(materials: PairMaterials, options: PairOptions): TlsClientOptions {
  const { provider, serverName, trustAnchors } = materials
  const other = options.group === 'x25519' ? 'secp256r1' : 'x25519'
  const keyShares = [options.retries ? other : options.group]
  return {
    serverName,
    trustAnchors,
    ...(provider && { provider }),
    securityPolicy: SecurityPolicy.from({ groups: [other, options.group], keyShares }),
    certificateCompression: options.compression,
    identity: [materials.client],
    padding: (length) => length + options.padding,
    recordSizing: options.recordSizing,
    grease: options.grease,
    middleboxCompatibility: options.middleboxCompatibility,
    ...(options.alpn && { alpnProtocols: [options.alpn, 'y'] }),
    ...(options.session !== 'none' && { sessionStore: new MemorySessionStore() }),
    ...(options.recordLimit && { recordSizeLimit: options.recordLimit }),
  }
}
