import type { HashAlgorithm } from '../../src/crypto/hash.js'
import type { CipherSuiteName, NamedGroupName, SignatureSchemeName } from '../../src/messages/code-points.js'
import type { MessageBody } from '../../src/messages/handshake-message.js'
import type { Bytes } from '../../src/wire/bytes.js'
import type { ScriptedClient } from './scripted-client.js'
import type { ServerIdentity } from './server-identity.js'

/** The messages that a client sends in a handshake, in their order. */
export interface ClientBodies {
  readonly client_hello: MessageBody<'client_hello'>
  readonly second_client_hello: MessageBody<'client_hello'>
  readonly end_of_early_data: MessageBody<'end_of_early_data'>
  readonly certificate: MessageBody<'certificate'>
  readonly certificate_verify: MessageBody<'certificate_verify'>
  readonly finished: MessageBody<'finished'>
}

export type ClientStep = keyof ClientBodies

/** A pre-shared key as a client offers it. */
export interface OfferedPsk {
  readonly identity: Bytes
  readonly key: Bytes
  readonly hash: HashAlgorithm
  readonly kind: 'res binder' | 'ext binder' | 'imp binder'
  readonly obfuscatedTicketAge: number
}

/** How a scripted client departs from an honest one; nothing said, it is honest. */
export interface ClientScript {
  /** Default: all. */
  readonly suites?: readonly CipherSuiteName[]
  /** Of supported_groups. Default x25519, secp256r1 and secp384r1. */
  readonly groups?: readonly NamedGroupName[]
  /** Default: x25519. */
  readonly shares?: readonly NamedGroupName[]
  /** `null` sends none. */
  readonly serverName?: string | null
  readonly alpnProtocols?: readonly string[]
  /** Default 32 bytes, so that the server sends change_cipher_spec. */
  readonly sessionId?: Bytes
  readonly psks?: readonly OfferedPsk[]
  /** Default psk_dhe_ke. */
  readonly pskModes?: readonly number[]
  /** Each part is a record of 0-RTT data; `[]` only says that there will be some. */
  readonly earlyData?: readonly Bytes[]
  /** Default: an empty Certificate. */
  readonly identity?: ServerIdentity
  /** Of the CertificateVerify. */
  readonly scheme?: SignatureSchemeName
  /** What is signed, from what should be. */
  readonly signedContent?: (content: Bytes) => Bytes
  /** Another binder in place of the honest one. */
  readonly binder?: (binder: Bytes, index: number) => Bytes
  /** Another body in place of the honest one; binders are made afterwards. */
  readonly edit?: { readonly [S in ClientStep]?: (body: ClientBodies[S]) => ClientBodies[S] }
  /** Other bytes in place of a message's, which the transcript takes as well; `undefined` leaves it out. */
  readonly rewrite?: { readonly [S in ClientStep]?: (bytes: Bytes) => Bytes | undefined | Promise<Bytes | undefined> }
  /** What is done in front of a message, or of the 0-RTT data. */
  readonly before?: { readonly [S in ClientStep | 'early_data']?: (client: ScriptedClient) => void | Promise<void> }
  /** Cuts each message into the contents of records. Default: one record. */
  readonly layout?: (message: Bytes) => readonly Bytes[]
  /** Padding of each protected record of the handshake, in bytes. */
  readonly padding?: number
}
