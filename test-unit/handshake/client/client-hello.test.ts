import { describe, expect, it } from 'vitest'
import type { TlsClientOptions } from '../../../src/connection/client-config.js'
import type { CryptoProvider } from '../../../src/crypto/provider.js'
import { ExtensionType, isGrease } from '../../../src/messages/code-points.js'
import { SecurityPolicy } from '../../../src/policy/security-policy.js'
import { describeClientHello } from '../../support/describe-hello.js'
import type { HandshakeScript } from '../../support/handshake-script.js'
import { testProvider } from '../../support/provider.js'
import { connectScripted, openScripted } from '../../support/scripted-connection.js'

/** Counts where others throw dice, so that every byte of a message can be foretold. */
function countingProvider(): CryptoProvider {
  let next = 0
  return {
    subtle: testProvider.subtle,
    now: testProvider.now,
    getRandomValues(bytes) {
      for (let index = 0; index < bytes.length; index++) bytes[index] = next++ & 0xff
      return bytes
    },
  }
}

/** One list of each kind, so that the snapshots show the messages and not the defaults of the day. */
const securityPolicy = SecurityPolicy.from({
  cipherSuites: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  groups: ['x25519', 'secp256r1', 'secp384r1'],
  keyShares: ['x25519', 'secp256r1'],
  signatureSchemes: ['ecdsa_secp256r1_sha256', 'rsa_pss_rsae_sha256', 'ed25519', 'rsa_pkcs1_sha256'],
})

async function hellosOf(options: Partial<TlsClientOptions>, script: HandshakeScript = {}) {
  const { server } = await openScripted(script, {
    provider: countingProvider(),
    securityPolicy,
    certificateCompression: false,
    ...options,
  })
  return server.clientHellos.map(({ body }) => body)
}

describe('the ClientHello', () => {
  //= rfc9846#section-4.2.2 4.2.2-1 4.2.2-6 4.2.2-9 4.2.2-14
  //= rfc9846#section-4.3.1 4.3.1-1
  //= rfc9846#section-4.3.3 4.3.3-2 4.3.3-5 4.3.3-6
  //= rfc9846#section-4.3.9 4.3.9-1
  //= rfc9846#section-4.5.1.2 4.5.1.2-8
  //= rfc9846#section-9.2 9.2-1 9.2-2 9.2-3 9.2-4 9.2-5 9.2-6 9.2-8 9.2-9 9.2-10 9.2-11 9.2-13
  //= rfc9846#section-E.5 E.5-5 E.5-8 E.5-2 E.5-3
  //= rfc9846#section-4.3.8 4.3.8-5
  it('is this, without any option', async () => {
    const [hello] = await hellosOf({})
    expect(hello && describeClientHello(hello)).toMatchInlineSnapshot(`
      {
        "cipherSuites": [
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
        ],
        "extensions": [
          {
            "server_name": "server.test",
          },
          {
            "supported_groups": [
              "x25519",
              "secp256r1",
              "secp384r1",
            ],
          },
          {
            "signature_algorithms": [
              "ecdsa_secp256r1_sha256",
              "rsa_pss_rsae_sha256",
              "ed25519",
              "rsa_pkcs1_sha256",
            ],
          },
          {
            "supported_versions": [
              "TLS 1.3",
            ],
          },
          {
            "key_share": [
              "x25519: 32 bytes",
              "secp256r1: 65 bytes",
            ],
          },
          {
            "psk_key_exchange_modes": [
              1,
            ],
          },
        ],
        "legacyCompressionMethods": [
          0,
        ],
        "legacySessionId": "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
        "legacyVersion": "0303",
        "random": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
      }
    `)
  })

  //= rfc9846#section-4.2.2 4.2.2-11
  it('is this, with ALPN and without middlebox compatibility', async () => {
    const [hello] = await hellosOf({ alpnProtocols: ['h2', 'http/1.1'], middleboxCompatibility: false })
    expect(hello && describeClientHello(hello)).toMatchInlineSnapshot(`
      {
        "cipherSuites": [
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
        ],
        "extensions": [
          {
            "server_name": "server.test",
          },
          {
            "supported_groups": [
              "x25519",
              "secp256r1",
              "secp384r1",
            ],
          },
          {
            "signature_algorithms": [
              "ecdsa_secp256r1_sha256",
              "rsa_pss_rsae_sha256",
              "ed25519",
              "rsa_pkcs1_sha256",
            ],
          },
          {
            "supported_versions": [
              "TLS 1.3",
            ],
          },
          {
            "key_share": [
              "x25519: 32 bytes",
              "secp256r1: 65 bytes",
            ],
          },
          {
            "psk_key_exchange_modes": [
              1,
            ],
          },
          {
            "application_layer_protocol_negotiation": [
              "h2",
              "http/1.1",
            ],
          },
        ],
        "legacyCompressionMethods": [
          0,
        ],
        "legacySessionId": "",
        "legacyVersion": "0303",
        "random": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
      }
    `)
  })

  it('is this, with GREASE (RFC 8701)', async () => {
    const [hello] = await hellosOf({ grease: true })
    expect(hello && describeClientHello(hello)).toMatchInlineSnapshot(`
      {
        "cipherSuites": [
          "GREASE 0x4a4a",
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
        ],
        "extensions": [
          {
            "GREASE 0x4a4a": "",
          },
          {
            "server_name": "server.test",
          },
          {
            "supported_groups": [
              "GREASE 0x4a4a",
              "x25519",
              "secp256r1",
              "secp384r1",
            ],
          },
          {
            "signature_algorithms": [
              "GREASE 0x4a4a",
              "ecdsa_secp256r1_sha256",
              "rsa_pss_rsae_sha256",
              "ed25519",
              "rsa_pkcs1_sha256",
            ],
          },
          {
            "supported_versions": [
              "GREASE 0x4a4a",
              "TLS 1.3",
            ],
          },
          {
            "key_share": [
              "GREASE 0x4a4a: 1 bytes",
              "x25519: 32 bytes",
              "secp256r1: 65 bytes",
            ],
          },
          {
            "psk_key_exchange_modes": [
              1,
            ],
          },
          {
            "GREASE 0x5a5a": "00",
          },
        ],
        "legacyCompressionMethods": [
          0,
        ],
        "legacySessionId": "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
        "legacyVersion": "0303",
        "random": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
      }
    `)
  })

  //= rfc9846#section-4.2.2 4.2.2-2
  //= rfc9846#section-4.3.2 4.3.2-2
  it('is this the second time, after a HelloRetryRequest with a group and a cookie', async () => {
    const retry = { group: 'secp384r1', cookie: Uint8Array.of(0xc0, 0x0c, 0x1e) } as const
    const [, hello] = await hellosOf({ grease: true }, { retry })
    expect(hello && describeClientHello(hello)).toMatchInlineSnapshot(`
      {
        "cipherSuites": [
          "GREASE 0x4a4a",
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
        ],
        "extensions": [
          {
            "GREASE 0x4a4a": "",
          },
          {
            "server_name": "server.test",
          },
          {
            "supported_groups": [
              "GREASE 0x4a4a",
              "x25519",
              "secp256r1",
              "secp384r1",
            ],
          },
          {
            "signature_algorithms": [
              "GREASE 0x4a4a",
              "ecdsa_secp256r1_sha256",
              "rsa_pss_rsae_sha256",
              "ed25519",
              "rsa_pkcs1_sha256",
            ],
          },
          {
            "supported_versions": [
              "GREASE 0x4a4a",
              "TLS 1.3",
            ],
          },
          {
            "key_share": [
              "secp384r1: 97 bytes",
            ],
          },
          {
            "psk_key_exchange_modes": [
              1,
            ],
          },
          {
            "cookie": "c00c1e",
          },
          {
            "GREASE 0x5a5a": "00",
          },
        ],
        "legacyCompressionMethods": [
          0,
        ],
        "legacySessionId": "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
        "legacyVersion": "0303",
        "random": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
      }
    `)
  })

  it.each([
    ['an IPv4 address', '192.0.2.1'],
    ['an IPv6 address', '2001:db8::1'],
  ])('has no server_name for %s (RFC 6066)', async (_what, serverName) => {
    const { socket, server, handshaken } = await connectScripted({}, { serverName })
    await handshaken
    await expect(socket.opened).rejects.toMatchObject({ code: 'certificate_name_mismatch' })
    expect(server.clientHellos[0]?.body.extensions.some(({ type }) => type === ExtensionType.server_name)).toBe(false)
  })

  it('has its GREASE values at random, and never the same for its two extensions', async () => {
    const seen = new Set<number>()
    for (let round = 0; round < 12; round++) {
      const { server } = await openScripted({}, { grease: true })
      const types = (server.clientHellos[0]?.body.extensions ?? []).map(({ type }) => type).filter(isGrease)
      expect(types).toHaveLength(2)
      expect(types[0]).not.toBe(types[1])
      for (const type of types) seen.add(type)
    }
    expect(seen.size).toBeGreaterThan(4)
  })

  //= rfc9846#section-4.2.2 4.2.2-10 4.2.2-9
  it('has a fresh random and session id each time', async () => {
    const [one, two] = await Promise.all([openScripted(), openScripted()])
    const [first, second] = [one, two].map(({ server }) => server.clientHellos[0]?.body)
    expect(first?.random).not.toEqual(second?.random)
    expect(first?.legacySessionId).toHaveLength(32)
    expect(first?.legacySessionId).not.toEqual(second?.legacySessionId)
    expect(first?.legacySessionId).not.toEqual(first?.random)
  })
})

describe('the records of the client', () => {
  //= rfc9846#section-5.1 5.1-13 5.1-14 5.1-18 5.1-19
  //= rfc9846#section-E.5 E.5-10
  it('say TLS 1.0 for the first ClientHello and TLS 1.2 from then on (5.1)', async () => {
    const { server } = await openScripted({ retry: { group: 'secp384r1' } }, { securityPolicy })
    expect(server.recordVersions).toEqual([0x0301, 0x0303, 0x0303, 0x0303])
  })

  it('have a change_cipher_spec in front of the second flight, with middlebox compatibility (appendix E.4)', async () => {
    const { server } = await openScripted()
    expect(server.recordTypes).toEqual(['handshake', 'change_cipher_spec', 'handshake'])
  })

  it('have none without', async () => {
    const { server } = await openScripted({}, { middleboxCompatibility: false })
    expect(server.recordTypes).toEqual(['handshake', 'handshake'])
  })
})
