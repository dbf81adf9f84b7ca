import { describe, expect, it } from 'vitest'
import { type ClientSession, MemorySessionStore } from '../../src/session/session-store.js'

const session = (id: number): ClientSession => ({
  ticket: Uint8Array.of(id),
  secret: new Uint8Array(32),
  cipherSuite: 'TLS_AES_128_GCM_SHA256',
  ticketAgeAdd: 0,
  lifetimeSeconds: 60,
  receivedAt: 0,
  authenticatedAt: 0,
  maxEarlyDataSize: 0,
  alpnProtocol: undefined,
  serverCertificates: [],
})
const idOf = (taken: ClientSession | undefined) => taken?.ticket[0]

describe('the session store in memory', () => {
  //= rfc9846#section-4.7.1 4.7.1-14
  it('gives each session once, the newest first', () => {
    const store = new MemorySessionStore()
    for (const id of [1, 2, 3]) store.put('a', session(id))
    expect([0, 0, 0, 0].map(() => idOf(store.take('a')))).toEqual([3, 2, 1, undefined])
  })

  it('keeps keys apart', () => {
    const store = new MemorySessionStore()
    store.put('a', session(1))
    expect(store.take('b')).toBeUndefined()
    expect(idOf(store.take('a'))).toBe(1)
  })

  it('keeps the newest few of a key', () => {
    const store = new MemorySessionStore({ maxSessionsPerKey: 2 })
    for (const id of [1, 2, 3]) store.put('a', session(id))
    expect([0, 0, 0].map(() => idOf(store.take('a')))).toEqual([3, 2, undefined])
  })

  it('forgets the key that was put to longest ago', () => {
    const store = new MemorySessionStore({ maxKeys: 2 })
    store.put('a', session(1))
    store.put('b', session(2))
    store.put('a', session(3))
    store.put('c', session(4))
    expect(store.take('b')).toBeUndefined()
    expect(idOf(store.take('a'))).toBe(3)
    expect(idOf(store.take('c'))).toBe(4)
  })

  it('is empty after clear()', () => {
    const store = new MemorySessionStore()
    store.put('a', session(1))
    store.clear()
    expect(store.take('a')).toBeUndefined()
  })
})
