import { describe, expect, it } from 'vitest'
import { decodeTicketState, encodeTicketState } from '../../src/session/ticket-state.js'

const state = {
  cipherSuite: 0x1301,
  secret: new Uint8Array(32).fill(7),
  issuedAt: 1_790_000_000_123,
  authenticatedAt: 1_780_000_000_000,
  ticketAgeAdd: 0xfeedbeef,
  lifetimeSeconds: 3600,
  maxEarlyDataSize: 16384,
  alpnProtocol: Uint8Array.of(104, 50),
  serverName: new TextEncoder().encode('server.test'),
  peerCertificates: [Uint8Array.of(1, 2, 3)],
}

describe('the state in a ticket', () => {
  it('comes back as it was', () => {
    expect(decodeTicketState(encodeTicketState(state))).toMatchObject(state)
  })

  it.each([36, 44])('is not known when the time at byte %i is beyond what a number can tell apart', (at) => {
    // version, suite and secret take 36 bytes, the times 8 each
    const bytes = encodeTicketState(state)
    bytes[at] = 0xff
    expect(decodeTicketState(bytes)).toBeUndefined()
  })
})
