import { afterEach, describe, expect, test } from 'vitest'
import type { TlsEvent } from '../../src/index.js'
import { exchange } from '../client/http-exchange.js'
import { type OpensslServer, type OpensslServerOptions, startOpensslServer } from '../support/openssl-server.js'
import { testPki } from '../support/pki.js'
import { testFiles } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'
import { connectTo, expectFailure, readText, writeText } from './connecting.js'

const pki = testPki()
// OpenSSL 3.0's `-stateless` cannot bear the change_cipher_spec before the second ClientHello, not even its own
const withoutChangeCipherSpec = { middleboxCompatibility: false }
const files = testFiles()

let server: OpensslServer | undefined
afterEach(async () => {
  await server?.stop()
  server = undefined
})

async function serve(options: Partial<OpensslServerOptions> = {}): Promise<OpensslServer> {
  server = await startOpensslServer({ credentials: pki.leaf['ecdsa-p256'], ...options })
  return server
}

describe.skipIf(missingTool('openssl'))('against openssl s_server', () => {
  test('answers a HelloRetryRequest that has only a cookie', async () => {
    const { input } = await serve({ stateless: true })
    const socket = connectTo(required(server), withoutChangeCipherSpec)
    expect(await socket.opened).toMatchObject({ helloRetried: true, group: 'x25519' })
    input.write('hello\n')
    expect(await readText(socket, 6)).toBe('hello\n')
    await socket.close()
  })

  test('answers a HelloRetryRequest that has a cookie and a group', async () => {
    const socket = connectTo(await serve({ stateless: true, groups: ['P-384'] }), withoutChangeCipherSpec)
    expect(await socket.opened).toMatchObject({ helloRetried: true, group: 'secp384r1' })
    await socket.close()
  })

  test('answers a CertificateRequest with an empty Certificate', async () => {
    const socket = connectTo(await serve({ requestClientCertificate: true, mode: 'reverse' }))
    await socket.opened
    await writeText(socket, 'abc\n')
    expect(await readText(socket, 4)).toBe('cba\n')
    await socket.close()
  })

  test('reports a server that requires a client certificate', async () => {
    const socket = connectTo(await serve({ requireClientCertificate: true, mode: 'reverse' }))
    // the client is done before the server has judged its empty Certificate
    await socket.opened
    const reading = socket.readable.getReader().read()
    const error = await expectFailure(reading, 'peer_alert')
    expect(error.alert).toBe('certificate_required')
    await expectFailure(socket.closed, 'peer_alert')
  })

  test('agrees on an application protocol', async () => {
    const socket = connectTo(await serve({ alpnProtocols: ['h2', 'http/1.1'] }), { alpnProtocols: ['http/1.1'] })
    expect((await socket.opened).alpnProtocol).toBe('http/1.1')
    await socket.close()
  })

  test('reports that there is no common application protocol', async () => {
    const socket = connectTo(await serve({ alpnProtocols: ['h2'] }), { alpnProtocols: ['imap'] })
    const error = await expectFailure(socket.opened, 'peer_alert')
    expect(error.alert).toBe('no_application_protocol')
  })

  test('follows a KeyUpdate', async () => {
    const { input } = await serve()
    const keyUpdate = messageReceived('key_update')
    const socket = connectTo(required(server), { onEvent: keyUpdate.onEvent })
    await socket.opened
    input.write('before\n')
    expect(await readText(socket, 7)).toBe('before\n')
    input.write('k\n')
    // what comes behind a command in one read s_server throws away
    await keyUpdate.seen
    input.write('after\n')
    expect(await readText(socket, 6)).toBe('after\n')
    await socket.close()
  })

  test('follows a KeyUpdate and answers it when asked to', async () => {
    const { input, process } = await serve()
    const keyUpdate = messageReceived('key_update')
    const socket = connectTo(required(server), { onEvent: keyUpdate.onEvent })
    await socket.opened
    input.write('K\n')
    await keyUpdate.seen
    input.write('after\n')
    expect(await readText(socket, 6)).toBe('after\n')
    await writeText(socket, 'under new keys\n')
    await process.waitForOutput(/under new keys/)
    await socket.close()
  })

  test('changes its own keys, and asks the server to do so', async () => {
    const { input, process } = await serve()
    const socket = connectTo(required(server))
    await socket.opened
    await socket.updateKeys({ requestPeer: true })
    await writeText(socket, 'under new keys\n')
    await process.waitForOutput(/under new keys/)
    input.write('answered\n')
    expect(await readText(socket, 9)).toBe('answered\n')
    await socket.close()
  })

  test('takes padded and short records', async () => {
    const options = { mode: 'files', folder: files.folder, recordPadding: 1000, maxSendFragment: 700 } as const
    const socket = connectTo(await serve(options))
    const answer = await exchange(socket, { path: `/${files.small.name}`, host: 'server.test' })
    expect(new TextDecoder().decode(answer.body)).toContain('Only the two ends')
    await socket.close()
  })

  test('takes tickets that it has no use for', async () => {
    const socket = connectTo(await serve({ sessionTickets: 20, mode: 'reverse' }))
    await writeText(socket, 'abc\n')
    expect(await readText(socket, 4)).toBe('cba\n')
    await socket.close()
  })

  test('a server without TLS 1.3 gets a clear error', async () => {
    const socket = connectTo(await serve({ protocol: 'tls1_2' }))
    const error = await expectFailure(socket.opened, 'peer_alert')
    expect(error.alert).toBe('protocol_version')
  })

  test('says close_notify when it closes', async () => {
    const { process } = await serve()
    const socket = connectTo(required(server))
    await socket.opened
    await socket.close()
    await process.waitForOutput(/DONE/)
    await socket.closed
  })
})

function messageReceived(name: string): { seen: Promise<void>; onEvent(event: TlsEvent): void } {
  let resolve: () => void
  const seen = new Promise<void>((settle) => {
    resolve = settle
  })
  return {
    seen,
    onEvent(event) {
      if (event.kind === 'message' && event.direction === 'received' && event.name === name) resolve()
    },
  }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not started')
  return value
}
