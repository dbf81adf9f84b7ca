import { describe, expect, it } from 'vitest'
import { acceptTls } from '../../src/connection/accept-tls.js'
import type { TlsClientOptions } from '../../src/connection/client-config.js'
import { connectTls } from '../../src/connection/connect-tls.js'
import { serverOptionsOf, TlsServerConfig } from '../../src/connection/server-config.js'
import { MemorySessionStore } from '../../src/session/session-store.js'
import { TicketKeys } from '../../src/session/ticket-keys.js'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'
import { createTestCa, createTestCertificate } from '../support/certificates.js'
import { testProvider } from '../support/provider.js'

const clientAuth = '1.3.6.1.5.5.7.3.2'

async function parties() {
  const ca = await createTestCa()
  const [server, alice, mallory] = await Promise.all([
    createTestCertificate({ ca, dnsNames: ['localhost'] }),
    createTestCertificate({ ca, subject: 'alice', dnsNames: ['alice'], extendedKeyUsage: [clientAuth] }),
    createTestCertificate({ ca, subject: 'mallory', dnsNames: ['mallory'], extendedKeyUsage: [clientAuth] }),
  ])
  const config = await TlsServerConfig.create({
    identities: [{ certificateChain: server.chainPem, privateKey: server.pkcs8Pem }],
    clientAuth: 'required',
    clientTrustAnchors: ca.pem,
    ticketKeys: TicketKeys.generated({ provider: testProvider }),
    provider: testProvider,
  })
  return { ca, config, alice, mallory }
}

/** Connects, reads what the server says so that its tickets are in, and tells whom the server took the client for. */
async function connect(config: TlsServerConfig, options: TlsClientOptions) {
  const [near, far] = memoryDuplexPair()
  const server = acceptTls(far, config)
  const client = connectTls(near, options)
  const writer = server.writable.getWriter()
  await writer.write(Uint8Array.of(1))
  await client.readable.getReader().read()
  const { resumed, peerCertificates } = await server.opened
  await Promise.all([client.close(), server.close()])
  return { resumed, name: peerCertificates[0]?.dnsNames[0] }
}

describe('a session', () => {
  it("is never resumed by a client with another certificate, whom the server would take for the session's", async () => {
    const { ca, config, alice, mallory } = await parties()
    const common = {
      serverName: 'localhost',
      trustAnchors: ca.pem,
      sessionStore: new MemorySessionStore(),
      provider: testProvider,
    }
    const as = (who: typeof alice) => ({
      ...common,
      identity: [{ certificateChain: who.chainPem, privateKey: who.pkcs8Pem }],
    })
    expect(await connect(config, as(alice))).toEqual({ resumed: false, name: 'alice' })
    expect(await connect(config, as(mallory))).toEqual({ resumed: false, name: 'mallory' })
    expect(await connect(config, as(alice))).toEqual({ resumed: true, name: 'alice' })
  })
})

describe('ticketCount', () => {
  it('is at most 255: a nonce must not stand for two tickets (RFC 9846 section 4.7.1)', async () => {
    const { config } = await parties()
    await expect(TlsServerConfig.create({ ...serverOptionsOf(config), ticketCount: 256 })).rejects.toMatchObject({
      code: 'invalid_argument',
    })
  })
})
