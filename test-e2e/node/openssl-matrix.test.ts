import { describe, expect, test } from 'vitest'
import { startOpensslServer } from '../support/openssl-server.js'
import { type KeyType, keyTypes, testPki } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { connectTo, readText, writeText } from './connecting.js'

const cipherSuites = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'] as const

/** OpenSSL's name of the group, IANA's, and whether our first ClientHello has a share of it. */
const groups = [
  { openssl: 'X25519', iana: 'x25519', isOffered: true },
  { openssl: 'P-256', iana: 'secp256r1', isOffered: true },
  { openssl: 'P-384', iana: 'secp384r1', isOffered: false },
  { openssl: 'P-521', iana: 'secp521r1', isOffered: false },
] as const

const schemes: Readonly<Record<KeyType, RegExp>> = {
  rsa2048: /^rsa_pss_rsae_sha(256|384|512)$/,
  'rsa-pss': /^rsa_pss_pss_sha(256|384|512)$/,
  'ecdsa-p256': /^ecdsa_secp256r1_sha256$/,
  'ecdsa-p384': /^ecdsa_secp384r1_sha384$/,
  'ecdsa-p521': /^ecdsa_secp521r1_sha512$/,
  ed25519: /^ed25519$/,
}

describe.skipIf(missingTool('openssl')).each(cipherSuites)('%s', (cipherSuite) => {
  describe.each(groups)('$iana', (group) => {
    test.each(keyTypes)('with a certificate for %s', async (keyType) => {
      const server = await startOpensslServer({
        credentials: testPki().leaf[keyType],
        cipherSuites: [cipherSuite],
        groups: [group.openssl],
        mode: 'reverse',
      })
      try {
        const socket = connectTo(server)
        const info = await socket.opened
        expect(info).toMatchObject({
          protocol: 'TLSv1.3',
          cipherSuite,
          group: group.iana,
          helloRetried: !group.isOffered,
          resumed: false,
        })
        expect(info.signatureScheme).toMatch(schemes[keyType])
        expect(info.peerCertificates).toHaveLength(2)
        expect(info.verifiedPath.at(-1)?.subject).toBe(`CN=webtls test root ${keyType}`)
        await writeText(socket, 'stressed\n')
        expect(await readText(socket, 9)).toBe('desserts\n')
        await socket.close()
        await socket.closed
      } finally {
        await server.stop()
      }
    })
  })
})
