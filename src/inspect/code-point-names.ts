import {
  CipherSuite,
  ContentType,
  ExtensionType,
  HandshakeType,
  isGrease,
  NamedGroup,
  ProtocolVersion,
  SignatureScheme,
} from '../messages/code-points.js'
import type { FieldNote } from './decoded-field.js'
import { hexNumber } from './field-reader.js'

/** Code points as a field shows them: the number in hexadecimal, IANA's name as the meaning. */
export const cipherSuiteNote = named({ ...CipherSuite, ...otherSuites() }, 'cipher suite')
export const namedGroupNote = named({ ...NamedGroup, ...otherGroups() }, 'group')
export const signatureSchemeNote = named({ ...SignatureScheme, ...otherSchemes() }, 'signature scheme')
export const protocolVersionNote = named(
  { ...ProtocolVersion, 'SSLv3.0': 0x0300, 'TLSv1.1': 0x0302 } as Readonly<Record<string, number>>,
  'version',
)
const extensionNames = nameTable({ ...ExtensionType, ...otherExtensions() })
const messageNames = nameTable(HandshakeType)
const contentNames = nameTable(ContentType)

/** IANA's name of an extension; `GREASE` or its number for one that has none here. */
export const extensionName = (type: number): string =>
  extensionNames.get(type) ?? (isGrease(type) ? 'GREASE' : `extension ${hexNumber(type, 2)}`)

export const handshakeName = (type: number): string => messageNames.get(type) ?? `handshake type ${type}`
export const contentTypeName = (type: number): string => contentNames.get(type) ?? `content type ${type}`

/** RFC 8701 */
export const greaseMeaning = 'GREASE: means nothing, keeps receivers tolerant of what they do not know'

function named(table: Readonly<Record<string, number>>, what: string): (value: number) => FieldNote {
  const names = nameTable(table)
  return (value) => ({
    value: hexNumber(value, 2),
    meaning: names.get(value) ?? (isGrease(value) ? greaseMeaning : `a ${what} that this page has no name for`),
  })
}

function nameTable(table: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(table).map(([name, value]) => [value, name]))
}

/** What other clients offer and we never use; IANA "TLS Cipher Suites". */
function otherSuites(): Readonly<Record<string, number>> {
  return {
    TLS_AES_128_CCM_SHA256: 0x1304,
    TLS_AES_128_CCM_8_SHA256: 0x1305,
    TLS_EMPTY_RENEGOTIATION_INFO_SCSV: 0x00ff,
    TLS_FALLBACK_SCSV: 0x5600,
    TLS_RSA_WITH_AES_128_CBC_SHA: 0x002f,
    TLS_RSA_WITH_AES_256_CBC_SHA: 0x0035,
    TLS_RSA_WITH_AES_128_GCM_SHA256: 0x009c,
    TLS_RSA_WITH_AES_256_GCM_SHA384: 0x009d,
    TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 0xc009,
    TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 0xc00a,
    TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 0xc013,
    TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 0xc014,
    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 0xc02b,
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 0xc02c,
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 0xc02f,
    TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 0xc030,
    TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 0xcca8,
    TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 0xcca9,
  }
}

/** IANA "TLS ExtensionType": what others send, without a use in TLS 1.3. */
function otherExtensions(): Readonly<Record<string, number>> {
  return {
    ec_point_formats: 11,
    encrypt_then_mac: 22,
    session_ticket: 35,
    application_settings: 17613,
  }
}

/** IANA "TLS Supported Groups" */
function otherGroups(): Readonly<Record<string, number>> {
  return {
    x448: 0x001e,
    brainpoolP256r1tls13: 0x001f,
    brainpoolP384r1tls13: 0x0020,
    brainpoolP512r1tls13: 0x0021,
    ffdhe2048: 0x0100,
    ffdhe3072: 0x0101,
    ffdhe4096: 0x0102,
    ffdhe6144: 0x0103,
    ffdhe8192: 0x0104,
    MLKEM512: 0x0200,
    MLKEM768: 0x0201,
    X25519Kyber768Draft00: 0x6399,
  }
}

/** IANA "TLS SignatureScheme" */
function otherSchemes(): Readonly<Record<string, number>> {
  return { rsa_pkcs1_sha1: 0x0201, ecdsa_sha1: 0x0203, ed448: 0x0808 }
}
