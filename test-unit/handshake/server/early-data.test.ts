import { describe, expect, it } from 'vitest'
import { TlsServerConfig } from '../../../src/connection/server-config.js'
import { sha256 } from '../../../src/crypto/hash.js'
import { ContentType } from '../../../src/messages/code-points.js'
import { encodeMessage } from '../../../src/messages/handshake-message.js'
import { MemoryReplayGuard } from '../../../src/session/replay-guard.js'
import { TicketKeys } from '../../../src/session/ticket-keys.js'
import { acceptScriptedWith, expectServerRefusal, serverOptions, whenOpen } from '../../support/accepted-connection.js'
import { clientIdentity } from '../../support/client-identity.js'
import type { ClientScript, OfferedPsk } from '../../support/client-script.js'
import { within } from '../../support/deadline.js'
import { resumableServer, sessionSuite } from '../../support/early-data.js'
import { testProvider } from '../../support/provider.js'
import { serverIdentity } from '../../support/server-identity.js'
import { pattern, readAll } from '../../support/streams.js'

const endOfEarlyData = encodeMessage('end_of_early_data', {})

/** A client with a session at a server that takes 16384 bytes of early data. */
async function withSession(script: ClientScript, options: Parameters<typeof resumableServer>[0] = {}, age = 0) {
  const { config, ticket } = await resumableServer(options)
  const psks = [await ticket({}, age)]
  return acceptScriptedWith(config, { ...sessionSuite, earlyData: [], ...script, psks })
}

/** The ClientHello and the 0-RTT data of a connection on which it was accepted. */
async function recordedFlight(config: TlsServerConfig, psk: OfferedPsk) {
  const flight: Uint8Array<ArrayBuffer>[] = []
  const record = (sent: Uint8Array<ArrayBuffer>) => {
    if (flight.length < 2) flight.push(sent)
    return [sent]
  }
  const connection = acceptScriptedWith(config, {
    ...sessionSuite,
    psks: [psk],
    earlyData: [pattern(5)],
    before: {
      client_hello: (client) => {
        client.records.tamper = record
      },
    },
  })
  expect((await whenOpen(connection)).info.earlyData).toBe('accepted')
  expect(await readAll(connection.socket.earlyData)).toEqual(pattern(5))
  return { flight }
}

/** What a server takes for 0-RTT data when an attacker sends the same bytes again, and nothing behind them. */
async function dataOfReplay(config: TlsServerConfig, flight: readonly Uint8Array<ArrayBuffer>[]) {
  const { socket } = acceptScriptedWith(config, {
    before: {
      client_hello: async (client) => {
        for (const bytes of flight) await client.records.write(bytes)
        // all that there is must have been read before the end is: it takes what waits on earlyData with it
        await new Promise((resolve) => setTimeout(resolve, 100))
        await client.records.end()
      },
    },
  })
  const taken: Uint8Array[] = []
  const reading = (async () => {
    for await (const chunk of socket.earlyData) taken.push(chunk)
  })()
  await expect(within(reading, 'early data')).rejects.toMatchObject({ code: 'truncated' })
  return taken
}

const record = (length: number) => pattern(length)
const unexpected = { code: 'unexpected_message', alert: 'unexpected_message' } as const
const badMac = { code: 'bad_record_mac', alert: 'bad_record_mac', message: /could not be decrypted/ } as const

describe('early data that is accepted', () => {
  //= rfc9846#section-4.3.10 4.3.10-6
  //= rfc9846#section-F.5 F.5-5
  it('arrives on earlyData alone, and not on readable', async () => {
    const connection = await withSession({ earlyData: [record(100), record(200)] })
    const { socket, client, info } = await whenOpen(connection)
    expect(info).toMatchObject({ resumed: true, earlyData: 'accepted' })
    await client.sendData(Uint8Array.of(1, 2, 3))
    await client.sendCloseNotify()
    expect(await readAll(socket.earlyData)).toEqual(Uint8Array.from([...record(100), ...record(200)]))
    expect(await readAll(socket.readable)).toEqual(Uint8Array.of(1, 2, 3))
  })

  it('may be just as much as the ticket allows (4.7.1)', async () => {
    const { socket } = await whenOpen(await withSession({ earlyData: [record(2 ** 14)] }))
    expect((await readAll(socket.earlyData)).length).toBe(2 ** 14)
  })

  //= rfc9846#section-4.7.1 4.7.1-19
  it('is unexpected_message when it is a byte more', async () => {
    await expectServerRefusal(await withSession({ earlyData: [record(2 ** 14), record(1)] }), {
      ...unexpected,
      message: /more early data than the ticket allows/,
    })
  })

  //= rfc9846#section-4.3.11.3 4.3.11.3-1
  it('does not hold up the handshake when nobody reads it', async () => {
    const { info } = await whenOpen(await withSession({ earlyData: Array.from({ length: 160 }, () => record(100)) }))
    expect(info.earlyData).toBe('accepted')
  })

  //= rfc9846#section-4.3.10 4.3.10-12 4.3.10-13
  it('must end with EndOfEarlyData (4.6)', async () => {
    // under the handshake's keys, which are not the ones of early data
    const leftOut = await withSession({ rewrite: { end_of_early_data: () => undefined } })
    await expectServerRefusal(leftOut, badMac)
  })

  it('must not have Finished in place of EndOfEarlyData', async () => {
    const connection = await withSession({
      before: {
        end_of_early_data: (client) => client.sendMessage(encodeMessage('finished', { verifyData: record(32) })),
      },
    })
    await expectServerRefusal(connection, { ...unexpected, message: /finished in state WAIT_EOED/ })
  })

  //= rfc9846#section-4.3.10 4.3.10-12
  //= rfc9846#section-5.1 5.1-5
  it('must not have bytes behind EndOfEarlyData in its record (5.1)', async () => {
    const connection = await withSession({
      layout: (message) => [message[0] === 5 ? Uint8Array.from([...message, 20]) : message],
    })
    await expectServerRefusal(connection, { ...unexpected, message: /handshake bytes follow/ })
  })

  it('must not have an EndOfEarlyData with a body', async () => {
    const connection = await withSession({ rewrite: { end_of_early_data: () => Uint8Array.of(5, 0, 0, 1, 0) } })
    await expectServerRefusal(connection, { code: 'decode_error', alert: 'decode_error', message: /end_of_early_data/ })
  })

  it('must not come again behind EndOfEarlyData', async () => {
    const connection = await withSession({
      before: { finished: (client) => client.sendData(record(1)) },
    })
    await expectServerRefusal(connection, { ...unexpected, message: /application data in state WAIT_FINISHED/ })
  })

  it('fails with the connection', async () => {
    const { socket, client } = await withSession({
      earlyData: [record(10)],
      before: { end_of_early_data: () => new Promise(() => undefined) },
    })
    const reader = socket.earlyData.getReader()
    expect((await reader.read()).value?.length).toBe(10)
    await client.records.end()
    await expect(within(reader.read(), 'the end of early data')).rejects.toMatchObject({ code: 'truncated' })
  })
})

describe('early data that is not accepted', () => {
  const rejected = async (connection: Awaited<ReturnType<typeof withSession>>) => {
    const { socket, client, info } = await whenOpen(connection)
    expect(info.earlyData).toBe('rejected')
    expect(client.acceptsEarlyData).toBe(false)
    await client.sendData(Uint8Array.of(9))
    await client.sendCloseNotify()
    expect(await readAll(socket.earlyData)).toEqual(new Uint8Array())
    expect(await readAll(socket.readable)).toEqual(Uint8Array.of(9))
    return info
  }

  //= rfc9846#section-4.3.10 4.3.10-6 4.3.10-11
  it('is skipped, and the handshake goes on (4.3.10)', async () => {
    const connection = await withSession({ earlyData: [record(16384)] }, { acceptEarlyData: () => false })
    expect((await rejected(connection)).resumed).toBe(true)
  })

  it('is skipped in many records', async () => {
    const earlyData = Array.from({ length: 100 }, () => record(10))
    await rejected(await withSession({ earlyData }, { acceptEarlyData: async () => false }))
  })

  //= rfc9846#section-4.3.10 4.3.10-6
  it('is skipped behind a HelloRetryRequest', async () => {
    const info = await rejected(await withSession({ shares: [], earlyData: [record(100), record(16384)] }))
    expect(info).toMatchObject({ resumed: true, helloRetried: true })
  })

  it('is bad_record_mac beyond what a server skips', async () => {
    const earlyData = Array.from({ length: 5 }, () => record(16384))
    await expectServerRefusal(await withSession({ earlyData }, { acceptEarlyData: () => false }), badMac)
  })

  it('is unexpected_message beyond what a server skips after a HelloRetryRequest', async () => {
    const earlyData = Array.from({ length: 5 }, () => record(16384))
    await expectServerRefusal(await withSession({ shares: [], earlyData }), {
      ...unexpected,
      message: /application data before protection has begun/,
    })
  })

  it('is not skipped any more once a record could be opened', async () => {
    const connection = await withSession(
      {
        before: {
          finished: async (client) => {
            await client.sendMessage(Uint8Array.of(20, 0))
            await client.records.send(ContentType.application_data, record(40), { keys: null })
          },
        },
      },
      { acceptEarlyData: () => false },
    )
    await expectServerRefusal(connection, badMac)
  })

  it('is not skipped when the client did not announce any', async () => {
    const { config } = await resumableServer()
    const connection = acceptScriptedWith(config, {
      before: {
        finished: (client) => client.records.send(ContentType.application_data, record(40), { keys: null }),
      },
    })
    await expectServerRefusal(connection, badMac)
  })

  //= rfc9846#section-F.5 F.5-3
  it('is never accepted by a server that was not told to', async () => {
    const config = await serverOptions({ externalPsks: [external] })
    await rejected(acceptScriptedWith(config, { ...sessionSuite, psks: [externalOffer], earlyData: [record(5)] }))
  })

  it('and neither with an external PSK', async () => {
    const { config } = await resumableServer({ externalPsks: [external] })
    await rejected(acceptScriptedWith(config, { ...sessionSuite, psks: [externalOffer], earlyData: [record(5)] }))
  })

  //= rfc9846#section-4.3.10 4.3.10-9 4.3.10-11
  it('when the application protocol is another one (4.3.10)', async () => {
    const { config, ticket } = await resumableServer({ alpnProtocols: ['h2', 'http/1.1'] })
    const psks = [await ticket({ alpnProtocols: ['http/1.1'] })]
    await rejected(acceptScriptedWith(config, { ...sessionSuite, psks, earlyData: [record(5)], alpnProtocols: ['h2'] }))
  })

  //= rfc9846#section-4.3.10 4.3.10-8 4.3.10-11
  it('when the PSK that is taken is not the first (4.3.10)', async () => {
    const { config, ticket } = await resumableServer()
    const psk = await ticket()
    const unknown = { ...psk, identity: record(64) }
    const connection = acceptScriptedWith(config, { ...sessionSuite, psks: [unknown, psk], earlyData: [record(5)] })
    expect((await rejected(connection)).resumed).toBe(true)
  })

  //= rfc9846#section-4.3.10 4.3.10-3 4.3.10-4 4.3.10-5
  it.each([11_000, -11_000])('when the ticket’s age is %i ms off (8.3)', async (age) => {
    await rejected(await withSession({ earlyData: [record(5)] }, {}, age + 2 ** 32))
  })

  //= rfc9846#section-8 8-1 8-3
  //= rfc9846#section-8.2 8.2-2 8.2-3 8.2-4
  it('when it was there before (8)', async () => {
    const { config, ticket } = await resumableServer()
    const { flight } = await recordedFlight(config, await ticket())
    expect(await dataOfReplay(config, flight)).toEqual([])
  })

  it('when it was there before, however long verifyPeer takes to judge its client again', async () => {
    let elapsed = 0
    let judging = 0
    const { ca } = await serverIdentity()
    const { config, ticket } = await resumableServer({
      provider: { ...testProvider, subtle: testProvider.subtle, now: () => testProvider.now() + elapsed },
      clientAuth: 'optional',
      clientTrustAnchors: ca.pem,
      verifyPeer: () => {
        elapsed += judging
      },
    })
    const { flight } = await recordedFlight(config, await ticket({ identity: await clientIdentity() }))
    // fresh enough when it arrives, and judged when the guard might have forgotten the first
    elapsed += 5000
    judging = 50_000
    expect(await dataOfReplay(config, flight)).toEqual([])
    expect(elapsed).toBe(55_000)
  })

  it.each([
    ['at once', () => false],
    ['after a while', async () => false],
    //= rfc9846#section-8.2 8.2-2 8.2-3
  ])('when the guard says no, %s', async (_when, admit) => {
    await rejected(await withSession({ earlyData: [record(5)] }, { replayGuard: { admit } }))
  })

  //= rfc9846#section-8.2 8.2-5
  it('when the guard has just been started and the ticket is older (8.2)', async () => {
    const startedAt = testProvider.now() + 1000
    await rejected(await withSession({ earlyData: [record(5)] }, { replayGuard: new MemoryReplayGuard({ startedAt }) }))
  })
})

//= rfc9846#section-8 8-4
it('keys that other servers may hold need a guard that all of them ask, for early data (8)', async () => {
  const options = await serverOptions({
    ticketKeys: TicketKeys.generated({ provider: testProvider }),
    maxEarlyData: 100,
  })
  await expect(TlsServerConfig.create(options)).resolves.toBeDefined()
  const ticketKeys = await TicketKeys.named([{ name: pattern(16), key: pattern(32) }], { provider: testProvider })
  await expect(TlsServerConfig.create({ ...options, ticketKeys })).rejects.toMatchObject({ code: 'invalid_argument' })
})

describe('EndOfEarlyData', () => {
  it('is unexpected_message where early data was rejected (4.6)', async () => {
    const connection = await withSession(
      { before: { finished: (client) => client.sendMessage(endOfEarlyData) } },
      { acceptEarlyData: () => false },
    )
    await expectServerRefusal(connection, { ...unexpected, message: /end_of_early_data in state WAIT_FINISHED/ })
  })
})

const external = { identity: 'device-1', key: record(32) }
const externalOffer = {
  identity: new TextEncoder().encode('device-1'),
  key: record(32),
  hash: sha256,
  kind: 'ext binder',
  obfuscatedTicketAge: 0,
} as const
