import { greaseMeaning, namedGroupNote, signatureSchemeNote } from './code-point-names.js'
import type { FieldNote } from './decoded-field.js'
import { type FieldReader, hexNumber } from './field-reader.js'

/** How the bodies of extensions read; which stands in which message is in extension-guides.ts. */

export const nothing = (): FieldNote => ({ value: 'empty' })

/** A vector of two-byte code points. */
export const codePoints =
  (list: string, item: string, note: (value: number) => FieldNote, lengthBytes: 1 | 2 = 2) =>
  (reader: FieldReader) =>
    reader.vector(list, lengthBytes, (inner) => {
      let count = 0
      inner.list((fields) => {
        fields.uint(item, 2, note)
        count++
      })
      return { value: `${count} in the sender’s order` }
    })

export const schemes = codePoints('supported_signature_algorithms', 'signature_scheme', signatureSchemeNote)
export const groups = codePoints('named_group_list', 'named_group', namedGroupNote)

const shareNote = (bytes: Uint8Array): FieldNote => ({
  meaning: bytes.length === 1 ? greaseMeaning : 'public: who reads it learns no secret from it',
})

export function keyShareEntry(reader: FieldReader): void {
  reader.struct('key_share_entry', (fields) => {
    const group = fields.uint('group', 2, namedGroupNote)
    fields.opaque('key_exchange', 2, shareNote)
    return { value: namedGroupNote(group).meaning }
  })
}

export function serverName(reader: FieldReader): void {
  reader.vector('server_name_list', 2, (names) =>
    names.list((inner) =>
      inner.struct('server_name', (fields) => {
        fields.uint('name_type', 1, (type) => ({ meaning: type === 0 ? 'host_name' : 'not defined' }))
        fields.vector('host_name', 2, (name) => name.text('host_name', name.remaining))
      }),
    ),
  )
}

export function protocolNames(reader: FieldReader): void {
  reader.vector('protocol_name_list', 2, (names) =>
    names.list((inner) => inner.vector('protocol_name', 1, (name) => name.text('protocol_name', name.remaining))),
  )
}

export function offeredPsks(reader: FieldReader): void {
  reader.vector('identities', 2, (identities) =>
    identities.list((inner) =>
      inner.struct('psk_identity', (fields) => {
        fields.opaque('identity', 2, { meaning: 'a ticket of an earlier connection, or a name both sides know' })
        fields.uint('obfuscated_ticket_age', 4, {
          meaning: 'milliseconds since the ticket came, plus its ticket_age_add, so that it tells onlookers nothing',
          section: 'RFC 9846 section 4.3.11.1',
        })
      }),
    ),
  )
  reader.vector(
    'binders',
    2,
    (binders) =>
      binders.list((inner) =>
        inner.opaque('binder', 1, { meaning: 'HMAC over this ClientHello: shows that the client has the PSK' }),
      ),
    { section: 'RFC 9846 section 4.3.11.2' },
  )
}

export function statusRequest(reader: FieldReader): void {
  reader.uint('status_type', 1, (type) => ({ meaning: type === 1 ? 'ocsp' : 'not defined' }))
  reader.opaque('responder_id_list', 2)
  reader.opaque('request_extensions', 2)
}

export function certificateStatus(reader: FieldReader): void {
  reader.uint('status_type', 1, (type) => ({ meaning: type === 1 ? 'ocsp' : 'not defined' }))
  reader.opaque('response', 3, {
    meaning: 'an OCSP response in DER: the CA says whether it has revoked the certificate',
  })
}

export const oidFilters = (reader: FieldReader) =>
  reader.vector('filters', 2, (filters) =>
    filters.list((inner) =>
      inner.struct('oid_filter', (fields) => {
        fields.opaque('certificate_extension_oid', 1)
        fields.opaque('certificate_extension_values', 2)
      }),
    ),
  )

export const authorities = (reader: FieldReader) =>
  reader.vector('authorities', 2, (names) => names.list((inner) => inner.opaque('distinguished_name', 2)))

export const compression = codePoints(
  'algorithms',
  'algorithm',
  (value) => ({ value: hexNumber(value, 2), meaning: ['zlib', 'brotli', 'zstd'][value - 1] ?? 'unknown' }),
  1,
)

export const fragmentLength = (reader: FieldReader) => {
  reader.uint('max_fragment_length', 1, (code) => ({
    meaning: code >= 1 && code <= 4 ? `2^${8 + code} = ${2 ** (8 + code)} bytes` : 'not defined',
  }))
}

export const recordSizeLimit = (reader: FieldReader) => {
  reader.uint('record_size_limit', 2, (bytes) => ({
    meaning: `a record’s plaintext, its content type included, may have ${bytes} bytes`,
  }))
}

export const zeros = (reader: FieldReader) => {
  reader.rest('padding', (bytes) => ({ value: `${bytes.length} bytes`, meaning: 'zeros, to change the length' }))
}
