import { describe, expect, it } from 'vitest'
import { ConnectionPool } from '../../src/fetch/connection-pool.js'
import type { HttpConnection } from '../../src/fetch/http-connection.js'
import { within } from '../support/deadline.js'

const never = () => new Promise<never>(() => undefined)
const anySignal = () => new AbortController().signal

/** As much of a connection as the pool uses. */
function fakeConnection() {
  const ends: unknown[] = []
  const connection = {
    isUsable: true,
    keepAliveMs: Number.POSITIVE_INFINITY,
    source: { hasAny: never },
    close: () => void ends.push('closed'),
    destroy: (reason: unknown) => void ends.push(reason),
  }
  return { connection: connection as unknown as HttpConnection, ends }
}

const poolOf = (open: (signal: AbortSignal) => Promise<HttpConnection>) =>
  new ConnectionPool({ maxConnections: 1, idleTimeoutMs: 10_000, open })

describe('a pool of connections', () => {
  it('passes on the turn of one that is aborted as it is woken', async () => {
    const { connection } = fakeConnection()
    const pool = poolOf(async () => connection)
    await pool.acquire(anySignal())
    const aborting = new AbortController()
    const second = pool.acquire(aborting.signal)
    const third = pool.acquire(anySignal())
    pool.release(connection)
    aborting.abort(new Error('no longer wanted'))
    await expect(second).rejects.toThrow('no longer wanted')
    expect(await within(third, 'the one behind it')).toBe(connection)
    pool.close()
  })

  it('stops what is being opened when it is closed with a reason', async () => {
    const pool = poolOf(
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    )
    const acquired = pool.acquire(anySignal())
    pool.close(new Error('cut'))
    await expect(within(acquired, 'the connection')).rejects.toThrow('cut')
    expect(pool.isEmpty).toBe(true)
  })

  it('destroys what was opened all the same, and lets it finish when closed without a reason', async () => {
    for (const reason of [new Error('cut'), undefined]) {
      const { connection, ends } = fakeConnection()
      let opened: (connection: HttpConnection) => void = () => undefined
      const pool = poolOf(() => {
        return new Promise((resolve) => {
          opened = resolve
        })
      })
      const acquired = pool.acquire(anySignal())
      pool.close(reason)
      opened(connection)
      if (reason === undefined) expect(await within(acquired, 'the connection')).toBe(connection)
      else await expect(within(acquired, 'the connection')).rejects.toThrow('cut')
      expect(ends).toEqual(reason === undefined ? [] : [reason])
    }
  })
})
