interface Waiter {
  readonly wanted: number
  settle(bytes: number): void
}

/**
 * How many bytes may be sent now over something that several streams share. Who finds none waits in line: each turn
 * is one claim, so that no stream takes all of it.
 */
export class SendBudget {
  #available: number
  readonly #largestClaim: number
  readonly #waiting = new Set<Waiter>()

  constructor(available: number, largestClaim: number) {
    this.#available = available
    this.#largestClaim = largestClaim
  }

  /** More than none of what is wanted; 0 when `signal` has ended the wait. */
  claim(wanted: number, signal: AbortSignal): number | Promise<number> {
    if (signal.aborted) return 0
    if (this.#available > 0 && this.#waiting.size === 0) return this.#take(wanted)
    return new Promise((resolve) => {
      const settle = (bytes: number) => {
        this.#waiting.delete(waiter)
        signal.removeEventListener('abort', onAbort)
        resolve(bytes)
      }
      const onAbort = () => settle(0)
      const waiter = { wanted, settle }
      signal.addEventListener('abort', onAbort)
      this.#waiting.add(waiter)
    })
  }

  add(bytes: number): void {
    this.#available += bytes
    for (const { wanted, settle } of this.#waiting) {
      if (this.#available === 0) return
      settle(this.#take(wanted))
    }
  }

  #take(wanted: number): number {
    const bytes = Math.min(wanted, this.#largestClaim, this.#available)
    this.#available -= bytes
    return bytes
  }
}
