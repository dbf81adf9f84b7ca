import { vi } from 'vitest'
import type { TunnelFetchEvent } from '../../src/service-worker/worker-scope.js'

/** Stands in for the global scope of a service worker, as much as the tunnel uses of it. */
export function workerScope(origin = 'https://app.test') {
  const listeners = new Map<string, ((event: never) => void)[]>()
  const messages: unknown[] = []
  const calls: string[] = []
  vi.stubGlobal('skipWaiting', async () => void calls.push('skipWaiting'))
  vi.stubGlobal('clients', {
    claim: async () => void calls.push('claim'),
    get: async () => ({ postMessage: (message: unknown) => messages.push(message) }),
  })
  vi.stubGlobal('location', { origin })
  vi.stubGlobal('addEventListener', (type: string, listener: (event: never) => void) => {
    listeners.set(type, [...(listeners.get(type) ?? []), listener])
  })
  const dispatch = (type: string, event: unknown) => {
    for (const listener of listeners.get(type) ?? []) listener(event as never)
  }
  return {
    messages,
    calls,
    async lifecycle(type: 'install' | 'activate') {
      const waits: Promise<unknown>[] = []
      dispatch(type, { waitUntil: (wait: Promise<unknown>) => waits.push(wait) })
      await Promise.all(waits)
    },
    /** `undefined`: left to the network. */
    request(input: string, init: RequestInit & { readonly asMode?: string; readonly from?: string } = {}) {
      const request = new Request(new URL(input, origin), init)
      if (init.asMode !== undefined) Object.defineProperty(request, 'mode', { value: init.asMode })
      if (init.from !== undefined) Object.defineProperty(request, 'referrer', { value: init.from })
      let response: Promise<Response> | undefined
      let done: Promise<unknown> = Promise.resolve()
      dispatch('fetch', {
        request,
        clientId: 'page',
        respondWith: (answer) => {
          response = answer
        },
        waitUntil: (wait) => {
          done = wait
        },
      } satisfies TunnelFetchEvent)
      return { response, done }
    },
  }
}
