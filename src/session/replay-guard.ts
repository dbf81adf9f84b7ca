import type { TicketKeys } from './ticket-keys.js'

/** One attempt at 0-RTT. */
export interface EarlyDataAttempt {
  /** Tells ClientHellos apart: the binder, in hexadecimal (RFC 9846 section 8.2). */
  readonly id: string
  /** When the ticket was issued, in milliseconds since 1970. */
  readonly issuedAt: number
  /** When the ClientHello came, by the server's clock: it may be a while ago, and earlier than that of the last attempt. */
  readonly now: number
}

/**
 * Sees to it that 0-RTT data is taken once (RFC 9846 section 8). Servers that share ticket keys must share a guard as
 * well, or data may be taken once by each.
 */
export interface ReplayGuard {
  /** Whether this attempt is the first, which is remembered before the answer. */
  admit(attempt: EarlyDataAttempt): boolean | Promise<boolean>
}

export interface MemoryReplayGuardOptions {
  /** How long an attempt is remembered, in milliseconds; at least 21 s. Default 30 s. */
  readonly windowMilliseconds?: number
  /** How many attempts are remembered; when it is full no more are admitted. Default 100,000. */
  readonly maxEntries?: number
  /** Since when attempts are remembered, in milliseconds since 1970 by the server's clock. Default: now. */
  readonly startedAt?: number
}

/** A guard for one process: recording of ClientHellos within a window of time (section 8.2). */
export class MemoryReplayGuard implements ReplayGuard {
  readonly #windowMilliseconds: number
  readonly #maxEntries: number
  readonly #seen = new Map<string, number>()
  readonly #startedAt: number
  #forgottenUpTo = Number.NEGATIVE_INFINITY
  #scannedAt = Number.NEGATIVE_INFINITY

  constructor(options: MemoryReplayGuardOptions = {}) {
    const { windowMilliseconds = 30_000, maxEntries = 100_000, startedAt = Date.now() } = options
    this.#startedAt = startedAt
    this.#windowMilliseconds = Math.max(windowMilliseconds, leastWindowMilliseconds)
    this.#maxEntries = maxEntries
  }

  admit({ id, issuedAt, now }: EarlyDataAttempt): boolean {
    // "when implementations are freshly started, they SHOULD reject 0-RTT as long as any portion of their recording
    // window overlaps the startup time": a ticket issued since cannot have been used before
    //= rfc9846#section-8.2 8.2-5
    if (issuedAt < this.#startedAt && now < this.#startedAt + this.#windowMilliseconds) return false
    this.#forget(now)
    // the clock was put back to before something expired that is not remembered any more: it may be this
    if (now < this.#forgottenUpTo) return false
    //= rfc9846#section-8 8-1 8-3
    if (this.#seen.has(id) || this.#seen.size >= this.#maxEntries) return false
    this.#seen.set(id, now + this.#windowMilliseconds)
    return true
  }

  /** All are looked at, once a second: where the clock was put back, the order of insertion is not that of expiry. */
  #forget(now: number): void {
    if (Math.abs(now - this.#scannedAt) < 1000) return
    this.#scannedAt = now
    for (const [id, expiresAt] of this.#seen) {
      if (expiresAt > now) continue
      this.#seen.delete(id)
      this.#forgottenUpTo = Math.max(this.#forgottenUpTo, expiresAt)
    }
  }
}

/** A ticket's age may be off by 10 s either way, both ends included (section 8.3); and a second, to be past the edge. */
const leastWindowMilliseconds = 21_000

const guards = new WeakMap<TicketKeys, MemoryReplayGuard>()

/**
 * The guard of keys that live in this process alone. Each config that opens tickets with them must ask the same one:
 * what one has taken, another would take again.
 */
export function replayGuardOf(keys: TicketKeys, startedAt: number): MemoryReplayGuard {
  const guard = guards.get(keys) ?? new MemoryReplayGuard({ startedAt })
  guards.set(keys, guard)
  return guard
}
