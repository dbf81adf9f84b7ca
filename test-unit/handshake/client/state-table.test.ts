import { describe, expect, it } from 'vitest'
import { ContentType, HandshakeType } from '../../../src/messages/code-points.js'
import type { Bytes } from '../../../src/wire/bytes.js'
import type { HandshakeScript, ServerStep } from '../../support/handshake-script.js'
import { connectScripted, expectRefusal, failureOf, type Refusal } from '../../support/scripted-connection.js'
import type { ScriptedServer } from '../../support/scripted-server.js'

/** A state of RFC 9846 appendix A.1: how to come there, and what may come in it. */
interface State {
  readonly name: string
  /** The client is in this state when the server is about to send this; `undefined`: after the handshake. */
  readonly before: ServerStep | undefined
  readonly script?: HandshakeScript
  readonly expects: readonly (keyof typeof HandshakeType)[]
  readonly isProtected: boolean
}

const retry: HandshakeScript = { retry: { group: 'secp384r1' } }
const request: HandshakeScript = { requestCertificate: true }

const states: readonly State[] = [
  { name: 'WAIT_SH', before: 'server_hello', expects: ['server_hello'], isProtected: false },
  { name: 'WAIT_SH', before: 'server_hello', script: retry, expects: ['server_hello'], isProtected: false },
  { name: 'WAIT_EE', before: 'encrypted_extensions', expects: ['encrypted_extensions'], isProtected: true },
  {
    name: 'WAIT_CERT_CR',
    before: 'certificate',
    expects: ['certificate', 'certificate_request'],
    isProtected: true,
  },
  { name: 'WAIT_CERT', before: 'certificate', script: request, expects: ['certificate'], isProtected: true },
  { name: 'WAIT_CV', before: 'certificate_verify', expects: ['certificate_verify'], isProtected: true },
  { name: 'WAIT_FINISHED', before: 'finished', expects: ['finished'], isProtected: true },
  { name: 'CONNECTED', before: undefined, expects: ['new_session_ticket', 'key_update'], isProtected: true },
]

/** Beside those of TLS 1.3: hello_request, hello_verify_request, server_key_exchange, ... of its predecessors. */
const oldTypes = [0, 3, 6, 12, 14, 16, 21, 22, 67, 99, 255]
const allTypes = [
  ...Object.entries(HandshakeType),
  ...oldTypes.map((type) => [`type ${type}`, type] as const),
] as readonly (readonly [string, number])[]

/** Brings a client into a state, does something there, and shows how the client takes it. */
async function inState(state: State, act: (server: ScriptedServer) => Promise<void>) {
  const { before, script } = state
  const connection = await connectScripted({ ...script, ...(before && { before: { [before]: act } }) })
  const { socket, server, handshaken } = connection
  if (before === undefined) {
    await Promise.all([socket.opened, handshaken.then(() => server.finish())])
    await act(server)
  }
  return connection
}

async function expectRefusalIn(state: State, act: (server: ScriptedServer) => Promise<void>, refusal: Refusal) {
  const { socket, server } = await inState(state, act)
  await expectRefusal(socket, server, refusal)
}

const unexpected = (message: RegExp): Refusal => ({
  code: 'unexpected_message',
  alert: 'unexpected_message',
  message,
})

const message = (type: number): Bytes => Uint8Array.from([type, 0, 0, 1, 0])

const titled = states.map(
  (state) => [`${state.name}${state.script === retry ? ' after a HelloRetryRequest' : ''}`, state] as const,
)

describe.each(titled)('in the state %s', (_title, state) => {
  const foreign = allTypes.filter(([name]) => !state.expects.includes(name as keyof typeof HandshakeType))
  const wording = state.before === undefined ? 'after the handshake' : `in state ${state.name}`

  //= rfc9846#section-4 4-2
  //= rfc9846#section-4.6 4.6-4
  //= rfc9846#section-4.7.3 4.7.3-1
  it.each(foreign)('%s is unexpected_message', async (_name, type) => {
    const exists = type !== HandshakeType.message_hash && !oldTypes.includes(type)
    await expectRefusalIn(
      state,
      (server) => server.sendMessage(message(type)),
      unexpected(exists ? new RegExp(wording) : /does not exist in TLS 1\.3/),
    )
  })

  if (state.before !== undefined)
    it('application data is unexpected_message', async () => {
      await expectRefusalIn(
        state,
        (server) => server.sendData(Uint8Array.of(1)),
        unexpected(state.isProtected ? new RegExp(`application data in state ${state.name}`) : /before protection/),
      )
    })

  //= rfc9846#section-5 5-2
  it('a protected change_cipher_spec, or one with another body, is unexpected_message', async () => {
    await expectRefusalIn(
      state,
      (server) => server.records.send(ContentType.change_cipher_spec, Uint8Array.of(1, 1)),
      unexpected(/change_cipher_spec/),
    )
  })

  if (state.before !== undefined)
    //= rfc9846#section-5 5-1
    it('a plain change_cipher_spec of 0x01 is dropped', async () => {
      const { socket } = await inState(state, (server) => server.sendChangeCipherSpec())
      await expect(socket.opened).resolves.toMatchObject({ protocol: 'TLSv1.3' })
    })

  if (state.before === undefined)
    //= rfc9846#section-5 5-3
    it('a plain change_cipher_spec of 0x01 is unexpected_message', async () => {
      await expectRefusalIn(
        state,
        (server) => server.sendChangeCipherSpec(),
        unexpected(/change_cipher_spec record that may not stand here/),
      )
    })

  //= rfc9846#section-6 6-2 6-3
  //= rfc9846#section-6.2 6.2-1
  it('a fatal alert ends the connection with that alert', async () => {
    const { socket } = await inState(state, (server) => server.sendAlert('fatal', 'handshake_failure'))
    expect(await failureOf(socket)).toMatchObject({ code: 'peer_alert', alert: 'handshake_failure' })
  })

  //= rfc9846#section-6 6-7
  it('an alert other than closure is fatal at level warning, too (6)', async () => {
    const { socket } = await inState(state, (server) => server.sendAlert('warning', 'unrecognized_name'))
    expect(await failureOf(socket)).toMatchObject({ code: 'peer_alert', alert: 'unrecognized_name' })
  })

  //= rfc9846#section-6 6-8
  it('an alert that nobody knows is fatal (6)', async () => {
    const { socket } = await inState(state, (server) => server.records.send(ContentType.alert, Uint8Array.of(1, 222)))
    expect(await failureOf(socket)).toMatchObject({ code: 'peer_alert', alert: 'alert_222' })
  })

  it.each([
    ['of one byte', [2]],
    ['with bytes behind it', [2, 40, 0]],
    ['joined to a second one', [1, 0, 1, 0]],
    //= rfc9846#section-5.1 5.1-10
  ])('an alert %s is decode_error (5.1)', async (_what, bytes) => {
    await expectRefusalIn(state, (server) => server.records.send(ContentType.alert, Uint8Array.from(bytes)), {
      code: 'decode_error',
      alert: 'decode_error',
      message: /alert/,
    })
  })

  if (state.isProtected)
    //= rfc9846#section-5.4 5.4-4
    it('a protected alert without content is unexpected_message (5.4)', async () => {
      await expectRefusalIn(
        state,
        (server) => server.records.send(ContentType.alert, new Uint8Array(), { padding: 7 }),
        unexpected(/empty record of type alert/),
      )
    })

  //= rfc9846#section-5.4 5.4-4
  it('a record of type handshake without content is unexpected_message (5.1)', async () => {
    await expectRefusalIn(
      state,
      (server) => server.records.send(ContentType.handshake, new Uint8Array(), { padding: 7 }),
      unexpected(/an empty record of type handshake/),
    )
  })

  if (state.before !== undefined)
    it('close_notify ends the connection with "closed"', async () => {
      const { socket } = await inState(state, (server) => server.sendCloseNotify())
      expect(await failureOf(socket)).toMatchObject({ code: 'closed', alert: undefined })
    })

  //= rfc9846#section-6.1 6.1-4
  it.each(['warning', 'fatal'] as const)(
    'user_canceled of level %s is ignored up to close_notify (6.1)',
    async (level) => {
      const { socket } = await inState(state, async (server) => {
        await server.sendAlert(level, 'user_canceled')
        await server.sendCloseNotify()
      })
      if (state.before === undefined) expect((await socket.readable.getReader().read()).done).toBe(true)
      else expect(await failureOf(socket)).toMatchObject({ code: 'closed' })
    },
  )

  it('a flood of warnings is unexpected_message', async () => {
    await expectRefusalIn(
      state,
      async (server) => {
        for (let count = 0; count < 5; count++) await server.sendAlert('warning', 'user_canceled')
      },
      { code: 'too_many_messages', alert: 'unexpected_message', message: /too many warning alerts/ },
    )
  })

  it('the end of the transport is truncation', async () => {
    const { socket } = await inState(state, (server) => server.records.end())
    const error = await failureOf(socket)
    expect(error).toMatchObject({ code: 'truncated', alert: undefined })
    // only a server that has said nothing may speak something else
    const isUnanswered = state.name === 'WAIT_SH' && state.script === undefined
    expect(error.message.includes('may not speak TLS on this port')).toBe(isUnanswered)
  })

  if (state.isProtected)
    it('a plain record of type handshake is unexpected_message', async () => {
      await expectRefusalIn(
        state,
        (server) => server.records.send(ContentType.handshake, message(HandshakeType.finished), { keys: null }),
        unexpected(/an unprotected record of type handshake after protection has begun/),
      )
    })

  if (state.isProtected)
    it('a plain alert is unexpected_message', async () => {
      await expectRefusalIn(
        state,
        (server) => server.records.send(ContentType.alert, Uint8Array.of(2, 40), { keys: null }),
        unexpected(/an unprotected record of type alert after protection has begun/),
      )
    })

  //= rfc9846#section-A.1 A.1-1
  it('a message whose header announces too much is refused before its body comes', async () => {
    const [name] = state.expects
    await expectRefusalIn(
      state,
      (server) => server.sendMessage(Uint8Array.of(name ? HandshakeType[name] : 0, 0xff, 0xff, 0xff)),
      {
        code: 'message_too_large',
        alert: 'illegal_parameter',
        message: new RegExp(`${name} announces 16777215 bytes`),
      },
    )
  })

  //= rfc9846#section-5.1 5.1-3
  it('a record of another type within a message is unexpected_message (5.1)', async () => {
    await expectRefusalIn(
      state,
      async (server) => {
        await server.sendMessage(Uint8Array.of(HandshakeType[state.expects[0] ?? 'finished'], 0, 0))
        await server.sendAlert('warning', 'close_notify')
      },
      unexpected(/within a handshake message/),
    )
  })
})
