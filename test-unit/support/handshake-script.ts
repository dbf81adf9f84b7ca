import type { CipherSuiteName, NamedGroupName, SignatureSchemeName } from '../../src/messages/code-points.js'
import type { MessageBody } from '../../src/messages/handshake-message.js'
import type { Bytes } from '../../src/wire/bytes.js'
import type { ScriptedServer } from './scripted-server.js'
import type { ServerIdentity } from './server-identity.js'

/** The messages that a server sends in a handshake, in their order. */
export interface ServerBodies {
  readonly hello_retry_request: MessageBody<'server_hello'>
  readonly server_hello: MessageBody<'server_hello'>
  readonly encrypted_extensions: MessageBody<'encrypted_extensions'>
  readonly certificate_request: MessageBody<'certificate_request'>
  readonly certificate: MessageBody<'certificate'>
  readonly certificate_verify: MessageBody<'certificate_verify'>
  readonly finished: MessageBody<'finished'>
}

export type ServerStep = keyof ServerBodies

/** How a scripted server departs from an honest one; nothing said, it is honest. */
export interface HandshakeScript {
  /** Default: the client's first that is no GREASE. */
  readonly suite?: CipherSuiteName
  /** Of the ServerHello. Default: the one that the HelloRetryRequest asked for, or the client's first share. */
  readonly group?: NamedGroupName
  /** Sends a HelloRetryRequest with these in it. */
  readonly retry?: { readonly group?: NamedGroupName; readonly cookie?: Bytes; readonly suite?: CipherSuiteName }
  readonly requestCertificate?: boolean
  /** The PSK that it takes, which stands in the place of a certificate; its key may go by the identity offered. */
  readonly psk?: { readonly index: number; readonly key: Bytes | ((identity: Bytes) => Bytes | undefined) }
  /** Reads what the client sends under the keys of early data, which its alerts are under as well. */
  readonly readsEarlyData?: { readonly key: Bytes; readonly suite: CipherSuiteName }
  /**
   * What becomes of 0-RTT data under `psk`: taken, or skipped, up to a second ClientHello where there is a `retry`. In
   * any case it is read, and kept in `earlyData`, so that the script need not know what the client makes of its answer.
   */
  readonly earlyData?: 'taken' | 'skipped'
  /** Whether a change_cipher_spec follows the first hello. Default: as the client's session id asks for. */
  readonly changeCipherSpec?: boolean
  readonly identity?: ServerIdentity
  /** Of the CertificateVerify. */
  readonly scheme?: SignatureSchemeName
  /** What is signed, from what should be. */
  readonly signedContent?: (content: Bytes) => Bytes
  /** Another body in place of the honest one. */
  readonly edit?: { readonly [S in ServerStep]?: (body: ServerBodies[S]) => ServerBodies[S] }
  /** Other bytes in place of a message's, which the transcript takes as well; `undefined` leaves it out. */
  readonly rewrite?: { readonly [S in ServerStep]?: (bytes: Bytes) => Bytes | undefined | Promise<Bytes | undefined> }
  /** What is done in front of a message. */
  readonly before?: { readonly [S in ServerStep]?: (server: ScriptedServer) => void | Promise<void> }
  /**
   * The contents of the records for the flight from EncryptedExtensions to Finished, from its messages; it then goes
   * out as a whole. Default: a record for each message, at once.
   */
  readonly layout?: (messages: readonly Bytes[]) => readonly Bytes[]
  /** Padding of each protected record of the handshake, in bytes. */
  readonly padding?: number
}
