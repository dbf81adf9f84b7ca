import { describe, expect, it } from 'vitest'
import { CipherSuite, ExtensionType } from '../../../src/messages/code-points.js'
import { SecurityPolicy } from '../../../src/policy/security-policy.js'
import { fromHex } from '../../../src/wire/bytes.js'
import type { ServerBodies } from '../../support/handshake-script.js'
import {
  appendExtensions,
  extensionOf,
  helloBlockOffset,
  itRefuses,
  type RefusalRow,
  withExtensions,
  withoutExtension,
} from '../../support/refusal-table.js'
import { openScripted } from '../../support/scripted-connection.js'

type Hello = ServerBodies['server_hello']

const edited = (edit: (hello: Hello) => Hello) => ({ script: { edit: { server_hello: edit } } })

/** A hello as a server of an older version would send it. */
const older = (sentinel: string): Pick<RefusalRow, 'script'> =>
  edited((hello) => {
    const random = hello.random.slice()
    random.set(fromHex(sentinel), 24)
    return { ...withoutExtension(ExtensionType.supported_versions)(hello), random }
  })

const illegal = { code: 'illegal_parameter', alert: 'illegal_parameter' } as const
const unsupported = { code: 'unsupported_extension', alert: 'unsupported_extension' } as const

describe('a client that reads a ServerHello', () => {
  itRefuses([
    {
      //= rfc9846#section-E.1 E.1-3
      //= rfc9846#section-4.3.1 4.3.1-15
      what: 'TLS 1.2 (4.2.2)',
      ...edited(withoutExtension(ExtensionType.supported_versions)),
      code: 'protocol_version',
      alert: 'protocol_version',
      message: /TLS 1\.2/,
    },
    {
      //= rfc9846#section-E.1 E.1-3
      //= rfc9846#section-E.5 E.5-4
      what: 'TLS 1.0 (4.2.2)',
      ...edited((hello) => ({ ...withoutExtension(ExtensionType.supported_versions)(hello), legacyVersion: 0x0301 })),
      code: 'protocol_version',
      alert: 'protocol_version',
      message: /TLS 1\.0/,
    },
    {
      //= rfc9846#section-4.2.3 4.2.3-16 4.2.3-18
      what: 'the downgrade sentinel of TLS 1.2 (4.2.2)',
      ...older('444f574e47524401'),
      code: 'downgrade_detected',
      alert: 'illegal_parameter',
      message: /TLS 1\.2/,
    },
    {
      //= rfc9846#section-4.2.3 4.2.3-16 4.2.3-18
      what: 'the downgrade sentinel of TLS 1.1 and older (4.2.2)',
      ...older('444f574e47524400'),
      code: 'downgrade_detected',
      alert: 'illegal_parameter',
      message: /TLS 1\.1 or older/,
    },
    {
      //= rfc9846#section-4.3.1 4.3.1-16 4.3.1-17 4.3.1-18
      what: 'supported_versions with TLS 1.2 (4.3.1)',
      ...edited(withExtensions(extensionOf(ExtensionType.supported_versions, 3, 3))),
      ...illegal,
      message: /supported_versions selects TLS 1\.2/,
    },
    {
      //= rfc9846#section-4.3.1 4.3.1-18
      what: 'supported_versions with a version that does not exist (4.3.1)',
      ...edited(withExtensions(extensionOf(ExtensionType.supported_versions, 3, 5))),
      ...illegal,
      message: /supported_versions selects/,
    },
    {
      //= rfc9846#section-4.2.3 4.2.3-2
      //= rfc9846#section-E.5 E.5-9
      what: 'a legacy_version other than 0x0303',
      ...edited((hello) => ({ ...hello, legacyVersion: 0x0304 })),
      code: 'protocol_version',
      alert: 'protocol_version',
      message: /legacy_version/,
    },
    {
      //= rfc9846#section-4.2.3 4.2.3-6
      what: 'another session id (4.2.2)',
      ...edited((hello) => ({ ...hello, legacySessionIdEcho: new Uint8Array(32) })),
      ...illegal,
      message: /legacy_session_id_echo/,
    },
    {
      what: 'no session id where one was sent (4.2.2)',
      ...edited((hello) => ({ ...hello, legacySessionIdEcho: new Uint8Array() })),
      ...illegal,
      message: /legacy_session_id_echo/,
    },
    {
      //= rfc9846#section-4.2.3 4.2.3-6
      what: 'a session id where none was sent (4.2.2)',
      ...edited((hello) => ({ ...hello, legacySessionIdEcho: new Uint8Array(32) })),
      options: { middleboxCompatibility: false },
      ...illegal,
      message: /legacy_session_id_echo/,
    },
    {
      //= rfc9846#section-4.2.3 4.2.3-9
      what: 'compression (4.2.2)',
      ...edited((hello) => ({ ...hello, legacyCompressionMethod: 1 })),
      ...illegal,
      message: /legacy_compression_method/,
    },
    {
      //= rfc9846#section-4.2.3 4.2.3-7
      what: 'a cipher suite of TLS 1.2 (4.2.2)',
      ...edited((hello) => ({ ...hello, cipherSuite: 0xc02f })),
      ...illegal,
      message: /cipher suite 0xc02f was not offered/,
    },
    {
      //= rfc9846#section-9.2 9.2-6
      what: 'no key_share (9.2)',
      ...edited(withoutExtension(ExtensionType.key_share)),
      code: 'missing_extension',
      alert: 'missing_extension',
      message: /key_share/,
    },
    {
      //= rfc9846#section-4.3 4.3-10
      what: 'an extension twice (4.3)',
      script: {
        rewrite: {
          server_hello: (bytes) =>
            appendExtensions(bytes, helloBlockOffset, extensionOf(ExtensionType.supported_versions, 3, 4)),
        },
      },
      code: 'illegal_parameter',
      alert: 'illegal_parameter',
      message: /supported_versions stands there twice/,
    },
    {
      //= rfc9846#section-4.3 4.3-6
      what: 'an extension that was not asked for (4.3)',
      ...edited(withExtensions(extensionOf(ExtensionType.early_data))),
      ...unsupported,
      message: /early_data, which was not asked for/,
    },
    {
      what: 'an extension that nobody knows (4.3)',
      ...edited(withExtensions(extensionOf(0xfe01))),
      ...unsupported,
      message: /0xfe01/,
    },
    {
      what: 'pre_shared_key where no PSK was offered',
      ...edited(withExtensions(extensionOf(ExtensionType.pre_shared_key, 0, 0))),
      ...unsupported,
      message: /pre_shared_key/,
    },
    {
      //= rfc9846#section-4.3 4.3-7
      what: 'an extension that belongs into EncryptedExtensions (4.3)',
      ...edited(withExtensions(extensionOf(ExtensionType.application_layer_protocol_negotiation, 0, 3, 2, 104, 50))),
      options: { alpnProtocols: ['h2'] },
      ...illegal,
      message: /application_layer_protocol_negotiation may not stand in serverHello/,
    },
    {
      //= rfc9846#section-6 6-9
      what: 'a key_share that is cut short',
      ...edited(withExtensions(extensionOf(ExtensionType.key_share, 0, 0x1d, 0, 32, 1))),
      code: 'decode_error',
      alert: 'decode_error',
      message: /key_share/,
    },
    {
      what: 'bytes behind its end',
      script: {
        rewrite: {
          server_hello: (bytes) => {
            const longer = Uint8Array.from([...bytes, 0])
            longer[3] = (longer[3] ?? 0) + 1
            return longer
          },
        },
      },
      code: 'decode_error',
      alert: 'decode_error',
      message: /follow the end/,
    },
  ])
})

//= rfc9846#section-4.3 4.3-8
it('a client takes the extensions of a ServerHello in any order (4.3)', async () => {
  const { info } = await openScripted({
    edit: { server_hello: (hello) => ({ ...hello, extensions: [...hello.extensions].reverse() }) },
  })
  expect(info.protocol).toBe('TLSv1.3')
})

describe('a client with GREASE', () => {
  itRefuses([
    {
      what: 'a GREASE cipher suite chosen (RFC 8701)',
      ...edited((hello) => ({ ...hello, cipherSuite: 0x1a1a })),
      options: { grease: true },
      ...illegal,
      message: /0x1a1a was not offered/,
    },
    ...Array.from({ length: 16 }, (_, index) => index * 0x1010 + 0x0a0a).map(
      (type): RefusalRow => ({
        what: `the GREASE extension 0x${type.toString(16)} answered (RFC 8701)`,
        ...edited(withExtensions(extensionOf(type))),
        options: { grease: true },
        ...unsupported,
        message: /which was not asked for/,
      }),
    ),
  ])
})

describe('a client whose policy has one suite', () => {
  itRefuses([
    {
      //= rfc9846#section-4.2.3 4.2.3-7
      what: 'a suite that it knows and did not offer (4.2.2)',
      script: { edit: { server_hello: (hello) => ({ ...hello, cipherSuite: CipherSuite.TLS_AES_256_GCM_SHA384 }) } },
      options: { securityPolicy: SecurityPolicy.from({ cipherSuites: ['TLS_AES_128_GCM_SHA256'] }) },
      ...illegal,
      message: /TLS_AES_256_GCM_SHA384 was not offered/,
    },
  ])
})
