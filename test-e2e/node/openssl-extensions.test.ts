import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { VerifiedPeer } from '../../src/index.js'
import { clientCredentials, inFolder, ocspResponseFor } from '../support/openssl-client.js'
import { type OpensslServer, type OpensslServerOptions, startOpensslServer } from '../support/openssl-server.js'
import { keyTypes, testPki } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { connectTo, expectFailure, readText, writeText } from './connecting.js'

const pki = testPki()
let server: OpensslServer | undefined
afterEach(async () => {
  await server?.stop()
  server = undefined
})

async function serve(options: Partial<OpensslServerOptions>): Promise<OpensslServer> {
  server = await startOpensslServer({ credentials: pki.leaf['ecdsa-p256'], ...options })
  return server
}

const identityOf = ({ chainFile, keyFile }: { readonly chainFile: string; readonly keyFile: string }) => ({
  certificateChain: readFileSync(chainFile, 'utf8'),
  privateKey: readFileSync(keyFile, 'utf8'),
})

async function isHeard(running: OpensslServer, socket: ReturnType<typeof connectTo>, text: string): Promise<void> {
  await writeText(socket, `${text}\n`)
  await running.process.waitForOutput(new RegExp(text))
  await socket.close()
}

describe.skipIf(missingTool('openssl'))('with openssl s_server', () => {
  test.each(keyTypes)('proves itself by a certificate for %s, which is verified', async (keyType) => {
    await inFolder(async (folder) => {
      const extraArguments = ['-Verify', '3', '-CAfile', pki.trustAnchorsFile, '-verify_return_error']
      const running = await serve({ extraArguments })
      const identity = identityOf(clientCredentials(folder, pki.leaf[keyType], keyType))
      await isHeard(running, connectTo(running, { identity }), 'it is me')
      expect(running.output()).toContain('depth=0 CN = client.test')
    })
  })

  test('shows no certificate whose authority is not among those that the server names', async () => {
    await inFolder(async (folder) => {
      const extraArguments = ['-Verify', '3', '-CAfile', pki.trustAnchorsFile, '-verify_return_error']
      const running = await serve({ extraArguments })
      const socket = connectTo(running, { identity: identityOf(clientCredentials(folder, pki.unknownIssuer)) })
      const error = await expectFailure(socket.readable.getReader().read(), 'peer_alert')
      expect(error.alert).toBe('certificate_required')
    })
  })

  test('proves itself after the handshake, when it is asked then', async () => {
    await inFolder(async (folder) => {
      const extraArguments = ['-CAfile', pki.trustAnchorsFile, '-verify', '3']
      const running = await serve({ extraArguments })
      const identity = identityOf(clientCredentials(folder, pki.leaf['ecdsa-p256']))
      const socket = connectTo(running, { identity, postHandshakeAuth: true })
      await socket.opened
      await writeText(socket, 'before\n')
      await running.process.waitForOutput(/before/)
      running.input.write('c\n')
      await running.process.waitForOutput(/SSL_do_handshake -> 1/)
      await writeText(socket, 'after\n')
      await running.process.waitForOutput(/depth=0 CN = client\.test/)
      await running.process.waitForOutput(/after/)
      await socket.close()
    })
  })

  test('takes a stapled OCSP response that says good, and refuses one that says revoked', async () => {
    await inFolder(async (folder) => {
      const good = ocspResponseFor(folder, pki.leaf['ecdsa-p256'])
      const staple = { extraArguments: ['-status_file', join(folder, 'response.der')] }
      const running = await serve(staple)
      const peers: VerifiedPeer[] = []
      const options = { requestOcspStapling: true, verifyPeer: (peer: VerifiedPeer) => void peers.push(peer) }
      const socket = connectTo(running, options)
      await socket.opened
      expect(Buffer.from(peers[0]?.ocspResponse ?? []).equals(good)).toBe(true)
      await isHeard(running, socket, 'not revoked')
      await running.stop()

      ocspResponseFor(folder, pki.leaf['ecdsa-p256'], 'revoked')
      await expectFailure(connectTo(await serve(staple), options).opened, 'certificate_revoked')
    })
  })

  test('exports the same keying material', async () => {
    const running = await serve({ extraArguments: ['-keymatexport', 'EXPORTER-webtls', '-keymatexportlen', '40'] })
    const socket = connectTo(running)
    await socket.opened
    const ours = Buffer.from(await socket.exportKeyingMaterial('EXPORTER-webtls', undefined, 40))
    const [, theirs] = await running.process.waitForOutput(/Keying material: ([0-9A-F]+)/)
    expect(ours.toString('hex').toUpperCase()).toBe(theirs)
    await socket.close()
  })

  test('logs the same secrets', async () => {
    await inFolder(async (folder) => {
      const keyLogFile = join(folder, 'keys.txt')
      const ours: string[] = []
      const running = await serve({ keyLogFile })
      const socket = connectTo(running, { keyLog: (line) => ours.push(line) })
      await isHeard(running, socket, 'secrets')
      const theirs = readFileSync(keyLogFile, 'utf8').split('\n')
      expect(ours.toSorted()).toEqual(theirs.filter((line) => /^[A-Z]/.test(line)).toSorted())
    })
  })

  test.each([512, 1024, 2048, 4096] as const)('has fragments of at most %i bytes', async (maxFragmentLength) => {
    const lengths: number[] = []
    const socket = connectTo(await serve({ mode: 'reverse' }), {
      maxFragmentLength,
      onEvent(event) {
        if (event.kind === 'record' && event.direction === 'received') lengths.push(event.length)
      },
    })
    const text = 'x'.repeat(5000)
    await writeText(socket, `${text}\n`)
    expect(await readText(socket, 5001)).toBe(`${text}\n`)
    await socket.close()
    // RFC 6066 section 4: of plaintext; 256 bytes more is what protection may add (RFC 9846 section 5.2)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(maxFragmentLength + 256)
    expect(Math.max(...lengths)).toBeGreaterThanOrEqual(maxFragmentLength)
  })
})
