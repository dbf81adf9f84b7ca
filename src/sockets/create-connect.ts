import type { Opening } from './carrier.js'
import { type ConnectSettings, type CreateConnectOptions, resolveConnectOptions } from './connect-options.js'
import { openPlain, openTls, openUpgraded } from './open-carrier.js'
import type { PlainCarrier } from './plain-carrier.js'
import type { AnySocketAddress, Connect, Socket, SocketOptions } from './socket.js'
import { type ParsedAddress, parseSocketAddress } from './socket-address.js'
import { type CheckedOptions, checkSocketOptions, checkStartTlsOptions } from './socket-options.js'
import { StreamSocket } from './stream-socket.js'
import { TlsConfigs } from './tls-configs.js'

/**
 * Makes a `connect()` in the shape of the Sockets API (WinterTC) and of `cloudflare:sockets`, with this library's TLS
 * over whatever `dial` opens: for libraries that are written for that API, in runtimes that do not have it. What a
 * socket fails with is a SocketError. docs/sockets.md has the choices where the specification leaves one.
 *
 * @throws SocketError `invalid_argument`; `connect()` likewise
 * @example
 * const connect = createConnect({ dial: (target) => dialWebSocketRelay(relay, target) })
 * const socket = connect('db.example.com:5432', { secureTransport: 'starttls' })
 */
export function createConnect(options: CreateConnectOptions): Connect {
  const settings = resolveConnectOptions(options)
  const configs = new TlsConfigs(settings.tls)
  return (address: AnySocketAddress, socketOptions?: SocketOptions): Socket => {
    const target = parseSocketAddress(address)
    const checked = checkSocketOptions(socketOptions)
    switch (checked.secureTransport) {
      case 'off':
        return new StreamSocket(openPlain(settings, target), checked)
      case 'on':
        return new StreamSocket(
          openTls(settings, target, () => configs.get(tlsRequest(target, checked))),
          checked,
        )
      case 'starttls':
        return upgradable(openPlain(settings, target), { settings, configs, target, checked })
    }
  }
}

interface Connecting {
  readonly settings: ConnectSettings
  readonly configs: TlsConfigs
  readonly target: ParsedAddress
  readonly checked: CheckedOptions
}

function upgradable(opening: Opening<PlainCarrier>, { settings, configs, target, checked }: Connecting): Socket {
  const { allowHalfOpen } = checked
  return new StreamSocket(opening, {
    secureTransport: 'starttls',
    allowHalfOpen,
    startTls: (options) => {
      const request = tlsRequest(target, checked, checkStartTlsOptions(options))
      return (handOver) => {
        const upgrading = openUpgraded(settings, target, () => configs.get(request), handOver)
        return new StreamSocket(upgrading, { secureTransport: 'on', allowHalfOpen })
      }
    },
  })
}

const tlsRequest = (address: ParsedAddress, { sni, alpn }: CheckedOptions, serverName = sni) => ({
  address,
  serverName,
  alpn,
})
