import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunningServer } from './gnutls-server.js'
import type { Credentials } from './pki.js'
import { startOnFreePort } from './ports.js'
import { startProcess } from './server-process.js'

export interface NssServerOptions {
  readonly credentials: Credentials
  /** Code points in hexadecimal, for example `['1302']`. */
  readonly cipherSuites?: readonly string[]
  /** As NSS names them: `x25519`, `P256`, `P384`, `P521`. */
  readonly groups?: readonly string[]
  readonly requestClientCertificate?: boolean
}

/** NSS's `selfserv`, limited to TLS 1.3: Firefox's TLS as a server. It answers a request by showing it. */
export async function startNssServer(options: NssServerOptions): Promise<RunningServer> {
  const database = createDatabase(options.credentials)
  const list = (flag: string, values: readonly string[] | undefined, separator: string) =>
    values === undefined ? [] : [flag, values.join(separator)]
  const { process, port } = await startOnFreePort((port) =>
    startProcess('selfserv', [
      ...['-d', `sql:${database}`, '-n', nickname, '-p', String(port), '-V', 'tls1.3:tls1.3', '-v'],
      ...list(
        '-c',
        options.cipherSuites?.map((code) => `:${code}`),
        '',
      ),
      ...list('-I', options.groups, ','),
      ...(options.requestClientCertificate ? ['-r'] : []),
    ]),
  )
  return {
    host: '127.0.0.1',
    port,
    output: () => process.output(),
    async stop() {
      await process.stop()
      rmSync(database, { recursive: true, force: true })
    },
  }
}

/** NSS takes keys from its own kind of database only. */
function createDatabase({ chainFile, keyFile }: Credentials): string {
  const folder = mkdtempSync(join(tmpdir(), 'webtls-nss-'))
  const database = `sql:${folder}`
  const run = (command: string, ...args: readonly string[]) =>
    execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  run('certutil', '-N', '-d', database, '--empty-password')
  run(
    ...(['openssl', 'pkcs12', '-export', '-in', chainFile, '-inkey', keyFile, '-name', nickname] as const),
    ...['-passout', 'pass:test', '-out', 'leaf.p12'],
  )
  run('pk12util', '-i', 'leaf.p12', '-d', database, '-W', 'test', '-K', '')
  return folder
}

const nickname = 'leaf'
