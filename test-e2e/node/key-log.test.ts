import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { exchange } from '../client/http-exchange.js'
import { startNginxServer } from '../support/nginx-server.js'
import { pcapOf } from '../support/pcap.js'
import { serverName, testPki } from '../support/pki.js'
import { startTap } from '../support/tap.js'
import { testFiles } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'
import { connectTo } from './connecting.js'

/** A judge of the key log, and with it of all keys: Wireshark decrypts what passed. */
describe.skipIf(missingTool('nginx', 'tshark', 'openssl'))('Wireshark reads the connection by the key log', () => {
  test.each(['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'])(
    '%s',
    async (cipherSuite) => {
      const folder = mkdtempSync(join(tmpdir(), 'webtls-key-log-'))
      const server = await startNginxServer({
        credentials: testPki().leaf['ecdsa-p256'],
        folder: testFiles().folder,
        cipherSuites: [cipherSuite],
      })
      const tap = await startTap(server)
      try {
        const lines: string[] = []
        const socket = connectTo(tap, { keyLog: (line) => lines.push(line) })
        await exchange(socket, { path: '/small.txt', host: serverName })
        await socket.close()
        await socket.closed

        // our close_notify is on its way to the tap
        await expect.poll(() => tap.segments().at(-1)?.from).toBe('client')
        writeFileSync(join(folder, 'keys.txt'), `${lines.join('\n')}\n`)
        writeFileSync(join(folder, 'capture.pcap'), pcapOf(tap.segments(), server.port))
        // request, answer, and a close_notify (0) each way
        const seen = (await decrypt(folder, server.port)).split(/\s+/).filter(Boolean)
        expect(seen).toEqual(['/small.txt', '200', '0', '0'])
      } finally {
        await tap.stop()
        await server.stop()
        rmSync(folder, { recursive: true, force: true })
      }
    },
  )
})

async function decrypt(folder: string, port: number): Promise<string> {
  const { stdout } = await promisify(execFile)(
    'tshark',
    [
      ...['-r', 'capture.pcap', '-o', 'tls.keylog_file:keys.txt', '-d', `tcp.port==${port},tls`],
      ...['-d', `tls.port==${port},http`, '-Y', 'http or tls.alert_message', '-T', 'fields'],
      ...['-e', 'http.request.uri', '-e', 'http.response.code', '-e', 'tls.alert_message.desc'],
    ],
    { cwd: folder, env: { ...process.env, HOME: folder } },
  )
  return stdout
}
