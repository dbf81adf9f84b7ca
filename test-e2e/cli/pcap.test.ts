import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startNginxServer } from '../support/nginx-server.js'
import { serverName, testPki } from '../support/pki.js'
import { testFiles } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'
import { webtls } from './command-line.js'

const folder = mkdtempSync(join(tmpdir(), 'webtls-pcap-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const options = (port: number, file: string) => [
  ...['connect', `127.0.0.1:${port}`, '--servername', serverName, '--quiet', '--ignore-eof', '--pcap', file],
]

test.skipIf(missingTool('nginx', 'tshark', 'openssl'))(
  '--pcap writes what tshark decrypts, for the owner alone',
  async () => {
    const pki = testPki()
    const server = await startNginxServer({ credentials: pki.leaf['ecdsa-p256'], folder: testFiles().folder })
    try {
      const file = join(folder, 'capture.pcapng')
      // one that others could read is not left so
      writeFileSync(file, 'before', { mode: 0o644 })
      const request = `GET /small.txt HTTP/1.1\r\nHost: ${serverName}\r\nConnection: close\r\n\r\n`
      const { code } = await webtls([...options(server.port, file), '--ca', pki.trustAnchorsFile], request)
      expect(code).toBe(0)
      expect(statSync(file).mode & 0o077).toBe(0)
      const fields = ['-e', 'http.request.uri', '-e', 'http.response.code']
      const seen = execFileSync('tshark', ['-r', file, '-Y', 'http', '-T', 'fields', ...fields], {
        encoding: 'utf8',
        env: { ...process.env, HOME: folder },
      })
      expect(seen.split(/\s+/).filter(Boolean)).toEqual(['/small.txt', '200'])

      // a handshake that fails is what one wants to see most
      const failed = join(folder, 'failed.pcapng')
      expect((await webtls([...options(server.port, failed), '--roots', 'mozilla'], '')).code).not.toBe(0)
      expect(statSync(failed).size).toBeGreaterThan(1000)
    } finally {
      await server.stop()
    }
  },
)

test('--pcap that cannot be written is refused before anything is sent', async () => {
  const { code, stderr } = await webtls(options(1, join(folder, 'no', 'such', 'folder')), '')
  expect(code).toBe(2)
  expect(stderr).toContain('--pcap')
})
