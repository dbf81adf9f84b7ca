import { describe, expect, it } from 'vitest'
import { TlsError } from '../../../src/errors/tls-error.js'
import { ReceiveQueue } from '../../../src/transports/wisp/receive-queue.js'
import { isPending, rejection, within } from '../../support/deadline.js'

function queue() {
  let held = 0
  let isCancelled = false
  let isEnded = false
  const made = new ReceiveQueue({
    held: (bytes) => {
      held += bytes
    },
    cancelled: () => {
      isCancelled = true
    },
    ended: () => {
      isEnded = true
    },
  })
  return { queue: made, held: () => held, isCancelled: () => isCancelled, isEnded: () => isEnded }
}

const broken = new TlsError('transport_failed', 'broken')

describe('a receive queue', () => {
  it('gives what came in order, to readers that wait and to those that come late', async () => {
    const { queue: made, held } = queue()
    const reader = made.readable.getReader()
    const early = [reader.read(), reader.read()]
    await new Promise((resolve) => setTimeout(resolve, 1))
    for (let value = 0; value < 3000; value++) made.add(Uint8Array.of(value & 0xff, value >> 8))
    made.end(undefined)
    expect(held()).toBe(2998 * (2 + 256))
    const values: number[] = []
    for (const read of early) values.push(((await read).value?.[0] ?? 0) | (((await read).value?.[1] ?? 0) << 8))
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      values.push((read.value[0] ?? 0) | ((read.value[1] ?? 0) << 8))
    }
    expect(values).toEqual(Array.from({ length: 3000 }, (_, value) => value))
    expect(held()).toBe(0)
  })

  it('keeps nothing for a reader that waits', async () => {
    const { queue: made, held } = queue()
    const reading = made.readable.getReader().read()
    await Promise.resolve()
    made.add(new Uint8Array(1000))
    expect(held()).toBe(0)
    expect((await reading).value).toHaveLength(1000)
  })

  it('gives an error after the bytes that came before it', async () => {
    const { queue: made, isEnded } = queue()
    made.add(Uint8Array.of(1))
    made.add(Uint8Array.of(2))
    made.end(broken)
    made.add(Uint8Array.of(3))
    const reader = made.readable.getReader()
    expect((await reader.read()).value).toEqual(Uint8Array.of(1))
    expect(isEnded()).toBe(false)
    expect((await reader.read()).value).toEqual(Uint8Array.of(2))
    expect(isEnded()).toBe(true)
    expect(await rejection(reader.read(), 'a read')).toBe(broken)
  })

  it('settles a read that waits when the end comes, or the error', async () => {
    const one = queue().queue
    const ending = one.readable.getReader().read()
    expect(await isPending(ending)).toBe(true)
    one.end(undefined)
    expect((await within(ending, 'a read')).done).toBe(true)
    const other = queue().queue
    const failing = other.readable.getReader().read()
    other.end(broken)
    expect(await rejection(failing, 'a read')).toBe(broken)
  })

  it('tells of its end at once when nothing waits', async () => {
    const { queue: made } = queue()
    const reader = made.readable.getReader()
    made.end(undefined)
    await within(reader.closed, 'closed')
  })

  it('drops what waits when told to, and when cancelled', async () => {
    const dropped = queue()
    dropped.queue.add(new Uint8Array(10))
    dropped.queue.drop(broken)
    expect(dropped.held()).toBe(0)
    expect(dropped.isCancelled()).toBe(false)
    expect(await rejection(dropped.queue.readable.getReader().read(), 'a read')).toBe(broken)
    const cancelled = queue()
    cancelled.queue.add(new Uint8Array(10))
    await cancelled.queue.readable.cancel()
    cancelled.queue.add(new Uint8Array(10))
    cancelled.queue.end(broken)
    expect(cancelled.held()).toBe(0)
    expect(cancelled.isCancelled()).toBe(true)
    expect(cancelled.queue.isWanted).toBe(false)
  })

  it('passes over empty chunks', async () => {
    const { queue: made, held } = queue()
    for (let count = 0; count < 100; count++) made.add(new Uint8Array(0))
    expect(held()).toBe(0)
    expect(await isPending(made.readable.getReader().read())).toBe(true)
  })
})
