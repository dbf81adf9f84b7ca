import { expect, it } from 'vitest'
import { MemorySessionStore } from '../../src/session/session-store.js'
import { TicketKeys } from '../../src/session/ticket-keys.js'
import { serverOptions } from '../support/accepted-connection.js'
import { within } from '../support/deadline.js'
import { providerWith } from '../support/override-subtle.js'
import { gainSession, join } from '../support/pair.js'
import { clientOptions } from '../support/scripted-connection.js'

/** The suite's provider, and what is derived with it as a key: the labels of the key schedule. */
function watchLabels() {
  const labels: string[] = []
  const provider = providerWith((real) => ({
    deriveKey: async (...parameters: Parameters<SubtleCrypto['deriveKey']>) => {
      const { info } = parameters[0] as Partial<HkdfParams>
      if (info) labels.push(new TextDecoder('latin1').decode(info as Uint8Array))
      return await real.deriveKey(...parameters)
    },
  }))
  return { provider, derived: (label: string) => labels.filter((info) => info.includes(`tls13 ${label}`)).length }
}

it('derives no resumption secret where no ticket is made or kept', async () => {
  const { provider, derived } = watchLabels()
  const { client, server } = join(await clientOptions({ provider }), await serverOptions({ provider }))
  await within(Promise.all([client.opened, server.opened]), 'the handshake')
  await within(Promise.all([client.close(), server.close()]), 'the end')
  expect(derived('s ap traffic')).toBe(2)
  expect(derived('res master')).toBe(0)
})

it.each([
  ['a server that makes tickets', false, true, 1],
  ['a client that keeps them', true, false, 1],
  ['both', true, true, 2],
] as const)('derives it once for %s', async (_name, isKept, isMade, count) => {
  const { provider, derived } = watchLabels()
  const client = await clientOptions({ provider, ...(isKept && { sessionStore: new MemorySessionStore() }) })
  const server = await serverOptions({ provider, ...(isMade && { ticketKeys: TicketKeys.generated({ provider }) }) })
  await gainSession(join(client, server))
  expect(derived('res master')).toBe(count)
})
