import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { clientCredentials, inFolder, startOpensslClient } from '../support/openssl-client.js'
import { serverName, testPki } from '../support/pki.js'
import type { ServerProcess } from '../support/server-process.js'
import { missingTool } from '../support/tools.js'
import { type ServeCommand, startServe } from './serving.js'

const pki = testPki()
let server: ServeCommand | undefined
const serve = async (...args: readonly string[]) => {
  server = await startServe(...args)
  return server
}
afterEach(async () => {
  await server?.process.stop()
  server = undefined
})

/** What it types comes back: a word that no line of s_client's own has. */
async function echoes(client: ServerProcess, word = 'there-and-back'): Promise<string> {
  try {
    client.stdin.write(`${word}\n`)
    await client.waitForOutput(new RegExp(word))
    return client.output()
  } finally {
    await client.stop()
  }
}

describe.skipIf(missingTool('openssl'))('openssl s_client at webtls serve', () => {
  test('has its lines echoed, resumes, sends early data, and logs the same secrets', async () => {
    await inFolder(async (folder) => {
      const [ours, theirs, session, early] = ['ours', 'theirs', 'session', 'early'].map((name) => join(folder, name))
      if (!ours || !theirs || !session || !early) throw new Error('four names')
      writeFileSync(early, 'early-bird\n')
      const running = await serve('--early-data', '1000', '--key-log', ours, '--alpn', 'x,y', '--tickets', '3')
      const log = ['-keylogfile', theirs]
      const first = await echoes(startOpensslClient(running, ...log, '-alpn', 'y,x', '-sess_out', session))
      expect(first).toContain('New, TLSv1.3')
      expect(first).toContain('ALPN protocol: x')
      await running.tells({ event: 'opened', resumed: false, earlyData: 'none', serverName, alpnProtocol: 'x' })

      const again = startOpensslClient(running, ...log, '-alpn', 'x', '-sess_in', session, '-early_data', early)
      // the early data is echoed before a line is typed
      await again.waitForOutput(/early-bird/)
      const output = await echoes(again)
      expect(output).toContain('Reused, TLSv1.3')
      expect(output).toContain('Early data was accepted')
      await running.tells({ event: 'opened', resumed: true, earlyData: 'accepted' })

      // its exporter of early data is one that we do not have
      const secrets = (file: string) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => /^[A-Z]/.test(line) && !line.startsWith('EARLY_EXPORTER_SECRET '))
      await expect.poll(() => secrets(ours).toSorted()).toEqual(secrets(theirs).toSorted())
      expect(secrets(ours).some((line) => line.startsWith('CLIENT_EARLY_TRAFFIC_SECRET '))).toBe(true)
      expect(statSync(ours).mode & 0o077).toBe(0)
    })
  })

  test('gets tickets, and none where there are to be none', async () => {
    await inFolder(async (folder) => {
      const session = join(folder, 'session')
      const usual = await serve()
      await echoes(startOpensslClient(usual, '-sess_out', session))
      expect(existsSync(session)).toBe(true)
      rmSync(session)
      await usual.process.stop()
      await echoes(startOpensslClient(await serve('--tickets', '0'), '-sess_out', session))
      expect(existsSync(session)).toBe(false)
    })
  })

  test('must show a certificate where one is required, and may where it is optional', async () => {
    await inFolder(async (folder) => {
      const { certFile, keyFile } = clientCredentials(folder, pki.leaf['ecdsa-p256'])
      const chain = ['-cert_chain', pki.leaf['ecdsa-p256'].intermediateFile]
      const identity = ['-cert', certFile, '-key', keyFile, ...chain]
      const required = await serve('--client-auth', 'required', '--client-ca', pki.trustAnchorsFile)
      await echoes(startOpensslClient(required, ...identity))
      await required.tells({ event: 'opened', client: 'CN=client.test' })
      const refused = startOpensslClient(required)
      await refused.waitForOutput(/alert certificate required/)
      await refused.stop()
      await required.tells({ event: 'error', code: 'certificate_required', exitCode: 4 })
      await required.process.stop()

      const optional = await serve('--client-auth', 'optional', '--client-ca', pki.trustAnchorsFile)
      await echoes(startOpensslClient(optional))
      await optional.tells({ event: 'opened', serverName })
      expect(optional.events().some((event) => 'client' in event)).toBe(false)
    })
  })

  test('agrees by a pre-shared key that stands in a file', async () => {
    await inFolder(async (folder) => {
      const key = '00112233445566778899aabbccddeeff'
      writeFileSync(join(folder, 'psk'), `${key}\n`)
      const running = await serve('--psk', `@${join(folder, 'psk')}`, '--psk-identity', 'sensor')
      const psk = ['-psk', key, '-psk_identity', 'sensor', '-ciphersuites', 'TLS_AES_128_GCM_SHA256']
      expect(await echoes(startOpensslClient(running, ...psk))).toContain('Reused, TLSv1.3')
    })
  })

  test('trusts the CA that was made at start, for the names that were given', async () => {
    await inFolder(async (folder) => {
      const ca = join(folder, 'ca.pem')
      const running = await serve('--ca-out', ca, '--name', `${serverName},127.0.0.1`)
      const output = await echoes(startOpensslClient(running, '-CAfile', ca))
      expect(output).toContain('Verify return code: 0 (ok)')
      expect(readFileSync(ca, 'utf8')).not.toContain('PRIVATE')
    })
  })

  test('gets only what --suites, --groups and --schemes let through', async () => {
    const running = await serve(
      ...['--suites', 'TLS_CHACHA20_POLY1305_SHA256', '--groups', 'secp384r1'],
      ...['--schemes', 'ecdsa_secp256r1_sha256'],
    )
    const output = await echoes(startOpensslClient(running))
    expect(output).toContain('Cipher is TLS_CHACHA20_POLY1305_SHA256')
    await running.tells({ event: 'opened', group: 'secp384r1', helloRetried: true })
    const refused = startOpensslClient(running, '-groups', 'X25519')
    await refused.waitForOutput(/alert handshake failure/)
    await refused.stop()
    await running.tells({ event: 'error', code: 'handshake_failure', exitCode: 5 })
  })

  test('ends well with its clients at Ctrl-C: close_notify, and exit code 0', async () => {
    const running = await serve('--grace', '0.2')
    const client = startOpensslClient(running)
    await client.waitForOutput(/Verify return code/)
    await running.tells({ event: 'opened' })
    expect(await running.interrupt()).toBe(0)
    await client.exited
    await client.stop()
  })

  test('waits no longer than --handshake-timeout for a client that says nothing', async () => {
    const running = await serve('--handshake-timeout', '0.3')
    const client = startOpensslClient(running, '-starttls', 'smtp')
    await running.tells({ event: 'error', code: 'handshake_timeout', exitCode: 8 })
    await client.stop()
  })
})
