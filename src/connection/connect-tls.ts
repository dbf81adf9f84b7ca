import { platformProvider } from '../crypto/provider.js'
import { clientHandshake } from '../handshake/client/client-handshake.js'
import { TlsClientConfig, type TlsClientOptions } from './client-config.js'
import { clientPostHandshake } from './client-post-handshake.js'
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
 * @example
 * const socket = connectTls(dialWebSocketRelay(relay, { host, port: 443 }), { serverName: host, trustAnchors: pem })
 * const { alpnProtocol } = await socket.opened
 */
export function connectTls(
  transport: DuplexStream | Promise<DuplexStream>,
  config: TlsClientConfig | TlsClientOptions,
): TlsSocket {
  const resolved = config instanceof TlsClientConfig ? Promise.resolve(config) : TlsClientConfig.create(config)
  // met in the handshake
  resolved.catch(() => undefined)
  const options = config instanceof TlsClientConfig ? config.options : config
  return new TlsConnection(transport, {
    provider: options.provider ?? platformProvider,
    signal: options.signal,
    onEvent: options.onEvent,
    maxCertificateLength: options.maxCertificateLength ?? defaultMaxCertificateLength,
    recordLimit: options.recordLimit,
    handshake: async (channel) => await clientHandshake(channel, (await resolved).parameters),
    postHandshake: clientPostHandshake(),
  })
}

const defaultMaxCertificateLength = 2 ** 17
