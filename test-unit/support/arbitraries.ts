import fc from 'fast-check'
import type { MessageBody, MessageName } from '../../src/messages/handshake-message.js'
import type { Bytes } from '../../src/wire/bytes.js'

/** Arbitrary values of the wire formats, within the limits that RFC 9846 gives them. */
export const arbitraryBytes = (minLength: number, maxLength: number): fc.Arbitrary<Bytes> =>
  fc.uint8Array({ minLength, maxLength }).map((bytes) => Uint8Array.from(bytes))

export const arbitraryUint = (byteLength: 1 | 2 | 3 | 4) => fc.integer({ min: 0, max: 256 ** byteLength - 1 })

const uint16s = (minLength: number) => fc.array(arbitraryUint(2), { minLength, maxLength: 20 })

/** No type stands there twice. */
export const arbitraryExtensions = fc.uniqueArray(fc.record({ type: arbitraryUint(2), data: arbitraryBytes(0, 40) }), {
  selector: ({ type }) => type,
  maxLength: 6,
})

export const arbitraryMessages: { readonly [N in MessageName]: fc.Arbitrary<MessageBody<N>> } = {
  client_hello: fc.record({
    legacyVersion: arbitraryUint(2),
    random: arbitraryBytes(32, 32),
    legacySessionId: arbitraryBytes(0, 32),
    cipherSuites: uint16s(1),
    legacyCompressionMethods: fc.array(arbitraryUint(1), { minLength: 1, maxLength: 255 }),
    extensions: arbitraryExtensions,
  }),
  server_hello: fc.record({
    legacyVersion: arbitraryUint(2),
    random: arbitraryBytes(32, 32),
    legacySessionIdEcho: arbitraryBytes(0, 32),
    cipherSuite: arbitraryUint(2),
    legacyCompressionMethod: arbitraryUint(1),
    extensions: arbitraryExtensions,
  }),
  new_session_ticket: fc.record({
    ticketLifetime: arbitraryUint(4),
    ticketAgeAdd: arbitraryUint(4),
    ticketNonce: arbitraryBytes(0, 255),
    ticket: arbitraryBytes(1, 600),
    extensions: arbitraryExtensions,
  }),
  end_of_early_data: fc.constant({}),
  encrypted_extensions: fc.record({ extensions: arbitraryExtensions }),
  certificate: fc.record({
    certificateRequestContext: arbitraryBytes(0, 255),
    certificateList: fc.array(fc.record({ certificateData: arbitraryBytes(1, 300), extensions: arbitraryExtensions }), {
      maxLength: 4,
    }),
  }),
  certificate_request: fc.record({
    certificateRequestContext: arbitraryBytes(0, 255),
    extensions: arbitraryExtensions,
  }),
  certificate_verify: fc.record({ algorithm: arbitraryUint(2), signature: arbitraryBytes(0, 520) }),
  finished: fc.record({ verifyData: arbitraryBytes(0, 64) }),
  key_update: fc.record({ requestUpdate: arbitraryUint(1) }),
  compressed_certificate: fc.record({
    algorithm: arbitraryUint(2),
    uncompressedLength: arbitraryUint(3),
    compressedCertificateMessage: arbitraryBytes(1, 300),
  }),
}

export const messageNames = Object.keys(arbitraryMessages) as MessageName[]

/** A small damage to bytes: what a hostile or broken peer would send. */
export const arbitraryMutation: fc.Arbitrary<(bytes: Bytes) => Bytes> = fc.oneof(
  fc.nat().map((position) => (bytes: Bytes) => bytes.slice(0, position % (bytes.length + 1))),
  fc.record({ position: fc.nat(), value: arbitraryUint(1) }).map(({ position, value }) => (bytes: Bytes) => {
    const changed = bytes.slice()
    if (changed.length > 0) changed[position % changed.length] = value
    return changed
  }),
  fc.record({ position: fc.nat(), inserted: arbitraryBytes(1, 8) }).map(({ position, inserted }) => (bytes: Bytes) => {
    const at = position % (bytes.length + 1)
    return Uint8Array.from([...bytes.subarray(0, at), ...inserted, ...bytes.subarray(at)])
  }),
  fc.record({ position: fc.nat(), count: fc.nat(16) }).map(({ position, count }) => (bytes: Bytes) => {
    const at = position % (bytes.length + 1)
    return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + count)])
  }),
)
