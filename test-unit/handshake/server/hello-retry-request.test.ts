import { describe, expect, it } from 'vitest'
import { SecurityPolicy } from '../../../src/index.js'
import { ExtensionType, NamedGroup } from '../../../src/messages/code-points.js'
import { readExtension } from '../../../src/messages/extensions/extension.js'
import { keyShare } from '../../../src/messages/extensions/key-share.js'
import { supportedVersions } from '../../../src/messages/extensions/supported-versions.js'
import { decodeMessage } from '../../../src/messages/handshake-message.js'
import { isHelloRetryRequest } from '../../../src/messages/server-hello.js'
import { acceptScripted, openAccepted } from '../../support/accepted-connection.js'
import type { ClientBodies, ClientScript } from '../../support/client-script.js'
import { within } from '../../support/deadline.js'
import { extensionOf, withExtensions, withoutExtension } from '../../support/refusal-table.js'
import { required } from '../../support/scripted-server.js'
import { itRefusesClients } from '../../support/server-refusal-table.js'

type Hello = ClientBodies['client_hello']

const illegal = { code: 'illegal_parameter', alert: 'illegal_parameter' } as const
const second = (change: (body: Hello) => Hello): { script: ClientScript } => ({
  script: { shares: [], edit: { second_client_hello: change } },
})

describe('a HelloRetryRequest', () => {
  it('asks for the first group of the server that the client offers, and repeats the session id (4.2.3)', async () => {
    const policy = SecurityPolicy.from({ groups: ['secp384r1', 'secp256r1'] })
    const { client, info } = await openAccepted({ shares: ['x25519'] }, { securityPolicy: policy })
    //= rfc9846#section-4.2.1 4.2.1-3
    //= rfc9846#section-4.2.4 4.2.4-1 4.2.4-2 4.2.4-3 4.2.4-9
    //= rfc9846#section-9.2 9.2-3
    const request = decodeMessage('server_hello', required(client.messages('server_hello')[0])).body
    expect(isHelloRetryRequest(request)).toBe(true)
    expect(readExtension(request.extensions, keyShare, keyShare.helloRetryRequest)).toBe(NamedGroup.secp384r1)
    expect(request.legacySessionIdEcho).toEqual(new Uint8Array(32).fill(7))
    expect(request.extensions).toHaveLength(2)
    //= rfc9846#section-4.2.4 4.2.4-9 4.2.4-12
    const hello = decodeMessage('server_hello', required(client.messages('server_hello')[1])).body
    expect(hello.cipherSuite).toBe(request.cipherSuite)
    for (const { extensions } of [request, hello]) {
      expect(readExtension(extensions, supportedVersions, supportedVersions.serverHello)).toBe(0x0304)
    }
    expect(info).toMatchObject({ helloRetried: true, group: 'secp384r1' })
  })

  it('is not sent where a share fits, even if it is for a later group of the server', async () => {
    const policy = SecurityPolicy.from({ groups: ['secp384r1', 'x25519'] })
    const { info } = await openAccepted({ shares: ['x25519'] }, { securityPolicy: policy })
    expect(info).toMatchObject({ helloRetried: false, group: 'x25519' })
  })

  //= rfc9846#section-E.4 E.4-1
  it('is followed by the only change_cipher_spec, where the client sends a session id (appendix E.4)', async () => {
    const { client } = await openAccepted({ shares: [] })
    expect(client.recordTypes.slice(0, 3)).toEqual(['handshake', 'change_cipher_spec', 'handshake'])
    expect(client.recordTypes.filter((type) => type === 'change_cipher_spec')).toHaveLength(1)
  })

  it('and no hello at all is followed by one for a client without a session id', async () => {
    for (const shares of [[], ['x25519']] as const) {
      const { client } = await openAccepted({ shares, sessionId: new Uint8Array() })
      expect(client.recordTypes).not.toContain('change_cipher_spec')
    }
  })
})

describe('the second ClientHello (4.2.1)', () => {
  itRefusesClients([
    {
      what: 'another random',
      ...second((body) => ({ ...body, random: new Uint8Array(32) })),
      ...illegal,
      message: /differs from the first in a field/,
    },
    {
      what: 'another session id',
      ...second((body) => ({ ...body, legacySessionId: new Uint8Array(32) })),
      ...illegal,
      message: /differs from the first in a field/,
    },
    {
      what: 'other cipher suites',
      ...second((body) => ({ ...body, cipherSuites: body.cipherSuites.slice(1) })),
      ...illegal,
      message: /differs from the first in a field/,
    },
    {
      what: 'another legacy_version',
      ...second((body) => ({ ...body, legacyVersion: 0x0302 })),
      code: 'protocol_version',
      alert: 'protocol_version',
      message: /legacy_version is 0x302/,
    },
    {
      what: 'another server_name',
      ...second(replaceInPlace(ExtensionType.server_name, [0, 4, 0, 0, 1, 97])),
      ...illegal,
      message: /changed the extension server_name/,
    },
    {
      what: 'other groups',
      ...second(replaceInPlace(ExtensionType.supported_groups, [0, 4, 0, 29, 0, 23])),
      ...illegal,
      message: /changed the extension supported_groups/,
    },
    {
      what: 'no signature_algorithms any more',
      ...second(withoutExtension(ExtensionType.signature_algorithms)),
      code: 'missing_extension',
      alert: 'missing_extension',
      message: /signature_algorithms/,
    },
    {
      what: 'no server_name any more',
      ...second(withoutExtension(ExtensionType.server_name)),
      ...illegal,
      message: /changed the extension server_name/,
    },
    {
      what: 'a further extension',
      ...second(withExtensions(extensionOf(ExtensionType.record_size_limit, 0, 64))),
      ...illegal,
      message: /changed the extension record_size_limit/,
    },
    {
      what: 'a further extension that nobody knows',
      ...second(withExtensions(extensionOf(0x7a7a))),
      ...illegal,
      message: /changed the extension/,
    },
    {
      what: 'TLS 1.2 alone',
      ...second(replaceInPlace(ExtensionType.supported_versions, [2, 3, 3])),
      code: 'protocol_version',
      alert: 'protocol_version',
      message: /TLS 1\.3/,
    },
    {
      what: 'no share again',
      ...second(withExtensions(extensionOf(ExtensionType.key_share, 0, 0))),
      ...illegal,
      message: /not just the key share for x25519/,
    },
    {
      what: 'a share for another group than was asked for',
      ...second(withExtensions(extensionOf(ExtensionType.key_share, 0, 69, 0, 23, 0, 65, 4, ...zeros(64)))),
      ...illegal,
      message: /not just the key share for x25519/,
    },
    {
      what: 'a further share beside the one that was asked for',
      ...second((body) => {
        const shares = body.extensions.find(({ type }) => type === ExtensionType.key_share)?.data.slice(2) ?? []
        const all = [...shares, 0, 23, 0, 65, 4, ...zeros(64)]
        return withExtensions(extensionOf(ExtensionType.key_share, all.length >> 8, all.length & 0xff, ...all))(body)
      }),
      ...illegal,
      message: /not just the key share for x25519/,
    },
    {
      what: 'early_data (4.3.10)',
      ...second(withExtensions(extensionOf(ExtensionType.early_data))),
      ...illegal,
      message: /early_data in the second client_hello/,
    },
    {
      what: 'a low-order share',
      ...second(withExtensions(extensionOf(ExtensionType.key_share, 0, 36, 0, 29, 0, 32, ...zeros(32)))),
      ...illegal,
      message: /x25519/i,
    },
  ])

  it('may have another padding, and none (RFC 7685)', async () => {
    const { info } = await openAccepted({
      shares: [],
      edit: {
        client_hello: withExtensions(extensionOf(ExtensionType.padding, 0, 0, 0)),
        second_client_hello: (body) => body,
      },
    })
    expect(info.helloRetried).toBe(true)
  })

  it('comes once: a server never asks twice', async () => {
    const { socket, client, handshaken } = await acceptScripted({ shares: [] })
    await within(Promise.all([socket.opened, handshaken]), 'the handshake')
    expect(client.messages('server_hello')).toHaveLength(2)
  })
})

function replaceInPlace(type: number, data: readonly number[]): (body: Hello) => Hello {
  return (body) => ({
    ...body,
    extensions: body.extensions.map((each) => (each.type === type ? extensionOf(type, ...data) : each)),
  })
}

function zeros(length: number): number[] {
  return Array<number>(length).fill(0)
}
