import { describe, expect, it } from 'vitest'
import { acceptTls } from '../../src/connection/accept-tls.js'
import { TlsClientConfig } from '../../src/connection/client-config.js'
import { connectTls } from '../../src/connection/connect-tls.js'
import type { DuplexStream } from '../../src/connection/duplex-stream.js'
import { TlsServerConfig } from '../../src/connection/server-config.js'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'
import { isPending, rejection, within } from '../support/deadline.js'
import { identityOptions, join } from '../support/pair.js'
import { testProvider } from '../support/provider.js'
import { clientOptions, failureOf } from '../support/scripted-connection.js'
import { serverIdentity } from '../support/server-identity.js'

const timedOut = { code: 'handshake_timeout', category: 'io' }

async function serverOptions() {
  return { identities: [identityOptions(await serverIdentity())], provider: testProvider }
}

describe('handshakeTimeoutMilliseconds', () => {
  it('ends a client whose server says nothing', async () => {
    const [near] = memoryDuplexPair()
    const socket = connectTls(near, { ...(await clientOptions()), handshakeTimeoutMilliseconds: 50 })
    expect(await failureOf(socket)).toMatchObject({ ...timedOut, message: expect.stringContaining('within 50 ms') })
  })

  it('ends a server whose client says nothing, and tells it user_canceled', async () => {
    const [near, far] = memoryDuplexPair()
    const config = await TlsServerConfig.create({ ...(await serverOptions()), handshakeTimeoutMilliseconds: 50 })
    expect(await failureOf(acceptTls(near, config))).toMatchObject(timedOut)
    const { value } = await within(far.readable.getReader().read(), 'the alert')
    expect(Array.from(value?.subarray(0, 7) ?? [])).toEqual([21, 3, 3, 0, 2, 1, 90])
  })

  it('counts the wait for the transport, and discards one that comes too late', async () => {
    let arrive: (transport: DuplexStream) => void = () => undefined
    const dialled = new Promise<DuplexStream>((resolve) => {
      arrive = resolve
    })
    const socket = connectTls(dialled, { ...(await clientOptions()), handshakeTimeoutMilliseconds: 50 })
    const error = await failureOf(socket)
    expect(error).toMatchObject({ ...timedOut, message: expect.stringContaining('no transport') })
    const [near, far] = memoryDuplexPair()
    arrive(near)
    expect(await rejection(far.readable.getReader().read(), 'the transport')).toBe(error)
  })

  it('is over when the handshake is done', async () => {
    const { client, server } = join(
      { ...(await clientOptions()), handshakeTimeoutMilliseconds: 2000 },
      { ...(await serverOptions()), handshakeTimeoutMilliseconds: 2000 },
    )
    await within(Promise.all([client.opened, server.opened]), 'the handshake')
    expect(await isPending(Promise.race([client.closed, server.closed]), 2200)).toBe(true)
    await Promise.all([client.close(), server.close()])
  })

  it('of one connection goes before that of the config', async () => {
    const config = await TlsClientConfig.create({ ...(await clientOptions()), handshakeTimeoutMilliseconds: 1e6 })
    const [near] = memoryDuplexPair()
    expect(await failureOf(connectTls(near, config, { handshakeTimeoutMilliseconds: 50 }))).toMatchObject(timedOut)
  })

  it('may be Infinity', async () => {
    const [near] = memoryDuplexPair()
    const limit = { handshakeTimeoutMilliseconds: Number.POSITIVE_INFINITY }
    const socket = connectTls(near, { ...(await clientOptions()), ...limit })
    expect(await isPending(socket.opened, 100)).toBe(true)
    await socket.close()
  })

  it.each([0, -1, Number.NaN, '5'])('of %s is invalid_argument', async (value) => {
    const limit = { handshakeTimeoutMilliseconds: value as number }
    const options = await clientOptions()
    const refused = { code: 'invalid_argument', message: expect.stringContaining('handshakeTimeoutMilliseconds') }
    expect(await rejection(TlsClientConfig.create({ ...options, ...limit }), 'create')).toMatchObject(refused)
    const created = TlsServerConfig.create({ ...(await serverOptions()), ...limit })
    expect(await rejection(created, 'create')).toMatchObject(refused)
    const [near] = memoryDuplexPair()
    const config = await TlsClientConfig.create(options)
    expect(await failureOf(connectTls(near, config, limit))).toMatchObject(refused)
  })
})
