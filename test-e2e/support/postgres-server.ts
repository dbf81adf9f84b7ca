import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunningServer } from './gnutls-server.js'
import type { Credentials } from './pki.js'
import { startOnFreePort } from './ports.js'
import { startProcess } from './server-process.js'

/** Where Debian has PostgreSQL's own programs, which are not on the PATH; `undefined` without it. */
export function postgresFolder(): string | undefined {
  try {
    const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a))
    return versions[0] === undefined ? undefined : join('/usr/lib/postgresql', versions[0], 'bin')
  } catch {
    return undefined
  }
}

/** A private PostgreSQL cluster with TLS 1.3, in a folder of its own, that trusts everyone who reaches it. */
export async function startPostgresServer(credentials: Credentials, ssl = true): Promise<RunningServer> {
  const programs = postgresFolder()
  if (programs === undefined) throw new Error('PostgreSQL is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'webtls-postgres-'))
  const user = ownUser()
  const [certificate, key] = [join(folder, 'server.pem'), join(folder, 'server.key')]
  copyFileSync(credentials.chainFile, certificate)
  copyFileSync(credentials.keyFile, key)
  chmodSync(key, 0o600)
  for (const path of user ? [folder, certificate, key] : []) chownSync(path, user?.uid ?? 0, user?.gid ?? 0)
  const as = user ? ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups'] : []
  const command = (name: string, args: readonly string[]): [string, readonly string[]] =>
    user ? ['setpriv', [...as, join(programs, name), ...args]] : [join(programs, name), args]

  const data = join(folder, 'data')
  const [initdb, initdbArgs] = command('initdb', ['-D', data, '-A', 'trust', '-U', 'tester', '--no-sync'])
  execFileSync(initdb, initdbArgs, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  writeFileSync(join(data, 'postgresql.auto.conf'), configuration(folder, ssl, certificate, key))
  const { process, port } = await startOnFreePort((port) =>
    startProcess(...command('postgres', ['-D', data, '-p', String(port)]), { cwd: folder }),
  )
  // it accepts before that, only to say that it is starting up
  await process.waitForOutput(/database system is ready to accept connections/)
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

const configuration = (folder: string, ssl: boolean, certificate: string, key: string) => `
listen_addresses = '127.0.0.1'
unix_socket_directories = '${folder}'
fsync = off
lc_messages = 'C'
ssl = ${ssl ? 'on' : 'off'}
ssl_min_protocol_version = 'TLSv1.3'
ssl_cert_file = '${certificate}'
ssl_key_file = '${key}'
`

/** PostgreSQL does not run as root: then as the user that its package has made. */
function ownUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
