import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { closePacket, connectPacket, continuePacket, dataPacket } from '../../../src/transports/wisp/packets.js'
import { fromHex } from '../../../src/wire/bytes.js'
import { echo, target, until, utf8, wait } from '../relay-support.js'
import { maskedFrames, type RawClient, rawClient, wispRelay } from './wisp-support.js'

const MiB = 1024 * 1024
const text = (client: RawClient, stream: number) =>
  Buffer.concat(client.of(stream).flatMap((packet) => (packet.type === 'data' ? [packet.data] : []))).toString()

describe('a Wisp client of another make', () => {
  it('is told first how many packets it may send', async () => {
    const { url } = await wispRelay()
    const client = await rawClient(url)
    await until(() => client.packets.length > 0)
    expect(client.packets).toEqual([{ type: 'continue', stream: 0, packets: 32 }])
  })

  it('may send data at once, and has its credit renewed before it ends', async () => {
    const { port } = await target(echo)
    const { url } = await wispRelay()
    const client = await rawClient(url)
    client.connect(7, port)
    for (let count = 0; count < 32; count++) client.send(dataPacket(7, utf8(String(count % 10))))
    await until(() => text(client, 7).length === 32)
    expect(text(client, 7)).toBe('01234567890123456789012345678901')
    const credit = client.of(7).flatMap((packet) => (packet.type === 'continue' ? [packet.packets] : []))
    expect(credit.length).toBeGreaterThan(0)
    expect(Math.max(...credit)).toBeLessThanOrEqual(32)
    expect(Math.min(...credit)).toBeGreaterThanOrEqual(16)
  })

  it('gets no CONTINUE for a target that takes nothing', async () => {
    const { port } = await target((socket) => socket.pause())
    const { url } = await wispRelay()
    const client = await rawClient(url)
    client.connect(1, port)
    const data = dataPacket(1, new Uint8Array(512 * 1024))
    for (let count = 0; count < 60; count++) client.send(data)
    await wait(500)
    const before = client.of(1).length
    await wait(200)
    expect(client.of(1).length).toBe(before)
    expect(before).toBeLessThan(4)
  })

  it('has empty packets counted as what they are to it', async () => {
    const { port } = await target((socket) => socket.resume())
    const { url } = await wispRelay()
    const client = await rawClient(url)
    client.connect(1, port)
    for (let count = 0; count < 32; count++) client.send(dataPacket(1, new Uint8Array(0)))
    await until(() => client.of(1).some(({ type }) => type === 'continue'))
  })

  it.each<[string, Uint8Array, number]>([
    ['UDP', connectPacket(3, '127.0.0.1', 53, 2), 0x48],
    ['another type of stream', connectPacket(3, '127.0.0.1', 53, 3), 0x41],
    ['port 0', connectPacket(3, '127.0.0.1', 0), 0x41],
    ['no host', connectPacket(3, '', 1), 0x41],
    ['a host that is no UTF-8', fromHex('0103000000010100ff'), 0x41],
    ['a CONNECT that is cut off', fromHex('01030000000101'), 0x41],
    ['a host of a megabyte', connectPacket(3, 'a'.repeat(MiB - 100), 1), 0x41],
    ['an address that is not allowed', connectPacket(3, '10.0.0.1', 443), 0x48],
  ])('is answered by CLOSE alone: %s', async (_, packet, reason) => {
    const { port } = await target(echo)
    const { url } = await wispRelay()
    const client = await rawClient(url)
    client.send(packet, dataPacket(3, utf8('lost')))
    expect(await client.reasonOf(3)).toBe(reason)
    client.connect(4, port)
    client.send(dataPacket(4, utf8('alive')))
    await until(() => text(client, 4) === 'alive')
  })

  it('may not open stream 0, nor one twice', async () => {
    const { port } = await target(echo)
    const { url, relay } = await wispRelay()
    const client = await rawClient(url)
    client.connect(0, port)
    expect(await client.reasonOf(0)).toBe(0x41)
    client.connect(9, port)
    client.connect(9, port)
    expect(await client.reasonOf(9)).toBe(0x41)
    await until(() => relay.status().connections === 0)
    client.packets.length = 0
    client.connect(9, port)
    client.send(dataPacket(9, utf8('again')))
    await until(() => text(client, 9) === 'again')
  })

  it.each<[string, Uint8Array]>([
    ['DATA of a stream that is not open', dataPacket(99, utf8('x'))],
    ['CLOSE of a stream that is not open', closePacket(99, 2)],
    ['DATA of stream 0', dataPacket(0, utf8('x'))],
    ['CLOSE of stream 0', closePacket(0, 2)],
    ['a type of a later version', fromHex('05000000000200')],
  ])('is not answered: %s', async (_, packet) => {
    const { port } = await target(echo)
    const { url } = await wispRelay()
    const client = await rawClient(url)
    for (let count = 0; count < 1000; count++) client.send(packet)
    client.connect(1, port)
    client.send(dataPacket(1, utf8('alive')))
    await until(() => text(client, 1) === 'alive')
    expect(client.packets.filter(({ stream }) => stream !== 1)).toHaveLength(1)
  })

  it.each<[string, Uint8Array | string]>([
    ['a text message', 'hello'],
    ['an empty message', new Uint8Array(0)],
    ['four bytes', Uint8Array.of(2, 1, 0, 0)],
    ['a CLOSE without a reason', fromHex('0401000000')],
    ['a CONTINUE', continuePacket(1, 0xffffffff)],
  ])('is cut off, streams and all: %s', async (_, message) => {
    let isReset = false
    const { port } = await target((socket) => {
      socket.on('error', () => {
        isReset = true
      })
      socket.resume()
    })
    const { url, relay } = await wispRelay()
    const client = await rawClient(url)
    client.connect(1, port)
    await until(() => relay.status().connections === 1)
    await wait(50)
    client.send(message)
    await until(() => client.closeCode === 4002)
    await until(() => isReset && relay.status().connections === 0)
  })

  it('is cut off by a message that is too large', async () => {
    const { url } = await wispRelay()
    const client = await rawClient(url)
    client.send(dataPacket(1, new Uint8Array(MiB)))
    await until(() => client.closeCode === 1009)
  })

  it.each([
    [1, 60_000],
    [1000, 20_000],
    [100_000, 200],
  ])(
    'cannot fill the relay beyond its credit by packets of %d bytes',
    async (length, count) => {
      let sink: Socket | undefined
      let received = 0
      const { port } = await target((socket) => {
        sink = socket.pause()
      })
      const { url, relay } = await wispRelay({ limits: { bufferedBytes: 200_000 } })
      const client = await rawClient(url)
      client.connect(1, port)
      await until(() => sink !== undefined)
      const frames = maskedFrames(dataPacket(1, new Uint8Array(length)), Math.min(count, 1000))
      for (let sent = 0; sent < count; sent += 1000) client.sendRaw(frames)
      let most = 0
      for (let round = 0; round < 50; round++) {
        await wait(10)
        most = Math.max(most, relay.status().buffered.toTarget)
      }
      // and what the socket had read of the WebSocket when it was paused
      expect(most).toBeLessThanOrEqual(200_000 + 65536 + length)
      sink?.on('data', (chunk) => {
        received += chunk.byteLength
      })
      sink?.resume()
      await until(() => received === length * count, 20_000)
    },
    40_000,
  )

  it('cannot fill the relay with early data of a target that does not answer, however small its packets', async () => {
    const { url, relay } = await wispRelay({
      allow: ['slow.test:1'],
      resolve: () => new Promise(() => undefined),
      limits: { bufferedBytes: 200_000, connectTimeoutMs: 1000 },
    })
    const client = await rawClient(url)
    client.connect(1, 1, 'slow.test')
    const frames = maskedFrames(dataPacket(1, new Uint8Array(1)), 1000)
    for (let sent = 0; sent < 300; sent++) client.sendRaw(frames)
    await wait(500)
    // 257 bytes are counted for each: some hundreds, and what had been read when it was paused
    expect(relay.status().buffered.toTarget).toBeLessThanOrEqual(810 + 65536 / 12)
    expect(await client.reasonOf(1)).toBe(0x43)
  }, 20_000)

  it('cannot have more names looked up at once than it has places', async () => {
    const questions: (() => void)[] = []
    const { url, relay } = await wispRelay({
      allow: ['*.test:1'],
      resolve: (name) =>
        new Promise((_, reject) => {
          questions.push(() => reject(new Error(name)))
        }),
      limits: { connectionsPerClient: 11 },
    })
    const client = await rawClient(url)
    for (let stream = 1; stream <= 500; stream++) {
      client.connect(stream, 1, `name${stream}.test`)
      client.send(closePacket(stream, 0x02))
    }
    client.connect(1000, 0)
    await client.reasonOf(1000)
    expect(questions).toHaveLength(10)
    for (const answer of questions.splice(0)) answer()
    await until(() => relay.status().connections === 0)
    client.connect(1001, 1, 'a.test')
    await until(() => questions.length === 1)
  })

  it('holds no places after a flood of streams', async () => {
    const { port } = await target((socket) => socket.resume())
    const { url, relay } = await wispRelay({ limits: { connectionsPerClient: 20 } })
    const client = await rawClient(url)
    for (let round = 0; round < 20; round++) {
      for (let stream = 1; stream <= 50; stream++) client.connect(round * 50 + stream, port)
      await until(() => client.packets.filter(({ type }) => type === 'close').length >= round * 31 + 31)
      for (let stream = 1; stream <= 50; stream++) client.send(closePacket(round * 50 + stream, 0x01))
      await until(() => relay.status().connections === 0)
    }
  }, 20_000)
})
