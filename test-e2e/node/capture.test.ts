import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  acceptTls,
  connectTls,
  MemorySessionStore,
  memoryDuplexPair,
  SecurityPolicy,
  TicketKeys,
  type TlsClientOptions,
  type TlsServerOptions,
} from '../../src/index.js'
import { ConnectionCapture } from '../../src/inspect.js'
import { inFolder } from '../support/openssl-client.js'
import { serverName, testPki } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { readText, writeText } from './connecting.js'
import { identityOf } from './serving.js'

interface Sides {
  readonly client: Partial<TlsClientOptions>
  readonly server: Partial<TlsServerOptions>
}

/** A judge of the capture file: Wireshark decrypts it with nothing beside it, whichever side made it. */
describe.skipIf(missingTool('tshark', 'openssl'))('tshark reads a pcapng with the secrets in it', () => {
  const suites = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'] as const
  test.each(suites)('after a full handshake and KeyUpdates, %s', async (suite) => {
    const client = { securityPolicy: SecurityPolicy.from({ cipherSuites: [suite] }) }
    const captures = await converse({ client, server: {} })
    for (const capture of captures) expect(await decrypted(capture)).toEqual(['hello', 'HELLO', 'again', 'AGAIN'])
  })

  test('after a HelloRetryRequest', async () => {
    const client = { securityPolicy: SecurityPolicy.from({ groups: ['x25519', 'secp384r1'], keyShares: ['x25519'] }) }
    const server = { securityPolicy: SecurityPolicy.from({ groups: ['secp384r1'] }) }
    const captures = await converse({ client, server })
    for (const capture of captures) {
      expect(await decrypted(capture)).toEqual(['hello', 'HELLO', 'again', 'AGAIN'])
      const hellos = await fields(capture, 'tls.handshake.type == 1', '-e', 'tls.handshake.type')
      expect(hellos).toHaveLength(2)
    }
  })

  test('after a resumption with early data', async () => {
    const sides: Sides = {
      client: { sessionStore: new MemorySessionStore() },
      server: { ticketKeys: TicketKeys.generated(), maxEarlyData: 1000 },
    }
    await converse(sides)
    const captures = await converse(sides, 'early')
    for (const capture of captures) {
      expect(await decrypted(capture)).toEqual(['early', 'hello', 'HELLO', 'again', 'AGAIN'])
    }
  })

  test('shows HTTP as HTTP and the server by its name', async () => {
    const [near, far] = memoryDuplexPair()
    const capture = new ConnectionCapture({ role: 'client', serverName })
    const server = acceptTls(far, { identities: [identityOf(testPki().leaf['ecdsa-p256'])] })
    const client = connectTls(capture.tap(near), {
      serverName,
      trustAnchors: testPki().trustAnchors,
      keyLog: capture.keyLog,
    })
    await writeText(client, 'GET /path HTTP/1.1\r\nHost: x\r\n\r\n')
    await readText(server, 30)
    await client.close()
    await server.close()
    expect(await fields(capture, 'http', '-e', 'http.request.uri')).toEqual(['/path'])
    expect(await fields(capture, 'http', '-N', 'n', '-e', 'ip.dst_host')).toEqual([serverName])
  })
})

/** One connection, both of whose ends are captured: a line in capitals back, once before and once after KeyUpdates. */
async function converse({ client, server }: Sides, early?: string): Promise<readonly ConnectionCapture[]> {
  const [near, far] = memoryDuplexPair()
  const captures = [new ConnectionCapture({ role: 'client' }), new ConnectionCapture({ role: 'server' })] as const
  const accepted = acceptTls(captures[1].tap(far), {
    identities: [identityOf(testPki().leaf['ecdsa-p256'])],
    keyLog: captures[1].keyLog,
    ...server,
  })
  const connected = connectTls(
    captures[0].tap(near),
    { serverName, trustAnchors: testPki().trustAnchors, keyLog: captures[0].keyLog, ...client },
    early ? { earlyData: new TextEncoder().encode(early) } : {},
  )
  await Promise.all([connected.opened, accepted.opened])
  if (early) expect((await connected.opened).earlyData).toBe('accepted')
  for (const word of ['hello', 'again']) {
    await writeText(connected, word)
    await writeText(accepted, (await readText(accepted, word.length)).toUpperCase())
    await readText(connected, word.length)
    await connected.updateKeys({ requestPeer: true })
  }
  await Promise.all([connected.close(), accepted.close()])
  return captures
}

/** The application data that tshark finds, in order. */
async function decrypted(capture: ConnectionCapture): Promise<readonly string[]> {
  const found = await fields(capture, 'data', '-d', 'tls.port==443,data', '-e', 'data.data')
  return found.flatMap((line) => line.split(',')).map((hex) => Buffer.from(hex.replaceAll(':', ''), 'hex').toString())
}

async function fields(capture: ConnectionCapture, filter: string, ...args: readonly string[]) {
  return await inFolder(async (folder) => {
    writeFileSync(join(folder, 'capture.pcapng'), capture.toPcapng())
    const { stdout } = await promisify(execFile)(
      'tshark',
      ['-r', 'capture.pcapng', '-Y', filter, '-T', 'fields', ...args],
      { cwd: folder, env: { ...process.env, HOME: folder } },
    )
    return stdout.split('\n').filter(Boolean)
  })
}
