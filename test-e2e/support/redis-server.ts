import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunningServer } from './gnutls-server.js'
import { type Credentials, testPki } from './pki.js'
import { startOnFreePort } from './ports.js'
import { startProcess } from './server-process.js'

/** Redis over TLS 1.3 alone, with nothing on disk. It can demand client certificates of the test's CAs. */
export async function startRedisServer(credentials: Credentials, requiresClients: boolean): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), 'webtls-redis-'))
  const { process, port } = await startOnFreePort((port) =>
    startProcess('redis-server', [
      ...['--port', '0', '--tls-port', String(port), '--bind', '127.0.0.1', '--tls-protocols', 'TLSv1.3'],
      ...['--tls-cert-file', credentials.chainFile, '--tls-key-file', credentials.keyFile],
      ...['--tls-ca-cert-file', testPki().trustAnchorsFile, '--tls-auth-clients', requiresClients ? 'yes' : 'no'],
      ...['--save', '', '--dir', folder],
    ]),
  )
  return {
    host: '127.0.0.1',
    port,
    output: () => process.output(),
    async stop() {
      await process.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
