import type { Credentials } from './pki.js'
import { startOnFreePort } from './ports.js'
import { startProcess } from './server-process.js'

export interface GnutlsServerOptions {
  readonly credentials: Credentials
  /** `echo` sends back what it gets; `http` answers with a status page. */
  readonly mode: 'echo' | 'http'
  /** After `NORMAL:-VERS-ALL:+VERS-TLS1.3`, for example `:-GROUP-ALL:+GROUP-SECP384R1`. */
  readonly priority?: string
  readonly alpnProtocols?: readonly string[]
  /** `request` asks for a client certificate; by default none is asked for. */
  readonly clientCertificate?: 'request' | 'require'
  readonly extraArguments?: readonly string[]
}

export interface RunningServer {
  readonly host: string
  readonly port: number
  output(): string
  stop(): Promise<void>
}

/** `gnutls-serv`, limited to TLS 1.3: an implementation that shares no code with OpenSSL. */
export async function startGnutlsServer(options: GnutlsServerOptions): Promise<RunningServer> {
  const { credentials, clientCertificate } = options
  const { process, port } = await startOnFreePort((port) =>
    startProcess('gnutls-serv', [
      ...['--port', String(port), options.mode === 'echo' ? '--echo' : '--http'],
      ...['--x509certfile', credentials.chainFile, '--x509keyfile', credentials.keyFile],
      ...['--priority', `NORMAL:-VERS-ALL:+VERS-TLS1.3${options.priority ?? ''}`],
      ...(options.alpnProtocols ?? []).flatMap((protocol) => ['--alpn', protocol]),
      ...(clientCertificate === undefined ? ['--disable-client-cert'] : []),
      ...(clientCertificate === 'require' ? ['--require-client-cert'] : []),
      ...(options.extraArguments ?? []),
    ]),
  )
  return { host: '127.0.0.1', port, output: () => process.output(), stop: () => process.stop() }
}
