import { describe, expect, it } from 'vitest'
import { TlsClientConfig, type TlsClientOptions } from '../../src/connection/client-config.js'
import { connectTls } from '../../src/connection/connect-tls.js'
import { TlsServerConfig, type TlsServerOptions } from '../../src/connection/server-config.js'
import { TlsError } from '../../src/errors/tls-error.js'
import { importPsk } from '../../src/session/external-psk.js'
import { TicketKeys } from '../../src/session/ticket-keys.js'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'
import { createTestCa, createTestCertificate } from '../support/certificates.js'
import { join } from '../support/pair.js'
import { testProvider } from '../support/provider.js'

const ca = await createTestCa()
const certificate = await createTestCertificate({ ca, dnsNames: ['localhost'] })
const identity = { certificateChain: certificate.chainPem, privateKey: certificate.pkcs8Pem }

const client: TlsClientOptions = { serverName: 'localhost', trustAnchors: ca.pem, provider: testProvider }
const server: TlsServerOptions = {
  identities: [identity],
  clientTrustAnchors: ca.pem,
  ticketKeys: TicketKeys.generated({ provider: testProvider }),
  provider: testProvider,
}

/** What programs without types hand in by mistake. */
const mistakes: readonly (readonly [string, unknown])[] = [
  ['a number', 5],
  ['zero', 0],
  ['NaN', Number.NaN],
  ['a text', 'default_tls13'],
  ['an empty text', ''],
  ['true', true],
  ['null', null],
  ['an empty object', {}],
  ['an object', { id: 'x', key: 'correct horse battery staple' }],
  ['an empty list', []],
  ['a list of nothing', [undefined]],
  ['a list of numbers', [5]],
  ['a list of texts', ['h2', '']],
  ['a list of objects', [{}]],
  ['a list of keys that are texts', [{ identity: 'x', key: 'correct horse battery staple' }]],
  ['a list of keys with another hash', [{ identity: 'x', key: new Uint8Array(32), hash: 'sha384' }]],
  ['a list of identities', [{ certificateChain: certificate.chainPem }]],
  ['bytes', new Uint8Array(40)],
  ['a date', new Date(0)],
  ['the crypto of the platform', crypto],
]

/** What of it is right, or says nothing. */
const right: Readonly<Record<string, readonly string[]>> = {
  serverName: ['a text'],
  alpnProtocols: ['an empty list'],
  certificateCompression: ['true', 'an empty list'],
  certificateValidation: ['an empty object', 'a date', 'the crypto of the platform'],
  externalPsks: ['an empty list'],
  identity: ['an empty list'],
  clientTrustAnchors: ['an empty list'],
  maxEarlyData: ['a number', 'zero'],
  ...Object.fromEntries(
    [
      ...['allowPskKe', 'grease', 'halfRttData', 'middleboxCompatibility', 'postHandshakeAuth'],
      ...['requestOcspStapling', 'requestSignedCertificateTimestamps'],
    ].map((name) => [name, ['true']]),
  ),
  ...Object.fromEntries(
    [
      ...['handshakeTimeoutMilliseconds', 'maxCertificateLength', 'recordLimit', 'ticketCount'],
      'ticketLifetimeSeconds',
    ].map((name) => [name, ['a number']]),
  ),
}

/** The names of all options, as the refusal of an unknown one says them. */
async function namesOf(create: (options: never) => Promise<unknown>): Promise<readonly string[]> {
  const error: unknown = await create({ 'no such option': 1 } as never).catch((thrown: unknown) => thrown)
  return String(error)
    .replace(/^.*known are /, '')
    .split(', ')
}

const createClient = (options: TlsClientOptions) => TlsClientConfig.create(options)
const createServer = (options: TlsServerOptions) => TlsServerConfig.create(options)
const clientNames = await namesOf(createClient)
const serverNames = await namesOf(createServer)

it('the options are all there', () => {
  expect(clientNames).toHaveLength(29)
  expect(serverNames).toHaveLength(32)
})

describe.each([
  ...clientNames.map((name) => ['client', name] as const),
  ...serverNames.map((name) => ['server', name] as const),
])('the option of a %s %s', (role, name) => {
  it.each(mistakes)('is refused by a TlsError when it is %s, unless that is right', async (what, value) => {
    const given = { ...(role === 'client' ? client : server), [name]: value }
    const outcome = await (role === 'client' ? createClient(given as never) : createServer(given as never)).then(
      () => 'taken',
      (thrown: unknown) => thrown,
    )
    if (right[name]?.includes(what)) return expect(outcome).toBe('taken')
    expect(outcome).toBeInstanceOf(TlsError)
    expect(outcome).toMatchObject({ code: 'invalid_argument' })
    // it may be a secret
    expect(String(outcome)).not.toContain('correct horse')
  })
})

it.each([
  ['nothing', undefined],
  ['null', null],
  ['a text', 'x'],
])('%s are no options', async (_what, value) => {
  await expect(createClient(value as never)).rejects.toMatchObject({ code: 'invalid_argument' })
  await expect(createServer(value as never)).rejects.toMatchObject({ code: 'invalid_argument' })
})

describe('a text where bytes must be, of which JavaScript would make zeros', () => {
  const text = 'correct horse battery staples' as unknown as Uint8Array
  const refusal = { code: 'invalid_argument' }

  it('is no key of a PSK', async () => {
    await expect(importPsk({ identity: 'x', key: text }, {}, testProvider)).rejects.toMatchObject(refusal)
    const pair = join({ ...client, externalPsks: [{ identity: 'x', key: text }] }, server)
    await expect(pair.client.opened).rejects.toMatchObject({ ...refusal, message: /bytes, not a text/ })
    await pair.server.opened.catch(() => undefined)
  })

  it('is no context of an import', async () => {
    const psk = { identity: 'x', key: new Uint8Array(32) }
    await expect(importPsk(psk, { context: text }, testProvider)).rejects.toMatchObject(refusal)
    for (const hash of ['sha384', 'toString'] as string[]) {
      await expect(importPsk(psk, { hash: hash as 'SHA-384' }, testProvider)).rejects.toMatchObject(refusal)
    }
  })

  it('is neither name nor key of tickets', async () => {
    const name = '0123456789abcdef' as unknown as Uint8Array
    const key = '0123456789abcdef0123456789abcdef' as unknown as Uint8Array
    const keys = TicketKeys.generated({ provider: testProvider })
    await expect(keys.add({ name, key: new Uint8Array(32) })).rejects.toMatchObject(refusal)
    await expect(keys.add({ name: new Uint8Array(16), key })).rejects.toMatchObject(refusal)
    expect(keys.isShared).toBe(false)
  })

  it('is no early data, and no context of an exporter', async () => {
    const [near] = memoryDuplexPair()
    const socket = connectTls(near, client, { earlyData: text })
    await expect(socket.opened).rejects.toMatchObject(refusal)
    const pair = join(client, server)
    await Promise.all([pair.client.opened, pair.server.opened])
    await expect(pair.client.exportKeyingMaterial('EXPORTER-test', text, 32)).rejects.toMatchObject(refusal)
    await Promise.all([pair.client.close(), pair.server.close()])
  })
})
