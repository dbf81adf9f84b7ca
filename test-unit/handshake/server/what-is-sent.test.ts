import { describe, expect, it } from 'vitest'
import { TlsServerConfig, type TlsServerOptions } from '../../../src/connection/server-config.js'
import { sha256 } from '../../../src/crypto/hash.js'
import { ExtensionType, SignatureScheme } from '../../../src/messages/code-points.js'
import { certificateAuthorities } from '../../../src/messages/extensions/certificate-authorities.js'
import { readExtension } from '../../../src/messages/extensions/extension.js'
import { signatureAlgorithms } from '../../../src/messages/extensions/signature-algorithms.js'
import { decodeMessage } from '../../../src/messages/handshake-message.js'
import { TicketKeys } from '../../../src/session/ticket-keys.js'
import { acceptScripted, openAccepted, serverOptions } from '../../support/accepted-connection.js'
import { clientIdentity } from '../../support/client-identity.js'
import type { ClientScript } from '../../support/client-script.js'
import { within } from '../../support/deadline.js'
import { testProvider } from '../../support/provider.js'
import { extensionOf, withExtensions } from '../../support/refusal-table.js'
import { required } from '../../support/scripted-server.js'
import { serverIdentity } from '../../support/server-identity.js'
import { pattern } from '../../support/streams.js'

const statusRequestV2 = 17
const truncatedHmac = 4
const sessionTicket = 35
const certificateType = 9
const openPgp = 1

/** A client that asks for all there is, old things and unknown ones among it, in an order of its own. */
const greedy: ClientScript = {
  edit: {
    client_hello: (body) => {
      const asked = withExtensions(
        extensionOf(statusRequestV2, 0, 7, 2, 0, 4, 0, 0, 0, 0),
        extensionOf(truncatedHmac),
        extensionOf(sessionTicket),
        extensionOf(certificateType, 1, openPgp),
        extensionOf(ExtensionType.post_handshake_auth),
        extensionOf(ExtensionType.extended_main_secret),
        extensionOf(ExtensionType.status_request, 1, 0, 0, 0, 0),
        extensionOf(ExtensionType.signed_certificate_timestamp),
        extensionOf(ExtensionType.renegotiation_info, 0),
        extensionOf(ExtensionType.application_layer_protocol_negotiation, 0, 3, 2, 104, 50),
        extensionOf(0xfafa, 1, 2, 3),
      )(body)
      return { ...asked, extensions: [...asked.extensions].reverse() }
    },
  },
}

describe('what a server sends', () => {
  //= rfc9846#section-4.2.3 4.2.3-1 4.2.3-8 4.2.3-10 4.2.3-11
  //= rfc9846#section-4.3 4.3-5 4.3-1
  //= rfc9846#section-4.3.1 4.3.1-13 4.3.1-14
  //= rfc9846#section-9.2 9.2-3
  //= rfc9846#section-E.5 E.5-8 E.5-12
  //= rfc9846#section-4.3.8 4.3.8-18
  //= rfc9846#section-4.5.1.1 4.5.1.1-2 4.5.1.1-4
  it('is a ServerHello with the version and the key share, and nothing else', async () => {
    const { client } = await openAccepted(greedy)
    const hello = decodeMessage('server_hello', required(client.messages('server_hello')[0])).body
    expect(hello.extensions.map(({ type }) => type)).toEqual([
      ExtensionType.supported_versions,
      ExtensionType.key_share,
    ])
    expect(hello).toMatchObject({
      legacyVersion: 0x0303,
      legacyCompressionMethod: 0,
      legacySessionIdEcho: new Uint8Array(32).fill(7),
    })
    expect(hello.extensions[0]?.data).toEqual(Uint8Array.of(3, 4))
  })

  //= rfc9846#section-4.2.3 4.2.3-4 4.2.3-5
  it('is a random of its own in each ServerHello', async () => {
    const hellos = await Promise.all([openAccepted(), openAccepted()])
    const [one, two] = hellos.map(
      ({ client }) => decodeMessage('server_hello', required(client.messages('server_hello')[0])).body.random,
    )
    expect(one).not.toEqual(two)
    // in each part
    for (let at = 0; at < 32; at += 8) expect(one?.slice(at, at + 8)).not.toEqual(two?.slice(at, at + 8))
  })

  //= rfc9846#section-4 4-1
  //= rfc9846#section-4.4.1 4.4.1-1
  //= rfc9846#section-4.4.2 4.4.2-1 4.4.2-2
  //= rfc9846#section-4.5.1 4.5.1-1
  //= rfc9846#section-4.5.2 4.5.2-1 4.5.2-3
  //= rfc9846#section-4.6 4.6-3
  //= rfc9846#section-5.1 5.1-6 5.1-7 5.1-13 5.1-19
  //= rfc9846#section-5.4 5.4-3
  //= rfc9846#section-E.5 E.5-10
  //= rfc9846#section-5 5-4
  it('is the flight in its order, and what is under one key in common records', async () => {
    const { ca } = await clientIdentity()
    const options: Partial<TlsServerOptions> = { clientAuth: 'optional', clientTrustAnchors: ca.pem }
    const { client } = await openAccepted(greedy, options)
    expect(client.serverFlight.map(({ name }) => name)).toEqual([
      'server_hello',
      'encrypted_extensions',
      'certificate_request',
      'certificate',
      'certificate_verify',
      'finished',
    ])
    expect(client.recordTypes).toEqual(['handshake', 'change_cipher_spec', 'handshake'])
    expect(new Set(client.recordVersions)).toEqual(new Set([0x0303]))
  })

  //= rfc9846#section-4.3 4.3-5 4.3-8
  //= rfc9846#section-4.3.6 4.3.6-2
  //= rfc9846#section-4.5.1 4.5.1-15
  //= rfc9846#section-4.3.9 4.3.9-6
  //= rfc9846#section-4.5.1.1 4.5.1.1-3
  //= rfc9846#section-E.5 E.5-12
  //= rfc9846#section-9.3 9.3-5
  it('is EncryptedExtensions that answer the name and the protocol alone', async () => {
    const { client } = await openAccepted(greedy, { alpnProtocols: ['h2'] })
    const { extensions } = decodeMessage(
      'encrypted_extensions',
      required(client.messages('encrypted_extensions')[0]),
    ).body
    expect(extensions.map(({ type }) => type)).toEqual([
      ExtensionType.server_name,
      ExtensionType.application_layer_protocol_negotiation,
    ])
  })

  //= rfc9846#section-4.5.1 4.5.1-5 4.5.1-6 4.5.1-8 4.5.1-9 4.5.1-11 4.5.1-16
  //= rfc9846#section-4.5.1.1 4.5.1.1-1
  //= rfc9846#section-4.3 4.3-5
  it('is a Certificate whose extensions stand at the leaf, and only those that were asked for', async () => {
    const { certificate } = await serverIdentity()
    const identities = [
      { certificateChain: certificate.chainPem, privateKey: certificate.pkcs8Pem, ocspResponse: Uint8Array.of(1, 2) },
    ]
    const entries = async (script: ClientScript) => {
      const { client } = await openAccepted(script, { identities })
      return decodeMessage('certificate', required(client.messages('certificate')[0])).body
    }
    const asked = await entries(greedy)
    expect(asked.certificateRequestContext).toHaveLength(0)
    expect(asked.certificateList.map(({ certificateData }) => certificateData)).toEqual(certificate.chain)
    expect(asked.certificateList.map(({ extensions }) => extensions.map(({ type }) => type))).toEqual([
      [ExtensionType.status_request],
    ])
    // CertificateStatus: ocsp, and the response with its length
    expect(asked.certificateList[0]?.extensions[0]?.data).toEqual(Uint8Array.of(1, 0, 0, 2, 1, 2))
    expect((await entries({})).certificateList[0]?.extensions).toEqual([])
  })

  //= rfc9846#section-4.4.2 4.4.2-4 4.4.2-6
  //= rfc9846#section-4.3.4 4.3.4-3
  //= rfc9846#section-9.2 9.2-4
  it('is a CertificateRequest without a context, with schemes and authorities', async () => {
    const { ca } = await clientIdentity()
    const { client } = await openAccepted({}, { clientAuth: 'optional', clientTrustAnchors: ca.pem })
    const { body } = decodeMessage('certificate_request', required(client.messages('certificate_request')[0]))
    expect(body.certificateRequestContext).toHaveLength(0)
    const schemes = readExtension(body.extensions, signatureAlgorithms, signatureAlgorithms.certificateRequest)
    expect(schemes).toContain(SignatureScheme.ecdsa_secp256r1_sha256)
    const names = readExtension(body.extensions, certificateAuthorities, certificateAuthorities.certificateRequest)
    expect(names).toHaveLength(1)
    expect(Buffer.from(ca.der).includes(Buffer.from(required(names?.[0])))).toBe(true)
  })

  //= rfc9846#section-4.4.2 4.4.2-10
  //= rfc9846#section-4.3.11 4.3.11-2
  //= rfc9846#section-9.2 9.2-7
  //= rfc9846#section-F.1 F.1-1
  it('has no certificate and asks for none beside a PSK, though one is required otherwise', async () => {
    const { ca } = await clientIdentity()
    const psk = { identity: 'one', key: pattern(32) }
    const offered = {
      identity: new TextEncoder().encode('one'),
      key: psk.key,
      hash: sha256,
      kind: 'ext binder',
      // of an external PSK it means nothing
      obfuscatedTicketAge: 123_456,
    } as const
    const { client } = await openAccepted(
      { psks: [offered], suites: ['TLS_AES_128_GCM_SHA256'] },
      { externalPsks: [psk], clientAuth: 'required', clientTrustAnchors: ca.pem },
    )
    expect(client.acceptedPsk).toBe(offered)
    expect(client.serverFlight.map(({ name }) => name)).toEqual(['server_hello', 'encrypted_extensions', 'finished'])
    const { extensions } = decodeMessage('server_hello', required(client.messages('server_hello')[0])).body
    expect(extensions.map(({ type }) => type)).toEqual([
      ExtensionType.supported_versions,
      ExtensionType.key_share,
      ExtensionType.pre_shared_key,
    ])
  })
})

describe('the tickets of a server (4.7.1)', () => {
  const withTickets = async (script: ClientScript, options: Partial<TlsServerOptions> = {}) =>
    await openAccepted(script, { ticketKeys: TicketKeys.generated({ provider: testProvider }), ...options })

  //= rfc9846#section-4.7.1 4.7.1-5 4.7.1-16
  //= rfc9846#section-4.3 4.3-4
  //= rfc9846#section-C.4 C.4-2 C.4-3
  it('each have a ticket_age_add and a nonce of their own, and no more than the lifetime', async () => {
    const { client } = await withTickets({}, { ticketCount: 3, ticketLifetimeSeconds: 600, maxEarlyData: 500 })
    const tickets = []
    while (tickets.length < 3) {
      const event = await within(client.next(), 'a ticket')
      if (event.kind === 'message') tickets.push(decodeMessage('new_session_ticket', event.bytes).body)
    }
    expect(new Set(tickets.map(({ ticketAgeAdd }) => ticketAgeAdd)).size).toBe(3)
    expect(new Set(tickets.map(({ ticketNonce }) => ticketNonce.join())).size).toBe(3)
    expect(tickets.map(({ ticketLifetime }) => ticketLifetime)).toEqual([600, 600, 600])
    for (const { extensions } of tickets) {
      expect(extensions).toEqual([extensionOf(ExtensionType.early_data, 0, 0, 1, 0xf4)])
    }
  })

  //= rfc9846#section-4.3.9 4.3.9-5
  //= rfc9846#section-4.7.1 4.7.1-1
  it('do not go to a client whose modes do not allow their use', async () => {
    const { socket, client } = await withTickets({ pskModes: [0] })
    await socket.writable.getWriter().write(Uint8Array.of(1))
    expect(await within(client.next(), 'what comes first')).toMatchObject({ kind: 'data' })
  })

  //= rfc9846#section-4.7.1 4.7.1-12
  it('cannot be made for longer than seven days', async () => {
    const options = await serverOptions({ ticketKeys: TicketKeys.generated({ provider: testProvider }) })
    await expect(TlsServerConfig.create({ ...options, ticketLifetimeSeconds: 604_801 })).rejects.toMatchObject({
      code: 'invalid_argument',
    })
  })
})

describe('0.5-RTT data', () => {
  it.each([
    [true, 'data'],
    [false, 'nothing'],
    //= rfc9846#section-4.5.3 4.5.3-3
    //= rfc9846#section-2 2-2
    //= rfc9846#section-5.1 5.1-20
  ])('where halfRttData is %s: behind the first flight comes %s (4.5.3)', async (halfRttData, expected) => {
    let tell: (kind: string) => void = () => undefined
    const came = new Promise<string>((resolve) => {
      tell = resolve
    })
    const { socket } = await acceptScripted(
      {
        before: {
          finished: async (client) => {
            const nothing = new Promise<string>((resolve) => setTimeout(() => resolve('nothing'), 200))
            tell(await Promise.race([client.next().then(({ kind }) => kind), nothing]))
            throw new Error('enough')
          },
        },
      },
      { halfRttData },
    )
    const written = socket.writable.getWriter().write(Uint8Array.of(1))
    written.catch(() => undefined)
    expect(await within(came, 'what comes behind the flight')).toBe(expected)
    await socket.close('enough')
  })
})
