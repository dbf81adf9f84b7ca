import { alertName } from '../errors/alert-description.js'
import { AlertLevel } from '../messages/alert.js'
import { ContentType } from '../messages/code-points.js'
import { contentTypeName, protocolVersionNote } from './code-point-names.js'
import { handshakeMessage } from './decode-message.js'
import type { DecodedField, FieldNote } from './decoded-field.js'
import { FieldReader } from './field-reader.js'

/**
 * A record as it is on the wire, with its header of five bytes: RFC 9846 section 5.1. What is encrypted stays bytes;
 * handshake messages and alerts in the clear are decoded. Never throws.
 *
 * @param options.isFragment whether the record has only a part of a handshake message, which then stays bytes
 */
export function decodeRecord(record: Uint8Array, options: { readonly isFragment?: boolean } = {}): DecodedField {
  return FieldReader.decode(
    'record',
    record,
    (reader) => {
      const type = reader.uint('type', 1, (value) => ({ meaning: contentTypeName(value) }))
      reader.uint('legacy_record_version', 2, (value) => ({
        value: protocolVersionNote(value).value,
        meaning: `${protocolVersionNote(value).meaning}; nobody looks at it`,
      }))
      reader.vector('fragment', 2, (fragment) => content(fragment, type, options.isFragment ?? false))
      return { value: contentTypeName(type) }
    },
    { section: 'RFC 9846 section 5.1' },
  )
}

/** An alert of two bytes, as it is inside its record: RFC 9846 section 6. Never throws. */
export function decodeAlert(alert: Uint8Array): DecodedField {
  return FieldReader.decode('alert', alert, alertFields)
}

function content(reader: FieldReader, type: number, isFragment: boolean): FieldNote | undefined {
  if (type === ContentType.alert) return alertFields(reader)
  if (type === ContentType.change_cipher_spec) {
    reader.rest('change_cipher_spec', { meaning: 'does nothing in TLS 1.3: there for old middleboxes' })
    return { section: 'RFC 9846 section 5' }
  }
  if (type === ContentType.handshake && !isFragment) {
    reader.list((inner) => inner.struct('handshake', handshakeMessage))
    return undefined
  }
  if (!reader.isAtEnd) reader.rest(type === ContentType.application_data ? 'encrypted_record' : 'fragment')
  if (type !== ContentType.application_data) return undefined
  return {
    meaning: 'sealed by AEAD: content, its real type, padding, and a tag of 16 bytes',
    section: 'RFC 9846 section 5.2',
  }
}

function alertFields(reader: FieldReader): FieldNote {
  reader.uint('level', 1, (level) => ({
    meaning: level === AlertLevel.warning ? 'warning' : level === AlertLevel.fatal ? 'fatal' : 'not defined',
  }))
  const description = reader.uint('description', 1, (value) => ({ meaning: alertName(value) }))
  return {
    value: alertName(description),
    meaning: description === 0 ? closing : 'ends the connection',
    section: description === 0 ? 'RFC 9846 section 6.1' : 'RFC 9846 section 6.2',
  }
}

const closing = 'no more will come from this side; without it an end could be forged'
