import { TlsError } from '../errors/tls-error.js'

/** What IndexedDB keeps of an identity: the key as the engine has it, whose bytes no script can read. */
export interface KeptIdentity {
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly certificateChain: string
}

export async function readKept(name: string): Promise<KeptIdentity | undefined> {
  return await inStore('readonly', (store) => store.get(name) as IDBRequest<KeptIdentity | undefined>)
}

export async function writeKept(name: string, identity: KeptIdentity): Promise<void> {
  await inStore('readwrite', (store) => store.put(identity, name))
}

export async function deleteKept(name: string): Promise<void> {
  await inStore('readwrite', (store) => store.delete(name))
}

async function inStore<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  if (globalThis.indexedDB === undefined) {
    throw new TlsError('unsupported', 'this platform has no IndexedDB to keep an identity in: leave `keep` out')
  }
  const opening = indexedDB.open(databaseName, 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(storeName)
  const database = await settled(opening)
  try {
    const transaction = database.transaction(storeName, mode)
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(storeFailed(transaction.error))
    })
    done.catch(() => undefined)
    const result = await settled(act(transaction.objectStore(storeName)))
    await done
    return result
  } finally {
    database.close()
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(storeFailed(request.error))
  })
}

const storeFailed = (cause: unknown) => new TlsError('invalid_state', 'IndexedDB failed', { cause })

const databaseName = 'webtls-identities'
const storeName = 'identities'
