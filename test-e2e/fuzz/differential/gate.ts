/** Lets many run at the same time, or one alone. */
export class Gate {
  #running = 0
  #alone: Promise<unknown> | undefined
  #wake: (() => void) | undefined

  async together<T>(run: () => Promise<T>): Promise<T> {
    while (this.#alone) await this.#alone
    this.#running++
    try {
      return await run()
    } finally {
      if (--this.#running === 0) this.#wake?.()
    }
  }

  async alone<T>(run: () => Promise<T>): Promise<T> {
    while (this.#alone) await this.#alone
    let end: () => void = () => undefined
    this.#alone = new Promise<void>((resolve) => {
      end = resolve
    })
    try {
      if (this.#running > 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
      return await run()
    } finally {
      this.#alone = undefined
      this.#wake = undefined
      end()
    }
  }
}
