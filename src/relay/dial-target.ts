import { connect, type Socket } from 'node:net'
import { RelayError, type RelayReason } from '../transports/relay-error.js'
import type { ReadBuffers } from './read-buffers.js'

/**
 * Connects to the first of the addresses that answers, each 250 ms after the one before (RFC 8305 without its
 * sorting). The addresses are literal: nothing is resolved here.
 */
export function dialTarget(
  addresses: readonly string[],
  port: number,
  buffers: ReadBuffers,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const attempts = new Set<Socket>()
    let next = 0
    let timer: NodeJS.Timeout | undefined
    let failure: RelayError | undefined

    const finish = (winner: Socket | undefined) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      for (const attempt of attempts) if (attempt !== winner) attempt.destroy()
    }
    const onAbort = () => {
      finish(undefined)
      reject(
        signal.reason instanceof RelayError ? signal.reason : new RelayError('failed', 'the connection was given up'),
      )
    }
    const tryNext = () => {
      clearTimeout(timer)
      const address = addresses[next++]
      if (address === undefined) return
      const socket = connect({ host: address, port, allowHalfOpen: true, noDelay: true, onread: buffers.onRead })
      attempts.add(socket)
      const onError = (error: Error & { code?: string }) => {
        attempts.delete(socket)
        failure = dialFailed(error)
        if (next < addresses.length) tryNext()
        else if (attempts.size === 0) {
          finish(undefined)
          reject(failure)
        }
      }
      socket.once('error', onError)
      socket.once('connect', () => {
        socket.off('error', onError)
        finish(socket)
        resolve(socket)
      })
      timer = setTimeout(tryNext, nextAddressMs)
    }

    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort)
    tryNext()
  })
}

const nextAddressMs = 250

const reasons: ReadonlyMap<string, readonly [RelayReason, string]> = new Map([
  ['ECONNREFUSED', ['refused', 'the target refused the connection: nothing listens on that port']],
  ['ECONNRESET', ['reset', 'the target reset the connection']],
  ['EHOSTUNREACH', ['unreachable', 'no route to the target']],
  ['ENETUNREACH', ['unreachable', 'no route to the target']],
  ['EADDRNOTAVAIL', ['unreachable', 'no route to the target']],
  ['ETIMEDOUT', ['timed_out', 'the target did not answer in time']],
])

export function dialFailed(error: Error & { code?: string }): RelayError {
  const [reason, message] = reasons.get(error.code ?? '') ?? [
    'failed',
    `the connection failed (${error.code ?? error.name})`,
  ]
  return new RelayError(reason, message, { cause: error })
}
