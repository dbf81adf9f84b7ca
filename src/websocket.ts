export type { DuplexStream } from './connection/duplex-stream.js'
export { type DialRelayOptions, dialWebSocketRelay, type RelayStream } from './transports/dial-relay.js'
export {
  type ListenOnRelayOptions,
  listenOnRelay,
  type RelayListener,
  type RelayListenerStatus,
} from './transports/listen-on-relay.js'
export { RelayError, type RelayErrorCode, type RelayReason } from './transports/relay-error.js'
export type { ArrivingConnection } from './transports/relay-registration.js'
export type { WebSocketConstructor, WebSocketLike } from './transports/web-socket-like.js'
export { type WebSocketStreamOptions, webSocketStream } from './transports/web-socket-stream.js'
