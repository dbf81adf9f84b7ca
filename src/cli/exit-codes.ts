import { TlsError } from '../errors/tls-error.js'
import { StartTlsError } from './starttls/dialogue.js'
import { UsageError } from './usage-error.js'

/** What the process ends with: docs/cli.md. A script can tell a refused certificate from a server that is down. */
export const exitCodes = {
  ok: 0,
  /** A failure of ours. */
  internal: 1,
  /** The command line, or a file that it names. */
  usage: 2,
  /** No TCP connection, or it broke; a port that cannot be had. */
  transport: 3,
  certificateRefused: 4,
  /** The peer broke the protocol, or there is nothing that both sides can do. */
  protocol: 5,
  /** The peer ended it with an alert. */
  alert: 6,
  /** It ended without close_notify: data may be missing. */
  truncated: 7,
  timeout: 8,
  /** The server would not go over to TLS. */
  startTls: 9,
  /** SIGINT, by the shells' rule of 128 + 2. */
  interrupted: 130,
} as const

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return exitCodes.usage
  if (error instanceof StartTlsError) return exitCodes.startTls
  if (!(error instanceof TlsError)) return exitCodes.internal
  if (error.code === 'handshake_timeout') return exitCodes.timeout
  if (error.code === 'aborted') return exitCodes.interrupted
  if (error.code.startsWith('certificate_')) return exitCodes.certificateRefused
  return byCategory[error.category]
}

const byCategory = {
  io: exitCodes.transport,
  blocked: exitCodes.transport,
  closed: exitCodes.truncated,
  alert: exitCodes.alert,
  protocol: exitCodes.protocol,
  internal: exitCodes.internal,
  usage: exitCodes.usage,
} as const
