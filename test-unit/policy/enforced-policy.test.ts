import { describe, expect, it } from 'vitest'
import {
  acceptTls,
  connectTls,
  SecurityPolicy,
  TlsClientConfig,
  type TlsClientOptions,
  TlsServerConfig,
  type TlsServerOptions,
} from '../../src/index.js'
import { clientHello } from '../../src/messages/client-hello.js'
import { ExtensionType } from '../../src/messages/code-points.js'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'
import { asBytes } from '../../src/wire/bytes.js'
import { decode } from '../../src/wire/codec.js'
import { createTestCa, createTestCertificate, type TestCertificate } from '../support/certificates.js'
import { within } from '../support/deadline.js'
import { testProvider } from '../support/provider.js'
import { sharedTestKey, type TestKeyType } from '../support/test-keys.js'

async function identityOf(keyType: TestKeyType, signature: 'ecdsa-sha256' | 'ecdsa-sha384' = 'ecdsa-sha384') {
  const root = await createTestCa({ key: await sharedTestKey('ecdsa-p384', 'root'), subject: 'Root' })
  const leaf = await createTestCertificate({
    ca: root,
    key: await sharedTestKey(keyType),
    dnsNames: ['example.com'],
    extendedKeyUsage: ['serverAuth', 'clientAuth'],
    signature,
  })
  return { root, leaf }
}

const optionOf = (leaf: TestCertificate) => ({ certificateChain: leaf.chainPem, privateKey: leaf.pkcs8Pem })

/** A handshake in one process; both ends' outcomes. */
async function handshake(
  { root, leaf }: { root: TestCertificate; leaf: TestCertificate },
  client: Partial<TlsClientOptions>,
  server: Partial<TlsServerOptions> = {},
) {
  const [near, far] = memoryDuplexPair()
  const accepted = acceptTls(far, { identities: [optionOf(leaf)], provider: testProvider, ...server })
  const connected = connectTls(near, {
    serverName: 'example.com',
    trustAnchors: root.der,
    provider: testProvider,
    ...client,
  })
  const outcomes = Promise.allSettled([connected.opened, accepted.opened])
  const [ours, theirs] = await within(outcomes, 'both handshakes')
  await Promise.all([connected.close(), accepted.close()]).catch(() => undefined)
  return { client: ours, server: theirs }
}

const fulfilled = (value: Record<string, unknown>) => ({ status: 'fulfilled', value: expect.objectContaining(value) })

describe('a policy in a handshake', () => {
  it('by default has X25519MLKEM768 agreed on', async () => {
    const { client, server } = await handshake(await identityOf('ecdsa-p256'), {})
    expect(client).toMatchObject(fulfilled({ group: 'X25519MLKEM768', helloRetried: false }))
    expect(server).toMatchObject(fulfilled({ group: 'X25519MLKEM768' }))
  })

  it.each(['X25519MLKEM768', 'SecP256r1MLKEM768', 'SecP384r1MLKEM1024', 'MLKEM1024'] as const)(
    'can do %s alone, and after a HelloRetryRequest',
    async (group) => {
      const identity = await identityOf('ecdsa-p256')
      const only = SecurityPolicy.from({ groups: [group] })
      const { client } = await handshake(identity, { securityPolicy: only }, { securityPolicy: only })
      expect(client).toMatchObject(fulfilled({ group, helloRetried: false }))
      const unsent = SecurityPolicy.from({ groups: ['secp256r1', group], keyShares: ['secp256r1'] })
      const retried = await handshake(identity, { securityPolicy: unsent }, { securityPolicy: only })
      expect(retried.client).toMatchObject(fulfilled({ group, helloRetried: true }))
    },
  )

  it('has a client refuse a server whose certificates it does not allow', async () => {
    const securityPolicy = SecurityPolicy.builder('cnsa_1')
      .signatureSchemes('ecdsa_secp256r1_sha256', 'ecdsa_secp384r1_sha384')
      .build()
    const { client, server } = await handshake(await identityOf('ecdsa-p256'), { securityPolicy })
    expect(client).toMatchObject({
      status: 'rejected',
      reason: { code: 'certificate_unsupported', rule: 'security-policy' },
    })
    expect(server).toMatchObject({
      status: 'rejected',
      reason: { code: 'peer_alert', alert: 'unsupported_certificate' },
    })
    const allowed = await handshake(await identityOf('ecdsa-p384'), { securityPolicy })
    expect(allowed.client).toMatchObject(fulfilled({ signatureScheme: 'ecdsa_secp384r1_sha384' }))
  })

  it('has a server refuse a client whose certificates it does not allow', async () => {
    const identity = await identityOf('ecdsa-p384')
    const weaker = await identityOf('ecdsa-p384', 'ecdsa-sha256')
    const { server } = await handshake(
      identity,
      { identity: [optionOf(weaker.leaf)] },
      {
        clientAuth: 'required',
        clientTrustAnchors: identity.root.der,
        securityPolicy: SecurityPolicy.named('cnsa_1'),
      },
    )
    expect(server).toMatchObject({ status: 'rejected', reason: { rule: 'security-policy' } })
  })

  //= rfc9846#section-4.3.3 4.3.3-5
  it('is said in signature_algorithms_cert where it is another one than for the handshake (RFC 9846 section 4.3.3)', async () => {
    const identity = await identityOf('ecdsa-p384')
    const schemesOf = async (securityPolicy: SecurityPolicy) => {
      const types: number[] = []
      await handshake(identity, {
        securityPolicy,
        onEvent: (event) => {
          if (event.kind === 'message' && event.name === 'client_hello') types.push(...extensionTypesOf(event.bytes))
        },
      })
      return types.includes(ExtensionType.signature_algorithms_cert)
    }
    expect(await schemesOf(SecurityPolicy.named('cnsa_1'))).toBe(true)
    expect(await schemesOf(SecurityPolicy.default)).toBe(false)
    // the same schemes in another order
    expect(await schemesOf(SecurityPolicy.named('default_tls13'))).toBe(false)
  })

  //= rfc9846#section-4.5.1.2 4.5.1.2-9 4.5.1.2-11
  it('has a server with several chains send one that the client takes', async () => {
    const [weaker, identity] = [await identityOf('ecdsa-p384', 'ecdsa-sha256'), await identityOf('ecdsa-p384')]
    const identities = [optionOf(weaker.leaf), optionOf(identity.leaf)]
    const restricted = await handshake(identity, { securityPolicy: SecurityPolicy.named('cnsa_1') }, { identities })
    expect(restricted.client).toMatchObject({ status: 'fulfilled' })
    const free = await handshake(identity, {}, { identities })
    expect(free.client).toMatchObject({
      status: 'fulfilled',
      value: { peerCertificates: [expect.objectContaining({ der: weaker.leaf.der })] },
    })
  })

  //= rfc9846#section-4.5.1.2 4.5.1.2-9
  it('has a client with several chains send one that the server takes', async () => {
    const [weaker, identity] = [await identityOf('ecdsa-p384', 'ecdsa-sha256'), await identityOf('ecdsa-p384')]
    const { server } = await handshake(
      identity,
      { identity: [optionOf(weaker.leaf), optionOf(identity.leaf)] },
      {
        clientAuth: 'required',
        clientTrustAnchors: identity.root.der,
        securityPolicy: SecurityPolicy.named('cnsa_1'),
      },
    )
    expect(server).toMatchObject({ status: 'fulfilled' })
  })

  it('has both sides sign by their own policy', async () => {
    const identity = await identityOf('ecdsa-p384')
    // the only scheme that the key can make is not in the server's policy
    const securityPolicy = SecurityPolicy.from({ signatureSchemes: ['ecdsa_secp256r1_sha256'] })
    await expect(
      TlsServerConfig.create({ identities: [optionOf(identity.leaf)], securityPolicy, provider: testProvider }),
    ).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(
        /can sign by ecdsa_secp384r1_sha384; the security policy allows ecdsa_secp256r1_sha256/,
      ),
    })
  })

  it('is held against own certificates where it says so, when the config is made', async () => {
    const weak = await identityOf('ecdsa-p384', 'ecdsa-sha256')
    const refusal = { code: 'invalid_argument', message: expect.stringContaining('ECDSA with SHA-256') }
    const options = { identities: [optionOf(weak.leaf)], provider: testProvider }
    const securityPolicy = SecurityPolicy.named('rfc9151')
    await expect(TlsServerConfig.create({ ...options, securityPolicy })).rejects.toMatchObject(refusal)
    const { identities: identity, provider } = options
    const client = { identity, provider, serverName: 'example.com', trustAnchors: weak.root.der }
    await expect(TlsClientConfig.create({ ...client, securityPolicy })).rejects.toMatchObject(refusal)
    const lenient = SecurityPolicy.builder(securityPolicy).restrictOwnCertificates(false).build()
    await expect(TlsServerConfig.create({ ...options, securityPolicy: lenient })).resolves.toBeDefined()
  })
})

function extensionTypesOf(message: Uint8Array): readonly number[] {
  return decode(clientHello, asBytes(message.slice(4)), 'client_hello').extensions.map(({ type }) => type)
}
