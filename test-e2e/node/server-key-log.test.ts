import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TicketKeys } from '../../src/index.js'
import { converse, inFolder, startOpensslClient } from '../support/openssl-client.js'
import { startTap } from '../support/tap.js'
import { missingTool } from '../support/tools.js'
import { decryptByKeyLog } from '../support/tshark.js'
import { serveTls } from './serving.js'

/** A judge of the server's key log: Wireshark decrypts what passed between it and OpenSSL. */
describe.skipIf(missingTool('openssl', 'tshark'))('Wireshark reads a connection by our server’s key log', () => {
  test.each([
    ['a full handshake', []],
    ['a HelloRetryRequest', ['-groups', 'X448:P-384']],
  ])('after %s', async (_what, args) => {
    await inFolder(async (folder) => {
      const lines: string[] = []
      const server = await serveTls({ keyLog: (line) => lines.push(line) })
      const tap = await startTap(server)
      try {
        await converse(startOpensslClient(tap, ...args), 'first', 'K')
        expect(await decryptByKeyLog(folder, lines, tap.segments(), server.port)).toEqual([
          'first',
          'FIRST',
          'hello',
          'HELLO',
        ])
      } finally {
        await tap.stop()
        await server.stop()
      }
    })
  })

  test('after a resumed handshake with early data', async () => {
    await inFolder(async (folder) => {
      const lines: string[] = []
      const server = await serveTls({
        keyLog: (line) => lines.push(line),
        ticketKeys: TicketKeys.generated(),
        maxEarlyData: 100,
      })
      const session = join(folder, 'session.pem')
      await converse(startOpensslClient(server, '-sess_out', session))
      const tap = await startTap(server)
      try {
        writeFileSync(join(folder, 'early.txt'), 'early\n')
        await converse(startOpensslClient(tap, '-sess_in', session, '-early_data', join(folder, 'early.txt')))
        const seen = await decryptByKeyLog(folder, lines, tap.segments(), server.port)
        expect(seen).toEqual(['early', 'hello', 'HELLO'])
      } finally {
        await tap.stop()
        await server.stop()
      }
    })
  })
})
