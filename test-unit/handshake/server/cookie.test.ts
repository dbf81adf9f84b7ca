import { describe, expect, it } from 'vitest'
import { TlsServerConfig } from '../../../src/connection/server-config.js'
import { ExtensionType } from '../../../src/messages/code-points.js'
import { cookie } from '../../../src/messages/extensions/cookie.js'
import { readExtension } from '../../../src/messages/extensions/extension.js'
import { decodeMessage } from '../../../src/messages/handshake-message.js'
import { TicketKeys } from '../../../src/session/ticket-keys.js'
import { acceptScriptedWith, expectServerRefusal, serverOptions, whenOpen } from '../../support/accepted-connection.js'
import type { ClientScript } from '../../support/client-script.js'
import { within } from '../../support/deadline.js'
import { testProvider } from '../../support/provider.js'
import { extensionOf, withExtensions, withoutExtension } from '../../support/refusal-table.js'
import { required } from '../../support/scripted-server.js'

const cookieServer = async () =>
  await TlsServerConfig.create(await serverOptions({ cookieKeys: TicketKeys.generated({ provider: testProvider }) }))

const illegal = { code: 'illegal_parameter', alert: 'illegal_parameter' } as const

const cookieIn = (serverHello: Uint8Array<ArrayBuffer> | undefined) =>
  readExtension(decodeMessage('server_hello', required(serverHello)).body.extensions, cookie, cookie.helloRetryRequest)

describe('a server that asks for a cookie (4.3.2)', () => {
  //= rfc9846#section-4.3.2 4.3.2-1
  //= rfc9846#section-4.2.4 4.2.4-3
  it('sends one in its HelloRetryRequest, though nobody asked for it, and takes it back', async () => {
    const { client, info } = await whenOpen(acceptScriptedWith(await cookieServer()))
    expect(info.helloRetried).toBe(true)
    expect(cookieIn(client.messages('server_hello')[0])?.length).toBeGreaterThan(32)
  })

  it.each([
    ['no cookie', withoutExtension(ExtensionType.cookie), /has not the cookie/],
    ['another cookie', withExtensions(extensionOf(ExtensionType.cookie, 0, 1, 7)), /has not the cookie/],
  ] as const)('refuses %s in the second ClientHello with illegal_parameter', async (_what, change, message) => {
    const script: ClientScript = { edit: { second_client_hello: change } }
    await expectServerRefusal(acceptScriptedWith(await cookieServer(), script), { ...illegal, message })
  })

  it('refuses a first ClientHello with a cookie that it did not make', async () => {
    const script = { edit: { client_hello: withExtensions(extensionOf(ExtensionType.cookie, 0, 1, 7)) } }
    await expectServerRefusal(acceptScriptedWith(await cookieServer(), script), {
      ...illegal,
      message: /not made by this server/,
    })
  })

  //= rfc9846#section-4.3.2 4.3.2-4
  it('takes the second ClientHello of a connection that it knows nothing of, behind a change_cipher_spec', async () => {
    const config = await cookieServer()
    // the first ClientHello goes to one connection, what follows to another one, as behind a spreading front end
    const sent: Uint8Array<ArrayBuffer>[] = []
    const first = acceptScriptedWith(config, {
      before: {
        client_hello: (client) => {
          client.records.tamper = (record) => {
            sent.push(record)
            return [record]
          }
        },
        second_client_hello: (client) => client.sendChangeCipherSpec(),
      },
    })
    await whenOpen(first)
    const [, changeCipherSpec, second] = sent
    const other = acceptScriptedWith(config, {
      before: {
        client_hello: async (client) => {
          await client.records.write(required(changeCipherSpec))
          await client.records.write(required(second))
          const hello = await within(client.next(), 'the ServerHello')
          expect(hello).toMatchObject({ kind: 'message', name: 'server_hello' })
          await client.records.end()
          throw new Error('enough')
        },
      },
    })
    await expect(other.socket.closed).rejects.toMatchObject({ code: 'truncated' })
    await other.handshaken.catch((error: Error) => expect(error.message).toBe('enough'))
  })
})
