import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { startGnutlsServer } from '../support/gnutls-server.js'
import { startNginxServer } from '../support/nginx-server.js'
import { startOpensslServer } from '../support/openssl-server.js'
import { keyTypes, serverName, testPki } from '../support/pki.js'
import { startTap } from '../support/tap.js'
import { smallText, testFiles } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'

/** The peers of the other tests do what those rely on, judged by Node's own TLS. */
const pki = testPki()
const files = testFiles()

test.skipIf(missingTool('openssl'))('openssl s_server talks with a client, and keeps both ways apart', async () => {
  const server = await startOpensslServer({ credentials: pki.leaf['ecdsa-p256'], groups: ['P-384'] })
  const socket = await connected(server.port)
  socket.write('up\n')
  server.input.write('down\n')
  expect(String((await once(socket, 'data'))[0])).toBe('down\n')
  await server.process.waitForOutput(/up\n/)
  socket.destroy()
  await server.stop()
})

test.skipIf(missingTool('openssl')).each(keyTypes)('openssl serves a %s certificate', async (type) => {
  const server = await startOpensslServer({ credentials: pki.leaf[type], mode: 'reverse' })
  const socket = await connected(server.port)
  socket.write('abc\n')
  expect(String((await once(socket, 'data'))[0])).toBe('cba\n')
  socket.destroy()
  await server.stop()
})

test.skipIf(missingTool('gnutls-serv', 'openssl'))('gnutls-serv echoes', async () => {
  const server = await startGnutlsServer({ credentials: pki.leaf['ecdsa-p384'], mode: 'echo' })
  const socket = await connected(server.port)
  socket.write('hello\n')
  expect(String((await once(socket, 'data'))[0])).toContain('hello')
  socket.destroy()
  await server.stop()
})

test.skipIf(missingTool('nginx', 'openssl'))(
  'nginx serves files and takes uploads, a tap sees ciphertext only',
  async () => {
    const server = await startNginxServer({ credentials: pki.leaf.rsa2048, folder: files.folder })
    const tap = await startTap(server)
    const options = { port: tap.port, host: tap.host, ca: pki.trustAnchors, servername: serverName, agent: false }

    const get = request({ ...options, path: '/small.txt' }).end()
    expect(await text((await once(get, 'response'))[0])).toBe(smallText)

    const put = request({ ...options, path: '/upload/a.txt', method: 'PUT' }).end('uploaded')
    expect((await once(put, 'response'))[0].statusCode).toBe(201)
    expect(readFileSync(join(server.uploadFolder, 'a.txt'), 'utf8')).toBe('uploaded')

    expect(tap.fromServer().length).toBeGreaterThan(1000)
    expect(tap.fromServer().includes(smallText)).toBe(false)
    await tap.stop()
    await server.stop()
  },
)

async function connected(port: number): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', ca: pki.trustAnchors, servername: serverName })
  await once(socket, 'secureConnect')
  return socket
}
