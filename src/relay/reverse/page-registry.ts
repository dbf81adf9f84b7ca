import { RelayError } from '../../transports/relay-error.js'
import type { PageSession } from './page-session.js'

interface Reservation {
  readonly page: PageSession
  readonly timer: NodeJS.Timeout
}

/** Which page serves which name: one page at a time, and for a while the one whose WebSocket broke. */
export class PageRegistry {
  readonly #pages = new Map<string, PageSession>()
  readonly #reserved = new Map<string, Reservation>()
  readonly #reservedMs: number

  constructor(reservedMs: number) {
    this.#reservedMs = reservedMs
  }

  find(name: string): PageSession | undefined {
    return this.#pages.get(name)
  }

  /** Names that a page had and may come back for. */
  isReserved(name: string): boolean {
    return this.#reserved.has(name)
  }

  /** Throws a RelayError `name_taken`; a page that shows the key of the one there takes over from itself. */
  checkFree(name: string, resumptionKey: Uint8Array | undefined): void {
    const holder = this.#pages.get(name) ?? this.#reserved.get(name)?.page
    if (holder === undefined || (resumptionKey !== undefined && holder.isResumedBy(resumptionKey))) return
    throw new RelayError('name_taken', `another page serves ${name}`)
  }

  /** To be called right after `checkFree`. Ends the WebSocket that the page had before. */
  add(page: PageSession): void {
    const before = this.#pages.get(page.name)
    this.#forget(page.name)
    this.#pages.set(page.name, page)
    before?.fail(new RelayError('reset', 'the page has come again'))
  }

  remove(page: PageSession, how: 'closed' | 'broken'): void {
    if (this.#pages.get(page.name) !== page) return
    this.#pages.delete(page.name)
    if (how === 'closed') return
    const timer = setTimeout(() => this.#reserved.delete(page.name), this.#reservedMs)
    timer.unref()
    this.#reserved.set(page.name, { page, timer })
  }

  clear(): void {
    for (const name of [...this.#reserved.keys()]) this.#forget(name)
  }

  #forget(name: string): void {
    clearTimeout(this.#reserved.get(name)?.timer)
    this.#reserved.delete(name)
  }
}
