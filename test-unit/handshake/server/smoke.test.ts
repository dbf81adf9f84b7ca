import { expect, it } from 'vitest'
import { TicketKeys } from '../../../src/session/ticket-keys.js'
import { openAccepted } from '../../support/accepted-connection.js'

it('opens', async () => {
  const { info } = await openAccepted()
  expect(info.group).toBe('x25519')
})
it('retries', async () => {
  const { info, client } = await openAccepted({ shares: [] })
  expect(info.helloRetried).toBe(true)
  expect(client.isRetried).toBe(true)
})
it('resumes with early data', async () => {
  const options = { ticketKeys: TicketKeys.generated(), maxEarlyData: 1000, replayGuard: { admit: () => true } }
  const { client } = await openAccepted({ suites: ['TLS_AES_128_GCM_SHA256'] }, options)
  const psk = await client.receiveTicket()
  const second = await openAccepted(
    { psks: [psk], earlyData: [Uint8Array.of(1, 2, 3)], suites: ['TLS_AES_128_GCM_SHA256'] },
    options,
  )
  expect(second.info).toMatchObject({ resumed: true, earlyData: 'accepted' })
})
