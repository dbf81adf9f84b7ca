export { type DialedStream, type DialOptions, dial } from './node/dial.js'
export { listen } from './node/listen.js'
export {
  type AcceptedTlsSocket,
  type ConnectionAddress,
  defaultListenLimits,
  type ListenAddress,
  type ListenAt,
  type ListenLimits,
  type ListenOptions,
} from './node/listen-options.js'
export { nodeProvider } from './node/node-provider.js'
export { loadSystemTrustAnchors } from './node/system-trust-anchors.js'
export type { ListenerStatus, TlsListener } from './node/tls-listener.js'
export { type SocketStreamOptions, socketStream } from './transports/node-socket.js'
