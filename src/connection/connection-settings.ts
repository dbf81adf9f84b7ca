import type { CryptoProvider } from '../crypto/provider.js'
import type { HandshakeResult, WriteState } from '../handshake/handshake-result.js'
import type { MessageChannel } from '../handshake/message-channel.js'
import type { TlsEvent } from '../handshake/observer.js'
import type { VerifiedPeer } from '../handshake/verified-peer.js'
import type { MessageName } from '../messages/handshake-message.js'
import type { Bytes } from '../wire/bytes.js'
import type { EarlyDataStream } from './early-data-stream.js'
import type { KeyUpdates } from './key-updates.js'

/** What a connection needs beside its handshake. */
export interface ConnectionSettings {
  readonly provider: CryptoProvider
  readonly signal: AbortSignal | undefined
  readonly onEvent: ((event: TlsEvent) => void) | undefined
  /** Of a Certificate message, in bytes. */
  readonly maxCertificateLength: number
  /** After how many records the write keys are changed. */
  readonly recordLimit: number | undefined
  readonly padding: ((contentLength: number) => number) | undefined
  readonly recordSizing: 'throughput' | 'latency'
  /** Of a record's content, in bytes; `undefined`: what the protocol allows. */
  readonly maxSendFragment: number | undefined
  readonly handshakeTimeoutMilliseconds: number
  /** A server's 0-RTT data. */
  readonly earlyData?: EarlyDataStream
  /** @param mayWrite called when application data may go out, if that is before the handshake is done */
  readonly handshake: (channel: MessageChannel, mayWrite: (state: WriteState) => void) => Promise<HandshakeResult>
  /** Messages after the handshake other than KeyUpdate. @throws TlsError for one that may not come */
  readonly postHandshake: (established: Established) => PostHandshake
}

/** Takes the messages after the handshake. */
export interface PostHandshake {
  receive(name: MessageName, bytes: Bytes): Promise<void>
  /** Something else came: messages that must follow one another are broken up. @throws TlsError */
  interrupted(): void
  requestClientCertificate(): Promise<VerifiedPeer | undefined>
}

/** A connection once its handshake is done. */
export interface Established {
  readonly channel: MessageChannel
  readonly result: HandshakeResult
  readonly keyUpdates: KeyUpdates
}
