/** Calls back when nothing happened for a time. Nothing is left running once it is stopped. */
export class TimeLimit {
  readonly #milliseconds: number
  readonly #onExceeded: () => void
  #isEnded = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(milliseconds: number, onExceeded: () => void) {
    this.#milliseconds = milliseconds
    this.#onExceeded = onExceeded
  }

  /** Begins the time anew. */
  start(): void {
    this.stop()
    if (this.#isEnded) return
    this.#timer = setTimeout(this.#onExceeded, this.#milliseconds)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** For good: it cannot be started again. */
  end(): void {
    this.stop()
    this.#isEnded = true
  }
}
