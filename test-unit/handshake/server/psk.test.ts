import { describe, expect, it } from 'vitest'
import type { TlsServerOptions } from '../../../src/connection/server-config.js'
import { sha256, sha384 } from '../../../src/crypto/hash.js'
import { ExtensionType, PskKeyExchangeMode } from '../../../src/messages/code-points.js'
import { makeExtension, readExtension } from '../../../src/messages/extensions/extension.js'
import { preSharedKey } from '../../../src/messages/extensions/pre-shared-key.js'
import { decodeMessage } from '../../../src/messages/handshake-message.js'
import { openAccepted } from '../../support/accepted-connection.js'
import type { ClientBodies, ClientScript, OfferedPsk } from '../../support/client-script.js'
import { extensionOf, withExtensions, withoutExtension } from '../../support/refusal-table.js'
import { required } from '../../support/scripted-server.js'
import { itRefusesClients } from '../../support/server-refusal-table.js'
import { pattern } from '../../support/streams.js'

type Hello = ClientBodies['client_hello']

const key = pattern(32, 5)
const options: Partial<TlsServerOptions> = {
  externalPsks: [
    { identity: 'one', key },
    { identity: 'two', key: pattern(32, 6) },
    { identity: 'three', key: pattern(48, 7), hash: 'SHA-384' },
  ],
}

const offer = (identity: string, changes: Partial<OfferedPsk> = {}): OfferedPsk => ({
  identity: new TextEncoder().encode(identity),
  key,
  hash: sha256,
  kind: 'ext binder',
  obfuscatedTicketAge: 0,
  ...changes,
})
const one = offer('one')
const two = offer('two', { key: pattern(32, 6) })
const three = offer('three', { key: pattern(48, 7), hash: sha384 })
const unknown = offer('nobody')

const aes128: Pick<ClientScript, 'suites'> = { suites: ['TLS_AES_128_GCM_SHA256'] }
const illegal = { code: 'illegal_parameter', alert: 'illegal_parameter' } as const
const malformed = { code: 'decode_error', alert: 'decode_error' } as const
const missing = { code: 'missing_extension', alert: 'missing_extension' } as const
const wrongBinder = {
  code: 'finished_mismatch',
  alert: 'decrypt_error',
  message: /binder of the pre-shared key/,
} as const

const offering = (script: ClientScript) => ({ script: { psks: [one], ...aes128, ...script }, options })
const editing = (change: (body: Hello) => Hello, script: ClientScript = {}) =>
  offering({ ...script, edit: { client_hello: change } })

describe('a second ClientHello (4.2.1)', () => {
  itRefusesClients([
    {
      what: 'without pre_shared_key, where the first had one that fits the suite',
      ...offering({ shares: [], edit: { second_client_hello: withoutExtension(ExtensionType.pre_shared_key) } }),
      ...missing,
      message: /no pre_shared_key any more/,
    },
    {
      what: 'with another identity than the one that was found in the first',
      ...offering({
        shares: [],
        rewrite: { second_client_hello: (bytes) => renamed(bytes, one, two) },
      }),
      ...illegal,
      message: /not the pre-shared key that was found in the first/,
    },
  ])

  it('may have no pre_shared_key any more where the first had none that the server knows', async () => {
    const { client } = await openAccepted(
      {
        psks: [unknown],
        shares: [],
        ...aes128,
        edit: { second_client_hello: withoutExtension(ExtensionType.pre_shared_key) },
      },
      options,
    )
    expect(client.acceptedPsk).toBeUndefined()
  })
})

describe('an offer of pre-shared keys (4.3.11)', () => {
  itRefusesClients([
    {
      //= rfc9846#section-4.3.11 4.3.11-20
      what: 'pre_shared_key that is not the last extension',
      ...editing((body) => ({ ...body, extensions: [...body.extensions, extensionOf(0x7a7a)] })),
      ...illegal,
      message: /pre_shared_key is not the last extension/,
    },
    {
      //= rfc9846#section-4.3.9 4.3.9-3
      what: 'pre_shared_key without psk_key_exchange_modes (4.3.9)',
      ...editing(withoutExtension(ExtensionType.psk_key_exchange_modes)),
      ...missing,
      message: /psk_key_exchange_modes/,
    },
    {
      //= rfc9846#section-4.3.11 4.3.11-10
      what: 'more identities than binders',
      ...offering({
        edit: {
          client_hello: withPskBody({ identities: [one, two].map(identityOf), binders: [new Uint8Array(32)] }),
        },
        psks: [],
      }),
      ...illegal,
      message: /not one binder for each identity/,
    },
    {
      what: 'more binders than identities',
      ...offering({
        edit: {
          client_hello: withPskBody({
            identities: [identityOf(one)],
            binders: [new Uint8Array(32), new Uint8Array(32)],
          }),
        },
        psks: [],
      }),
      ...illegal,
      message: /not one binder for each identity/,
    },
    {
      //= rfc9846#section-4.3.11 4.3.11-9 4.3.11-10
      what: 'a binder with a bit flipped',
      ...offering({ binder: (binder) => binder.map((byte, index) => (index === 0 ? byte ^ 1 : byte)) }),
      ...wrongBinder,
    },
    {
      what: 'a binder of another length',
      ...offering({ binder: (binder) => Uint8Array.from([...binder, 0]) }),
      ...wrongBinder,
    },
    {
      what: 'a binder that is too short to be one',
      ...offering({
        rewrite: {
          client_hello: (bytes) => {
            // identities end 35 bytes before the end; the binder list then has one of 31 bytes
            const cut = Uint8Array.from([...bytes.subarray(0, -35), 0, 32, 31, ...bytes.subarray(-31)])
            return lengthsLessOne(cut)
          },
        },
      }),
      ...malformed,
      message: /pre_shared_key/,
    },
    {
      what: 'a binder of a ticket for an external key',
      ...offering({ psks: [{ ...one, kind: 'res binder' }] }),
      ...wrongBinder,
    },
    {
      what: 'a binder of an imported key for one that is not',
      ...offering({ psks: [{ ...one, kind: 'imp binder' }] }),
      ...wrongBinder,
    },
    //= rfc9846#section-4.3.11 4.3.11-9 4.3.11-10
    { what: 'a binder by another key', ...offering({ psks: [{ ...one, key: pattern(32, 9) }] }), ...wrongBinder },
    {
      what: 'the binder of the second identity in the place of the first',
      ...offering({ psks: [one, two], binder: (_binder, index) => new Uint8Array(32).fill(index) }),
      ...wrongBinder,
    },
    {
      what: 'a binder that was made before the ClientHello was changed',
      ...offering({
        rewrite: { client_hello: (bytes) => bytes.map((byte, index) => (index === 20 ? byte ^ 1 : byte)) },
      }),
      ...wrongBinder,
    },
    {
      what: 'a binder in the second ClientHello that leaves out the first',
      ...offering({ shares: [], binder: secondOnly((binder) => binder.map((byte) => byte ^ 1)) }),
      ...wrongBinder,
    },
    {
      what: 'PSK alone, without groups, from a client that offers psk_dhe_ke only',
      ...editing((body) =>
        withoutExtension(ExtensionType.supported_groups)(withoutExtension(ExtensionType.key_share)(body)),
      ),
      code: 'handshake_failure',
      alert: 'handshake_failure',
      message: /psk_ke is not allowed/,
    },
    {
      //= rfc9846#section-4.3.3 4.3.3-3
      what: 'an unknown key from a client that could do without a certificate only',
      ...editing(withoutExtension(ExtensionType.signature_algorithms), { psks: [unknown] }),
      code: 'missing_extension',
      alert: 'missing_extension',
      message: /signature_algorithms/,
    },
  ])

  //= rfc9846#section-4.3.11 4.3.11-6
  it('is answered with the index of the first that is known', async () => {
    const { client, info } = await openAccepted({ psks: [unknown, two, one], ...aes128 }, options)
    expect(client.acceptedPsk).toBe(two)
    expect(selectedIdentity(client.messages('server_hello'))).toBe(1)
    expect(info).toMatchObject({ resumed: false, peerCertificates: [] })
    expect(client.messages('certificate')).toHaveLength(0)
  })

  //= rfc9846#section-4.3.11 4.3.11-11 4.3.11-12
  it('does not mind a wrong binder of an identity that is not taken', async () => {
    const binder = (honest: Uint8Array<ArrayBuffer>, index: number) => (index === 1 ? honest.map(() => 0) : honest)
    const { client } = await openAccepted({ psks: [one, two], binder, ...aes128 }, options)
    expect(client.acceptedPsk).toBe(one)
  })

  //= rfc9846#section-4.3.11 4.3.11-3 4.3.11-4
  //= rfc9846#section-2.2 2.2-2
  it('passes over a key of another hash than the suite’s', async () => {
    const { client } = await openAccepted({ psks: [three, one], ...aes128 }, options)
    expect(client.acceptedPsk).toBe(one)
    const sha384First = await openAccepted({ psks: [one, three], suites: ['TLS_AES_256_GCM_SHA384'] }, options)
    expect(sha384First.client.acceptedPsk).toBe(three)
  })

  //= rfc9846#section-4.3.11 4.3.11-8 4.3.11-4
  it('has the suite chosen that fits the key (4.3.11)', async () => {
    const { client, info } = await openAccepted({ psks: [three] }, options)
    expect(client.acceptedPsk).toBe(three)
    expect(info.cipherSuite).toBe('TLS_AES_256_GCM_SHA384')
  })

  //= rfc9846#section-4.3.11 4.3.11-6 4.3.11-7
  it('falls back to a certificate when no key is known', async () => {
    const { client, info } = await openAccepted({ psks: [unknown], ...aes128 }, options)
    expect(client.acceptedPsk).toBeUndefined()
    expect(client.messages('certificate')).toHaveLength(1)
    expect(info.group).toBe('x25519')
  })

  //= rfc9846#section-4.2.1 4.2.1-2
  //= rfc9846#section-4.3.9 4.3.9-4
  it('falls back to a certificate when the client does not offer psk_dhe_ke', async () => {
    const { client } = await openAccepted({ psks: [one], pskModes: [PskKeyExchangeMode.psk_ke], ...aes128 }, options)
    expect(client.acceptedPsk).toBeUndefined()
  })

  //= rfc9846#section-4.2.1 4.2.1-2
  //= rfc9846#section-4.3.8 4.3.8-20
  //= rfc9846#section-4.3.9 4.3.9-4 4.3.9-7 4.3.9-8
  it('is taken without a key exchange only where psk_ke was allowed, and then psk_dhe_ke is preferred', async () => {
    const lenient = { ...options, allowPskKe: true }
    const alone = await openAccepted({ psks: [one], pskModes: [PskKeyExchangeMode.psk_ke], ...aes128 }, lenient)
    expect(alone.info.group).toBeUndefined()
    expect(alone.client.acceptedPsk).toBe(one)
    const both = await openAccepted({ psks: [one], pskModes: [0, 1], ...aes128 }, lenient)
    expect(both.info.group).toBe('x25519')
  })

  it('may do without groups under psk_ke (9.2)', async () => {
    const { info } = await openAccepted(
      {
        psks: [one],
        pskModes: [PskKeyExchangeMode.psk_ke],
        edit: {
          client_hello: (body) =>
            withoutExtension(ExtensionType.supported_groups)(withoutExtension(ExtensionType.key_share)(body)),
        },
        ...aes128,
      },
      { ...options, allowPskKe: true },
    )
    expect(info.group).toBeUndefined()
  })

  it('is ignored as to modes that nobody knows (RFC 8701)', async () => {
    const { client } = await openAccepted({ psks: [one], pskModes: [0x0b, 1], ...aes128 }, options)
    expect(client.acceptedPsk).toBe(one)
  })

  it('holds through a HelloRetryRequest, with new binders', async () => {
    const { client, info } = await openAccepted({ psks: [one], shares: [], ...aes128 }, options)
    expect(client.acceptedPsk).toBe(one)
    expect(info.helloRetried).toBe(true)
  })

  it('is looked through for sixteen identities and no more', async () => {
    const many = (count: number) => [...Array.from({ length: count }, (_, index) => offer(`n${index}`)), one]
    expect((await openAccepted({ psks: many(15), ...aes128 }, options)).client.acceptedPsk).toBe(one)
    expect((await openAccepted({ psks: many(16), ...aes128 }, options)).client.acceptedPsk).toBeUndefined()
  })
})

function identityOf({ identity, obfuscatedTicketAge }: OfferedPsk) {
  return { identity, obfuscatedTicketAge }
}

function withPskBody(body: Parameters<typeof preSharedKey.clientHello.write>[1]): (hello: Hello) => Hello {
  return withExtensions(makeExtension(preSharedKey, preSharedKey.clientHello, body))
}

function selectedIdentity(serverHellos: readonly Uint8Array<ArrayBuffer>[]): number | undefined {
  const { extensions } = decodeMessage('server_hello', required(serverHellos.at(-1))).body
  return readExtension(extensions, preSharedKey, preSharedKey.serverHello)
}

/** The same message with another identity, of the same length. */
function renamed(message: Uint8Array<ArrayBuffer>, from: OfferedPsk, to: OfferedPsk): Uint8Array<ArrayBuffer> {
  const at = Buffer.from(message).lastIndexOf(from.identity)
  const copy = message.slice()
  copy.set(to.identity, at)
  return copy
}

/** Changes the binder of the second ClientHello, not that of the first. */
function secondOnly(change: NonNullable<ClientScript['binder']>): NonNullable<ClientScript['binder']> {
  let hellos = 0
  return (binder, index) => (++hellos === 2 ? change(binder, index) : binder)
}

/** The lengths of message, extension block and last extension, each set one lower. */
function lengthsLessOne(message: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = message.slice()
  const lower = (offset: number) => {
    const value = ((bytes[offset] ?? 0) << 8) + (bytes[offset + 1] ?? 0) - 1
    bytes.set([value >> 8, value & 0xff], offset)
  }
  const blockOffset = 4 + 2 + 32 + 33 + 4 + 2
  // identities: 2 + (2 + 3 + 4); binders: 2 + 32, behind the extension's own length
  const extensionOffset = bytes.length - (2 + 9 + 2 + 32) - 2
  for (const offset of [2, blockOffset, extensionOffset]) lower(offset)
  return bytes
}
