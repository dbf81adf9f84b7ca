import { describe, expect, it } from 'vitest'
import type { TlsServerOptions } from '../../../src/connection/server-config.js'
import { isGrease } from '../../../src/messages/code-points.js'
import { decodeMessage } from '../../../src/messages/handshake-message.js'
import { TicketKeys } from '../../../src/session/ticket-keys.js'
import { asBytes } from '../../../src/wire/bytes.js'
import { gainSession, identityOptions, join } from '../../support/pair.js'
import { testProvider } from '../../support/provider.js'
import { serverIdentity, testServerName } from '../../support/server-identity.js'

/** The extensions of what may have GREASE in it, by the message: a client that was not disturbed by them. */
async function extensionsSeen(options: Partial<TlsServerOptions>): Promise<ReadonlyMap<string, readonly number[]>> {
  const seen = new Map<string, readonly number[]>()
  const identity = await serverIdentity()
  const pair = join(
    {
      serverName: testServerName,
      trustAnchors: identity.ca.pem,
      provider: testProvider,
      onEvent: (event) => {
        if (event.kind !== 'message' || event.direction !== 'received') return
        if (event.name !== 'certificate_request' && event.name !== 'new_session_ticket') return
        const { extensions } = decodeMessage(event.name, asBytes(event.bytes)).body
        seen.set(
          event.name,
          extensions.map(({ type }) => type),
        )
      },
    },
    {
      identities: [identityOptions(identity)],
      ticketKeys: TicketKeys.generated({ provider: testProvider }),
      clientAuth: 'optional',
      clientTrustAnchors: identity.ca.pem,
      provider: testProvider,
      ...options,
    },
  )
  await gainSession(pair)
  return seen
}

describe('a server with grease (RFC 8701 section 4.1)', () => {
  it('puts an extension without a meaning into its CertificateRequest and its tickets, and a client ignores it', async () => {
    const seen = await extensionsSeen({ grease: true })
    expect(seen.get('certificate_request')?.filter(isGrease)).toHaveLength(1)
    expect(seen.get('new_session_ticket')?.filter(isGrease)).toHaveLength(1)
  })

  it('does so only when it is asked to', async () => {
    const seen = await extensionsSeen({})
    expect([...seen.keys()]).toEqual(['certificate_request', 'new_session_ticket'])
    expect([...seen.values()].flat().filter(isGrease)).toEqual([])
  })
})
