import { describe, expect, it } from 'vitest'
import { CipherSuite, ExtensionType, NamedGroup } from '../../../src/messages/code-points.js'
import { cookie } from '../../../src/messages/extensions/cookie.js'
import { makeExtension, readExtension } from '../../../src/messages/extensions/extension.js'
import { keyShare } from '../../../src/messages/extensions/key-share.js'
import { decodeMessage, encodeMessage } from '../../../src/messages/handshake-message.js'
import { helloRetryRequestRandom } from '../../../src/messages/server-hello.js'
import { SecurityPolicy } from '../../../src/policy/security-policy.js'
import type { HandshakeScript, ServerBodies } from '../../support/handshake-script.js'
import {
  appendExtensions,
  extensionOf,
  helloBlockOffset,
  itRefuses,
  withExtensions,
  withoutExtension,
} from '../../support/refusal-table.js'
import { connectScripted, openScripted } from '../../support/scripted-connection.js'

type Hello = ServerBodies['server_hello']

const retry = { group: 'secp384r1' } as const
const illegal = { code: 'illegal_parameter', alert: 'illegal_parameter' } as const
const edited = (edit: (hello: Hello) => Hello): { script: HandshakeScript } => ({
  script: { retry, edit: { hello_retry_request: edit } },
})

describe('a client that reads a HelloRetryRequest', () => {
  itRefuses([
    //= rfc9846#section-4.2.4 4.2.4-5
    { what: 'one that asks for no change (4.2.3)', script: { retry: {} }, ...illegal, message: /asks for no change/ },
    {
      //= rfc9846#section-4.3.8 4.3.8-14 4.3.8-16
      what: 'a group that was not offered (4.3.8)',
      script: { retry: { group: 'MLKEM1024' } },
      ...illegal,
      message: /MLKEM1024, which was not offered/,
    },
    {
      //= rfc9846#section-4.3.8 4.3.8-15 4.3.8-16
      what: 'a group whose share was sent (4.3.8)',
      script: { retry: { group: 'X25519MLKEM768' } },
      ...illegal,
      message: /X25519MLKEM768, whose share was already sent/,
    },
    {
      what: 'a group whose share was sent, even with a cookie',
      script: { retry: { group: 'x25519', cookie: Uint8Array.of(1) } },
      ...illegal,
      message: /x25519, whose share was already sent/,
    },
    {
      //= rfc9846#section-4.2.4 4.2.4-4
      what: 'another session id (4.2.3)',
      ...edited((hello) => ({ ...hello, legacySessionIdEcho: new Uint8Array(32) })),
      ...illegal,
      message: /helloRetryRequest: legacy_session_id_echo/,
    },
    {
      //= rfc9846#section-4.2.4 4.2.4-4
      what: 'compression (4.2.3)',
      ...edited((hello) => ({ ...hello, legacyCompressionMethod: 1 })),
      ...illegal,
      message: /helloRetryRequest: legacy_compression_method/,
    },
    {
      //= rfc9846#section-4.2.4 4.2.4-4 4.2.4-8
      what: 'a cipher suite that was not offered (4.2.3)',
      ...edited((hello) => ({ ...hello, cipherSuite: 0x1304 })),
      ...illegal,
      message: /helloRetryRequest: the cipher suite 0x1304 was not offered/,
    },
    {
      what: 'no version (4.2.3)',
      ...edited(withoutExtension(ExtensionType.supported_versions)),
      code: 'protocol_version',
      alert: 'protocol_version',
      message: /TLS 1\.2/,
    },
    {
      //= rfc9846#section-4.2.4 4.2.4-13
      //= rfc9846#section-4.3.1 4.3.1-18
      what: 'another version (4.3.1)',
      ...edited(withExtensions(extensionOf(ExtensionType.supported_versions, 3, 3))),
      ...illegal,
      message: /selects TLS 1\.2/,
    },
    {
      //= rfc9846#section-4.3 4.3-6
      what: 'an extension that was not asked for (4.2.3)',
      ...edited(withExtensions(extensionOf(ExtensionType.early_data))),
      code: 'unsupported_extension',
      alert: 'unsupported_extension',
      message: /helloRetryRequest has extension early_data/,
    },
    {
      //= rfc9846#section-4.3 4.3-7
      what: 'an extension that belongs elsewhere (4.3)',
      ...edited(withExtensions(extensionOf(ExtensionType.supported_groups, 0, 2, 0, 0x18))),
      ...illegal,
      message: /supported_groups may not stand in helloRetryRequest/,
    },
    {
      //= rfc9846#section-4.3 4.3-10
      what: 'an extension twice (4.3)',
      script: {
        retry,
        rewrite: {
          hello_retry_request: (bytes) =>
            appendExtensions(bytes, helloBlockOffset, extensionOf(ExtensionType.key_share, 0, 0x18)),
        },
      },
      ...illegal,
      message: /key_share stands there twice/,
    },
    {
      what: 'an empty cookie (4.3.2)',
      ...edited(withExtensions(extensionOf(ExtensionType.cookie, 0, 0))),
      code: 'decode_error',
      alert: 'decode_error',
      message: /cookie/,
    },
    {
      //= rfc9846#section-4.2.4 4.2.4-6
      //= rfc9846#section-4.2.3 4.2.3-12
      what: 'a second one (4.2.3)',
      script: {
        retry,
        before: {
          server_hello: async (server) => {
            const { body } = decodeMessage('client_hello', server.clientHellos.at(-1)?.bytes ?? new Uint8Array())
            const again: Hello = {
              legacyVersion: 0x0303,
              random: helloRetryRequestRandom,
              legacySessionIdEcho: body.legacySessionId,
              cipherSuite: CipherSuite.TLS_AES_128_GCM_SHA256,
              legacyCompressionMethod: 0,
              extensions: [
                extensionOf(ExtensionType.supported_versions, 3, 4),
                makeExtension(cookie, cookie.helloRetryRequest, Uint8Array.of(1)),
              ],
            }
            await server.sendMessage(encodeMessage('server_hello', again))
          },
        },
      },
      code: 'unexpected_message',
      alert: 'unexpected_message',
      message: /second HelloRetryRequest/,
    },
  ])
})

describe('a client that reads the ServerHello after a HelloRetryRequest', () => {
  const server_hello = (edit: (hello: Hello) => Hello): { script: HandshakeScript } => ({
    script: { retry, edit: { server_hello: edit } },
  })

  itRefuses([
    {
      //= rfc9846#section-4.2.4 4.2.4-10
      what: 'another cipher suite than the HelloRetryRequest had (4.2.3)',
      ...server_hello((hello) => ({ ...hello, cipherSuite: CipherSuite.TLS_CHACHA20_POLY1305_SHA256 })),
      ...illegal,
      message: /has TLS_CHACHA20_POLY1305_SHA256, the HelloRetryRequest TLS_AES_128_GCM_SHA256/,
    },
    {
      //= rfc9846#section-4.3.8 4.3.8-21 4.3.8-22
      what: 'another group than the HelloRetryRequest had (4.3.8)',
      ...server_hello((hello) =>
        withExtensions(
          makeExtension(keyShare, keyShare.serverHello, {
            group: NamedGroup.x25519,
            keyExchange: new Uint8Array(32).fill(9),
          }),
        )(hello),
      ),
      ...illegal,
      message: /has group x25519, the HelloRetryRequest another/,
    },
    {
      //= rfc9846#section-4.2.4 4.2.4-13
      what: 'no version any more (4.2.3)',
      ...server_hello(withoutExtension(ExtensionType.supported_versions)),
      code: 'protocol_version',
      alert: 'protocol_version',
      message: /TLS 1\.2/,
    },
    {
      what: 'a cookie, which belongs into the HelloRetryRequest (4.3.2)',
      script: {
        retry: { ...retry, cookie: Uint8Array.of(1) },
        edit: { server_hello: withExtensions(extensionOf(ExtensionType.cookie, 0, 1, 1)) },
      },
      ...illegal,
      message: /cookie may not stand in serverHello/,
    },
  ])
})

describe('a client that answers a HelloRetryRequest', () => {
  it.each([
    //= rfc9846#section-4.2.4 4.2.4-7
    ['another group', { group: 'secp384r1' }],
    ['another group and a cookie', { group: 'secp521r1', cookie: Uint8Array.of(1, 2, 3) }],
    ['a cookie alone', { cookie: new Uint8Array(1000).fill(7) }],
  ] as const)('completes the handshake with %s', async (_what, request) => {
    const { info } = await openScripted({ retry: request })
    expect(info).toMatchObject({ helloRetried: true, group: 'group' in request ? request.group : 'x25519' })
  })

  it('completes the handshake with every suite', async () => {
    for (const suite of ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'] as const) {
      const { info } = await openScripted({ suite, retry })
      expect(info).toMatchObject({ helloRetried: true, cipherSuite: suite })
    }
  })

  //= rfc9846#section-4.3.8 4.3.8-1 4.3.8-2
  it('sends shares when it first offered none', async () => {
    const securityPolicy = SecurityPolicy.from({ keyShares: [] })
    const { info } = await openScripted({ retry: { group: 'x25519' } }, { securityPolicy })
    expect(info).toMatchObject({ helloRetried: true, group: 'x25519' })
  })

  //= rfc9846#section-4.2.2 4.2.2-2
  //= rfc9846#section-4.2.4 4.2.4-7
  //= rfc9846#section-4.3.2 4.3.2-2 4.3.2-3
  //= rfc9846#section-4.3.8 4.3.8-17
  it('echoes the cookie, sends the one share that was asked for, and changes nothing else (4.2.1)', async () => {
    const { server } = await openScripted(
      { retry: { ...retry, cookie: Uint8Array.of(1, 2, 3) } },
      { grease: true, alpnProtocols: ['h2'] },
    )
    const [first, second] = server.clientHellos.map(({ body }) => body)
    if (!first || !second) throw new Error('two ClientHellos were expected')
    const changeable: number[] = [ExtensionType.key_share, ExtensionType.cookie]
    const unchanged = ({ extensions }: typeof first) => extensions.filter(({ type }) => !changeable.includes(type))
    expect({ ...second, extensions: unchanged(second) }).toEqual({ ...first, extensions: unchanged(first) })
    expect(readExtension(first.extensions, cookie, cookie.clientHello)).toBeUndefined()
    expect(readExtension(second.extensions, cookie, cookie.clientHello)).toEqual(Uint8Array.of(1, 2, 3))
    const shares = readExtension(second.extensions, keyShare, keyShare.clientHello)
    expect(shares?.map(({ group, keyExchange }) => [group, keyExchange.length])).toEqual([[NamedGroup.secp384r1, 97]])
  })

  //= rfc9846#section-4.2.2 4.2.2-2
  it('sends the same shares again when it was asked for a cookie alone (4.2.1)', async () => {
    const { server } = await openScripted({ retry: { cookie: Uint8Array.of(9) } })
    const [first, second] = server.clientHellos.map(
      ({ body }) => body.extensions.find(({ type }) => type === ExtensionType.key_share)?.data,
    )
    expect(second).toEqual(first)
  })

  it('sends its change_cipher_spec in front of the second ClientHello, once (appendix E.4)', async () => {
    const { server, socket, handshaken } = await connectScripted({ retry })
    await Promise.all([socket.opened, handshaken.then(() => server.finish())])
    expect(server.recordTypes).toEqual(['handshake', 'change_cipher_spec', 'handshake', 'handshake'])
  })
})
