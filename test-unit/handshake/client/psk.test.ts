import { describe, expect, it } from 'vitest'
import type { TlsClientOptions } from '../../../src/connection/client-config.js'
import { ExtensionType } from '../../../src/messages/code-points.js'
import { readExtension } from '../../../src/messages/extensions/extension.js'
import { preSharedKey } from '../../../src/messages/extensions/pre-shared-key.js'
import { SecurityPolicy } from '../../../src/policy/security-policy.js'
import type { ClientSession } from '../../../src/session/session-store.js'
import type { HandshakeScript } from '../../support/handshake-script.js'
import { testProvider } from '../../support/provider.js'
import { extensionOf, itRefuses, withExtensions, withoutExtension } from '../../support/refusal-table.js'
import { connectScripted, expectRefusal, openScripted } from '../../support/scripted-connection.js'
import { serverIdentity } from '../../support/server-identity.js'
import { pattern } from '../../support/streams.js'

const key = pattern(32, 3)
const sha256 = { externalPsks: [{ identity: 'one', key }] }
const sha384 = { externalPsks: [{ identity: 'one', key, hash: 'SHA-384' }] } as const
const taken: HandshakeScript = { suite: 'TLS_AES_128_GCM_SHA256', psk: { index: 0, key } }
const illegal = { code: 'illegal_parameter', alert: 'illegal_parameter' } as const

describe('a client whose PSK a server takes', () => {
  //= rfc9846#section-4.3 4.3-9
  //= rfc9846#section-4.3.11 4.3.11-19
  //= rfc9846#section-9.2 9.2-7
  //= rfc9846#section-4.3.9 4.3.9-2
  it('opens with it, without a certificate', async () => {
    const { info, server } = await openScripted(taken, sha256)
    expect(info).toMatchObject({ peerCertificates: [], group: 'x25519' })
    const { extensions } = server.clientHellos[0]?.body ?? { extensions: [] }
    expect(extensions.at(-1)?.type).toBe(ExtensionType.pre_shared_key)
  })

  //= rfc9846#section-4.3.11 4.3.11-1
  //= rfc9846#section-9.2 9.2-8
  //= rfc9846#section-4.3.9 4.3.9-1
  it('has 0 for the age of an external one, and says its modes', async () => {
    const { server } = await openScripted(taken, sha256)
    const { extensions } = server.clientHellos[0]?.body ?? { extensions: [] }
    const offered = readExtension(extensions, preSharedKey, preSharedKey.clientHello)
    expect(offered?.identities.map(({ obfuscatedTicketAge }) => obfuscatedTicketAge)).toEqual([0])
    expect(extensions.find(({ type }) => type === ExtensionType.psk_key_exchange_modes)?.data).toEqual(
      Uint8Array.of(1, 1),
    )
  })

  //= rfc9846#section-4.2.4 4.2.4-11
  //= rfc9846#section-4.2.2 4.2.2-2
  it('leaves out those of another hash in its second ClientHello', async () => {
    const externalPsks = [...sha384.externalPsks, { identity: 'two', key }]
    const { server } = await openScripted(
      { suite: 'TLS_AES_128_GCM_SHA256', retry: { group: 'secp384r1' }, psk: { index: 0, key } },
      { externalPsks },
    )
    const identities = server.clientHellos.map(({ body }) =>
      readExtension(body.extensions, preSharedKey, preSharedKey.clientHello)?.identities.map(({ identity }) =>
        new TextDecoder().decode(identity),
      ),
    )
    expect(identities).toEqual([['one', 'two'], ['two']])
  })

  itRefuses([
    {
      //= rfc9846#section-4.3.11 4.3.11-13 4.3.11-16
      what: 'an index beyond what was offered (4.3.11)',
      script: { ...taken, psk: { index: 1, key } },
      options: sha256,
      ...illegal,
      message: /chose PSK 1, where 1 were offered/,
    },
    {
      //= rfc9846#section-4.3.11 4.3.11-14 4.3.11-16
      //= rfc9846#section-4.7.1 4.7.1-6
      what: 'a suite of another hash (4.3.11)',
      script: taken,
      options: sha384,
      ...illegal,
      message: /a PSK of SHA-384 with TLS_AES_128_GCM_SHA256/,
    },
    {
      //= rfc9846#section-4.3.11 4.3.11-15 4.3.11-16
      what: 'no key_share, where only psk_dhe_ke was offered (4.3.11)',
      script: { ...taken, edit: { server_hello: withoutExtension(ExtensionType.key_share) } },
      options: sha256,
      ...illegal,
      message: /a PSK without a key share/,
    },
    {
      //= rfc9846#section-F.1 F.1-1
      what: 'a CertificateRequest beside a PSK (4.4.2)',
      script: { ...taken, requestCertificate: true },
      options: sha256,
      code: 'unexpected_message',
      alert: 'unexpected_message',
      message: /certificate_request in state WAIT_FINISHED/,
    },
  ])
})

/** A session of a server with early data, in a store that gives it once. */
async function sessionOptions(changes: Partial<ClientSession> = {}): Promise<Partial<TlsClientOptions>> {
  const { certificate } = await serverIdentity()
  const now = testProvider.now()
  const session: ClientSession = {
    ticket: pattern(50, 1),
    secret: key,
    cipherSuite: 'TLS_AES_128_GCM_SHA256',
    ticketAgeAdd: 2 ** 32 - 1,
    lifetimeSeconds: 3600,
    receivedAt: now - 5000,
    authenticatedAt: now - 5000,
    maxEarlyDataSize: 1000,
    alpnProtocol: undefined,
    serverCertificates: certificate.chain,
    ...changes,
  }
  let sessions = [session]
  return {
    sessionStore: {
      take() {
        const [one] = sessions
        sessions = []
        return one
      },
      put: () => undefined,
    },
  }
}

describe('a client that resumes a session', () => {
  //= rfc9846#section-2.2 2.2-1
  //= rfc9846#section-4.7.1 4.7.1-2
  it('says the age of its ticket, in milliseconds and obfuscated (4.3.11.1)', async () => {
    const { server, info } = await openScripted(taken, await sessionOptions())
    expect(info.resumed).toBe(true)
    const { extensions } = server.clientHellos[0]?.body ?? { extensions: [] }
    const [offered] = readExtension(extensions, preSharedKey, preSharedKey.clientHello)?.identities ?? []
    // modulo 2^32, so that -1 was added
    expect((offered?.obfuscatedTicketAge ?? 0) + 1).toBeGreaterThanOrEqual(5000)
    expect((offered?.obfuscatedTicketAge ?? 0) + 1).toBeLessThan(60_000)
  })

  it.each([
    ['older than its lifetime', { lifetimeSeconds: 4 }],
    ['older than seven days, whatever its lifetime', { lifetimeSeconds: 10_000_000, receivedAt: 0 }],
    ['of a suite that is not offered', { cipherSuite: 'TLS_AES_256_GCM_SHA384' }],
    //= rfc9846#section-4.3.11.1 4.3.11.1-1
    //= rfc9846#section-4.7.1 4.7.1-13 4.7.1-6
    //= rfc9846#section-4.2.2 4.2.2-13
  ] as const)('does not offer one %s', async (_what, changes) => {
    const securityPolicy = SecurityPolicy.from({ cipherSuites: ['TLS_AES_128_GCM_SHA256'] })
    const { server } = await openScripted({}, { securityPolicy, ...(await sessionOptions(changes)) })
    const types = server.clientHellos[0]?.body.extensions.map(({ type }) => type)
    expect(types).not.toContain(ExtensionType.pre_shared_key)
    expect(types).toContain(ExtensionType.key_share)
  })
})

describe('a client that offers early data', () => {
  const earlyData = pattern(10, 4)
  const accepting = withExtensions(extensionOf(ExtensionType.early_data))
  const offering = async (script: HandshakeScript, changes: Partial<ClientSession> = {}) =>
    await connectScripted(
      { suite: 'TLS_AES_128_GCM_SHA256', readsEarlyData: { key, suite: 'TLS_AES_128_GCM_SHA256' }, ...script },
      // `earlyData` is of a connection, which one's own options may also have
      { ...(await sessionOptions(changes)), earlyData } as Partial<TlsClientOptions>,
    )

  //= rfc9846#section-4.3.10 4.3.10-1 4.3.10-2
  //= rfc9846#section-4.6 4.6-1
  it('says so beside its PSK, and sends it right behind its ClientHello (4.3.10)', async () => {
    const { server } = await offering({
      ...taken,
      before: {
        certificate: () => undefined,
        finished: async (self) => {
          expect(await self.receiveData(10)).toEqual(earlyData)
        },
      },
      edit: { encrypted_extensions: accepting },
    })
    await server.busy
    const types = server.clientHellos[0]?.body.extensions.map(({ type }) => type)
    expect(types?.slice(-2)).toEqual([ExtensionType.early_data, ExtensionType.pre_shared_key])
    // under the keys of early data still, and not before the server's Finished
    expect(await server.next()).toMatchObject({ kind: 'message', name: 'end_of_early_data' })
  })

  //= rfc9846#section-4.2.2 4.2.2-2
  //= rfc9846#section-4.3.10 4.3.10-7
  it('takes it out of its second ClientHello (4.3.10)', async () => {
    const { server } = await offering({
      retry: { group: 'secp384r1' },
      before: {
        hello_retry_request: async (self) => {
          // what was sent before the client knew
          while ((await self.records.receive())?.type !== 23);
        },
        server_hello: () => Promise.reject(new Error('enough')),
      },
    })
    await server.busy.catch(() => undefined)
    const [first, second] = server.clientHellos.map(({ body }) => body.extensions.map(({ type }) => type))
    expect(first).toContain(ExtensionType.early_data)
    expect(second).not.toContain(ExtensionType.early_data)
    expect(second).toContain(ExtensionType.pre_shared_key)
  })

  //= rfc9846#section-E.1 E.1-2
  //= rfc9846#section-4.3.10 4.3.10-14 4.3.10-15
  it('does not offer more than the ticket allows', async () => {
    const { server, socket } = await offering({ readsEarlyData: undefined as never, ...taken }, { maxEarlyDataSize: 9 })
    await expect(socket.opened).resolves.toMatchObject({ earlyData: 'rejected' })
    const types = server.clientHellos[0]?.body.extensions.map(({ type }) => type)
    expect(types).not.toContain(ExtensionType.early_data)
  })

  //= rfc9846#section-E.3 E.3-1
  it('fails where the server knows no TLS 1.3 (appendix E.3)', async () => {
    const { socket } = await offering({
      edit: { server_hello: withoutExtension(ExtensionType.supported_versions) },
    })
    await expect(socket.opened).rejects.toMatchObject({ code: 'protocol_version' })
  })

  //= rfc9846#section-4.3.11 4.3.11-17 4.3.11-18
  it('refuses its acceptance without the first PSK with illegal_parameter (4.3.11)', async () => {
    const { socket, server } = await offering({ edit: { encrypted_extensions: accepting } })
    await expectRefusal(socket, server, { ...illegal, message: /early data without choosing the first PSK/ })
  })

  it('refuses its acceptance under another suite with illegal_parameter (4.3.10)', async () => {
    const { socket, server } = await offering({
      ...taken,
      suite: 'TLS_CHACHA20_POLY1305_SHA256',
      edit: { encrypted_extensions: accepting },
    })
    await expectRefusal(socket, server, { ...illegal, message: /another suite or protocol/ })
  })

  it('refuses its acceptance for another application protocol with illegal_parameter (4.3.10)', async () => {
    const { socket, server } = await offering(
      { ...taken, edit: { encrypted_extensions: accepting } },
      { alpnProtocol: 'h2' },
    )
    await expectRefusal(socket, server, { ...illegal, message: /another suite or protocol/ })
  })
})
