import { once } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import type { RelayListenerStatus } from '../../src/websocket.js'
import { until, whenDone } from '../relay/relay-support.js'
import { name, page, reverseRelay, tcpClient } from '../relay/reverse/reverse-support.js'

describe('closing a listener', () => {
  it('twice ends both as soon as the connections have ended', async () => {
    const { url, relay } = await reverseRelay()
    const { port } = await relay.listenReverse({ port: 0, name })
    const listener = await page(url)
    const arrival = listener[Symbol.asyncIterator]().next()
    const client = await tcpClient(port)
    const { value: connection } = await arrival
    const both = Promise.all([listener.close({ graceMs: 60_000 }), listener.close({ graceMs: 60_000 })])
    client.on('error', () => undefined)
    const gone = once(client, 'close')
    client.resetAndDestroy()
    await gone
    await both
    expect(listener.status).toBe('closed')
    await connection?.readable.cancel().catch(() => undefined)
  })
})

describe('a callback for the status that throws', () => {
  it('does not keep the listener from registering again', async () => {
    const { url, relay } = await reverseRelay()
    const { port } = new URL(url)
    const told: RelayListenerStatus[] = []
    const shown = vi.spyOn(console, 'error').mockReturnValue()
    whenDone(() => shown.mockRestore())
    const listener = await page(url, {
      reconnect: { minDelayMs: 10, maxDelayMs: 50 },
      onStatus(status) {
        told.push(status)
        throw new Error('of the callback')
      },
    })
    await relay.close({ graceMs: 0 })
    await until(() => told.includes('reconnecting'))
    await reverseRelay({}, { pages: Number(port), clients: 0 })
    await until(() => listener.status === 'listening')
    await listener.close()
    await listener.closed
    expect(told).toEqual(['listening', 'reconnecting', 'listening', 'closing', 'closed'])
    expect(shown).toHaveBeenCalledTimes(told.length)
  })
})
