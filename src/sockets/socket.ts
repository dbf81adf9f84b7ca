import type { DuplexStream } from '../connection/duplex-stream.js'
import type { TlsSocketInfo } from '../connection/tls-socket.js'

/** `connect()` of the Sockets API (WinterTC). It returns at once; what is written before `opened` waits for it. */
export type Connect = (address: AnySocketAddress, options?: SocketOptions) => Socket

/** `example.com:443`, `192.0.2.1:443`, `[2001:db8::1]:443`, or its parts. */
export type AnySocketAddress = string | SocketAddress

export interface SocketAddress {
  /** A name or an address; an IPv6 address with or without brackets. */
  readonly hostname: string
  /** 1 to 65535. */
  readonly port: number
}

/**
 * `off`: plaintext. `on`: TLS from the first byte. `starttls`: plaintext until `startTls()`.
 */
export type SecureTransportKind = 'off' | 'on' | 'starttls'

/** What is of one connection. As with any dictionary of the platform, members that are not known are ignored. */
export interface SocketOptions {
  /** Default `off`. */
  readonly secureTransport?: SecureTransportKind | undefined
  /**
   * What the peer's end (FIN, or close_notify) does once it is read: `false` closes the socket as well, `true` leaves
   * `writable` open. Default false.
   */
  readonly allowHalfOpen?: boolean | undefined
  /**
   * The DNS name to ask the server for, and that its certificate must be for, in place of the address's. Only with
   * `secureTransport` `on` or `starttls`.
   */
  readonly sni?: string | null | undefined
  /** Application protocols in order of preference (RFC 7301). Only with `secureTransport` `on` or `starttls`. */
  readonly alpn?: readonly string[] | undefined
}

/** Options of `startTls()`. The specification has none; this one is of Cloudflare's Workers, and libraries use it. */
export interface StartTlsOptions {
  /** The name or IP address that the server's certificate must be for. Default: `sni`, or else the address's. */
  readonly expectedServerHostname?: string | undefined
}

/**
 * A connection in the shape of the Sockets API. Both promises are marked handled: one that nobody looks at makes no
 * noise.
 */
export interface Socket extends DuplexStream {
  /**
   * What the peer sends. It ends where the peer has ended it or the socket was closed here, and fails with a SocketError
   * where the connection did.
   */
  readonly readable: ReadableStream<Uint8Array>
  /** Takes the bytes of any view or ArrayBuffer; a string as its UTF-8. */
  readonly writable: WritableStream<string | ArrayBuffer | ArrayBufferView>
  /** Resolves when the connection stands, with TLS after its handshake; rejects with the SocketError why not. */
  readonly opened: Promise<SocketInfo>
  /**
   * Resolves when the socket has ended: by `close()`, by the peer where half-open is not allowed, in both directions
   * where it is, by `startTls()`. Rejects with a SocketError when no connection came to be, or TLS failed later.
   */
  readonly closed: Promise<void>
  readonly secureTransport: SecureTransportKind
  /** Whether `startTls()` was called, so that another socket has the connection now. */
  readonly upgraded: boolean
  /**
   * Closes socket and connection: what was written is sent, what arrives is dropped. With a `reason` the connection is
   * cut at once, and both streams get the reason, as does `opened` while it is pending.
   * @returns the promise that `closed` is
   */
  close(reason?: unknown): Promise<void>
  /**
   * Begins TLS on the connection of a socket with `secureTransport: 'starttls'`: what was written before is sent in
   * plaintext, then this socket is closed and the one that is returned has the connection. Bytes that came before TLS
   * and that nobody had read make it fail (`plaintext_before_tls`): whoever put them there could not have sent them in TLS.
   * @throws SocketError `invalid_state` when this is no such socket, or was upgraded or closed before; `invalid_argument`
   */
  startTls(options?: StartTlsOptions): Socket
}

export interface SocketInfo {
  /** `host:port` of the peer, as the transport tells it, or else as it was asked for. */
  readonly remoteAddress: string | null
  /** `host:port` of this end, where the transport tells it. */
  readonly localAddress: string | null
  /** The protocol that was agreed on (RFC 7301). */
  readonly alpn: string | null
  /** What TLS negotiated, beyond the specification; `null` without TLS. */
  readonly tls: TlsSocketInfo | null
}
