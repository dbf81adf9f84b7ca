import { IndexedDbSessionStore, installTunnel, MemoryCookieJar, type TunnelRule } from '../../src/service-worker.js'

/** What a test wants of its worker, in the query of the script's URL. */
export interface TunnelTask {
  readonly relay: string
  readonly trustAnchors: string
  readonly serverName: string
  readonly rules: readonly TunnelRule[]
  readonly passThrough: readonly string[]
  readonly cookies?: boolean
  readonly bodyTimeoutMs?: number
  readonly maxDecodedLength?: number
  readonly idleTimeoutMs?: number
}

const task = JSON.parse(new URLSearchParams(globalThis.location.search).get('task') ?? '{}') as TunnelTask
const maxConnections = 100
const connections: { readonly origin: string; readonly resumed: boolean }[] = []

installTunnel({
  relay: task.relay,
  rules: task.rules,
  passThrough: [...task.passThrough, '/webtls-test/'],
  tls: {
    trustAnchors: task.trustAnchors,
    serverName: task.serverName,
    sessionStore: new IndexedDbSessionStore(),
  },
  ...(task.cookies && { cookieJar: new MemoryCookieJar() }),
  ...(task.bodyTimeoutMs && { bodyTimeoutMs: task.bodyTimeoutMs }),
  ...(task.maxDecodedLength && { maxDecodedLength: task.maxDecodedLength }),
  ...(task.idleTimeoutMs && { idleTimeoutMs: task.idleTimeoutMs }),
  onConnection(origin, { resumed }) {
    connections.push({ origin, resumed })
    // a worker that lives long must not gather them
    if (connections.length > maxConnections) connections.shift()
  },
})

// the last connections of this life of the worker, for whoever asks
addEventListener('message', (event) => {
  const { ports } = event as MessageEvent
  ports[0]?.postMessage(connections)
})
