import { describe, expect, it } from 'vitest'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'

const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let done = false
  promise.then(
    () => {
      done = true
    },
    () => {
      done = true
    },
  )
  await new Promise((resolve) => setTimeout(resolve, 10))
  return done
}

describe('memoryDuplexPair', () => {
  it('hands over the very chunks that were written, both ways', async () => {
    const [left, right] = memoryDuplexPair()
    const chunk = Uint8Array.of(1, 2, 3)
    const answer = Uint8Array.of(4)
    await left.writable.getWriter().write(chunk)
    await right.writable.getWriter().write(answer)
    expect((await right.readable.getReader().read()).value).toBe(chunk)
    expect((await left.readable.getReader().read()).value).toBe(answer)
  })

  it('makes a write wait when the bytes reach the bound, and go on when they are read', async () => {
    const [left, right] = memoryDuplexPair({ bufferedBytes: 100 })
    const writer = left.writable.getWriter()
    const reader = right.readable.getReader()
    await writer.write(new Uint8Array(60))
    const second = writer.write(new Uint8Array(60))
    expect(await settled(second)).toBe(false)
    await reader.read()
    await second
  })

  it('bounds what waits, however much is written', async () => {
    const [left, right] = memoryDuplexPair({ bufferedBytes: 1000 })
    let written = 0
    const sending = (async () => {
      const writer = left.writable.getWriter()
      for (let index = 0; index < 500; index++) {
        await writer.ready
        await writer.write(new Uint8Array(100))
        written += 100
      }
      await writer.close()
    })()
    let read = 0
    let most = 0
    for await (const chunk of right.readable) {
      most = Math.max(most, written - read)
      read += chunk.byteLength
      await new Promise((resolve) => setImmediate(resolve))
    }
    await sending
    expect(read).toBe(50_000)
    expect(most).toBeLessThanOrEqual(1100)
  })

  it('ends one direction and keeps the other', async () => {
    const [left, right] = memoryDuplexPair()
    await left.writable.close()
    expect((await right.readable.getReader().read()).done).toBe(true)
    await right.writable.getWriter().write(Uint8Array.of(7))
    expect((await left.readable.getReader().read()).value).toEqual(Uint8Array.of(7))
  })

  it('carries the reason of an abort to the reader, also past a write that waits', async () => {
    const [left, right] = memoryDuplexPair({ bufferedBytes: 1 })
    const writer = left.writable.getWriter()
    const waiting = writer.write(new Uint8Array(10))
    expect(await settled(waiting)).toBe(false)
    await writer.abort(new Error('enough'))
    await expect(right.readable.getReader().read()).rejects.toThrow('enough')
  })

  it('fails the writer when the reader cancels, also a write that waits', async () => {
    const [left, right] = memoryDuplexPair({ bufferedBytes: 1 })
    const writer = left.writable.getWriter()
    const waiting = writer.write(new Uint8Array(10))
    await right.readable.cancel()
    await settled(waiting)
    await expect(writer.write(Uint8Array.of(1))).rejects.toMatchObject({ name: 'TlsError', code: 'closed' })
  })
})
