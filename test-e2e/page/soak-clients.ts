import { createFetch, type TlsFetch } from '../../src/fetch.js'
import { MemorySessionStore } from '../../src/index.js'
import { dialWebSocketRelay } from '../../src/websocket.js'
import type { SoakTask } from './soak-task.js'

/** What scenarios fetch with, and what they count. */
export interface SoakClients {
  readonly task: SoakTask
  /** The platform's fetch through the tunnel, or this library's in the page, by turns. */
  fetch(server: 'files' | 'web', path: string, init?: RequestInit): Promise<Response>
  readonly tunnel: Fetcher
  readonly direct: Fetcher
  /** To the name that this page serves. */
  readonly served: (path: string, init?: RequestInit) => Promise<Response>
  readonly sessionStore: MemorySessionStore
  readonly connections: { made: number; resumed: number }
  requests: number
  bytes: number
  readonly close: () => void
}

export type Fetcher = (server: 'files' | 'web', path: string, init?: RequestInit) => Promise<Response>

export function openClients(task: SoakTask, servedBy: string): SoakClients {
  const { relay, trustAnchors, serverName, reverse } = task
  const client = (tls: Parameters<typeof createFetch>[0]['tls']): TlsFetch =>
    createFetch({
      dial: ({ host, port, signal }) => dialWebSocketRelay(relay, { host, port, signal }),
      tls,
      idleTimeoutMs,
    })
  const ofServers = client({ trustAnchors, serverName })
  const ofPage = client({ trustAnchors: servedBy, serverName: reverse.name })
  const tunnel: Fetcher = (server, path, init) => {
    clients.requests += 1
    return fetch(`/${server}${path}`, init)
  }
  const direct: Fetcher = (server, path, init) => {
    clients.requests += 1
    return ofServers(`https://127.0.0.1:${task[server]}${path}`, init)
  }
  let turn = 0
  const clients: SoakClients = {
    task,
    fetch: (...request) => (turn++ % 2 === 0 ? tunnel : direct)(...request),
    tunnel,
    direct,
    served: (path, init) => {
      clients.requests += 1
      return ofPage(`https://127.0.0.1:${reverse.port}${path}`, init)
    },
    sessionStore: new MemorySessionStore(),
    connections: { made: 0, resumed: 0 },
    requests: 0,
    bytes: 0,
    close() {
      ofServers.close()
      ofPage.close()
    },
  }
  return clients
}

export function closeClients(clients: SoakClients): void {
  clients.close()
}

/** Short, so that no connection is left soon after the traffic has paused. */
export const idleTimeoutMs = 1000
