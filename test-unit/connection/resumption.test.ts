import { describe, expect, it } from 'vitest'
import { TlsClientConfig, type TlsClientOptions } from '../../src/connection/client-config.js'
import { TlsServerConfig, type TlsServerOptions } from '../../src/connection/server-config.js'
import type { CryptoProvider } from '../../src/crypto/provider.js'
import { SecurityPolicy } from '../../src/policy/security-policy.js'
import { MemorySessionStore } from '../../src/session/session-store.js'
import { TicketKeys } from '../../src/session/ticket-keys.js'
import { serverOptions } from '../support/accepted-connection.js'
import { createTestCertificate, daysFromNow } from '../support/certificates.js'
import { clientIdentity } from '../support/client-identity.js'
import { within } from '../support/deadline.js'
import { gainSession, identityOptions, join } from '../support/pair.js'
import { testProvider } from '../support/provider.js'
import { clientOptions } from '../support/scripted-connection.js'
import { serverIdentity, testServerName } from '../support/server-identity.js'
import { pattern, readAll } from '../support/streams.js'

const day = 86_400

/** One clock for both sides, that a test moves. */
function clock(start = Date.now()) {
  let time = start
  const provider: CryptoProvider = {
    get subtle() {
      return testProvider.subtle
    },
    getRandomValues: (bytes) => testProvider.getRandomValues(bytes),
    now: () => time,
  }
  return {
    options: { provider, clock: () => new Date(time) },
    provider,
    wait(seconds: number) {
      time += seconds * 1000
    },
  }
}

interface Sides {
  readonly client?: Partial<TlsClientOptions>
  readonly server?: Partial<TlsServerOptions>
}

/** A client that has got its tickets from a server, and what makes others of both with the same store and keys. */
async function afterFirst(sides: Sides = {}, time = clock()) {
  const sessionStore = new MemorySessionStore()
  const ticketKeys = TicketKeys.generated({ provider: time.provider })
  const client = async (options: Partial<TlsClientOptions> = {}) =>
    await TlsClientConfig.create(await clientOptions({ sessionStore, ...time.options, ...sides.client, ...options }))
  const server = async (options: Partial<TlsServerOptions> = {}) =>
    await TlsServerConfig.create(await serverOptions({ ticketKeys, ...time.options, ...sides.server, ...options }))
  const [firstClient, firstServer] = await Promise.all([client(), server()])
  await gainSession(join(firstClient, firstServer))
  return { client, server, firstClient, firstServer, time }
}

/** Whether the next connection of the two is a resumed one, on both sides. */
async function resumes(client: TlsClientConfig, server: TlsServerConfig, earlyData?: Uint8Array): Promise<boolean> {
  const pair = join(client, server, earlyData)
  const [ours, theirs] = await within(Promise.all([pair.client.opened, pair.server.opened]), 'the handshake')
  expect(ours.resumed).toBe(theirs.resumed)
  await Promise.all([pair.client.close(), pair.server.close()])
  return ours.resumed
}

describe('a session', () => {
  //= rfc9846#section-4.7.1 4.7.1-2
  //= rfc9846#section-C.4 C.4-1 C.4-3
  //= rfc9846#section-4.4.2 4.4.2-8
  it('is resumed as often as there are tickets, each of which is used once', async () => {
    const { firstClient, firstServer, server } = await afterFirst({ server: { ticketCount: 2 } })
    // gives no further ones
    const silent = await server({ ticketLifetimeSeconds: 7200 })
    expect(await resumes(firstClient, firstServer)).toBe(true)
    expect(await resumes(firstClient, silent)).toBe(true)
  })

  //= rfc9846#section-4.3.11.1 4.3.11.1-1
  //= rfc9846#section-4.7.1 4.7.1-15
  it('is resumed until its lifetime ends, and then there is a full handshake (4.7.1)', async () => {
    for (const [seconds, expected] of [
      [599, true],
      [600, false],
    ] as const) {
      const { firstClient, firstServer, time } = await afterFirst({ server: { ticketLifetimeSeconds: 600 } })
      time.wait(seconds)
      expect(await resumes(firstClient, firstServer)).toBe(expected)
    }
  })

  //= rfc9846#section-4.7.1 4.7.1-15
  //= rfc9846#section-4.3.11 4.3.11-6
  it('is resumed also where the clock is put back between its judgement and the ClientHello', async () => {
    const own = clock()
    let back = 0
    const inner = new MemorySessionStore()
    const { client, firstServer } = await afterFirst({
      client: {
        ...own.options,
        sessionStore: {
          // as of a server that adds nothing
          take: (key) => {
            const session = inner.take(key)
            return session && { ...session, ticketAgeAdd: 0 }
          },
          put: (key, session) => inner.put(key, session),
        },
        verifyPeer: () => own.wait(-back),
      },
    })
    back = 10
    expect(await resumes(await client(), firstServer)).toBe(true)
  })

  it.each([0, 5, 48])('whose secret has %i bytes, where its hash has 32, is none', async (length) => {
    const inner = new MemorySessionStore()
    const { firstClient, firstServer } = await afterFirst({
      client: {
        securityPolicy: SecurityPolicy.from({ cipherSuites: ['TLS_AES_128_GCM_SHA256'] }),
        sessionStore: {
          take: (key) => {
            const session = inner.take(key)
            return session && { ...session, secret: new Uint8Array(length) }
          },
          put: (key, session) => inner.put(key, session),
        },
      },
    })
    expect(await resumes(firstClient, firstServer)).toBe(false)
  })

  it('is not resumed after the ticket keys are gone', async () => {
    const { firstClient, server } = await afterFirst()
    const other = await server({ ticketKeys: TicketKeys.generated({ provider: testProvider }) })
    expect(await resumes(firstClient, other)).toBe(false)
  })

  it.each<[string, Partial<TlsClientOptions>]>([
    ['for another name', { serverName: 'other.test' }],
    ['for other protocols', { alpnProtocols: ['h2'] }],
    ['in another spelling of the protocols’ order', { alpnProtocols: ['http/1.1', 'h2'] }],
    //= rfc9846#section-4.3.11 4.3.11-5
    //= rfc9846#section-4.7.1 4.7.1-8
    //= rfc9846#section-C.4 C.4-4
  ])('is not offered %s', async (_what, changes) => {
    const { ca } = await serverIdentity()
    const certificate = await createTestCertificate({ ca, dnsNames: ['server.test', 'other.test'] })
    const identities = [{ certificateChain: certificate.chainPem, privateKey: certificate.pkcs8Pem }]
    const { client, firstServer } = await afterFirst({ server: { identities } })
    expect(await resumes(await client(changes), firstServer)).toBe(false)
  })

  //= rfc9846#section-4.7.1 4.7.1-21
  it('ends with the seventh day of a row of sessions, each of which came of the one before (4.7.1)', async () => {
    const { firstClient, firstServer, time } = await afterFirst({
      server: { ticketCount: 1, ticketLifetimeSeconds: day },
    })
    const resumed: boolean[] = []
    for (let count = 0; count < 15; count++) {
      // within the life of the ticket keys
      time.wait(day / 2)
      const pair = join(firstClient, firstServer)
      const [info] = await within(Promise.all([pair.client.opened, pair.server.opened]), 'the handshake')
      resumed.push(info.resumed)
      // what stands behind the ticket has come, so the ticket has
      await pair.server.writable.getWriter().write(Uint8Array.of(1))
      await pair.client.readable.getReader().read()
    }
    expect(resumed).toEqual([...Array(13).fill(true), false, true])
  })

  //= rfc9846#section-4.7.1 4.7.1-4 4.7.1-10
  it('has the name of its own ClientHello, for the server, and is resumed while the first is still open (4.7.1)', async () => {
    const { client, server } = await afterFirst()
    const config = await server()
    const first = join(await client(), config)
    const writer = first.server.writable.getWriter()
    await writer.write(Uint8Array.of(1))
    await first.client.readable.getReader().read()
    const again = join(await client(), config)
    const [, info] = await within(Promise.all([again.client.opened, again.server.opened]), 'the handshake')
    expect(info).toMatchObject({ resumed: true, serverName: testServerName })
  })

  //= rfc9846#section-4.7.1 4.7.1-7
  it('is not resumed once the server’s certificate has expired, which the full handshake then says', async () => {
    const { ca } = await serverIdentity()
    const soon = await createTestCertificate({ ca, dnsNames: ['server.test'], notAfter: daysFromNow(1) })
    const identities = [{ certificateChain: soon.chainPem, privateKey: soon.pkcs8Pem }]
    const server = { identities, ticketLifetimeSeconds: 7 * day }
    const time = clock()
    const keys = TicketKeys.generated({ provider: time.provider, encryptSeconds: 9 * day })
    const { firstClient, server: another } = await afterFirst({ server: { ...server, ticketKeys: keys } }, time)
    time.wait(2 * day)
    const renewed = await another({ identities: (await serverOptions()).identities ?? [] })
    expect(await resumes(firstClient, renewed)).toBe(false)
  })

  it('keeps the client’s certificate, and is not resumed once that has expired', async () => {
    const identity = await clientIdentity('ecdsa-p256', { notAfter: daysFromNow(1) })
    const sides: Sides = {
      client: { identity: [identityOptions(identity)] },
      server: {
        clientAuth: 'optional',
        clientTrustAnchors: identity.ca.pem,
        ticketLifetimeSeconds: 7 * day,
      },
    }
    const time = clock()
    const ticketKeys = TicketKeys.generated({ provider: time.provider, encryptSeconds: 9 * day })
    const { firstClient, firstServer } = await afterFirst({ ...sides, server: { ...sides.server, ticketKeys } }, time)
    const pair = join(firstClient, firstServer)
    const info = await within(pair.server.opened, 'the handshake')
    expect(info).toMatchObject({ resumed: true })
    expect(info.peerCertificates.map(({ der }) => der)).toEqual(identity.certificate.chain)
    await pair.client.opened
    await Promise.all([pair.client.close(), pair.server.close()])

    time.wait(2 * day)
    const late = join(firstClient, firstServer)
    await expect(within(late.server.opened, 'the handshake')).rejects.toMatchObject({ code: 'certificate_expired' })
  })

  it('without a client certificate is not resumed where one is required now', async () => {
    const identity = await clientIdentity()
    const { firstClient, server } = await afterFirst({ client: { identity: [identityOptions(identity)] } })
    const strict = await server({ clientAuth: 'required', clientTrustAnchors: identity.ca.pem })
    expect(await resumes(firstClient, strict)).toBe(false)
  })

  it('is judged again by the server’s verifyPeer of today', async () => {
    const identity = await clientIdentity()
    const asking = { clientAuth: 'optional', clientTrustAnchors: identity.ca.pem } as const
    const { firstClient, server } = await afterFirst({
      client: { identity: [identityOptions(identity)] },
      server: asking,
    })
    const revoked = await server({
      verifyPeer: () => {
        throw new Error('revoked')
      },
    })
    const pair = join(firstClient, revoked)
    await expect(within(pair.server.opened, 'the handshake')).rejects.toMatchObject({ code: 'certificate_refused' })
  })
})

describe('early data of our client', () => {
  const early = pattern(50)

  //= rfc9846#section-4.3.10 4.3.10-14 4.3.10-15
  //= rfc9846#section-F.5 F.5-4
  it('is never sent with a session that allows none, and then told to be sent again', async () => {
    const { firstClient, firstServer } = await afterFirst()
    const pair = join(firstClient, firstServer, early)
    expect(await within(pair.client.opened, 'the handshake')).toMatchObject({ earlyData: 'rejected', resumed: true })
    expect(await readAll(pair.server.earlyData)).toEqual(new Uint8Array())
  })

  it('is not sent when it is more than the ticket allows', async () => {
    const { firstClient, firstServer } = await afterFirst({ server: { maxEarlyData: 49 } })
    const pair = join(firstClient, firstServer, early)
    expect(await within(pair.client.opened, 'the handshake')).toMatchObject({ earlyData: 'rejected', resumed: true })
  })

  //= rfc9846#section-8 8-3
  //= rfc9846#section-4.6 4.6-1 4.6-2
  //= rfc9846#section-4.3.10 4.3.10-15 4.3.10-16
  //= rfc9846#section-F.5 F.5-4
  it('is taken once, and rejected by a server that allows none any more', async () => {
    const { firstClient, firstServer, server } = await afterFirst({ server: { maxEarlyData: 100 } })
    const taken = join(firstClient, firstServer, early)
    expect(await within(taken.client.opened, 'the handshake')).toMatchObject({ earlyData: 'accepted' })
    expect(await readAll(taken.server.earlyData)).toEqual(early)
    const stingy = await server({ maxEarlyData: 0 })
    const rejected = join(firstClient, stingy, early)
    expect(await within(rejected.client.opened, 'the handshake')).toMatchObject({ earlyData: 'rejected' })
    expect(await readAll(rejected.server.earlyData)).toEqual(new Uint8Array())
    // nor does it come again as ordinary data, by itself
    await rejected.client.writable.getWriter().write(Uint8Array.of(7))
    expect((await rejected.server.readable.getReader().read()).value).toEqual(Uint8Array.of(7))
  })
})
