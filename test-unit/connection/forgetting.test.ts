import { describe, expect, it } from 'vitest'
import { acceptTls } from '../../src/connection/accept-tls.js'
import { TlsClientConfig } from '../../src/connection/client-config.js'
import { connectTls } from '../../src/connection/connect-tls.js'
import { deferred } from '../../src/connection/deferred.js'
import type { DuplexStream } from '../../src/connection/duplex-stream.js'
import type { TlsSocket } from '../../src/connection/tls-socket.js'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'
import { rejection, within } from '../support/deadline.js'
import { identityOptions, join } from '../support/pair.js'
import { testProvider, testProviderName } from '../support/provider.js'
import { clientOptions, failureOf, openScripted } from '../support/scripted-connection.js'
import { serverIdentity } from '../support/server-identity.js'
import { watchKeys } from '../support/watched-keys.js'

/** What asks for a secret is refused for the same reason as everything else. */
async function expectNoSecrets(socket: TlsSocket, code: string): Promise<void> {
  expect(await rejection(socket.exportKeyingMaterial('EXPERIMENTAL x', undefined, 32), 'exporter')).toMatchObject({
    code,
  })
  expect(await rejection(socket.updateKeys(), 'updateKeys')).toMatchObject({ code })
}

describe('a connection that has ended', () => {
  it('makes no keying material any more after close()', async () => {
    const { socket, server } = await openScripted()
    const closing = socket.close()
    await server.receiveAlert()
    await server.sendCloseNotify()
    await within(closing, 'close()')
    await expectNoSecrets(socket, 'invalid_state')
  })

  //= rfc9846#section-6 6-4
  it('makes no keying material any more after a failure, and says which', async () => {
    const { socket, server } = await openScripted()
    await server.sendAlert('fatal', 'internal_error')
    await failureOf(socket)
    await expectNoSecrets(socket, 'peer_alert')
  })

  // @peculiar/webcrypto keeps a registry of its keys
  it.skipIf(testProviderName === 'peculiar')('leaves no key behind in a socket that is kept', async () => {
    const watched = watchKeys()
    const { client, server } = await openAndClose(watched)
    expect(watched.made()).toBeGreaterThan(20)
    expect(await watched.alive()).toBe(0)
    // until here both were reachable
    await Promise.all([client.closed, server.closed])
  })

  it.skipIf(testProviderName === 'peculiar')('leaves no key behind when it has failed', async () => {
    const watched = watchKeys()
    const { socket, server } = await openScripted({}, { provider: watched.provider })
    await socket.updateKeys({ requestPeer: true })
    await server.sendAlert('fatal', 'internal_error')
    const error = await failureOf(socket)
    expect(watched.made()).toBeGreaterThan(10)
    expect(await watched.alive()).toBe(0)
    expect(await rejection(socket.closed, 'closed')).toBe(error)
  })

  //= rfc9846#section-6.2 6.2-3
  //= rfc9846#section-6 6-3
  it('sends nothing of the handshake behind the alert that ended it', async () => {
    const asked = deferred<void>()
    const decided = deferred<void>()
    const sent: string[] = []
    const controller = new AbortController()
    const identity = await serverIdentity()
    const [near, far] = memoryDuplexPair()
    acceptTls(far, { identities: [identityOptions(identity)], provider: testProvider })
    const client = connectTls(slowToTake(near), {
      ...(await clientOptions()),
      signal: controller.signal,
      verifyPeer() {
        asked.resolve()
        return decided.promise
      },
      onEvent: (event) => {
        if (event.kind === 'alert' && event.direction === 'sent') sent.push(event.name)
        if (event.kind === 'message' && event.direction === 'sent') sent.push(event.name)
      },
    })
    await within(asked.promise, 'verifyPeer')
    controller.abort(new Error('enough'))
    // the handshake goes on from here, while the transport still works at the alert
    decided.resolve()
    expect(await failureOf(client)).toMatchObject({ code: 'aborted' })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(sent).toEqual(['client_hello', 'user_canceled', 'close_notify'])
  })
})

/** In a function of its own: no local variable of the test keeps a key alive. */
async function openAndClose({ provider }: Pick<ReturnType<typeof watchKeys>, 'provider'>) {
  const identity = await serverIdentity()
  const { ca } = identity
  const options = await clientOptions({ provider, trustAnchors: ca.pem })
  const config = await TlsClientConfig.create(options)
  const { client, server } = join(config, { identities: [identityOptions(identity)], provider })
  await within(Promise.all([client.opened, server.opened]), 'the handshake')
  await client.updateKeys({ requestPeer: true })
  await client.exportKeyingMaterial('EXPERIMENTAL x', undefined, 32)
  const writer = client.writable.getWriter()
  await writer.write(Uint8Array.of(1, 2, 3))
  await within(server.readable.getReader().read(), 'data')
  await within(Promise.all([client.close(), server.close()]), 'the end')
  return { client, server }
}

function slowToTake({ readable, writable }: DuplexStream): DuplexStream {
  const writer = writable.getWriter()
  return {
    readable,
    writable: new WritableStream({
      async write(chunk) {
        await new Promise((resolve) => setTimeout(resolve, 200))
        await writer.write(chunk)
      },
    }),
  }
}
