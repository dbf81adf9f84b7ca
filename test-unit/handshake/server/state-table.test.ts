import { describe, expect, it } from 'vitest'
import { TlsServerConfig } from '../../../src/connection/server-config.js'
import { ContentType, HandshakeType } from '../../../src/messages/code-points.js'
import type { Bytes } from '../../../src/wire/bytes.js'
import { acceptScriptedWith, expectServerRefusal, serverOptions, whenOpen } from '../../support/accepted-connection.js'
import { clientIdentity } from '../../support/client-identity.js'
import type { ClientScript, ClientStep } from '../../support/client-script.js'
import { resumableServer, sessionSuite } from '../../support/early-data.js'
import type { ScriptedClient } from '../../support/scripted-client.js'
import { failureOf, type Refusal } from '../../support/scripted-connection.js'

/** A state of RFC 9846 appendix A.2: how to come there, and what may come in it. */
interface State {
  readonly name: string
  readonly title?: string
  /** The server is in this state when the client is about to send this; `undefined`: after the handshake. */
  readonly before: ClientStep | undefined
  readonly script?: ClientScript
  readonly asksForCertificate?: boolean
  readonly takesEarlyData?: boolean
  readonly expects: readonly (keyof typeof HandshakeType)[]
  readonly isProtected: boolean
  /** The client may have failed on the ServerHello, before it has keys. */
  readonly takesPlainAlert: boolean
}

const plain = { isProtected: false, takesPlainAlert: true } as const
const certificate = { asksForCertificate: true, isProtected: true } as const

const states: readonly State[] = [
  { name: 'START', before: 'client_hello', expects: ['client_hello'], ...plain },
  {
    name: 'START',
    title: 'START after a HelloRetryRequest',
    before: 'second_client_hello',
    script: { shares: [] },
    expects: ['client_hello'],
    ...plain,
  },
  {
    name: 'WAIT_EOED',
    before: 'end_of_early_data',
    takesEarlyData: true,
    expects: ['end_of_early_data'],
    isProtected: true,
    takesPlainAlert: false,
  },
  {
    name: 'WAIT_FINISHED',
    title: 'WAIT_FINISHED after EndOfEarlyData',
    before: 'finished',
    takesEarlyData: true,
    expects: ['finished'],
    isProtected: true,
    takesPlainAlert: false,
  },
  { name: 'WAIT_CERT', before: 'certificate', expects: ['certificate'], ...certificate, takesPlainAlert: true },
  {
    name: 'WAIT_CV',
    before: 'certificate_verify',
    expects: ['certificate_verify'],
    ...certificate,
    takesPlainAlert: false,
  },
  {
    name: 'WAIT_FINISHED',
    title: 'WAIT_FINISHED after CertificateVerify',
    before: 'finished',
    expects: ['finished'],
    ...certificate,
    takesPlainAlert: false,
  },
  { name: 'WAIT_FINISHED', before: 'finished', expects: ['finished'], isProtected: true, takesPlainAlert: true },
  { name: 'CONNECTED', before: undefined, expects: ['key_update'], isProtected: true, takesPlainAlert: false },
]

/** Beside those of TLS 1.3: hello_request, hello_verify_request, client_key_exchange, ... of its predecessors. */
const oldTypes = [0, 3, 6, 12, 14, 16, 21, 22, 67, 99, 255]
const allTypes = [
  ...Object.entries(HandshakeType),
  ...oldTypes.map((type) => [`type ${type}`, type] as const),
] as readonly (readonly [string, number])[]

/** Brings a server into a state, does something there, and shows how the server takes it. */
async function inState(state: State, act: (client: ScriptedClient) => Promise<void>) {
  const { before } = state
  const script: ClientScript = { ...state.script, ...(before && { before: { [before]: act } }) }
  const connection = await connectionFor(state, script)
  if (before === undefined) {
    await whenOpen(connection)
    await act(connection.client)
  }
  return connection
}

async function connectionFor(state: State, script: ClientScript) {
  servers ??= makeServers()
  const { plainConfig, askingConfig, identity, resumable } = await servers
  if (state.takesEarlyData) {
    const psks = [await resumable.ticket()]
    return acceptScriptedWith(resumable.config, { ...sessionSuite, ...script, psks, earlyData: [] })
  }
  if (!state.asksForCertificate) return acceptScriptedWith(plainConfig, script)
  return acceptScriptedWith(askingConfig, { ...script, identity })
}

/** Made once for all tests. */
let servers: ReturnType<typeof makeServers> | undefined

async function makeServers() {
  const identity = await clientIdentity()
  const [plainConfig, askingConfig, resumable] = await Promise.all([
    serverOptions().then((options) => TlsServerConfig.create(options)),
    serverOptions({ clientAuth: 'required', clientTrustAnchors: identity.ca.pem }).then((options) =>
      TlsServerConfig.create(options),
    ),
    resumableServer(),
  ])
  return { plainConfig, askingConfig, identity, resumable }
}

async function expectRefusalIn(state: State, act: (client: ScriptedClient) => Promise<void>, refusal: Refusal) {
  await expectServerRefusal(await inState(state, act), refusal)
}

const unexpected = (message: RegExp): Refusal => ({
  code: 'unexpected_message',
  alert: 'unexpected_message',
  message,
})

const message = (type: number): Bytes => Uint8Array.from([type, 0, 0, 1, 0])

describe.each(states.map((state) => [state.title ?? state.name, state] as const))(
  'in the state %s',
  (_title, state) => {
    const foreign = allTypes.filter(([name]) => !state.expects.includes(name as keyof typeof HandshakeType))
    const wording = state.before === undefined ? /after the handshake/ : new RegExp(`in state ${state.name},`)

    //= rfc9846#section-4 4-2
    //= rfc9846#section-4.2.2 4.2.2-3
    //= rfc9846#section-4.7.3 4.7.3-1
    it.each(foreign)('%s is unexpected_message', async (_name, type) => {
      const exists = type !== HandshakeType.message_hash && !oldTypes.includes(type)
      await expectRefusalIn(
        state,
        (client) => client.sendMessage(message(type)),
        unexpected(exists ? wording : /does not exist in TLS 1\.3/),
      )
    })

    if (state.before !== undefined && state.name !== 'WAIT_EOED')
      it('application data is unexpected_message', async () => {
        await expectRefusalIn(
          state,
          (client) => client.sendData(Uint8Array.of(1)),
          unexpected(
            state.isProtected ? new RegExp(`application data in state ${state.name}`) : /before protection has begun/,
          ),
        )
      })

    //= rfc9846#section-5 5-2
    it('a protected change_cipher_spec, or one with another body, is unexpected_message (5)', async () => {
      await expectRefusalIn(
        state,
        (client) => client.records.send(ContentType.change_cipher_spec, Uint8Array.of(1, 1)),
        unexpected(/change_cipher_spec/),
      )
    })

    if (state.before === 'client_hello')
      //= rfc9846#section-5 5-3
      it('a change_cipher_spec is unexpected_message: the first ClientHello has not come (5)', async () => {
        await expectRefusalIn(
          state,
          (client) => client.sendChangeCipherSpec(),
          unexpected(/change_cipher_spec record that may not stand here/),
        )
      })
    else if (state.before !== undefined)
      //= rfc9846#section-5 5-1
      it('a plain change_cipher_spec of 0x01 is dropped (5)', async () => {
        const { socket } = await inState(state, (client) => client.sendChangeCipherSpec())
        await expect(socket.opened).resolves.toMatchObject({ protocol: 'TLSv1.3' })
      })

    //= rfc9846#section-5 5-2
    it('a plain change_cipher_spec of 0x02 is unexpected_message (5)', async () => {
      await expectRefusalIn(
        state,
        (client) => client.sendChangeCipherSpec(Uint8Array.of(2)),
        unexpected(/change_cipher_spec record that may not stand here/),
      )
    })

    if (state.before === undefined)
      //= rfc9846#section-5 5-3
      it('a plain change_cipher_spec of 0x01 is unexpected_message (5)', async () => {
        await expectRefusalIn(
          state,
          (client) => client.sendChangeCipherSpec(),
          unexpected(/change_cipher_spec record that may not stand here/),
        )
      })

    it('a fatal alert ends the connection with that alert', async () => {
      const { socket } = await inState(state, (client) => client.sendAlert('fatal', 'bad_certificate'))
      expect(await failureOf(socket)).toMatchObject({ code: 'peer_alert', alert: 'bad_certificate' })
    })

    //= rfc9846#section-6 6-7
    it('an alert other than closure is fatal at level warning, too (6)', async () => {
      const { socket } = await inState(state, (client) => client.sendAlert('warning', 'unrecognized_name'))
      expect(await failureOf(socket)).toMatchObject({ code: 'peer_alert', alert: 'unrecognized_name' })
    })

    //= rfc9846#section-5.1 5.1-10
    it('an alert of two records in one is decode_error (5.1)', async () => {
      await expectRefusalIn(state, (client) => client.records.send(ContentType.alert, Uint8Array.of(1, 0, 1, 0)), {
        code: 'decode_error',
        alert: 'decode_error',
        message: /alert/,
      })
    })

    //= rfc9846#section-5.4 5.4-4
    it('an alert or a handshake record without content is unexpected_message (5.1, 5.4)', async () => {
      for (const type of [ContentType.alert, ContentType.handshake]) {
        await expectRefusalIn(
          state,
          (client) => client.records.send(type, new Uint8Array(), { padding: 7 }),
          unexpected(/an empty record of type (alert|handshake)/),
        )
      }
    })

    if (state.isProtected)
      it(`a plain alert is ${state.takesPlainAlert ? 'taken' : 'unexpected_message'}`, async () => {
        const connection = await inState(state, (client) =>
          client.records.send(ContentType.alert, Uint8Array.of(2, 47), { keys: null }),
        )
        if (!state.takesPlainAlert)
          return await expectServerRefusal(
            connection,
            unexpected(/an unprotected record of type alert after protection has begun/),
          )
        expect(await failureOf(connection.socket)).toMatchObject({ code: 'peer_alert', alert: 'illegal_parameter' })
      })

    if (state.isProtected)
      it('a plain handshake record is unexpected_message', async () => {
        await expectRefusalIn(
          state,
          (client) => client.records.send(ContentType.handshake, message(HandshakeType.finished), { keys: null }),
          unexpected(/an unprotected record of type handshake after protection has begun/),
        )
      })

    if (state.isProtected)
      //= rfc9846#section-5.2 5.2-3
      it('a record that does not open is bad_record_mac (5.2)', async () => {
        await expectRefusalIn(
          state,
          (client) => client.records.send(ContentType.application_data, new Uint8Array(40), { keys: null }),
          { code: 'bad_record_mac', alert: 'bad_record_mac', message: /could not be decrypted/ },
        )
      })

    if (state.isProtected)
      //= rfc9846#section-5.4 5.4-6 5.4-5
      it('a record of padding alone is unexpected_message (5.4)', async () => {
        await expectRefusalIn(
          state,
          (client) => client.records.send(0, new Uint8Array(), { padding: 3 }),
          unexpected(/a record of padding alone/),
        )
      })

    //= rfc9846#section-5.2 5.2-2 5.2-5
    it('a record whose header announces too much is record_overflow (5.1, 5.2)', async () => {
      await expectRefusalIn(state, (client) => client.records.write(Uint8Array.of(23, 3, 3, 0x41, 1)), {
        code: 'record_overflow',
        alert: 'record_overflow',
        message: /a record of 16641 bytes/,
      })
    })

    //= rfc9846#section-E.5 E.5-6 E.5-7
    it('a CLIENT-HELLO in the form of SSL 2.0 is unexpected_message (appendix E.5)', async () => {
      const hello = [0x80, 0x1c, 1, 3, 4, 0, 3, 0, 0, 0, 16, 0, 0x13, 1, ...new Array(16).fill(7)]
      await expectRefusalIn(state, (client) => client.records.write(Uint8Array.from(hello)), {
        ...unexpected(/a record of type 128/),
      })
    })

    //= rfc9846#section-5 5-5
    it('a record of an unknown type is unexpected_message (5)', async () => {
      await expectRefusalIn(state, (client) => client.records.write(Uint8Array.of(24, 3, 3, 0, 1)), {
        ...unexpected(/a record of type 24/),
      })
    })

    if (state.before !== undefined)
      it('close_notify ends the connection with "closed"', async () => {
        const { socket } = await inState(state, (client) => client.sendCloseNotify())
        expect(await failureOf(socket)).toMatchObject({ code: 'closed', alert: undefined })
      })

    it('a flood of warnings is unexpected_message', async () => {
      await expectRefusalIn(
        state,
        async (client) => {
          for (let count = 0; count < 5; count++) await client.sendAlert('warning', 'user_canceled')
        },
        { code: 'too_many_messages', alert: 'unexpected_message', message: /too many warning alerts/ },
      )
    })

    it('the end of the transport is truncation', async () => {
      const { socket } = await inState(state, (client) => client.records.end())
      expect(await failureOf(socket)).toMatchObject({ code: 'truncated', alert: undefined })
    })

    it('a message whose header announces too much is refused before its body comes', async () => {
      const [name = 'finished'] = state.expects
      await expectRefusalIn(
        state,
        (client) => client.sendMessage(Uint8Array.of(HandshakeType[name], 0xff, 0xff, 0xff)),
        { code: 'message_too_large', alert: 'illegal_parameter', message: /announces 16777215 bytes/ },
      )
    })

    if (state.before !== undefined)
      it('a message that may not come is unexpected_message, whatever length it announces', async () => {
        await expectRefusalIn(
          state,
          (client) => client.sendMessage(Uint8Array.of(HandshakeType.key_update, 0xff, 0xff, 0xff)),
          unexpected(/key_update in state/),
        )
      })

    //= rfc9846#section-5.1 5.1-3
    it('a record of another type within a message is unexpected_message (5.1)', async () => {
      await expectRefusalIn(
        state,
        async (client) => {
          await client.sendMessage(Uint8Array.of(HandshakeType.certificate, 0, 0))
          await client.sendAlert('warning', 'close_notify')
        },
        unexpected(/within a handshake message/),
      )
    })
  },
)
