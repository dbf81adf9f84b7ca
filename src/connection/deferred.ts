/** A promise with its ends in the hand; marked handled, so that one nobody looks at makes no noise. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(reason: unknown): void
}

export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined
  let reject: (reason: unknown) => void = () => undefined
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  promise.catch(() => undefined)
  return { promise, resolve, reject }
}

/** One that was rejected from the start. */
export function rejected<T>(reason: unknown): Deferred<T> {
  const made = deferred<T>()
  made.reject(reason)
  return made
}
