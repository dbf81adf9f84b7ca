import fc from 'fast-check'
import { AlertDescription } from '../../../src/errors/alert-description.js'
import type { MessageName } from '../../../src/messages/handshake-message.js'
import { encodeTicketState } from '../../../src/session/ticket-state.js'
import { creditFrame, endFrame, openFrame, resetFrame } from '../../../src/transports/relay-frames.js'
import { WispCloseReason } from '../../../src/transports/wisp/close-reason.js'
import { closePacket, connectPacket, continuePacket, dataPacket } from '../../../src/transports/wisp/packets.js'
import { type Bytes, concatBytes, fromHex } from '../../../src/wire/bytes.js'
import { type Codec, encode } from '../../../src/wire/codec.js'
import { arbitraryMessages } from '../../../test-unit/support/arbitraries.js'
import { createTestCa, createTestCertificate } from '../../../test-unit/support/certificates.js'
import { createTestCrl } from '../../../test-unit/support/revocation.js'
import { serverIdentity } from '../../../test-unit/support/server-identity.js'
import { allTraces } from '../../../test-unit/vectors/rfc8448-all.js'
import { extensionDefinitions, messageCodecs } from '../codecs.js'
import { messageTree, nodesOf, writeTree } from '../differential/wire-tree.js'

/** What a fuzzer begins with, by target: from our own codecs, from the traces of RFC 8448, from test certificates. */
export async function seedsFor(target: string): Promise<readonly Bytes[]> {
  if (target.startsWith('message-')) return messageSeeds(target.slice('message-'.length) as MessageName)
  return (await otherSeeds[target]?.()) ?? []
}

function messageSeeds(name: MessageName): Bytes[] {
  const codec = messageCodecs[name] as Codec<unknown>
  const made = fc.sample(arbitraryMessages[name] as fc.Arbitrary<unknown>, { seed: 1, numRuns: 20 })
  const traced = tracedMessages().filter((bytes) => messageTree(bytes)?.[1].path === name)
  return [...made.map((body) => encode(codec, body)), ...traced.map((bytes) => bytes.slice(4))]
}

/** Every handshake message of RFC 8448. */
function tracedMessages(): Bytes[] {
  return allTraces.flatMap(([, trace]) =>
    trace.steps
      .filter(({ step }) => step.startsWith('construct '))
      .flatMap(({ fields }) => Object.entries(fields).filter(([name]) => !name.includes('record')))
      .map(([, hex]) => fromHex(hex.replace(/\s/g, '')))
      .filter((bytes) => messageTree(bytes) !== undefined),
  )
}

function tracedRecords(): Bytes[] {
  return allTraces.flatMap(([, trace]) =>
    trace.steps.flatMap(({ fields }) =>
      Object.entries(fields)
        .filter(([name]) => name === 'complete record')
        .map(([, hex]) => fromHex(hex.replace(/\s/g, ''))),
    ),
  )
}

function extensionSeeds(): Bytes[] {
  return tracedMessages().flatMap((bytes) =>
    nodesOf(messageTree(bytes) ?? []).flatMap((node) => {
      if (node.kind !== 'vector') return []
      return node.items.flatMap(([type, data]) => {
        if (type?.kind !== 'number' || data?.kind !== 'vector') return []
        const index = extensionDefinitions.findIndex((each) => each.type === type.value)
        return index < 0 ? [] : [concatBytes(Uint8Array.of(index), writeTree(data.items.flat()))]
      })
    }),
  )
}

const text = (value: string): Bytes => Uint8Array.from(new TextEncoder().encode(value))
const http = (...lines: readonly string[]): Bytes => text(lines.join('\r\n'))

async function certificates(): Promise<Bytes[]> {
  const ca = await createTestCa()
  const leaf = await createTestCertificate({ ca, dnsNames: ['server.test'], ipAddresses: ['192.0.2.1', '2001:db8::1'] })
  return [ca.der, leaf.der]
}

const otherSeeds: Readonly<Record<string, () => Bytes[] | Promise<Bytes[]>>> = {
  extensions: extensionSeeds,
  records: () => [...tracedRecords(), concatBytes(...tracedRecords().slice(0, 4))],
  'handshake-messages': () => [...tracedMessages(), concatBytes(...tracedMessages())],
  alerts: () => Object.values(AlertDescription).map((description) => Uint8Array.of(2, description)),
  'ticket-state': () => [
    encodeTicketState({
      cipherSuite: 0x1301,
      secret: new Uint8Array(32),
      issuedAt: 1_790_000_000_000,
      authenticatedAt: 1_790_000_000_000,
      ticketAgeAdd: 1,
      lifetimeSeconds: 3600,
      maxEarlyDataSize: 0,
      alpnProtocol: text('h2'),
      serverName: text('server.test'),
      peerCertificates: [new Uint8Array(10)],
    }),
  ],
  der: certificates,
  certificate: certificates,
  crl: async () => {
    const ca = await createTestCa()
    return [await createTestCrl(ca, { revoked: [await createTestCertificate({ ca })] })]
  },
  'public-key': async () => {
    const keys = await Promise.all((['ecdsa-p256', 'rsa2048', 'rsa-pss', 'ed25519'] as const).map(serverIdentity))
    return keys.map(({ certificate }) => certificate.key.subjectPublicKeyInfo)
  },
  pem: async () => {
    const { certificate } = await serverIdentity()
    return [text(certificate.pem), text(certificate.pkcs8Pem), text(`notes\n${certificate.chainPem}`)]
  },
  'private-key': async () => {
    const keys = await Promise.all((['rsa2048', 'rsa-pss', 'ecdsa-p256', 'ed25519'] as const).map(serverIdentity))
    return keys.flatMap(({ certificate }, index) => [
      concatBytes(Uint8Array.of(index), certificate.key.pkcs8),
      concatBytes(Uint8Array.of(index), text(certificate.pkcs8Pem)),
    ])
  },
  'trust-anchors': async () => [text((await serverIdentity()).ca.pem), ...(await certificates())],
  'relay-frames': () => [openFrame('id', 65536), creditFrame(1), endFrame(), resetFrame('refused', 'no')],
  'wisp-packets': () => [
    connectPacket(1, 'bücher.test', 443),
    dataPacket(2, text('data')),
    continuePacket(0, 128),
    closePacket(0xffffffff, WispCloseReason.voluntary),
  ],
  'http-requests': () => [
    http('GET / HTTP/1.1', 'Host: a', '', ''),
    http('POST /a?b HTTP/1.1', 'Host: a', 'Content-Length: 3', '', 'abcGET / HTTP/1.1', 'Host: b', '', ''),
    http('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked', '', '3;x=y', 'abc', '0', 'T: v', '', ''),
  ],
  'http-responses': () => [
    http('HTTP/1.1 200 OK', 'Content-Length: 2', '', 'okHTTP/1.1 204 No Content', '', ''),
    http('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', 'a', '0123456789', '0', '', ''),
    http('HTTP/1.1 100 Continue', '', 'HTTP/1.0 200 ', 'Connection: close', '', 'rest'),
  ],
}
