import { HttpError } from '../http/http-error.js'

/** The promise's outcome, or after so many milliseconds an HttpError `timed_out`, which also goes to `onTimeout`. */
export function within<T>(ms: number, what: string, promise: Promise<T>, onTimeout?: (error: HttpError) => void) {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = new HttpError('timed_out', `${what} took longer than ${ms} ms`)
      onTimeout?.(error)
      reject(error)
    }, ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
