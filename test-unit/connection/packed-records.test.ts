import { describe, expect, it } from 'vitest'
import { TlsClientConfig, type TlsClientOptions } from '../../src/connection/client-config.js'
import { TlsServerConfig, type TlsServerOptions } from '../../src/connection/server-config.js'
import type { TlsEvent } from '../../src/handshake/observer.js'
import { TicketKeys } from '../../src/session/ticket-keys.js'
import { gainSession, identityOptions, join } from '../support/pair.js'
import { testProvider } from '../support/provider.js'
import { serverIdentity, testServerName } from '../support/server-identity.js'

type RecordEvent = Extract<TlsEvent, { kind: 'record' }>

/** What a client sees of a connection on which the server writes one byte. */
async function recordsSeen(server: Partial<TlsServerOptions> = {}): Promise<readonly RecordEvent[]> {
  const records: RecordEvent[] = []
  const identity = await serverIdentity('rsa4096')
  const client: TlsClientOptions = {
    serverName: testServerName,
    trustAnchors: identity.ca.pem,
    certificateCompression: false,
    provider: testProvider,
    onEvent: (event) => {
      if (event.kind === 'record' && event.direction === 'received') records.push(event)
    },
  }
  const config = await TlsServerConfig.create({
    identities: [identityOptions(identity)],
    ticketKeys: TicketKeys.generated({ provider: testProvider }),
    provider: testProvider,
    ...server,
  })
  await gainSession(join(await TlsClientConfig.create(client), config))
  return records
}

describe("a server's records (5.1)", () => {
  it('have all that goes out under the handshake keys in one, and all tickets in one', async () => {
    const records = await recordsSeen()
    const handshake = records.filter(({ contentType, epoch }) => contentType === 'handshake' && epoch !== 'plaintext')
    expect(handshake.map(({ epoch }) => epoch)).toEqual(['handshake', 'application'])
  })

  it('are no longer than maxSendFragment, and full', async () => {
    const limit = 256
    const records = await recordsSeen({ maxSendFragment: limit })
    const overhead = 5 + 1 + 16
    const flight = records.filter(({ epoch }) => epoch === 'handshake').map(({ length }) => length - overhead)
    expect(flight.length).toBeGreaterThan(4)
    expect(flight.slice(0, -1).every((length) => length === limit)).toBe(true)
    expect(Math.max(...records.map(({ length }) => length))).toBe(limit + overhead)
  })

  it.each([0, 63, 16_385, 1.5])('are not limited to %s bytes', async (maxSendFragment) => {
    await expect(recordsSeen({ maxSendFragment })).rejects.toMatchObject({ code: 'invalid_argument' })
  })
})
