import type { SocketInfo } from './socket.js'
import type { SocketError } from './socket-error.js'

/** What carries a socket's bytes once it is open: the raw connection, or TLS over it. What it throws is a SocketError. */
export interface Carrier {
  readonly info: SocketInfo
  /**
   * Whether a failure may hide that data is missing, which TLS tells from an end (RFC 9846 section 6.1). In plaintext a
   * reset is an end like any other.
   */
  readonly isSecure: boolean
  /** Resolves with what it failed with, although nobody reads or writes; stays pending where it ends well. */
  readonly failed: Promise<SocketError>
  /** The next bytes, `undefined` at the end. One at a time. */
  read(): Promise<Uint8Array | undefined>
  write(bytes: Uint8Array): Promise<void>
  /** Nothing more is written: FIN, or close_notify. */
  end(): Promise<void>
  /** Nothing more is wanted. */
  stopReading(reason: unknown): void
  /** All was written: ends both directions. Never rejects. */
  close(): Promise<void>
  /** Cuts it. */
  abort(reason: unknown): void
}

/** A carrier on its way. */
export interface Opening<T extends Carrier = Carrier> {
  /** Rejects with what it failed with or was aborted with. Marked handled. */
  readonly carrier: Promise<T>
  /** Ends the way there, or the carrier that it led to. */
  abort(reason: unknown): void
}
