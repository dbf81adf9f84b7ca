import type { CipherSuiteName } from '../messages/code-points.js'

/**
 * A session that a server's ticket can resume: plain data, which may be cloned and kept. Whoever has it can pretend to
 * be the client of that session and, with its early data, read what is sent: keep it as one keeps a password.
 */
export interface ClientSession {
  readonly ticket: Uint8Array
  /** The pre-shared key of the ticket (RFC 9846 section 4.7.1). */
  readonly secret: Uint8Array
  readonly cipherSuite: CipherSuiteName
  readonly ticketAgeAdd: number
  readonly lifetimeSeconds: number
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  /** When the server was last proved by its certificate, or an external PSK: resumption does not renew it. */
  readonly authenticatedAt: number
  /** Bytes of 0-RTT data that the server may take; 0 for none. */
  readonly maxEarlyDataSize: number
  readonly alpnProtocol: string | undefined
  /** DER, leaf first, of what the server sent in the full handshake: judged again when the session is resumed. */
  readonly serverCertificates: readonly Uint8Array[]
}

/**
 * Where a client keeps its sessions. A key stands for everything that a session is bound to: the server's name, the
 * application protocols, the policy and the trust anchors.
 *
 * A store that fails costs sessions, never a connection: `take` has a second, and nothing waits for `put`.
 */
export interface SessionStore {
  /**
   * Gives a session and forgets it: each is used once, so that no one who watches can tie connections together (RFC
   * 9846 appendix C.4).
   */
  take(key: string): ClientSession | undefined | Promise<ClientSession | undefined>
  put(key: string, session: ClientSession): void | Promise<void>
}

export interface MemorySessionStoreOptions {
  /** How many keys are held; the one used longest ago goes first. Default 256. */
  readonly maxKeys?: number
  /** How many sessions are held for a key; the newest are kept. Default 4. */
  readonly maxSessionsPerKey?: number
}

/** Sessions in memory, bounded. */
export class MemorySessionStore implements SessionStore {
  readonly #sessions = new Map<string, ClientSession[]>()
  readonly #maxKeys: number
  readonly #maxSessionsPerKey: number

  constructor({ maxKeys = 256, maxSessionsPerKey = 4 }: MemorySessionStoreOptions = {}) {
    this.#maxKeys = maxKeys
    this.#maxSessionsPerKey = maxSessionsPerKey
  }

  /** The newest first: its lifetime ends last. */
  take(key: string): ClientSession | undefined {
    const sessions = this.#sessions.get(key)
    const session = sessions?.pop()
    if (sessions?.length === 0) this.#sessions.delete(key)
    return session
  }

  put(key: string, session: ClientSession): void {
    const sessions = [...(this.#sessions.get(key) ?? []), session].slice(-this.#maxSessionsPerKey)
    // set again, so that the map's order is that of use
    this.#sessions.delete(key)
    this.#sessions.set(key, sessions)
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= this.#maxKeys) break
      this.#sessions.delete(oldest)
    }
  }

  clear(): void {
    this.#sessions.clear()
  }
}
