import { describe, expect, it } from 'vitest'
import { StartTlsError } from '../../src/cli/starttls/dialogue.js'
import { type StartTlsProtocol, startTls } from '../../src/cli/starttls/start-tls.js'
import { rejection, within } from '../support/deadline.js'

interface Turn {
  /** What the client must have said by now, since the last turn. */
  readonly after: string
  readonly say: string
}

const dialogues: Readonly<Record<StartTlsProtocol, readonly Turn[]>> = {
  postgres: [{ after: '\0\0\0\u0008\u0004\u00d2\u0016\u002f', say: 'S' }],
  smtp: [
    { after: '', say: '220-mail.test\r\n220 ready\r\n' },
    { after: 'EHLO localhost\r\n', say: '250-mail.test\r\n250-SIZE 1000\r\n250-STARTTLS\r\n250 HELP\r\n' },
    { after: 'STARTTLS\r\n', say: '220 go ahead\r\n' },
  ],
  imap: [
    { after: '', say: '* OK ready\r\n' },
    { after: 'a1 CAPABILITY\r\n', say: '* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na1 OK done\r\n' },
    { after: 'a2 STARTTLS\r\n', say: 'a2 OK begin\r\n' },
  ],
  pop3: [
    { after: '', say: '+OK ready\r\n' },
    { after: 'STLS\r\n', say: '+OK begin\r\n' },
  ],
}

/** A server that says its turns in pieces of the sizes given, when it has heard what it waits for. */
function scripted(turns: readonly Turn[], pieces: (text: string) => readonly string[], endsAfter = false) {
  const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))
  let source: ReadableStreamDefaultController<Uint8Array> | undefined
  let heard = ''
  let next = 0
  let hasEnded = false
  const speak = () => {
    for (let turn = turns[next]; turn && heard === turn.after; turn = turns[next]) {
      heard = ''
      next += 1
      for (const piece of pieces(turn.say)) source?.enqueue(bytes(piece))
    }
    if (endsAfter && next === turns.length && !hasEnded) {
      hasEnded = true
      source?.close()
    }
  }
  const readable = new ReadableStream<Uint8Array>({
    start(controller) {
      source = controller
      speak()
    },
  })
  const writable = new WritableStream<Uint8Array>({
    write(chunk) {
      heard += String.fromCharCode(...chunk)
      speak()
    },
  })
  return { readable, writable }
}

const whole = (text: string) => [text]
const protocols = Object.keys(dialogues) as StartTlsProtocol[]

describe.each(protocols)('STARTTLS for %s', (protocol) => {
  it('goes over to TLS, however the bytes come', async () => {
    const longest = Math.max(...dialogues[protocol].map(({ say }) => say.length))
    for (let at = 0; at <= longest; at++) {
      const cut = (text: string) => [text.slice(0, at), text.slice(at)]
      const stream = await within(startTls(scripted(dialogues[protocol], cut), protocol), `cut at ${at}`)
      expect(stream.readable.locked || stream.writable.locked).toBe(false)
    }
    await within(
      startTls(
        scripted(dialogues[protocol], (text) => [...text]),
        protocol,
      ),
      'byte by byte',
    )
  })

  it('refuses plaintext behind the consent', async () => {
    const turns = dialogues[protocol].map((turn, index, all) =>
      index === all.length - 1 ? { ...turn, say: `${turn.say}injected` } : turn,
    )
    expect(await rejection(startTls(scripted(turns, whole), protocol), 'injection')).toMatchObject({
      name: 'StartTlsError',
      message: expect.stringContaining('more plaintext'),
    })
  })

  it('fails when the server leaves, at any point', async () => {
    for (let count = 0; count < dialogues[protocol].length; count++) {
      const turns = dialogues[protocol].slice(0, count)
      const server = scripted(turns, whole, true)
      expect(await rejection(startTls(server, protocol), 'leaving')).toBeInstanceOf(StartTlsError)
    }
  })

  it('fails on what is another protocol, or endless', async () => {
    for (const say of ['HTTP/1.1 400 Bad Request\r\n', 'x'.repeat(9000), '\r\n']) {
      const server = scripted([{ after: dialogues[protocol][0]?.after ?? '', say }], whole)
      expect(await rejection(startTls(server, protocol), say.slice(0, 10))).toBeInstanceOf(StartTlsError)
    }
  })

  it('ends with the signal when the server is silent', async () => {
    const controller = new AbortController()
    const silent = startTls(scripted([], whole), protocol, controller.signal)
    controller.abort()
    expect(await rejection(silent, 'silence')).toBeInstanceOf(Error)
  })
})

describe('servers without TLS', () => {
  const refusals: readonly [StartTlsProtocol, readonly Turn[], string][] = [
    ['postgres', [{ after: dialogues.postgres[0]?.after ?? '', say: 'N' }], 'needs ssl = on'],
    [
      'smtp',
      [
        { after: '', say: '220 x\r\n' },
        { after: 'EHLO localhost\r\n', say: '250-x\r\n250 SIZE\r\n' },
      ],
      'does not offer',
    ],
    ['smtp', [{ after: '', say: '554 go away\r\n' }], '554 go away'],
    ['imap', [{ after: '', say: '* PREAUTH hello\r\n' }], 'PREAUTH'],
    [
      'imap',
      [
        { after: '', say: '* OK x\r\n' },
        { after: 'a1 CAPABILITY\r\n', say: '* CAPABILITY IMAP4\r\na1 OK x\r\n' },
      ],
      'does not offer',
    ],
    [
      'pop3',
      [
        { after: '', say: '+OK x\r\n' },
        { after: 'STLS\r\n', say: '-ERR no\r\n' },
      ],
      'refused STLS',
    ],
  ]
  it.each(refusals)('%s %j', async (protocol, turns, message) => {
    expect(await rejection(startTls(scripted(turns, whole), protocol), 'refusal')).toMatchObject({
      message: expect.stringContaining(message),
    })
  })
})
