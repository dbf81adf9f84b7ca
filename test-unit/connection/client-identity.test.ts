import { describe, expect, it } from 'vitest'
import { type Identity, loadIdentity } from '../../src/certificates/identity/identity.js'
import type { CertificateRequestInfo } from '../../src/connection/certificate-request-info.js'
import type { TlsClientOptions } from '../../src/connection/client-config.js'
import { TlsServerConfig } from '../../src/connection/server-config.js'
import { TlsError } from '../../src/errors/tls-error.js'
import { SecurityPolicy } from '../../src/policy/security-policy.js'
import { MemorySessionStore } from '../../src/session/session-store.js'
import { TicketKeys } from '../../src/session/ticket-keys.js'
import { createTestCa, createTestCertificate } from '../support/certificates.js'
import { gainSession, join } from '../support/pair.js'
import { testProvider } from '../support/provider.js'

const clientAuth = '1.3.6.1.5.5.7.3.2'

async function parties(serverPolicy = SecurityPolicy.default) {
  const ca = await createTestCa()
  const [server, alice] = await Promise.all([
    createTestCertificate({ ca, dnsNames: ['localhost'] }),
    createTestCertificate({ ca, subject: 'alice', dnsNames: ['alice'], extendedKeyUsage: [clientAuth] }),
  ])
  const config = await TlsServerConfig.create({
    identities: [{ certificateChain: server.chainPem, privateKey: server.pkcs8Pem }],
    clientAuth: 'optional',
    clientTrustAnchors: ca.pem,
    securityPolicy: serverPolicy,
    ticketKeys: TicketKeys.generated({ provider: testProvider }),
    provider: testProvider,
  })
  const identity = await loadIdentity({ certificateChain: alice.chainPem, privateKey: alice.pkcs8Pem }, testProvider)
  const connect = (select: NonNullable<TlsClientOptions['identity']>, more: Partial<TlsClientOptions> = {}) =>
    join({ serverName: 'localhost', trustAnchors: ca.pem, provider: testProvider, identity: select, ...more }, config)
  return { ca, identity, connect }
}

describe('a client whose identity is a function', () => {
  it('is told what the server asks for, and sends what it chooses', async () => {
    const { ca, identity, connect } = await parties()
    let asked: CertificateRequestInfo | undefined
    const { client, server } = connect(async (request) => {
      asked = request
      return identity
    })
    const [, { peerCertificates }] = await Promise.all([client.opened, server.opened])
    expect(peerCertificates[0]?.dnsNames).toEqual(['alice'])
    expect(asked?.signatureSchemes).toContain('ecdsa_secp256r1_sha256')
    expect(asked?.certificateAuthorities).toHaveLength(1)
    expect(Buffer.from(ca.der).includes(Buffer.from(asked?.certificateAuthorities[0] ?? []))).toBe(true)
    await Promise.all([client.close(), server.close()])
  })

  it('sends no certificate when it chooses none', async () => {
    const { connect } = await parties()
    const { client, server } = connect(() => undefined)
    const [, { peerCertificates }] = await Promise.all([client.opened, server.opened])
    expect(peerCertificates).toEqual([])
    await Promise.all([client.close(), server.close()])
  })

  it('ends the connection when the function throws, with the alert of what it throws', async () => {
    const { connect } = await parties()
    const refused = connect(() => {
      throw new TlsError('insufficient_security', 'not to this server')
    })
    await expect(refused.client.opened).rejects.toMatchObject({ code: 'insufficient_security' })
    await expect(refused.server.opened).rejects.toMatchObject({ alertDescription: 71 })
    const broken = connect(() => {
      throw new Error('a bug of the application')
    })
    await expect(broken.client.opened).rejects.toMatchObject({ code: 'internal' })
    await expect(broken.server.opened).rejects.toMatchObject({ alertDescription: 80 })
  })

  it('does not go on without the chosen certificate where the server takes no signature of it', async () => {
    const { identity, connect } = await parties(
      SecurityPolicy.from({ signatureSchemes: ['rsa_pss_rsae_sha256', 'ecdsa_secp256r1_sha256'] }),
    )
    const other: Identity = {
      ...identity,
      schemes: identity.schemes.map((scheme) => ({ ...scheme, codePoint: 0x0807 })),
    }
    const { client, server } = connect(() => other)
    await expect(client.opened).rejects.toMatchObject({ code: 'handshake_failure' })
    await expect(server.opened).rejects.toMatchObject({ alertDescription: 40 })
  })

  it('never shares sessions with another config, whose function may choose another identity', async () => {
    const { identity, connect } = await parties()
    const sessionStore = new MemorySessionStore()
    await gainSession(connect(() => identity, { sessionStore }))
    const second = connect(() => undefined, { sessionStore })
    const [, info] = await Promise.all([second.client.opened, second.server.opened])
    expect(info).toMatchObject({ resumed: false, peerCertificates: [] })
    await Promise.all([second.client.close(), second.server.close()])
  })
})
