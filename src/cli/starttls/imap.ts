import { type Dialogue, StartTlsError } from './dialogue.js'

/** RFC 9051 section 6.2.1. */
export async function startTlsImap(dialogue: Dialogue): Promise<void> {
  const greeting = await dialogue.line()
  if (/^\* PREAUTH\b/i.test(greeting)) {
    // section 11.3: STARTTLS is not possible any more
    throw new StartTlsError('the IMAP server greets with PREAUTH, after which there is no TLS')
  }
  if (!/^\* OK\b/i.test(greeting)) {
    throw new StartTlsError(`this is no IMAP server: it said ${JSON.stringify(greeting.slice(0, 100))}`)
  }
  const capabilities = await command(dialogue, 'a1', 'CAPABILITY')
  const words = capabilities.filter((line) => /^\* CAPABILITY /i.test(line)).flatMap((line) => line.split(' '))
  if (!words.some((word) => word.toUpperCase() === 'STARTTLS')) {
    throw new StartTlsError('the IMAP server does not offer STARTTLS')
  }
  await command(dialogue, 'a2', 'STARTTLS')
}

/** The untagged responses that came before the OK. */
async function command(dialogue: Dialogue, tag: string, name: string): Promise<readonly string[]> {
  await dialogue.send(`${tag} ${name}\r\n`)
  const untagged: string[] = []
  for (;;) {
    const line = await dialogue.line()
    if (line.startsWith('* ')) {
      untagged.push(line)
      if (untagged.length > maxLines) throw new StartTlsError(`more than ${maxLines} untagged responses to ${name}`)
    } else if (new RegExp(`^${tag} OK\\b`, 'i').test(line)) {
      return untagged
    } else {
      throw new StartTlsError(`the IMAP server answered ${name} with ${JSON.stringify(line.slice(0, 200))}`)
    }
  }
}

const maxLines = 100
