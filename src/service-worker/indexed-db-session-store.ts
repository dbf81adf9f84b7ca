import type { ClientSession, SessionStore } from '../session/session-store.js'

export interface IndexedDbSessionStoreOptions {
  /** The database's name. Default `webtls-sessions`. */
  readonly name?: string
  /** How many sessions are held in all; the oldest go first. Default 64. */
  readonly maxSessions?: number
  /** How many are held for a key. Default 4. */
  readonly maxSessionsPerKey?: number
}

interface Row {
  readonly key: string
  readonly session: ClientSession
}

/**
 * Sessions that outlive a worker, or a page: in IndexedDB, for all that runs in this origin. What is kept are secrets:
 * whoever reads the database, which every script of the origin and who has the profile can, may resume the sessions,
 * and read what was sent early under them. `clear()` forgets them.
 */
export class IndexedDbSessionStore implements SessionStore {
  readonly #name: string
  readonly #maxSessions: number
  readonly #maxSessionsPerKey: number
  #opening: Promise<IDBDatabase> | undefined

  constructor(options: IndexedDbSessionStoreOptions = {}) {
    this.#name = options.name ?? 'webtls-sessions'
    this.#maxSessions = options.maxSessions ?? 64
    this.#maxSessionsPerKey = options.maxSessionsPerKey ?? 4
  }

  /** The newest; given and forgotten in one transaction, so that no two connections get the same. */
  async take(key: string): Promise<ClientSession | undefined> {
    const store = await this.#store()
    const cursor = await settled(store.index('key').openCursor(IDBKeyRange.only(key), 'prev'))
    if (!cursor) return undefined
    const row = cursor.value as Row
    await settled(store.delete(cursor.primaryKey))
    return row.session
  }

  async put(key: string, session: ClientSession): Promise<void> {
    const store = await this.#store()
    await settled(store.add({ key, session } satisfies Row))
    const ofKey = await settled(store.index('key').getAllKeys(IDBKeyRange.only(key)))
    for (const old of ofKey.slice(0, Math.max(0, ofKey.length - this.#maxSessionsPerKey)))
      await settled(store.delete(old))
    const all = await settled(store.getAllKeys())
    for (const old of all.slice(0, Math.max(0, all.length - this.#maxSessions))) await settled(store.delete(old))
  }

  async clear(): Promise<void> {
    await settled((await this.#store()).clear())
  }

  async #store(): Promise<IDBObjectStore> {
    this.#opening ??= this.#open()
    const database = await this.#opening
    return database.transaction(storeName, 'readwrite').objectStore(storeName)
  }

  async #open(): Promise<IDBDatabase> {
    const opening = indexedDB.open(this.#name, 1)
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore(storeName, { autoIncrement: true }).createIndex('key', 'key')
    }
    try {
      const database = await settled(opening)
      // another page wants to delete or upgrade it, or the browser closed it: opened again when it is needed
      const forget = () => {
        database.close()
        this.#opening = undefined
      }
      database.onversionchange = forget
      database.onclose = forget
      return database
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }
}

/** Its callbacks run in the transaction, which stays open as long as a request follows at once. */
function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

const storeName = 'sessions'
