import type { DuplexStream } from '../../connection/duplex-stream.js'
import { Dialogue } from './dialogue.js'
import { startTlsImap } from './imap.js'
import { startTlsPop3 } from './pop3.js'
import { startTlsPostgres } from './postgres.js'
import { startTlsSmtp } from './smtp.js'

export const startTlsProtocols = ['postgres', 'smtp', 'imap', 'pop3'] as const
export type StartTlsProtocol = (typeof startTlsProtocols)[number]

/** Where servers of a protocol usually listen for what begins in plaintext. */
export const startTlsPorts = { postgres: 5432, smtp: 587, imap: 143, pop3: 110 } as const

/**
 * Asks the server to go over to TLS.
 * @param signal ends the talk with a server that stays silent
 * @throws StartTlsError when it does not; the connection is then ended
 */
export async function startTls(
  stream: DuplexStream,
  protocol: StartTlsProtocol,
  signal?: AbortSignal,
): Promise<DuplexStream> {
  const dialogue = new Dialogue(stream)
  const onAbort = () => dialogue.abandon(signal?.reason)
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort)
  try {
    await dialogues[protocol](dialogue)
    return dialogue.finish()
  } catch (error) {
    dialogue.abandon(error)
    throw error
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

const dialogues = { postgres: startTlsPostgres, smtp: startTlsSmtp, imap: startTlsImap, pop3: startTlsPop3 } as const
