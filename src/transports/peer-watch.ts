/** What is used of the Web Locks API. */
interface Locks {
  request(name: string, options: object, callback: (lock: unknown) => unknown): Promise<unknown>
}

export interface PeerWatch {
  /** This end's lock is held and named to the other end, or there will be none. */
  readonly ready: Promise<void>
  /** The other end's lock. */
  peerIs(lock: string): void
  /** The connection is over. */
  stop(): void
}

/**
 * Notices that another context is gone, where no event tells: a lock is held as long as its holder lives, so who gets
 * the other's lock knows that it lives no more. Between origins, which share no locks, and where there are none
 * (Node before 24) it notices nothing.
 *
 * @param tell names this end's lock to the other end, once it is held
 * @param onGone the other end is gone
 */
export function watchPeer(tell: (lock: string) => void, onGone: () => void): PeerWatch {
  const locks = (globalThis.navigator as { locks?: Locks } | undefined)?.locks
  // Node's ports tell when they close, and a lock would keep the process alive
  if (!locks || isNode()) return { ready: Promise.resolve(), peerIs() {}, stop() {} }
  const stopped = new AbortController()
  let setReady: () => void = () => undefined
  const ready = new Promise<void>((resolve) => {
    setReady = resolve
  })
  let release: () => void = () => undefined
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const name = `webtls ${globalThis.crypto.randomUUID()}`
  locks
    .request(name, {}, async () => {
      if (!stopped.signal.aborted) tell(name)
      setReady()
      await released
    })
    // an opaque origin has no locks
    .catch(setReady)
  return {
    ready,
    peerIs(lock) {
      // one that is free at once is a lock of another origin, and tells nothing
      locks
        .request(lock, { ifAvailable: true }, (held) => held !== null)
        .then((isFree) => {
          if (isFree) return
          return locks.request(lock, { signal: stopped.signal }, () => {
            // messages that it sent before may still be on their way
            setTimeout(onGone, lastMessagesMs)
          })
        })
        .catch(() => undefined)
    },
    stop() {
      stopped.abort()
      // no order holds between locks and messages: the last ones must have arrived when the lock tells of the end
      setTimeout(release, releaseMs)
    },
  }
}

const isNode = (): boolean =>
  typeof (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node === 'string'

const lastMessagesMs = 200
const releaseMs = 10_000
