import { describe, expect, it } from 'vitest'
import { ConnectionCapture } from '../../src/inspect/connection-capture.js'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'
import { enhancedPackets, pcapngBlocks } from '../support/read-pcapng.js'

const bytes = (length: number, value = 7) => new Uint8Array(length).fill(value)

/** The bytes of the TCP segments behind their headers of 40 bytes. */
const payloads = (capture: ConnectionCapture) =>
  enhancedPackets(capture.toPcapng())
    .map(({ bytes: packet }) => packet.subarray(40))
    .filter(({ length }) => length > 0)

describe('ConnectionCapture', () => {
  it('passes bytes through and keeps both directions in their order', async () => {
    const [near, far] = memoryDuplexPair()
    const capture = new ConnectionCapture({ role: 'client' })
    const { readable, writable } = capture.tap(near)
    const writer = writable.getWriter()
    await writer.write(bytes(3, 1))
    expect((await far.readable.getReader().read()).value).toEqual(bytes(3, 1))
    await far.writable.getWriter().write(bytes(2, 2))
    expect((await readable.getReader().read()).value).toEqual(bytes(2, 2))
    expect(payloads(capture)).toEqual([bytes(3, 1), bytes(2, 2)])
    expect(capture).toMatchObject({ totalBytes: 5, isWhole: true })
  })

  it('passes ends and errors through', async () => {
    const [near, far] = memoryDuplexPair()
    const { readable, writable } = new ConnectionCapture({ role: 'client' }).tap(near)
    await writable.close()
    expect((await far.readable.getReader().read()).done).toBe(true)
    await far.writable.abort(new Error('enough'))
    await expect(readable.getReader().read()).rejects.toThrow('enough')
    const [other, end] = memoryDuplexPair()
    const tapped = new ConnectionCapture({ role: 'client' }).tap(other)
    const writer = tapped.writable.getWriter()
    await end.readable.cancel(new Error('no more'))
    await expect(writer.closed).rejects.toThrow('no more')
  })

  it('holds the transport back as long as nobody reads', async () => {
    const [near, far] = memoryDuplexPair({ bufferedBytes: 10 })
    const { readable } = new ConnectionCapture({ role: 'server' }).tap(near)
    const writer = far.writable.getWriter()
    let written = 0
    const writing = (async () => {
      for (; written < 5; written++) await writer.write(bytes(10))
    })()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(written).toBeLessThan(2)
    const reader = readable.getReader()
    for (let count = 0; count < 5; count++) await reader.read()
    await writing
  })

  it('keeps no more than it may, says so, and keeps no hole', async () => {
    const [near, far] = memoryDuplexPair()
    const capture = new ConnectionCapture({ role: 'client', maxBytes: 100 })
    const { writable } = capture.tap(near)
    const writer = writable.getWriter()
    const reader = far.readable.getReader()
    for (const length of [60, 60, 10]) {
      await writer.write(bytes(length))
      await reader.read()
    }
    expect(payloads(capture).map(({ length }) => length)).toEqual([60, 40])
    expect(capture).toMatchObject({ totalBytes: 130, isWhole: false })
    expect(new TextDecoder().decode(capture.toPcapng())).toContain('Only the first 100 of 130 bytes')
  })

  it('says which role sent what', async () => {
    const [near, far] = memoryDuplexPair()
    const capture = new ConnectionCapture({ role: 'server', serverPort: 8443, serverName: 'www.example.com' })
    const writer = capture.tap(near).writable.getWriter()
    await writer.write(bytes(5))
    await far.readable.getReader().read()
    const packet = enhancedPackets(capture.toPcapng()).find(({ bytes: each }) => each.length > 40)
    expect(packet?.bytes.subarray(12, 20)).toEqual(Uint8Array.of(192, 0, 2, 2, 192, 0, 2, 1))
    expect(((packet?.bytes[20] ?? 0) << 8) | (packet?.bytes[21] ?? 0)).toBe(8443)
    expect(new TextDecoder().decode(capture.toPcapng())).toContain('www.example.com\0')
  })

  it('has its secrets in a block in front of the packets, and none without a key log', () => {
    const capture = new ConnectionCapture({ role: 'client' })
    expect(pcapngBlocks(capture.toPcapng()).map(({ type }) => type)).not.toContain(0x0a)
    capture.keyLog('CLIENT_TRAFFIC_SECRET_0 aa bb')
    const blocks = pcapngBlocks(capture.toPcapng())
    const secrets = blocks.findIndex(({ type }) => type === 0x0a)
    expect(secrets).toBeLessThan(blocks.findIndex(({ type }) => type === 6))
    const body = blocks[secrets]?.body ?? bytes(0)
    expect(new TextDecoder().decode(body.subarray(8)).replace(/\0+$/, '')).toBe('CLIENT_TRAFFIC_SECRET_0 aa bb\n')
  })

  it.each([{ role: 'both' }, { role: 'client', maxBytes: 0 }, { role: 'client', serverPort: 70_000 }])(
    'refuses %j',
    (options) => {
      expect(() => new ConnectionCapture(options as never)).toThrow(
        expect.objectContaining({ code: 'invalid_argument' }),
      )
    },
  )
})
