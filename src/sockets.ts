export type { TlsClientOptions } from './connection/client-config.js'
export type { DuplexStream } from './connection/duplex-stream.js'
export type { TlsSocketInfo } from './connection/tls-socket.js'
export type {
  CreateConnectOptions,
  SocketTarget,
  SocketTlsOptions,
  SocketTransport,
  TransportAddresses,
} from './sockets/connect-options.js'
export { createConnect } from './sockets/create-connect.js'
export type {
  AnySocketAddress,
  Connect,
  SecureTransportKind,
  Socket,
  SocketAddress,
  SocketInfo,
  SocketOptions,
  StartTlsOptions,
} from './sockets/socket.js'
export { SocketError, type SocketErrorCode } from './sockets/socket-error.js'
