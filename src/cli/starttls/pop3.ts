import { type Dialogue, StartTlsError } from './dialogue.js'

/** RFC 2595 section 4: STLS. */
export async function startTlsPop3(dialogue: Dialogue): Promise<void> {
  await ok(dialogue, 'the greeting')
  await dialogue.send('STLS\r\n')
  await ok(dialogue, 'STLS')
}

async function ok(dialogue: Dialogue, to: string): Promise<void> {
  const line = await dialogue.line()
  if (/^\+OK\b/i.test(line)) return
  const what = /^-ERR\b/i.test(line) ? `the POP3 server refused ${to}` : 'this is no POP3 server'
  throw new StartTlsError(`${what}: it said ${JSON.stringify(line.slice(0, 200))}`)
}
