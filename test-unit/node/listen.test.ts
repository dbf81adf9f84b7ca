import { once } from 'node:events'
import { createServer, connect as netConnect, type Socket } from 'node:net'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { connectTls, type TlsError, TlsServerConfig, type TlsSocket } from '../../src/index.js'
import { dial, type ListenOptions, listen, type TlsListener } from '../../src/node.js'
import { rejection, within } from '../support/deadline.js'
import { serverIdentity, testServerName } from '../support/server-identity.js'

let config: TlsServerConfig
let trustAnchors: string
const listeners: TlsListener[] = []
const sockets: Socket[] = []

beforeAll(async () => {
  const { ca, certificate } = await serverIdentity()
  trustAnchors = ca.pem
  config = await TlsServerConfig.create({
    identities: [{ certificateChain: certificate.chainPem, privateKey: certificate.privateKey }],
  })
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(listeners.splice(0).map((listener) => within(listener.close({ graceMs: 0 }), 'close')))
})

async function start(options: ListenOptions = {}): Promise<TlsListener & { readonly port: number }> {
  const listener = await listen({ port: 0 }, config, options)
  listeners.push(listener)
  return Object.assign(listener, { port: portOf(listener) })
}

function portOf({ address }: TlsListener): number {
  if (!address || !('port' in address)) throw new Error('no port')
  return address.port
}

const connectTo = (port: number): TlsSocket =>
  connectTls(dial({ host: '127.0.0.1', port }), { serverName: testServerName, trustAnchors })

function openTcp(port: number): Socket {
  const socket = netConnect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  sockets.push(socket)
  return socket
}

const take = async (listener: TlsListener) => await within(listener[Symbol.asyncIterator]().next(), 'next socket')

async function eventually(holds: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 5000
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`never came: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function echo(listener: TlsListener): Promise<void> {
  for await (const socket of listener) socket.readable.pipeTo(socket.writable).catch(() => undefined)
}

describe('listen', () => {
  it('gives sockets whose handshake is done, with their address', async () => {
    const listener = await start()
    const serving = echo(listener)
    const client = connectTo(listener.port)
    const writer = client.writable.getWriter()
    await writer.write(new TextEncoder().encode('ping'))
    const { value } = await within(client.readable.getReader().read(), 'echo')
    expect(new TextDecoder().decode(value)).toBe('ping')
    await writer.close()
    await within(client.closed, 'client closed')
    await within(listener.close(), 'listener closed')
    await within(serving, 'the end of the iteration')
    expect(listener.address).toBeUndefined()
  })

  it('says where a connection comes from', async () => {
    const listener = await start()
    const client = connectTo(listener.port)
    const { value } = await take(listener)
    expect(value?.remoteAddress).toBe('127.0.0.1')
    expect(value?.remotePort).toBeGreaterThan(0)
    await client.close()
  })

  it('reports handshakes that fail and goes on', async () => {
    const errors: TlsError[] = []
    const listener = await start({ onError: (error) => errors.push(error) })
    openTcp(listener.port).write('GET / HTTP/1.1\r\n\r\n')
    const leaving = openTcp(listener.port)
    leaving.once('connect', () => leaving.destroy())
    await eventually(() => errors.length === 2, 'two errors')
    expect(errors.map(({ code }) => code).sort()).not.toContain('internal')
    const client = connectTo(listener.port)
    expect((await take(listener)).done).toBe(false)
    await client.close()
  })

  it('survives an onError that throws, or rejects', async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    let calls = 0
    const listener = await start({
      onError: () => {
        calls += 1
        if (calls === 1) throw new Error('first')
        return Promise.reject(new Error('second')) as unknown as undefined
      },
    })
    openTcp(listener.port).end('nonsense')
    openTcp(listener.port).end('nonsense')
    await eventually(() => warnings.length === 2, 'two warnings')
    process.off('warning', onWarning)
  })

  it('ends handshakes that take too long with handshake_timeout', async () => {
    const errors: TlsError[] = []
    const listener = await start({ limits: { handshakeTimeoutMs: 50 }, onError: (error) => errors.push(error) })
    const silent = openTcp(listener.port)
    await eventually(() => errors.length === 1, 'the timeout')
    expect(errors[0]).toMatchObject({ code: 'handshake_timeout', category: 'io' })
    silent.resume()
    if (!silent.closed) await within(once(silent, 'close'), 'the silent client is cut')
    await eventually(() => listener.status().connections === 0, 'no connection left')
  })

  it('does no more handshakes at once than it may; who waits keeps its turn or times out', async () => {
    const errors: TlsError[] = []
    const limits = { handshakes: 1, handshakeTimeoutMs: 1500 }
    const listener = await start({ limits, onError: (error) => errors.push(error) })
    openTcp(listener.port)
    await eventually(() => listener.status().handshakes === 1, 'the silent one has its handshake')
    // as silent: one that speaks could be done in what is left of its time when its turn comes
    openTcp(listener.port)
    await eventually(() => listener.status().waiting === 1, 'the other waits')
    // both came within the time of one
    await eventually(() => errors.length === 2, 'both timed out')
    expect(errors.map(({ code }) => code)).toEqual(['handshake_timeout', 'handshake_timeout'])
  })

  it('refuses a connection too many', async () => {
    const errors: TlsError[] = []
    const listener = await start({ limits: { connections: 1 }, onError: (error) => errors.push(error) })
    const first = connectTo(listener.port)
    await within(first.opened, 'first')
    const second = connectTo(listener.port)
    expect(await rejection(second.opened, 'second')).toMatchObject({ code: 'transport_failed' })
    expect(errors[0]).toMatchObject({ code: 'transport_failed', message: expect.stringContaining('1 connections') })
    const taken = (await take(listener)).value
    await Promise.all([first.close(), taken?.close()])
    await eventually(() => listener.status().connections === 0, 'room again')
    await within(connectTo(listener.port).opened, 'third')
  })

  it('begins no handshake while no one takes what is ready', async () => {
    const listener = await start({ limits: { ready: 2 } })
    const clients = [1, 2, 3].map(() => connectTo(listener.port))
    await eventually(() => listener.status().ready === 2 && listener.status().waiting === 1, 'two ready, one waits')
    await take(listener)
    await eventually(() => listener.status().ready === 2, 'the third had its turn')
    await Promise.all(clients.map((client) => client.opened))
  })

  it('leaving the loop stops listening, refuses what was not taken and leaves what was', async () => {
    const listener = await start()
    const { port } = listener
    const first = connectTo(port)
    await within(first.opened, 'first')
    const second = connectTo(port)
    await within(second.opened, 'second')
    let taken: TlsSocket | undefined
    for await (const socket of listener) {
      taken = socket
      break
    }
    // cut, or told that the handshake was cancelled if its end had not been seen yet
    const seen = await within(
      second.readable
        .getReader()
        .read()
        .catch(() => undefined),
      'the second',
    )
    expect(seen?.value).toBeUndefined()
    await taken?.writable.getWriter().write(new TextEncoder().encode('still here'))
    const { value } = await within(first.readable.getReader().read(), 'data')
    expect(new TextDecoder().decode(value)).toBe('still here')
    await rejection(dial({ host: '127.0.0.1', port }), 'dialling a closed listener')
  })

  it('close waits for the sockets that were taken, and cuts them at the deadline', async () => {
    const listener = await start()
    const client = connectTo(listener.port)
    await take(listener)
    const cut = rejection(client.closed, 'client')
    const started = Date.now()
    await within(listener.close({ graceMs: 100 }), 'close')
    expect(Date.now() - started).toBeGreaterThanOrEqual(95)
    expect(await cut).toMatchObject({ category: 'io' })
    expect((await take(listener)).done).toBe(true)
  })

  it('an aborted signal ends all of it', async () => {
    const controller = new AbortController()
    const listener = await start({ signal: controller.signal })
    const client = connectTo(listener.port)
    const taken = (await take(listener)).value
    const next = take(listener)
    controller.abort()
    expect((await next).done).toBe(true)
    expect(await rejection(client.closed, 'client')).toBeDefined()
    expect(taken && (await rejection(taken.closed, 'server'))).toMatchObject({ code: 'aborted' })
    expect(await rejection(listen({ port: 0 }, config, { signal: controller.signal }), 'listen')).toMatchObject({
      code: 'aborted',
    })
  })

  it('takes a net.Server over, and ends when that is closed', async () => {
    const server = createServer({ allowHalfOpen: true })
    const listener = await listen(server, config)
    listeners.push(listener)
    expect(listener.address).toBeUndefined()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connectTo(portOf(listener))
    const { value } = await take(listener)
    await Promise.all([client.close(), value?.close()])
    server.close()
    expect((await take(listener)).done).toBe(true)
  })

  it('names what is wrong with the port and the limits', async () => {
    const { port } = await start()
    expect(await rejection(listen({ port }, config), 'a port twice')).toMatchObject({
      code: 'transport_failed',
      message: expect.stringContaining('the port is taken'),
    })
    expect(await rejection(listen({ port: 70_000 }, config), 'port')).toMatchObject({ code: 'invalid_argument' })
    for (const limits of [{ handshakes: 0 }, { handshakeTimeoutMs: Number.NaN }, { ready: 1.5 }]) {
      const error = await rejection(listen({ port: 0 }, config, { limits }), 'limits')
      expect(error).toMatchObject({ code: 'invalid_argument' })
    }
  })
})
