import { rename, writeFile } from 'node:fs/promises'
import type { ClientSession, SessionStore } from '../../session/session-store.js'
import { readText } from '../files.js'
import { UsageError } from '../usage-error.js'

interface StoredSession {
  readonly key: string
  readonly session: ClientSession
}

/** Sessions in a file between two runs. Whoever can read it can resume them: only its owner may. */
export class FileSessionStore implements SessionStore {
  readonly #outFile: string | undefined
  #loaded: StoredSession[]
  #received: StoredSession[] = []
  #writing: Promise<void> = Promise.resolve()
  #wasTaken = false
  #onReceived: (() => void) | undefined
  /** Resolves with the first ticket. */
  readonly firstReceived = new Promise<void>((resolve) => {
    this.#onReceived = resolve
  })

  private constructor(loaded: StoredSession[], outFile: string | undefined) {
    this.#loaded = loaded
    this.#outFile = outFile
  }

  static async open(inFile: string | undefined, outFile: string | undefined): Promise<FileSessionStore> {
    return new FileSessionStore(inFile === undefined ? [] : await readSessions(inFile), outFile)
  }

  /** Sessions were there, and none was for this connection. */
  get hasMissed(): boolean {
    return this.#loaded.length > 0 && !this.#wasTaken
  }

  get receivedCount(): number {
    return this.#received.length
  }

  take(key: string): ClientSession | undefined {
    const found = this.#loaded.findLast((stored) => stored.key === key)
    if (found) this.#wasTaken = true
    this.#loaded = this.#loaded.filter((stored) => stored !== found)
    return found?.session
  }

  put(key: string, session: ClientSession): void {
    this.#received.push({ key, session })
    this.#onReceived?.()
  }

  /** Writes what has come. Tickets are for one use: those that were read are not written again. */
  async save(): Promise<void> {
    const { outFile, received } = { outFile: this.#outFile, received: this.#received }
    if (outFile === undefined || received.length === 0) return
    this.#writing = this.#writing.then(async () => {
      const temporary = `${outFile}.${process.pid}.new`
      await writeFile(temporary, `${JSON.stringify({ format, sessions: received }, toBase64, 1)}\n`, { mode: 0o600 })
      await rename(temporary, outFile)
    })
    await this.#writing
  }
}

async function readSessions(path: string): Promise<StoredSession[]> {
  const text = await readText(path, 'session-in')
  try {
    const { format: found, sessions } = JSON.parse(text, fromBase64) as { format: unknown; sessions: StoredSession[] }
    if (found !== format || !Array.isArray(sessions) || !sessions.every(isSession)) throw new Error('not of that form')
    return sessions
  } catch {
    throw new UsageError(`--session-in ${path}: this is no file that --session-out has written`)
  }
}

function isSession({ key, session }: StoredSession): boolean {
  return (
    typeof key === 'string' &&
    session.ticket instanceof Uint8Array &&
    session.secret instanceof Uint8Array &&
    typeof session.cipherSuite === 'string' &&
    [
      session.ticketAgeAdd,
      session.lifetimeSeconds,
      session.receivedAt,
      session.authenticatedAt,
      session.maxEarlyDataSize,
    ].every(Number.isFinite) &&
    session.serverCertificates.every((each) => each instanceof Uint8Array)
  )
}

const toBase64 = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value

function fromBase64(_: string, value: unknown): unknown {
  const { base64 } = (value ?? {}) as { base64?: unknown }
  return typeof base64 === 'string' ? Uint8Array.from(Buffer.from(base64, 'base64')) : value
}

const format = 'webtls sessions 2'
