import { describe, expect, test } from 'vitest'
import { inFolder } from '../support/openssl-client.js'
import { startOpensslServer } from '../support/openssl-server.js'
import { testPki } from '../support/pki.js'
import { startTap } from '../support/tap.js'
import { missingTool } from '../support/tools.js'
import { decryptByKeyLog } from '../support/tshark.js'
import { connectTo, NotedSessions, readText, writeText } from './connecting.js'

/** Wireshark as a judge of the client's key log where there is more than one handshake's worth of keys. */
describe.skipIf(missingTool('openssl', 'tshark'))("Wireshark reads our client's connection by its key log", () => {
  test('with early data, in a resumed session', async () => {
    await inFolder(async (folder) => {
      const server = await startOpensslServer({
        credentials: testPki().leaf['ecdsa-p256'],
        extraArguments: ['-early_data', '-max_early_data', '1000'],
      })
      const tap = await startTap(server)
      try {
        const sessionStore = new NotedSessions()
        const first = connectTo(server, { sessionStore })
        await first.opened
        await sessionStore.received
        await first.close()

        const lines: string[] = []
        const earlyData = new TextEncoder().encode('early\n')
        const socket = connectTo(tap, { sessionStore, earlyData, keyLog: (line) => lines.push(line) })
        expect(await socket.opened).toMatchObject({ resumed: true, earlyData: 'accepted' })
        await writeText(socket, 'later\n')
        await server.process.waitForOutput(/later/)
        server.input.write('answer\n')
        await readText(socket, 7)
        await socket.close()
        const seen = await decryptByKeyLog(folder, lines, tap.segments(), server.port)
        expect(seen).toEqual(['early', 'later', 'answer'])
      } finally {
        await tap.stop()
        await server.stop()
      }
    })
  })

  test('after a HelloRetryRequest, and through KeyUpdates of both sides', async () => {
    await inFolder(async (folder) => {
      const server = await startOpensslServer({ credentials: testPki().leaf['ecdsa-p256'], groups: ['P-521'] })
      const tap = await startTap(server)
      try {
        const lines: string[] = []
        const socket = connectTo(tap, { keyLog: (line) => lines.push(line) })
        expect(await socket.opened).toMatchObject({ helloRetried: true })
        for (const text of ['first', 'second', 'third']) {
          await writeText(socket, `${text}\n`)
          await server.process.waitForOutput(new RegExp(text))
          server.input.write(`re-${text}\n`)
          await readText(socket, text.length + 4)
          await socket.updateKeys({ requestPeer: true })
        }
        await socket.close()
        const seen = await decryptByKeyLog(folder, lines, tap.segments(), server.port)
        expect(seen).toEqual(['first', 're-first', 'second', 're-second', 'third', 're-third'])
      } finally {
        await tap.stop()
        await server.stop()
      }
    })
  })
})
