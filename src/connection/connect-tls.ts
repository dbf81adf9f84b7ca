import { clientHandshake } from '../handshake/client/client-handshake.js'
import type { TlsEvent } from '../handshake/observer.js'
import { noBytes, ownBytes } from '../wire/bytes.js'
import { clientOptionsOf, clientParametersOf, TlsClientConfig, type TlsClientOptions } from './client-config.js'
import { clientPostHandshake } from './client-post-handshake.js'
import { commonSettings } from './common-settings.js'
import type { DuplexStream } from './duplex-stream.js'
import { TlsConnection } from './tls-connection.js'
import type { TlsSocket } from './tls-socket.js'

/**
 * Opens a TLS 1.3 connection, as the client, over any pair of byte streams. It returns at once; `opened` tells when
 * the handshake is done, and what is written before that waits for it. A failure of any kind is a TlsError on
 * `opened`, `closed` and both streams.
 *
 * @param transport the connection to the server, or a promise of it, as a dialing function returns
 * @param config a `TlsClientConfig`, made once and shared, or its options
 * @param connection what is of this connection alone
 * @example
 * const socket = connectTls(dialWebSocketRelay(relay, { host, port: 443 }), { serverName: host, trustAnchors: pem })
 * const { alpnProtocol } = await socket.opened
 */
export function connectTls(
  transport: DuplexStream | Promise<DuplexStream>,
  config: TlsClientConfig | OptionsOfOne,
  connection: TlsClientConnectionOptions = {},
): TlsSocket {
  const { options, resolved, earlyData } = readConfig(config)
  // what is wrong with either is met in the handshake; a copy, since the caller may go on to use its buffer
  const data = (async () => ownBytes(connection.earlyData ?? earlyData ?? noBytes))()
  for (const promise of [resolved, data]) promise.catch(() => undefined)
  return new TlsConnection(transport, {
    ...commonSettings(options, connection),
    handshake: async (channel) => await clientHandshake(channel, clientParametersOf(await resolved), await data),
    postHandshake: clientPostHandshake(async () => clientParametersOf(await resolved)),
  })
}

type OptionsOfOne = TlsClientOptions & Pick<TlsClientConnectionOptions, 'earlyData'>

function readConfig(config: TlsClientConfig | OptionsOfOne) {
  if (config instanceof TlsClientConfig) {
    return { options: clientOptionsOf(config), resolved: Promise.resolve(config), earlyData: undefined }
  }
  const { earlyData, ...options } = config
  return { options, resolved: TlsClientConfig.create(options), earlyData }
}

/** What is of one connection, where a config is shared by many. */
export interface TlsClientConnectionOptions {
  /**
   * 0-RTT data (RFC 9846 section 2.3), sent with the first flight if a session allows as much. An attacker can have it
   * processed several times and it has no forward secrecy: only for what may be repeated. Unless `opened` says that it
   * was `accepted`, nothing of it was taken and it must be written again.
   */
  readonly earlyData?: Uint8Array
  /** In place of the config's. */
  readonly signal?: AbortSignal
  /** In place of the config's. */
  readonly handshakeTimeoutMilliseconds?: number
  /** In place of the config's. */
  readonly onEvent?: (event: TlsEvent) => void
}
