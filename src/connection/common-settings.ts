import { platformProvider } from '../crypto/provider.js'
import type { TlsClientOptions } from './client-config.js'
import type { TlsClientConnectionOptions } from './connect-tls.js'
import type { ConnectionSettings } from './connection-settings.js'
import { defaultHandshakeTimeoutMilliseconds, defaultMaxCertificateLength } from './option-checks.js'
import type { TlsServerOptions } from './server-config.js'

type PerConnection = Pick<TlsClientConnectionOptions, 'signal' | 'onEvent' | 'handshakeTimeoutMilliseconds'>

/** What a connection takes from its options in the same way in either role. @param connection goes before the config */
export function commonSettings(
  options: TlsClientOptions | TlsServerOptions,
  connection: PerConnection,
): Omit<ConnectionSettings, 'earlyData' | 'handshake' | 'postHandshake'> {
  return {
    provider: options.provider ?? platformProvider,
    signal: connection.signal ?? options.signal,
    onEvent: connection.onEvent ?? options.onEvent,
    maxCertificateLength: options.maxCertificateLength ?? defaultMaxCertificateLength,
    recordLimit: options.recordLimit,
    padding: options.padding,
    recordSizing: options.recordSizing ?? 'throughput',
    maxSendFragment: options.maxSendFragment,
    handshakeTimeoutMilliseconds:
      connection.handshakeTimeoutMilliseconds ??
      options.handshakeTimeoutMilliseconds ??
      defaultHandshakeTimeoutMilliseconds,
  }
}
