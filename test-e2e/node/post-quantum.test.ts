import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runtimePath } from '../../scripts/install/runtimes.js'
import { SecurityPolicy } from '../../src/index.js'
import { testPki } from '../support/pki.js'
import { startProcess } from '../support/server-process.js'
import { missingTool } from '../support/tools.js'
import { connectTo, readText } from './connecting.js'

/** Debian's OpenSSL, GnuTLS and NSS are older than ML-KEM; that of the newest Node is not. */
const node = runtimePath('node26')
if (node === undefined && process.env.CI) throw new Error('node26 is not installed')
const program = fileURLToPath(new URL('post-quantum-server.mjs', import.meta.url))

async function exchange(group: string, securityPolicy: SecurityPolicy) {
  const { chainFile, keyFile } = testPki().leaf['ecdsa-p256']
  const server = startProcess(String(node), ['--no-warnings', program, JSON.stringify({ chainFile, keyFile, group })])
  try {
    const [, port] = await server.waitForOutput(/port (\d+)\./)
    const socket = connectTo({ host: '127.0.0.1', port: Number(port) }, { securityPolicy })
    const { group: agreed, helloRetried } = await socket.opened
    // application data: both sides have come to the same secrets
    expect(await readText(socket, 6)).toBe('hello\n')
    await socket.close()
    return { agreed, helloRetried }
  } finally {
    await server.stop()
  }
}

describe.skipIf(missingTool('openssl') || node === undefined)("against OpenSSL's ML-KEM", () => {
  test.each(['X25519MLKEM768', 'SecP256r1MLKEM768', 'SecP384r1MLKEM1024', 'MLKEM1024'] as const)(
    'agrees on %s, at once and after a HelloRetryRequest',
    async (group) => {
      const only = SecurityPolicy.from({ groups: [group] })
      expect(await exchange(group, only)).toMatchObject({ agreed: group, helloRetried: false })
      const unsent = SecurityPolicy.from({ groups: ['x25519', group], keyShares: ['x25519'] })
      expect(await exchange(group, unsent)).toMatchObject({ agreed: group, helloRetried: true })
    },
  )

  test('agrees on X25519MLKEM768 when neither side was told anything', async () => {
    expect(await exchange('auto', SecurityPolicy.default)).toMatchObject({
      agreed: 'X25519MLKEM768',
      helloRetried: false,
    })
  })
})
