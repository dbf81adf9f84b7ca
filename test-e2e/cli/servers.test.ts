import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { missingDovecot, startDovecotServer } from '../support/dovecot-server.js'
import { clientCredentials, inFolder } from '../support/openssl-client.js'
import { testPki } from '../support/pki.js'
import { startRedisServer } from '../support/redis-server.js'
import { startSmtpServer } from '../support/smtp-server.js'
import { missingTool } from '../support/tools.js'
import { webtls } from './command-line.js'
import { trusting } from './serving.js'

/** Servers that people have, each spoken to in its own protocol through `webtls connect`. */
const credentials = () => testPki().leaf['ecdsa-p256']
const running: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})
async function started<Server extends { stop(): Promise<void> }>(starting: Promise<Server>): Promise<Server> {
  const server = await starting
  running.push(server)
  return server
}

const noDovecot = missingTool('openssl') || missingDovecot()
if (noDovecot && process.env.CI) throw new Error(noDovecot)

describe.skipIf(noDovecot)('Dovecot', () => {
  const session = 'a LOGIN me secret\r\nb LIST "" *\r\nc LOGOUT\r\n'

  test('goes over to TLS by STARTTLS, lets in and says goodbye', async () => {
    const server = await started(startDovecotServer(credentials()))
    const options = ['--starttls', 'imap', '--ignore-eof']
    const { code, stdout, stderr } = await webtls(['connect', ...trusting(server), ...options], session)
    expect(stderr).toContain('TLSv1.3, TLS_AES_')
    expect(stdout).toMatch(/a OK .*Logged in.*b OK List completed.*\* BYE/s)
    expect(code).toBe(0)
  })

  test('has TLS from the first byte on its other port', async () => {
    const { host, imapsPort } = await started(startDovecotServer(credentials()))
    const target = trusting({ host, port: imapsPort })
    const { code, stdout } = await webtls(['connect', ...target, '--ignore-eof'], session)
    expect(stdout).toMatch(/^\* OK .*\r\na OK .*Logged in/s)
    expect(code).toBe(0)
  })
})

describe.skipIf(missingTool('openssl', 'redis-server'))('Redis', () => {
  test('answers, and keeps what it was given', async () => {
    const server = await started(startRedisServer(credentials(), false))
    const commands = 'PING\r\nSET k v\r\nGET k\r\nQUIT\r\n'
    const { code, stdout } = await webtls(['connect', ...trusting(server), '--ignore-eof'], commands)
    expect(stdout).toBe('+PONG\r\n+OK\r\n$1\r\nv\r\n+OK\r\n')
    expect(code).toBe(0)
  })

  test('lets in who has a certificate, and no one else', async () => {
    const server = await started(startRedisServer(credentials(), true))
    await inFolder(async (folder) => {
      const { certFile, keyFile } = clientCredentials(folder, credentials())
      const chain = join(folder, 'chain.pem')
      writeFileSync(chain, readFileSync(certFile, 'utf8') + readFileSync(credentials().intermediateFile, 'utf8'))
      const identity = ['--cert', chain, '--key', keyFile]
      const known = await webtls(['connect', ...trusting(server), ...identity, '--ignore-eof'], 'PING\r\nQUIT\r\n')
      expect(known.stdout).toBe('+PONG\r\n+OK\r\n')
      expect(known.code).toBe(0)
      const unknown = await webtls(['connect', ...trusting(server), '--ignore-eof'], 'PING\r\nQUIT\r\n')
      expect(unknown.stdout).toBe('')
      expect(unknown.stderr).toContain('certificate_required (received)')
      expect(unknown.code).toBe(6)
    })
  })
})

describe.skipIf(missingTool('openssl', 'aiosmtpd'))('aiosmtpd', () => {
  test('goes over to TLS by STARTTLS and takes a mail', async () => {
    const server = await started(startSmtpServer(credentials()))
    const mail = [
      ...['EHLO here', 'MAIL FROM:<me@here.test>', 'RCPT TO:<you@there.test>', 'DATA'],
      ...['Subject: sealed', '', 'in an envelope', '.', 'QUIT', ''],
    ]
    const options = ['--starttls', 'smtp', '--ignore-eof']
    const { code, stdout, stderr } = await webtls(['connect', ...trusting(server), ...options], mail.join('\r\n'))
    expect(stderr).toContain('TLSv1.3, TLS_AES_')
    expect(stdout).toMatch(/354 .*\r\n250 OK\r\n221 /)
    expect(server.output()).toContain('in an envelope')
    expect(code).toBe(0)
  })
})
