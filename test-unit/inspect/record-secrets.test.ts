import { expect, it } from 'vitest'
import { TlsClientConfig } from '../../src/connection/client-config.js'
import { TlsServerConfig } from '../../src/connection/server-config.js'
import type { TlsEvent } from '../../src/index.js'
import { RecordSecrets } from '../../src/inspect/record-secrets.js'
import { MemorySessionStore } from '../../src/session/session-store.js'
import { TicketKeys } from '../../src/session/ticket-keys.js'
import { within } from '../support/deadline.js'
import { gainSession, identityOptions, join } from '../support/pair.js'
import { testProvider } from '../support/provider.js'
import { serverIdentity, testServerName } from '../support/server-identity.js'

/** Each record of an event log: its direction, content type, and what protects it. */
function protections(role: 'client' | 'server', events: readonly TlsEvent[]): string[] {
  const secrets = new RecordSecrets(role)
  return events.flatMap((event) => {
    const found = secrets.next(event)
    if (event.kind !== 'record' || !found) return []
    const protection = found.secret ? `${found.secret} #${found.sequenceNumber}` : 'clear'
    return [`${event.direction} ${event.contentType} ${protection}`]
  })
}

it('names the secret of each record, through 0-RTT and a KeyUpdate, the same from both ends', async () => {
  const events = { client: [] as TlsEvent[], server: [] as TlsEvent[] }
  const identity = await serverIdentity()
  const server = await TlsServerConfig.create({
    identities: [identityOptions(identity)],
    provider: testProvider,
    ticketKeys: TicketKeys.generated({ provider: testProvider }),
    maxEarlyData: 1000,
    onEvent: (event) => events.server.push(event),
  })
  const client = await TlsClientConfig.create({
    serverName: testServerName,
    trustAnchors: identity.ca.pem,
    provider: testProvider,
    sessionStore: new MemorySessionStore(),
    onEvent: (event) => events.client.push(event),
  })
  await gainSession(join(client, server))
  events.client.length = 0
  events.server.length = 0
  const pair = join(client, server, new Uint8Array(10))
  await within(Promise.all([pair.client.opened, pair.server.opened]), 'the handshake')
  await pair.client.updateKeys()
  const writer = pair.client.writable.getWriter()
  await writer.write(new Uint8Array(5))
  await within(pair.server.readable.getReader().read(), 'a chunk')
  await pair.client.close()

  const sent = protections('client', events.client).filter((line) => line.startsWith('sent'))
  const received = protections('server', events.server).filter((line) => line.startsWith('received'))
  expect(received.map((line) => line.replace('received', 'sent'))).toEqual(sent)
  expect(sent.filter((line) => !line.includes('change_cipher_spec'))).toEqual([
    'sent handshake clear',
    'sent application_data client_early_traffic_secret #0',
    'sent handshake client_early_traffic_secret #1',
    'sent handshake client_handshake_traffic_secret #0',
    'sent handshake client_application_traffic_secret_0 #0',
    'sent application_data client_application_traffic_secret_1 #0',
    'sent alert client_application_traffic_secret_1 #1',
  ])
  const answers = protections('client', events.client).filter((line) => line.startsWith('received'))
  expect(answers).toContain('received handshake server_handshake_traffic_secret #0')
  expect(answers).toContain('received handshake server_application_traffic_secret_0 #0')
})
