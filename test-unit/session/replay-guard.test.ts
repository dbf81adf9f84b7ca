import { describe, expect, it } from 'vitest'
import { MemoryReplayGuard } from '../../src/session/replay-guard.js'

const attempt = (id: string, now: number, issuedAt = 0) => ({ id, now, issuedAt })

describe('the replay guard in memory (8.2)', () => {
  //= rfc9846#section-8 8-1 8-3
  it('admits each attempt once', () => {
    const guard = new MemoryReplayGuard({ startedAt: 0 })
    expect(guard.admit(attempt('a', 1))).toBe(true)
    expect(guard.admit(attempt('b', 1))).toBe(true)
    expect(guard.admit(attempt('a', 2))).toBe(false)
    expect(guard.admit(attempt('b', 2))).toBe(false)
  })

  it('remembers for its window', () => {
    const guard = new MemoryReplayGuard({ startedAt: 0, windowMilliseconds: 25_000 })
    guard.admit(attempt('a', 1000))
    expect(guard.admit(attempt('a', 25_999))).toBe(false)
    expect(guard.admit(attempt('a', 27_000))).toBe(true)
  })

  it('never has a window below twice of what a ticket’s age may be off', () => {
    const guard = new MemoryReplayGuard({ startedAt: 0, windowMilliseconds: 1 })
    guard.admit(attempt('a', 1000))
    expect(guard.admit(attempt('a', 20_999))).toBe(false)
  })

  it('admits nothing more when it is full, and forgets nothing for that', () => {
    const guard = new MemoryReplayGuard({ startedAt: 0, maxEntries: 2 })
    expect(guard.admit(attempt('a', 1))).toBe(true)
    expect(guard.admit(attempt('b', 2))).toBe(true)
    expect(guard.admit(attempt('c', 3))).toBe(false)
    expect(guard.admit(attempt('a', 4))).toBe(false)
    // the first entry's time is over
    expect(guard.admit(attempt('c', 30_001))).toBe(true)
  })

  //= rfc9846#section-8.2 8.2-5
  it('admits tickets from before its start only when its window is over', () => {
    const guard = new MemoryReplayGuard({ startedAt: 1000, windowMilliseconds: 30_000 })
    expect(guard.admit(attempt('old', 1001, 999))).toBe(false)
    expect(guard.admit(attempt('old', 30_999, 999))).toBe(false)
    expect(guard.admit(attempt('new', 1001, 1000))).toBe(true)
    expect(guard.admit(attempt('old', 31_000, 999))).toBe(true)
  })
})
