import { TlsError } from '../errors/tls-error.js'
import type { Bytes } from '../wire/bytes.js'
import { type Codec, decode, encode, opaque24, struct, uint8 } from '../wire/codec.js'
import { certificate } from './certificate.js'
import { certificateRequest } from './certificate-request.js'
import { certificateVerify } from './certificate-verify.js'
import { clientHello } from './client-hello.js'
import { HandshakeType, type HandshakeTypeName, nameOf } from './code-points.js'
import { compressedCertificate } from './compressed-certificate.js'
import { encryptedExtensions } from './encrypted-extensions.js'
import { endOfEarlyData } from './end-of-early-data.js'
import { finished } from './finished.js'
import { keyUpdate } from './key-update.js'
import { newSessionTicket } from './new-session-ticket.js'
import { serverHello } from './server-hello.js'

/** The handshake messages and their bodies: RFC 9846 section 4. */
const bodies = {
  client_hello: clientHello,
  server_hello: serverHello,
  new_session_ticket: newSessionTicket,
  end_of_early_data: endOfEarlyData,
  encrypted_extensions: encryptedExtensions,
  certificate,
  certificate_request: certificateRequest,
  certificate_verify: certificateVerify,
  finished,
  key_update: keyUpdate,
  compressed_certificate: compressedCertificate,
} as const

export type MessageName = keyof typeof bodies
export type MessageBody<N extends MessageName> = (typeof bodies)[N] extends Codec<infer T> ? T : never

/** A message as it came: the transcript takes `bytes`, never a second writing of the body. */
export interface ReceivedMessage<N extends MessageName = MessageName> {
  readonly name: N
  readonly body: MessageBody<N>
  readonly bytes: Bytes
}

export type AnyReceivedMessage = { [N in MessageName]: ReceivedMessage<N> }[MessageName]

const frame = struct({ type: uint8, body: opaque24() })

/** A whole handshake message: type, length of three bytes, body. */
export function encodeMessage<N extends MessageName>(name: N, body: MessageBody<N>): Bytes {
  return encode(frame, {
    type: HandshakeType[name],
    body: encode(bodies[name] as unknown as Codec<MessageBody<N>>, body),
  })
}

/** Parses a message whose type has been found to be `name`. @throws TlsError `decode_error` */
export function decodeMessage<N extends MessageName>(name: N, bytes: Bytes): ReceivedMessage<N> {
  const codec = bodies[name] as unknown as Codec<MessageBody<N>>
  return { name, bytes, body: decode(codec, bytes.subarray(headerLength), name) }
}

export const headerLength = 4

/** The name of a handshake message's type. @throws TlsError `unexpected_message` for one that TLS 1.3 does not have */
export function messageName(type: number): MessageName {
  const name = nameOf(HandshakeType, type) as HandshakeTypeName
  if (name in bodies) return name as MessageName
  throw new TlsError('unexpected_message', `handshake message of type ${type}, which does not exist in TLS 1.3`)
}
