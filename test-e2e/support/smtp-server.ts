import type { RunningServer } from './gnutls-server.js'
import type { Credentials } from './pki.js'
import { startOnFreePort } from './ports.js'
import { startProcess } from './server-process.js'

/** aiosmtpd: mail by STARTTLS only. What it takes, it prints. */
export async function startSmtpServer(credentials: Credentials): Promise<RunningServer> {
  const { process, port } = await startOnFreePort((port) =>
    startProcess(
      'aiosmtpd',
      [
        ...['-n', '-l', `127.0.0.1:${port}`, '-c', 'aiosmtpd.handlers.Debugging', 'stdout'],
        ...['--tlscert', credentials.chainFile, '--tlskey', credentials.keyFile],
      ],
      { env: { PYTHONUNBUFFERED: '1' } },
    ),
  )
  return { host: '127.0.0.1', port, output: () => process.output(), stop: () => process.stop() }
}
