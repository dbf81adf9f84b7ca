import { handshakeName } from './code-point-names.js'
import type { DecodedField, FieldNote } from './decoded-field.js'
import { type FieldReader, FieldReader as Reader } from './field-reader.js'
import { messageBodies } from './message-bodies.js'

/**
 * A handshake message, field by field, with its header of four bytes: RFC 9846 section 4. Never throws: what cannot be
 * decoded is a field of kind `fault`.
 *
 * @param message as an event of kind `message` gives it
 */
export function decodeHandshakeMessage(message: Uint8Array): DecodedField {
  return Reader.decode('handshake', message, handshakeMessage)
}

/** One message of a reader that may hold more. */
export function handshakeMessage(reader: FieldReader): FieldNote {
  const type = reader.uint('msg_type', 1, (value) => ({ meaning: handshakeName(value) }))
  const guide = messageBodies.get(type)
  let found: FieldNote = {}
  reader.vector(guide?.body ?? 'body', 3, (body) => {
    if (guide) found = guide.read(body) ?? {}
    else if (!body.isAtEnd) body.rest('body')
  })
  return { value: handshakeName(type), meaning: guide?.meaning, section: guide?.section, ...found }
}
