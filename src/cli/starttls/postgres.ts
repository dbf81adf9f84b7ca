import { type Dialogue, StartTlsError } from './dialogue.js'

/** PostgreSQL, "Message Flow", SSL session encryption: SSLRequest, answered by one byte. */
export async function startTlsPostgres(dialogue: Dialogue): Promise<void> {
  await dialogue.send(Uint8Array.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f))
  const answer = String.fromCharCode(await dialogue.byte())
  if (answer === 'S') return
  if (answer === 'N') throw new StartTlsError('the PostgreSQL server has no TLS: it needs ssl = on')
  if (answer === 'E') throw new StartTlsError('the PostgreSQL server answered with an error: too old, or overloaded')
  throw new StartTlsError(`this is no PostgreSQL server: it answered ${JSON.stringify(answer)}`)
}
