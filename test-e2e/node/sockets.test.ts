import { afterEach, describe, expect, it } from 'vitest'
import { dial } from '../../src/node.js'
import { type Connect, createConnect, type Socket, SocketError } from '../../src/sockets.js'
import { missingDovecot, startDovecotServer } from '../support/dovecot-server.js'
import { serverName, testPki } from '../support/pki.js'
import { freePort } from '../support/ports.js'
import { postgresFolder, startPostgresServer } from '../support/postgres-server.js'
import { startSmtpServer } from '../support/smtp-server.js'
import { missingTool } from '../support/tools.js'

/** `connect()` of the Sockets API over TCP, with servers that have TLS by request or from the first byte. */
const running: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})
async function started<Server extends { stop(): Promise<void> }>(starting: Promise<Server>): Promise<Server> {
  const server = await starting
  running.push(server)
  return server
}

const credentials = () => testPki().leaf['ecdsa-p256']
const trustingConnect = (): Connect => createConnect({ dial, tls: { trustAnchors: testPki().trustAnchors } })

/** A talk in lines. */
class Talk {
  readonly socket: Socket
  readonly reader: ReadableStreamDefaultReader<Uint8Array>
  readonly writer: WritableStreamDefaultWriter<Uint8Array>

  constructor(socket: Socket) {
    this.socket = socket
    this.reader = socket.readable.getReader()
    this.writer = socket.writable.getWriter()
  }

  async say(line: string): Promise<void> {
    await this.writer.write(new TextEncoder().encode(`${line}\r\n`))
  }

  /** All up to what matches, or to the end. */
  async hear(pattern: RegExp): Promise<string> {
    let text = ''
    while (!pattern.test(text)) {
      const { done, value } = await this.reader.read()
      if (done) throw new Error(`the server ended the talk after ${JSON.stringify(text)}`)
      text += new TextDecoder().decode(value)
    }
    return text
  }

  secure(): Talk {
    this.writer.releaseLock()
    this.reader.releaseLock()
    return new Talk(this.socket.startTls({ expectedServerHostname: serverName }))
  }
}

const noDovecot = missingTool('openssl') || missingDovecot()

describe.skipIf(noDovecot)('Dovecot', () => {
  it('goes over to TLS by STARTTLS', async () => {
    const { host, port } = await started(startDovecotServer(credentials()))
    const plain = new Talk(trustingConnect()({ hostname: host, port }, { secureTransport: 'starttls' }))
    expect(await plain.socket.opened).toMatchObject({
      remoteAddress: `127.0.0.1:${port}`,
      localAddress: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      tls: null,
    })
    expect(await plain.hear(/\r\n$/)).toContain('STARTTLS')
    await plain.say('a STARTTLS')
    expect(await plain.hear(/\r\n$/)).toMatch(/^a OK/)
    const talk = plain.secure()
    expect((await talk.socket.opened).tls).toMatchObject({ protocol: 'TLSv1.3', serverName })
    await plain.socket.closed
    await talk.say('b LOGIN me secret')
    expect(await talk.hear(/^b .*\r\n$/m)).toContain('b OK')
    await talk.say('c LOGOUT')
    expect(await talk.hear(/^c .*\r\n$/m)).toContain('* BYE')
    // the server ends, so the socket does
    expect((await talk.reader.read()).done).toBe(true)
    await talk.socket.closed
  })

  it('has TLS from the first byte on its other port', async () => {
    const { imapsPort } = await started(startDovecotServer(credentials()))
    const talk = new Talk(trustingConnect()(`127.0.0.1:${imapsPort}`, { secureTransport: 'on' }))
    expect(await talk.hear(/\r\n$/)).toMatch(/^\* OK/)
    await talk.socket.close()
  })
})

describe.skipIf(missingTool('openssl', 'aiosmtpd'))('aiosmtpd', () => {
  it('goes over to TLS by STARTTLS and takes a mail', async () => {
    const server = await started(startSmtpServer(credentials()))
    const plain = new Talk(trustingConnect()(`127.0.0.1:${server.port}`, { secureTransport: 'starttls' }))
    await plain.hear(/^220 .*\r\n$/m)
    await plain.say('EHLO here')
    await plain.hear(/^250 .*\r\n$/m)
    await plain.say('STARTTLS')
    await plain.hear(/^220 .*\r\n$/m)
    const talk = plain.secure()
    for (const line of ['EHLO here', 'MAIL FROM:<me@here.test>', 'RCPT TO:<you@there.test>']) {
      await talk.say(line)
      await talk.hear(/^250 .*\r\n$/m)
    }
    await talk.say('DATA')
    await talk.hear(/^354 .*\r\n$/m)
    await talk.say('Subject: sealed\r\n\r\nby connect()\r\n.')
    await talk.hear(/^250 .*\r\n$/m)
    await talk.socket.close()
    expect(server.output()).toContain('by connect()')
  })

  it('that greets unasked is not taken for a server of TLS', async () => {
    const server = await started(startSmtpServer(credentials()))
    const socket = trustingConnect()(`127.0.0.1:${server.port}`, { secureTransport: 'starttls' })
    await socket.opened
    // long enough for the greeting, which nobody reads
    await new Promise((resolve) => setTimeout(resolve, 200))
    const secure = socket.startTls()
    await expect(secure.opened).rejects.toMatchObject({ code: 'plaintext_before_tls' })
    await expect(secure.closed).rejects.toBeInstanceOf(SocketError)
  })
})

describe.skipIf(missingTool('openssl') || postgresFolder() === undefined)('PostgreSQL', () => {
  it('that has no TLS says so, and the socket goes on in plaintext or is closed', async () => {
    const { port } = await started(startPostgresServer(credentials(), false))
    const talk = new Talk(trustingConnect()(`localhost:${port}`, { secureTransport: 'starttls' }))
    await talk.writer.write(Uint8Array.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f))
    expect(await talk.hear(/./)).toBe('N')
    await talk.socket.close()
  })
})

describe('a server that is not there', () => {
  it.each(['off', 'on', 'starttls'] as const)(
    'is said by a SocketError with its cause: %s',
    async (secureTransport) => {
      const port = await freePort()
      const socket = createConnect({ dial })(`127.0.0.1:${port}`, { secureTransport })
      const error = await socket.opened.catch((reason: unknown) => reason)
      expect(error).toMatchObject({
        code: 'connection_failed',
        message: expect.stringMatching(/^SocketError: no connection to 127\.0\.0\.1 port \d+: nothing listens there/),
        cause: { code: 'transport_failed', cause: { code: 'ECONNREFUSED' } },
      })
      await expect(socket.closed).rejects.toBe(error)
    },
  )
})
