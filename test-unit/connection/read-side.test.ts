import { describe, expect, it } from 'vitest'
import { ReadSide } from '../../src/connection/read-side.js'
import { isPending } from '../support/deadline.js'

describe('what is read ahead of the application', () => {
  it.each([
    ['full records', () => new Uint8Array(2 ** 14), 4],
    ['single bytes, each of which takes memory of its own', () => new Uint8Array(1), 256],
    ['single bytes of large buffers', () => new Uint8Array(2 ** 14).subarray(0, 1), 4],
  ])('is counted by what it takes: %s', async (_what, chunkOf, most) => {
    const side = new ReadSide(() => undefined)
    let taken = 0
    const delivering = (async () => {
      while (taken < 70_000) {
        taken++
        await side.deliver(chunkOf())
      }
    })()
    expect(await isPending(delivering, 200)).toBe(true)
    expect(taken).toBe(most)
    side.end()
    await delivering
  })
})
