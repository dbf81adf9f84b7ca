import { describe, expect, it } from 'vitest'
import { dial, echo, readAll, relayFor, target, until, utf8 } from './relay-support.js'

describe('many connections that end in every way', () => {
  it('leave nothing behind', async () => {
    const { port, server } = await target(echo)
    const { url, relay } = await relayFor({ limits: { connectionsPerClient: 1000 } })

    const ways = [
      async () => {
        const stream = await dial(url, port)
        const writer = stream.writable.getWriter()
        await writer.write(utf8('whole'))
        await writer.close()
        expect((await readAll(stream.readable)).toString()).toBe('whole')
      },
      async () => (await dial(url, port)).writable.abort(),
      async () => {
        const stream = await dial(url, port)
        await stream.readable.cancel()
        await stream.writable.close()
      },
      async () => {
        const stream = await dial(url, port)
        const writer = stream.writable.getWriter()
        writer.write(new Uint8Array(8 * 1024 * 1024)).catch(() => undefined)
        await stream.readable.getReader().read()
        await writer.abort()
      },
      async () => {
        const stream = await dial(url, port, { mode: 'plain' })
        const writer = stream.writable.getWriter()
        await writer.write(utf8('x'))
        await stream.readable.cancel()
        await writer.close()
      },
      async () => {
        const abort = new AbortController()
        const dialling = dial(url, port, { signal: abort.signal })
        setTimeout(() => abort.abort(), Math.random() * 5)
        const stream = await dialling.catch(() => undefined)
        await stream?.writable.abort()
      },
    ]
    for (let round = 0; round < 15; round++) {
      const way = (index: number) => ways[index % ways.length]?.() ?? Promise.resolve()
      await Promise.all(Array.from({ length: 12 }, (_, index) => way(index).then(() => undefined)))
    }

    await until(() => relay.status().connections === 0)
    expect(relay.status()).toEqual({ connections: 0, buffered: { toClient: 0, toTarget: 0 } })
    let left = 1
    await until(() => {
      server.getConnections((_, count) => {
        left = count
      })
      return left === 0
    })
  })
})
