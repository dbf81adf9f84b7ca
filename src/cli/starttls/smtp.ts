import { type Dialogue, StartTlsError } from './dialogue.js'

/** RFC 3207, over RFC 5321's replies of several lines. */
export async function startTlsSmtp(dialogue: Dialogue): Promise<void> {
  await reply(dialogue, '220', 'the greeting')
  await dialogue.send('EHLO localhost\r\n')
  const keywords = await reply(dialogue, '250', 'EHLO')
  if (!keywords.slice(1).some((line) => line.toUpperCase() === 'STARTTLS')) {
    throw new StartTlsError('the SMTP server does not offer STARTTLS')
  }
  await dialogue.send('STARTTLS\r\n')
  await reply(dialogue, '220', 'STARTTLS')
}

/** The texts of a reply's lines. */
async function reply(dialogue: Dialogue, expected: string, to: string): Promise<readonly string[]> {
  const texts: string[] = []
  for (;;) {
    const line = await dialogue.line()
    const match = /^(\d{3})([ -]?)(.*)$/.exec(line)
    if (!match) throw new StartTlsError(`this is no SMTP server: it said ${JSON.stringify(line.slice(0, 100))}`)
    const [, code, separator, text = ''] = match
    texts.push(text.trim())
    if (texts.length > maxLines) throw new StartTlsError(`the SMTP server's reply has more than ${maxLines} lines`)
    if (separator === '-') continue
    if (code === expected) return texts
    throw new StartTlsError(`the SMTP server answered ${to} with ${JSON.stringify(line.slice(0, 200))}`)
  }
}

const maxLines = 100
