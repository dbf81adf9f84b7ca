import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findCommand } from '../../scripts/install/find-command.js'
import type { RunningServer } from './gnutls-server.js'
import type { Credentials } from './pki.js'
import { freePort, startOnFreePort } from './ports.js'
import { startProcess } from './server-process.js'

export interface DovecotServer extends RunningServer {
  /** Where TLS begins at once; `port` begins in plaintext. */
  readonly imapsPort: number
}

/** Why it cannot be started here, or false. Its login processes change their user, which only root can. */
export function missingDovecot(): string | false {
  if (process.getuid?.() !== 0) return 'Dovecot is started as root only'
  return findCommand('/usr/lib/dovecot/imap-login') === undefined ? 'not installed: dovecot-imapd' : false
}

/** Dovecot with IMAP over TLS 1.3, by STARTTLS and from the first byte. It lets everyone in, to an empty mailbox. */
export async function startDovecotServer(credentials: Credentials): Promise<DovecotServer> {
  const folder = mkdtempSync(join(tmpdir(), 'webtls-dovecot-'))
  const imapsPort = await freePort()
  const { process, port } = await startOnFreePort((port) => {
    const configFile = join(folder, 'dovecot.conf')
    writeFileSync(configFile, configuration(folder, port, imapsPort, credentials))
    return startProcess('dovecot', ['-F', '-c', configFile])
  })
  return {
    host: '127.0.0.1',
    port,
    imapsPort,
    output: () => process.output(),
    async stop() {
      await process.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const configuration = (folder: string, port: number, imapsPort: number, credentials: Credentials) => `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_min_protocol = TLSv1.3
ssl_cert = <${credentials.chainFile}
ssl_key = <${credentials.keyFile}
mail_location = maildir:${folder}/mail
first_valid_uid = 0
first_valid_gid = 0
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${folder}
}
service imap-login {
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${imapsPort}
    ssl = yes
  }
}
service stats {
  # who logs in is nobody's business, and its socket another user's
  unix_listener stats-writer {
    mode = 0666
  }
}
`
