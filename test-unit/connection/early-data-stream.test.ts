import { describe, expect, it } from 'vitest'
import { EarlyDataStream } from '../../src/connection/early-data-stream.js'
import { TlsError } from '../../src/errors/tls-error.js'
import { isPending, rejection, within } from '../support/deadline.js'

const bytes = (...values: number[]) => Uint8Array.from(values)

describe('EarlyDataStream', () => {
  it('holds what nobody reads in one piece: single bytes take no more memory than a long record', async () => {
    const stream = new EarlyDataStream()
    for (let index = 0; index < 1000; index++) await stream.deliver(bytes(index % 256))
    const reader = stream.readable.getReader()
    const { value } = await within(reader.read(), 'data')
    expect(value).toEqual(Uint8Array.from({ length: 1000 }, (_, index) => index % 256))
    expect(value?.buffer.byteLength).toBe(1000)
  })

  it('gives data to readers who wait, one piece each, and ends behind the last', async () => {
    const stream = new EarlyDataStream()
    const reader = stream.readable.getReader()
    const reads = [reader.read(), reader.read(), reader.read()]
    expect(await isPending(Promise.race(reads))).toBe(true)
    await stream.deliver(bytes(1))
    await stream.deliver(bytes(2, 3))
    stream.end()
    expect(await within(Promise.all(reads), 'reads')).toEqual([
      { done: false, value: bytes(1) },
      { done: false, value: bytes(2, 3) },
      { done: true, value: undefined },
    ])
  })

  it('can still be read after its end', async () => {
    const stream = new EarlyDataStream()
    await stream.deliver(bytes(1))
    await stream.deliver(bytes(2))
    stream.end()
    const reader = stream.readable.getReader()
    expect(await within(reader.read(), 'data')).toEqual({ done: false, value: bytes(1, 2) })
    expect(await within(reader.read(), 'the end')).toEqual({ done: true, value: undefined })
    await within(reader.closed, 'closed')
  })

  it('fails with the handshake, and what was not read is gone', async () => {
    const stream = new EarlyDataStream()
    await stream.deliver(bytes(1))
    const failure = new TlsError('aborted', 'no')
    stream.fail(failure)
    expect(await rejection(stream.readable.getReader().read(), 'a read')).toBe(failure)
  })

  it('takes and keeps nothing once it is cancelled', async () => {
    const stream = new EarlyDataStream()
    await stream.deliver(bytes(1))
    await stream.readable.cancel()
    await stream.deliver(bytes(2))
    stream.end()
    stream.fail(new TlsError('aborted', 'no'))
    expect(await within(stream.readable.getReader().read(), 'the end')).toEqual({ done: true, value: undefined })
  })
})
