import { describe, expect, it } from 'vitest'
import { TlsClientConfig } from '../../src/connection/client-config.js'
import type { ClientHelloInfo } from '../../src/connection/client-hello-info.js'
import { TlsServerConfig, type TlsServerOptions } from '../../src/connection/server-config.js'
import { TlsError } from '../../src/errors/tls-error.js'
import { MemorySessionStore } from '../../src/session/session-store.js'
import { TicketKeys } from '../../src/session/ticket-keys.js'
import { gainSession, identityOptions, join } from '../support/pair.js'
import { testProvider } from '../support/provider.js'
import { serverIdentity, testServerName } from '../support/server-identity.js'

async function parties(onClientHello: NonNullable<TlsServerOptions['onClientHello']>) {
  const identity = await serverIdentity()
  const [client, server] = await Promise.all([
    TlsClientConfig.create({
      serverName: testServerName,
      trustAnchors: identity.ca.pem,
      sessionStore: new MemorySessionStore(),
      alpnProtocols: ['http/1.1'],
      provider: testProvider,
    }),
    TlsServerConfig.create({
      identities: [identityOptions(identity)],
      ticketKeys: TicketKeys.generated({ provider: testProvider }),
      onClientHello,
      provider: testProvider,
    }),
  ])
  return () => join(client, server)
}

describe('onClientHello', () => {
  it('is told of each client, of one that resumes as well', async () => {
    const seen: ClientHelloInfo[] = []
    const connect = await parties((hello) => {
      seen.push(hello)
    })
    await gainSession(connect())
    const { client, server } = connect()
    expect((await client.opened).resumed).toBe(true)
    expect(seen).toHaveLength(2)
    expect(seen[1]).toMatchObject({
      serverName: testServerName,
      alpnProtocols: ['http/1.1'],
      certificateAuthorities: [],
    })
    await Promise.all([client.close(), server.close()])
  })

  it('refuses a client by throwing, resumption or not, with the alert of what it throws', async () => {
    let mayCome = true
    const connect = await parties(async () => {
      if (!mayCome) throw new TlsError('handshake_failure', 'too many connections')
    })
    await gainSession(connect())
    mayCome = false
    const { client, server } = connect()
    await expect(server.opened).rejects.toMatchObject({ code: 'handshake_failure' })
    await expect(client.opened).rejects.toMatchObject({ code: 'peer_alert', alert: 'handshake_failure' })
  })

  it('refuses with internal_error when it throws anything else', async () => {
    const connect = await parties(() => {
      throw new Error('a bug of the application')
    })
    const { client, server } = connect()
    await expect(server.opened).rejects.toMatchObject({ code: 'internal' })
    await expect(client.opened).rejects.toMatchObject({ code: 'peer_alert', alert: 'internal_error' })
  })
})
