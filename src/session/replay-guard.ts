/** One attempt at 0-RTT. */
export interface EarlyDataAttempt {
  /** Tells ClientHellos apart: the binder, in hexadecimal (RFC 9846 section 8.2). */
  readonly id: string
  /** When the ticket was issued, in milliseconds since 1970. */
  readonly issuedAt: number
  /** Now, by the server's clock. */
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
  /** How long an attempt is remembered, in milliseconds; at least twice the 10 s a ticket's age may be off. Default 30 s. */
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

  constructor(options: MemoryReplayGuardOptions = {}) {
    const { windowMilliseconds = 30_000, maxEntries = 100_000, startedAt = Date.now() } = options
    this.#startedAt = startedAt
    this.#windowMilliseconds = Math.max(windowMilliseconds, 20_000)
    this.#maxEntries = maxEntries
  }

  admit({ id, issuedAt, now }: EarlyDataAttempt): boolean {
    // "when implementations are freshly started, they SHOULD reject 0-RTT as long as any portion of their recording
    // window overlaps the startup time": a ticket issued since cannot have been used before
    if (issuedAt < this.#startedAt && now < this.#startedAt + this.#windowMilliseconds) return false
    this.#forget(now)
    if (this.#seen.has(id) || this.#seen.size >= this.#maxEntries) return false
    this.#seen.set(id, now + this.#windowMilliseconds)
    return true
  }

  /** The map keeps the order of insertion, which is that of expiry. */
  #forget(now: number): void {
    for (const [id, expiresAt] of this.#seen) {
      if (expiresAt > now) return
      this.#seen.delete(id)
    }
  }
}
