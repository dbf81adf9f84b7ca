import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { inFolder } from '../support/openssl-client.js'
import { startOpensslServer } from '../support/openssl-server.js'
import { testPki } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { webtls } from './command-line.js'
import { startServe, trusting } from './serving.js'

const running: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})

/** Early data in a file, and a session of that server. */
async function prepared(folder: string, server: { readonly host: string; readonly port: number }) {
  const [early, session] = [join(folder, 'early'), join(folder, 'session.json')]
  writeFileSync(early, 'early-bird\n')
  const first = await webtls(['connect', ...trusting(server), '--check', '--json', '--session-out', session])
  expect(first.code, first.stderr).toBe(0)
  return ['--session-in', session, '--early-data', early, '--json']
}

const events = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe.skipIf(missingTool('openssl'))('webtls connect with a session and early data', () => {
  test('has it taken by OpenSSL once, and sends it again when the ticket is used up', async () => {
    await inFolder(async (folder) => {
      const server = await startOpensslServer({
        credentials: testPki().leaf['ecdsa-p256'],
        extraArguments: ['-early_data', '-max_early_data', '1000'],
      })
      running.push(server)
      const options = await prepared(folder, server)

      const taken = await webtls(['connect', ...trusting(server), ...options], 'afterwards\n')
      expect(events(taken.stderr)).toMatchObject([{ event: 'opened', resumed: true, earlyData: 'accepted' }])
      await server.process.waitForOutput(/afterwards/)
      expect(server.output()).toContain('Early data received')

      const again = await webtls(['connect', ...trusting(server), ...options], 'in the end\n')
      expect(events(again.stderr)).toMatchObject([
        { event: 'opened', earlyData: 'rejected' },
        { event: 'notice', message: expect.stringContaining('was not taken') },
      ])
      await server.process.waitForOutput(/in the end/)
      expect(server.output().match(/early-bird/g)).toHaveLength(2)
    })
  })

  test('loses none of it where the session does not allow it', async () => {
    await inFolder(async (folder) => {
      const server = await startServe()
      running.push(server.process)
      const options = await prepared(folder, server)
      const { code, stdout, stderr } = await webtls(['connect', ...trusting(server), ...options], 'more\n')
      expect(stdout).toBe('early-bird\nmore\n')
      expect(events(stderr)).toMatchObject([
        { event: 'opened', resumed: true, earlyData: 'rejected' },
        { event: 'notice', message: expect.stringContaining('protected from replay') },
      ])
      expect(code).toBe(0)
    })
  })

  test('sends no rejected data again when it only checks', async () => {
    await inFolder(async (folder) => {
      const server = await startServe()
      running.push(server.process)
      const options = await prepared(folder, server)
      const { code, stderr } = await webtls(['connect', ...trusting(server), ...options, '--check'])
      expect(events(stderr)).toMatchObject([
        { event: 'notice', message: expect.stringContaining('it is not sent again') },
      ])
      expect(code).toBe(0)
    })
  })
})
