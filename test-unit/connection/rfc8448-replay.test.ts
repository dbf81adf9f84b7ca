import { constants, verify, X509Certificate } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Identity } from '../../src/certificates/identity/identity.js'
import { parseCertificate } from '../../src/certificates/parsed-certificate.js'
import { acceptTls } from '../../src/connection/accept-tls.js'
import { clientConfigWith, TlsClientConfig } from '../../src/connection/client-config.js'
import { connectTls } from '../../src/connection/connect-tls.js'
import { serverConfigWith, TlsServerConfig } from '../../src/connection/server-config.js'
import type { TlsSocket } from '../../src/connection/tls-socket.js'
import { cipherSuites } from '../../src/crypto/cipher-suites.js'
import { secp256r1, x25519 } from '../../src/crypto/groups/ecdh.js'
import { sha256 } from '../../src/crypto/hash.js'
import type { CryptoProvider } from '../../src/crypto/provider.js'
import { signatureSchemes } from '../../src/crypto/signature-schemes.js'
import type { checkCertificateVerify } from '../../src/handshake/certificate-verification.js'
import type { TlsEvent } from '../../src/handshake/observer.js'
import { signedContent } from '../../src/handshake/signed-content.js'
import { certificate } from '../../src/messages/certificate.js'
import { certificateVerify } from '../../src/messages/certificate-verify.js'
import { clientHello } from '../../src/messages/client-hello.js'
import { readExtension } from '../../src/messages/extensions/extension.js'
import { preSharedKey } from '../../src/messages/extensions/pre-shared-key.js'
import { type Bytes, concatBytes, toHex } from '../../src/wire/bytes.js'
import { decode } from '../../src/wire/codec.js'
import { within } from '../support/deadline.js'
import { identityOptions } from '../support/pair.js'
import { testProvider } from '../support/provider.js'
import { serverIdentity } from '../support/server-identity.js'
import { readAll } from '../support/streams.js'
import {
  believePeer,
  tracedData,
  tracedGroup,
  tracedMessages,
  tracedRecords,
  tracedTransport,
} from '../support/traced-peer.js'
import { allTraces, type TraceName, traces } from '../vectors/rfc8448-all.js'
import type { Trace, TraceStep } from '../vectors/rfc8448-trace.js'

/** Messages whose form is the sender's own choice: they go out as in the trace, all that follows from them is ours. */
const pinned = vi.hoisted(() => new Map<string, Uint8Array[]>())

vi.mock('../../src/messages/handshake-message.js', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/messages/handshake-message.js')>()
  return {
    ...original,
    encodeMessage: (...parameters: Parameters<typeof original.encodeMessage>) =>
      pinned.get(parameters[0])?.shift() ?? original.encodeMessage(...parameters),
  }
})

/** The traces' keys of RSA have 1024 bits, which the library refuses: another implementation verifies what they sign. */
vi.mock('../../src/handshake/certificate-verification.js', () => ({
  async checkCertificateVerify(
    ...[, signer, { signature }, , { certificates }, transcriptHash]: Parameters<typeof checkCertificateVerify>
  ) {
    const key = new X509Certificate(certificates[0]?.der ?? new Uint8Array()).publicKey
    const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    expect(verify('sha256', signedContent(signer, transcriptHash), pss, signature)).toBe(true)
    return 'rsa_pss_rsae_sha256'
  },
}))

afterEach(() => pinned.clear())

describe.each(allTraces)('RFC 8448 %s, replayed', (name, trace) => {
  it('our client answers the server as in the trace', async () => {
    pin(trace, 'client', ['ClientHello'])
    const transport = tracedTransport(tracedRecords(trace, 'server').map(({ bytes }) => bytes))
    const sent: Bytes[] = []
    const config = await tracedClient(name, trace)
    const earlyData = earlyDataOf(trace)
    const socket = connectTls(transport, config, { onEvent: collect(sent), ...(earlyData && { earlyData }) })
    const info = await within(socket.opened, 'the handshake')
    expect(info).toMatchObject({ resumed: earlyData !== undefined, earlyData: earlyData ? 'accepted' : 'none' })
    await finish(socket, trace, 'client')
    expectMessages(sent, trace, 'client')
    expectRecords(transport.written(), trace, 'client')
  })

  // the cookie of this trace is one that only its own server can read
  if (name === 'section 5, HelloRetryRequest') return
  it('our server answers the client as in the trace', async () => {
    pin(trace, 'server', ['ServerHello', 'EncryptedExtensions', 'CertificateRequest', 'NewSessionTicket'])
    const transport = tracedTransport(tracedRecords(trace, 'client').map(({ bytes }) => bytes))
    const sent: Bytes[] = []
    const socket = acceptTls(transport, await tracedServer(trace), { onEvent: collect(sent) })
    const earlyData = within(readAll(socket.earlyData), 'early data')
    await within(socket.opened, 'the handshake')
    expect(toHex(await earlyData)).toBe(toHex(earlyDataOf(trace) ?? new Uint8Array()))
    await finish(socket, trace, 'server')
    expectMessages(sent, trace, 'server')
    expectRecords(transport.written(), trace, 'server')
  })
})

/** The data of the trace in both directions, and both farewells. */
async function finish(socket: TlsSocket, trace: Trace, actor: TraceStep['actor']): Promise<void> {
  const peer = actor === 'client' ? 'server' : 'client'
  const own = tracedData(trace, actor).slice(actor === 'client' && earlyDataOf(trace) ? 1 : 0)
  const others = tracedData(trace, peer).slice(peer === 'client' && earlyDataOf(trace) ? 1 : 0)
  expect(toHex(await within(readAll(socket.readable), 'the data'))).toBe(toHex(concatBytes(...others)))
  const writer = socket.writable.getWriter()
  for (const data of own) await writer.write(data)
  await within(writer.close(), 'close_notify')
  await within(socket.closed, 'closed')
}

/** Each handshake message, what was pinned included: signatures, chains, binders and verify_data are in them. */
function expectMessages(sent: readonly Bytes[], trace: Trace, actor: TraceStep['actor']): void {
  const expected = tracedMessages(trace, actor)
  expect(sent.map(toHex)).toEqual(expected.map(([, bytes]) => toHex(bytes)))
}

/** Records as they stand in the trace, all of them; where it joins messages in one, and we do not, those behind it. */
function expectRecords(written: Bytes, trace: Trace, actor: TraceStep['actor']): void {
  const records = tracedRecords(trace, actor)
  const joined = records.findLastIndex(({ messages }) => messages > 1)
  const expected = concatBytes(...records.slice(joined + 1).map(({ bytes }) => bytes))
  expect(expected.length).toBeGreaterThan(0)
  expect(toHex(joined === -1 ? written : written.slice(-expected.length))).toBe(toHex(expected))
}

async function tracedClient(name: TraceName, trace: Trace): Promise<TlsClientConfig> {
  const hello = firstHello(trace)
  const provider = withRandom(hello.random, hello.legacySessionId)
  const { ca } = await serverIdentity()
  const config = await TlsClientConfig.create({
    serverName: 'server',
    trustAnchors: ca.pem,
    provider: testProvider,
    recordSizeLimit: 16385,
    certificateCompression: false,
    middleboxCompatibility: name === 'section 7, compatibility mode',
  })
  const psk = resumptionPsk(trace)
  return clientConfigWith(config, {
    provider,
    groups: [x25519, secp256r1].map((group) => tracedGroup(group, trace)),
    keyShareGroups: [tracedGroup(x25519, trace)],
    cipherSuites,
    signatureSchemes,
    certificateSchemes: [],
    verifyServer: believePeer,
    identities: trace.has('client', 'construct a Certificate handshake message')
      ? [tracedIdentity(trace, 'client')]
      : [],
    offerPsks: async () =>
      psk
        ? [
            {
              ...psk,
              kind: 'res binder',
              obfuscatedTicketAge: () => 0,
              session: {
                suite: suiteOf(),
                alpnProtocol: undefined,
                maxEarlyDataSize: 1024,
                authenticatedAt: provider.now(),
                peer: { certificates: [], path: [] },
              },
            },
          ]
        : [],
  })
}

async function tracedServer(trace: Trace): Promise<TlsServerConfig> {
  const config = await TlsServerConfig.create({
    identities: [identityOptions(await serverIdentity())],
    provider: testProvider,
    certificateCompression: false,
  })
  const asksForCertificate = trace.has('server', 'construct a CertificateRequest handshake message')
  const psk = resumptionPsk(trace)
  const makesTickets = trace.has('server', 'construct a NewSessionTicket handshake message')
  return serverConfigWith(config, {
    cipherSuites: [suiteOf()],
    groups: [tracedGroup(x25519, trace)],
    stronglyPreferredGroups: [],
    signatureSchemes,
    selectIdentities: async () => (psk ? [] : [tracedIdentity(trace, 'server')]),
    clientAuth: asksForCertificate ? 'required' : 'none',
    trustsClients: asksForCertificate,
    verifyClient: believePeer,
    tickets: makesTickets
      ? { count: 1, lifetimeSeconds: 30, maxEarlyDataSize: 1024, seal: async () => new Uint8Array(1) }
      : undefined,
    lookUpPsk:
      psk &&
      (async ({ identity }) => {
        expect(toHex(identity)).toBe(toHex(psk.identity))
        const now = testProvider.now()
        const session = { suite: suiteOf(), alpnProtocol: undefined, serverName: 'server', maxEarlyDataSize: 1024 }
        const times = { arrivedAt: now, ageDifference: 0, issuedAt: now, authenticatedAt: now }
        return { ...psk, kind: 'res binder', resumption: { ...session, ...times, judgePeer: async () => undefined } }
      }),
    acceptEarlyData: async () => true,
  })
}

/** The chain of the trace, and its signature in place of one with fresh randomness. */
function tracedIdentity(trace: Trace, actor: TraceStep['actor']): Identity {
  const message = trace.bytes(actor, 'construct a Certificate handshake message', 'Certificate')
  const signed = trace.bytes(actor, 'construct a CertificateVerify handshake message', 'CertificateVerify')
  const chain = decode(certificate, message.slice(4), 'certificate').certificateList.map(
    ({ certificateData }) => certificateData,
  )
  const { algorithm, signature } = decode(certificateVerify, signed.slice(4), 'certificate_verify')
  const [leaf] = chain
  if (!leaf) throw new Error('no certificate')
  return {
    chain,
    leaf: parseCertificate(leaf),
    schemes: signatureSchemes.filter(({ codePoint }) => codePoint === algorithm),
    ocspResponse: undefined,
    signedCertificateTimestamps: [],
    makeSignature: async () => signature,
  }
}

/** In section 4 the ticket of section 3, with its secret. */
function resumptionPsk(trace: Trace) {
  if (earlyDataOf(trace) === undefined) return undefined
  const hello = firstHello(trace)
  const offered = readExtension(hello.extensions, preSharedKey, preSharedKey.clientHello)
  const identity = offered?.identities[0]?.identity
  if (!identity) throw new Error('no PSK')
  const simple = traces['section 3, simple 1-RTT']
  const key = simple.bytes('server', 'generate resumption secret "tls13 resumption"', 'expanded')
  return { identity, key, hash: sha256 }
}

function earlyDataOf(trace: Trace): Bytes | undefined {
  return trace.has('client', 'construct an EndOfEarlyData handshake message')
    ? tracedData(trace, 'client')[0]
    : undefined
}

function firstHello(trace: Trace) {
  const [first] = tracedMessages(trace, 'client')
  if (!first) throw new Error('no ClientHello')
  return decode(clientHello, first[1].slice(4), 'client_hello')
}

function pin(trace: Trace, actor: TraceStep['actor'], names: readonly string[]): void {
  for (const [name, bytes] of tracedMessages(trace, actor)) {
    if (!names.includes(name)) continue
    const key = name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase()
    const message = bytes.slice()
    // the binder is ours to make
    if (name === 'ClientHello' && resumptionPsk(trace)) message.fill(0, message.length - 32)
    pinned.set(key, [...(pinned.get(key) ?? []), message])
  }
}

/** Gives what the trace had in place of the first random values. */
function withRandom(...values: readonly Bytes[]): CryptoProvider {
  const left = values.filter(({ length }) => length > 0)
  return {
    ...testProvider,
    subtle: testProvider.subtle,
    getRandomValues(bytes) {
      const value = left.shift()
      if (value?.length !== bytes.length) return testProvider.getRandomValues(bytes)
      bytes.set(value)
      return bytes
    },
  }
}

const collect =
  (sent: Bytes[]) =>
  (event: TlsEvent): void => {
    if (event.kind === 'message' && event.direction === 'sent') sent.push(Uint8Array.from(event.bytes))
  }

function suiteOf() {
  const suite = cipherSuites.find(({ name }) => name === 'TLS_AES_128_GCM_SHA256')
  if (!suite) throw new Error('no suite')
  return suite
}
