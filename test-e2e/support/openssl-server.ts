import type { Writable } from 'node:stream'
import type { Credentials } from './pki.js'
import { type ServerProcess, startProcess } from './server-process.js'

export interface OpensslServerOptions {
  readonly credentials: Credentials
  /** As TLS 1.3 suite names, for example `['TLS_AES_256_GCM_SHA384']`. */
  readonly cipherSuites?: readonly string[]
  /** As OpenSSL names them. A server without X25519 and P-256 makes most clients answer a HelloRetryRequest. */
  readonly groups?: readonly string[]
  readonly alpnProtocols?: readonly string[]
  /** Asks for a client certificate, and does not mind an empty one. */
  readonly requestClientCertificate?: boolean
  /** Asks for one and refuses to go on without. */
  readonly requireClientCertificate?: boolean
  /** A cookie in the HelloRetryRequest, and no state in the server before the second ClientHello; in `pipe` mode only. */
  readonly stateless?: boolean
  /**
   * What it does with application data: `pipe` (default) sends what is written to `input` and adds what it gets to its output, `reverse` sends
   * each line back reversed, `status` answers a GET with a status page, `files` serves `folder` over HTTP/1.0.
   */
  readonly mode?: 'pipe' | 'reverse' | 'status' | 'files'
  readonly folder?: string
  readonly keyLogFile?: string
  /** Pads each record to a multiple of this. */
  readonly recordPadding?: number
  /** The largest record it sends. */
  readonly maxSendFragment?: number
  readonly sessionTickets?: number
  /** TLS 1.3 unless said otherwise. */
  readonly protocol?: 'tls1_2' | 'tls1_3'
  readonly extraArguments?: readonly string[]
}

export interface OpensslServer {
  readonly host: string
  readonly port: number
  readonly process: ServerProcess
  /** In `pipe` mode: what is written here goes to the client. A line that starts with k or K sends a KeyUpdate. */
  readonly input: Writable
  output(): string
  stop(): Promise<void>
}

/** `openssl s_server`, limited to one version of TLS, on a free port of 127.0.0.1. */
export async function startOpensslServer(options: OpensslServerOptions): Promise<OpensslServer> {
  const process = startProcess('openssl', serverArguments(options), options.folder ? { cwd: options.folder } : {})
  try {
    // with port 0 it names the port that it was given
    const [, port] = await process.waitForOutput(/ACCEPT [^\n]*:(\d+)/)
    return {
      host: '127.0.0.1',
      port: Number(port),
      process,
      input: process.stdin,
      output: () => process.output(),
      stop: () => process.stop(),
    }
  } catch (error) {
    await process.stop()
    throw error
  }
}

function serverArguments(options: OpensslServerOptions): readonly string[] {
  const { credentials } = options
  const list = (flag: string, values: readonly string[] | undefined, separator: string) =>
    values === undefined ? [] : [flag, values.join(separator)]
  const value = (flag: string, number: number | string | undefined) =>
    number === undefined ? [] : [flag, String(number)]
  return [
    ...[
      's_server',
      '-accept',
      '127.0.0.1:0',
      `-${options.protocol ?? 'tls1_3'}`,
      '-cert',
      credentials.leafFile,
      '-key',
      credentials.keyFile,
    ],
    ...['-cert_chain', credentials.intermediateFile],
    ...list('-ciphersuites', options.cipherSuites, ':'),
    ...list('-groups', options.groups, ':'),
    ...list('-alpn', options.alpnProtocols, ','),
    ...(options.requestClientCertificate ? ['-verify', '2'] : []),
    ...(options.requireClientCertificate ? ['-Verify', '2'] : []),
    ...(options.stateless ? ['-stateless'] : []),
    ...modeFlags[options.mode ?? 'pipe'],
    ...value('-keylogfile', options.keyLogFile),
    ...value('-record_padding', options.recordPadding),
    ...value('-max_send_frag', options.maxSendFragment),
    ...value('-num_tickets', options.sessionTickets),
    ...(options.extraArguments ?? []),
  ]
}

const modeFlags = {
  pipe: [],
  reverse: ['-rev'],
  status: ['-www'],
  files: ['-WWW', '-http_server_binmode'],
} as const
