import { afterAll, describe, expect, test } from 'vitest'
import { converse, startOpensslClient } from '../support/openssl-client.js'
import { keyTypes } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { type RunningTlsServer, serveTls } from './serving.js'

const cipherSuites = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'] as const
/** OpenSSL's name of the group, and IANA's. */
const groups = [
  ['X25519', 'x25519'],
  ['P-256', 'secp256r1'],
  ['P-384', 'secp384r1'],
  ['P-521', 'secp521r1'],
] as const

describe.skipIf(missingTool('openssl')).each(keyTypes)('our server with a certificate for %s', (keyType) => {
  let server: Promise<RunningTlsServer> | undefined
  afterAll(async () => await (await server)?.stop())

  describe.each(cipherSuites)('%s', (cipherSuite) => {
    test.each(groups)('and s_client with %s', async (name, group) => {
      server ??= serveTls({ keyType })
      const running = await server
      const output = await converse(startOpensslClient(running, '-ciphersuites', cipherSuite, '-groups', name))
      expect(output).toContain('Verify return code: 0 (ok)')
      expect(output).toContain(`New, TLSv1.3, Cipher is ${cipherSuite}`)
      expect(await running.sockets.at(-1)?.opened).toMatchObject({ cipherSuite, group, helloRetried: false })
    })
  })
})
