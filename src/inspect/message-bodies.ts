import { HandshakeType } from '../messages/code-points.js'
import { helloRetryRequestRandom } from '../messages/server-hello.js'
import { equalBytes } from '../wire/bytes.js'
import { certificateData } from './certificate-fields.js'
import { cipherSuiteNote, protocolVersionNote, signatureSchemeNote } from './code-point-names.js'
import { extensionBlock } from './decode-extension.js'
import type { FieldNote } from './decoded-field.js'
import { type FieldReader, hexNumber } from './field-reader.js'

/** What a handshake message is for, and how its body reads. */
export interface MessageGuide {
  /** The RFC's name of the struct. */
  readonly body: string
  readonly meaning: string
  readonly section: string
  // biome-ignore lint/suspicious/noConfusingVoidType: most bodies have nothing to add
  readonly read: (reader: FieldReader) => FieldNote | void
}

const rfc9846 = (section: string) => `RFC 9846 section ${section}`

function clientHello(reader: FieldReader): void {
  reader.uint('legacy_version', 2, legacyVersion)
  reader.bytes('random', 32, { meaning: 'fresh for each connection; names it in a key log' })
  reader.opaque('legacy_session_id', 1, { meaning: 'without use in TLS 1.3; filled in for old middleboxes' })
  reader.vector('cipher_suites', 2, (suites) => {
    let count = 0
    suites.list((inner) => {
      inner.uint('cipher_suite', 2, cipherSuiteNote)
      count++
    })
    return { value: `${count} in the client’s order` }
  })
  reader.vector('legacy_compression_methods', 1, (methods) =>
    methods.list((inner) => void inner.uint('compression_method', 1, compressionMethod)),
  )
  // what came before TLS 1.3 could leave the block out
  if (!reader.isAtEnd) extensionBlock(reader, 'clientHello')
}

function serverHello(reader: FieldReader): FieldNote | undefined {
  reader.uint('legacy_version', 2, legacyVersion)
  const random = reader.bytes('random', 32, randomOfServer)
  const isRetry = equalBytes(random, helloRetryRequestRandom)
  reader.opaque('legacy_session_id_echo', 1, { meaning: 'the client’s legacy_session_id, sent back' })
  reader.uint('cipher_suite', 2, (value) => ({
    ...cipherSuiteNote(value),
    section: rfc9846('B.4'),
  }))
  reader.uint('legacy_compression_method', 1, compressionMethod)
  if (!reader.isAtEnd) extensionBlock(reader, isRetry ? 'helloRetryRequest' : 'serverHello')
  return isRetry ? retry : undefined
}

const legacyVersion = (value: number): FieldNote => {
  const { value: shown, meaning } = protocolVersionNote(value)
  return { value: shown, meaning: `${meaning}, for old middleboxes; the version is in supported_versions` }
}

const compressionMethod = (method: number): FieldNote => ({
  meaning: method === 0 ? 'null: there is no compression in TLS 1.3' : 'may not be used in TLS 1.3',
})

function randomOfServer(random: Uint8Array): FieldNote {
  if (equalBytes(random, helloRetryRequestRandom)) {
    return { meaning: 'SHA-256 of “HelloRetryRequest”: by it one tells this message from a ServerHello' }
  }
  const isDowngrade = String.fromCharCode(...random.subarray(24, 31)) === 'DOWNGRD'
  return {
    meaning: isDowngrade
      ? 'ends in “DOWNGRD”: the server was made to negotiate less than it can'
      : 'fresh for each connection',
  }
}

const retry: FieldNote = {
  value: 'hello_retry_request',
  meaning: 'the server asks for another ClientHello, most often with a key share of another group',
  section: rfc9846('4.2.4'),
}

function certificate(reader: FieldReader): void {
  reader.opaque('certificate_request_context', 1, { meaning: 'empty, but for an answer to a later request' })
  reader.vector('certificate_list', 3, (list) => {
    let count = 0
    list.list((inner) => {
      certificateEntry(inner, count)
      count++
    })
    return { value: count === 1 ? '1 certificate' : `${count} certificates` }
  })
}

function certificateEntry(reader: FieldReader, index: number): void {
  reader.struct('certificate_entry', (fields) => {
    let about: FieldNote = {}
    fields.vector('cert_data', 3, (data) => {
      about = certificateData(data)
      return about
    })
    extensionBlock(fields, 'certificate')
    return {
      value: about.value,
      meaning: index === 0 ? 'the sender’s own certificate' : 'a CA’s certificate, to lead to a trust anchor',
    }
  })
}

function certificateRequest(reader: FieldReader): void {
  reader.opaque('certificate_request_context', 1, { meaning: 'comes back with the answer' })
  extensionBlock(reader, 'certificateRequest')
}

function certificateVerify(reader: FieldReader): void {
  reader.uint('algorithm', 2, signatureSchemeNote)
  reader.opaque('signature', 2, {
    meaning: 'over the hash of all messages so far, by the private key of the certificate',
  })
}

function newSessionTicket(reader: FieldReader): void {
  reader.uint('ticket_lifetime', 4, (seconds) => ({ meaning: `seconds: ${duration(seconds)}` }))
  reader.uint('ticket_age_add', 4, (value) => ({
    value: hexNumber(value, 4),
    meaning: 'is added to the ticket’s age, so that its age tells onlookers nothing',
  }))
  reader.opaque('ticket_nonce', 1, { meaning: 'makes the PSK of this ticket differ from those of others' })
  reader.opaque('ticket', 2, {
    meaning: 'the server’s own matter: most often its state, sealed under a key of its own',
  })
  extensionBlock(reader, 'newSessionTicket')
}

function duration(seconds: number): string {
  if (seconds >= 86_400) return `${Number((seconds / 86_400).toFixed(1))} days`
  return seconds >= 3600 ? `${Number((seconds / 3600).toFixed(1))} hours` : `${seconds}`
}

function compressedCertificate(reader: FieldReader): void {
  reader.uint('algorithm', 2, (value) => ({
    value: hexNumber(value, 2),
    meaning: ['zlib', 'brotli', 'zstd'][value - 1] ?? 'unknown',
  }))
  reader.uint('uncompressed_length', 3, (bytes) => ({ meaning: `the Certificate message has ${bytes} bytes` }))
  reader.opaque('compressed_certificate_message', 3, { meaning: 'the body of a Certificate message, compressed' })
}

/** By HandshakeType. */
export const messageBodies: ReadonlyMap<number, MessageGuide> = new Map([
  [
    HandshakeType.client_hello,
    {
      body: 'client_hello',
      meaning: 'the client says what it can, and guesses a key exchange; all can read it',
      section: rfc9846('4.2.2'),
      read: clientHello,
    },
  ],
  [
    HandshakeType.server_hello,
    {
      body: 'server_hello',
      meaning: 'the server chooses; from here on both have the handshake keys, and the rest is encrypted',
      section: rfc9846('4.2.3'),
      read: serverHello,
    },
  ],
  [
    HandshakeType.encrypted_extensions,
    {
      body: 'encrypted_extensions',
      meaning: 'answers to the client’s extensions that need not be read on the way',
      section: rfc9846('4.4.1'),
      read: (reader) => extensionBlock(reader, 'encryptedExtensions'),
    },
  ],
  [
    HandshakeType.certificate_request,
    {
      body: 'certificate_request',
      meaning: 'the server asks for the client’s certificate',
      section: rfc9846('4.4.2'),
      read: certificateRequest,
    },
  ],
  [
    HandshakeType.certificate,
    {
      body: 'certificate',
      meaning: 'who the sender claims to be: its certificate and those that vouch for it',
      section: rfc9846('4.5.1'),
      read: certificate,
    },
  ],
  [
    HandshakeType.compressed_certificate,
    {
      body: 'compressed_certificate',
      meaning: 'a Certificate message, compressed as the other side offered',
      section: 'RFC 8879 section 4',
      read: compressedCertificate,
    },
  ],
  [
    HandshakeType.certificate_verify,
    {
      body: 'certificate_verify',
      meaning: 'the proof: a signature that only the holder of the certificate’s private key can make',
      section: rfc9846('4.5.2'),
      read: certificateVerify,
    },
  ],
  [
    HandshakeType.finished,
    {
      body: 'finished',
      meaning: 'shows that both saw the same messages: one changed byte before, and it does not fit',
      section: rfc9846('4.5.3'),
      read: (reader) => {
        reader.rest('verify_data', { meaning: 'HMAC of the transcript hash, under finished_key' })
      },
    },
  ],
  [
    HandshakeType.end_of_early_data,
    {
      body: 'end_of_early_data',
      meaning: 'the client’s 0-RTT data ends; what follows is under the handshake keys',
      section: rfc9846('4.6'),
      read: () => undefined,
    },
  ],
  [
    HandshakeType.new_session_ticket,
    {
      body: 'new_session_ticket',
      meaning: 'lets the client come back with a PSK: no certificate, and 0-RTT if the server allows it',
      section: rfc9846('4.7.1'),
      read: newSessionTicket,
    },
  ],
  [
    HandshakeType.key_update,
    {
      body: 'key_update',
      meaning: 'the sender’s next record is under the next generation of its keys',
      section: rfc9846('4.7.3'),
      read: (reader) => {
        reader.uint('request_update', 1, (value) => ({
          meaning:
            ['update_not_requested', 'update_requested: the other side must change its keys too'][value] ??
            'not defined',
        }))
      },
    },
  ],
])
