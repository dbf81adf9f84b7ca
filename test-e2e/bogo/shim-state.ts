import { type CryptoProvider, platformProvider } from '../../src/crypto/provider.js'
import { MemoryReplayGuard } from '../../src/session/replay-guard.js'
import type { ClientSession, SessionStore } from '../../src/session/session-store.js'
import { TicketKeys } from '../../src/session/ticket-keys.js'

/** What lasts from one connection of a test to the next: the clock, the sessions, the keys of tickets. */
export class ShimState {
  /** It stands still but for `-resumption-delay`, since the runner counts the ages of tickets exactly. */
  #now = Date.now()
  readonly provider: CryptoProvider
  readonly ticketKeys: TicketKeys
  readonly replayGuard: MemoryReplayGuard
  readonly sessions = new LatestSession()

  constructor() {
    const now = () => this.#now
    this.provider = {
      subtle: platformProvider.subtle,
      getRandomValues: (bytes) => platformProvider.getRandomValues(bytes),
      now,
    }
    // as long as any ticket lives: what is judged is the ticket's lifetime, not the rotation of keys
    const week = 604_800
    this.ticketKeys = TicketKeys.generated({ provider: this.provider, encryptSeconds: week, decryptSeconds: week })
    this.replayGuard = new MemoryReplayGuard({ startedAt: now() })
  }

  moveClock(seconds: number): void {
    this.#now += seconds * 1000
  }
}

/** The runner's idea of sessions: the latest one of a connection is what the next connection offers. */
export class LatestSession implements SessionStore {
  #offered: ClientSession | undefined
  /** What came on this connection. */
  latest: ClientSession | undefined

  /** To be called in front of each connection. @returns what it will offer */
  startConnection(isResumption: boolean): ClientSession | undefined {
    this.#offered = isResumption ? this.latest : undefined
    this.latest = undefined
    return this.#offered
  }

  take(): ClientSession | undefined {
    const offered = this.#offered
    this.#offered = undefined
    return offered
  }

  put(_key: string, session: ClientSession): void {
    this.latest = session
  }
}
