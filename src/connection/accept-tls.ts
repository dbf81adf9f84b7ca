import type { TlsEvent } from '../handshake/observer.js'
import { serverHandshake } from '../handshake/server/server-handshake.js'
import { commonSettings } from './common-settings.js'
import type { DuplexStream } from './duplex-stream.js'
import { EarlyDataStream } from './early-data-stream.js'
import { serverOptionsOf, serverParametersOf, TlsServerConfig, type TlsServerOptions } from './server-config.js'
import { serverPostHandshake } from './server-post-handshake.js'
import { TlsConnection } from './tls-connection.js'
import type { TlsServerSocket } from './tls-socket.js'

/**
 * Answers a TLS 1.3 client, as the server, over any pair of byte streams. It returns at once; `opened` tells when the
 * handshake is done, and what is written before that waits for it. A failure of any kind is a TlsError on `opened`,
 * `closed` and both streams.
 *
 * @param transport the connection from the client
 * @param config a `TlsServerConfig`, made once and shared, or its options
 * @param connection what is of this connection alone
 * @example
 * const config = await TlsServerConfig.create({ identities: [{ certificateChain: pem, privateKey: keyPem }] })
 * const socket = acceptTls(transport, config)
 * await socket.readable.pipeTo(socket.writable)
 */
export function acceptTls(
  transport: DuplexStream | Promise<DuplexStream>,
  config: TlsServerConfig | TlsServerOptions,
  connection: TlsServerConnectionOptions = {},
): TlsServerSocket {
  const resolved = config instanceof TlsServerConfig ? Promise.resolve(config) : TlsServerConfig.create(config)
  // met in the handshake
  resolved.catch(() => undefined)
  const options = config instanceof TlsServerConfig ? serverOptionsOf(config) : config
  const earlyData = new EarlyDataStream()
  return new TlsConnection(transport, {
    ...commonSettings(options, connection),
    earlyData,
    handshake: async (channel, mayWrite) =>
      await serverHandshake(channel, serverParametersOf(await resolved), earlyData, mayWrite),
    postHandshake: serverPostHandshake(async () => serverParametersOf(await resolved)),
  })
}

/** What is of one connection, where a config is shared by many. */
export interface TlsServerConnectionOptions {
  /** In place of the config's. */
  readonly signal?: AbortSignal
  /** In place of the config's. */
  readonly handshakeTimeoutMilliseconds?: number
  /** In place of the config's. */
  readonly onEvent?: (event: TlsEvent) => void
}
