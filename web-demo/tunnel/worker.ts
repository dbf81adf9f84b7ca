import { IndexedDbSessionStore, installTunnel, type TunnelRule } from '../../src/service-worker.js'

/** What the page tells its worker, in the query of the script's URL. */
export interface WorkerTask {
  readonly relay: string
  readonly trustAnchors: string
  readonly rules: readonly TunnelRule[]
}

/** What the worker tells a page that asks. */
export interface WorkerConnection {
  readonly origin: string
  readonly cipherSuite: string
  readonly group: string | undefined
  readonly resumed: boolean
}

const task = JSON.parse(new URLSearchParams(globalThis.location.search).get('task') ?? '{}') as WorkerTask
const connections: WorkerConnection[] = []

installTunnel({
  relay: task.relay,
  rules: task.rules,
  tls: { trustAnchors: task.trustAnchors, sessionStore: new IndexedDbSessionStore() },
  onConnection(origin, { cipherSuite, group, resumed }) {
    connections.push({ origin, cipherSuite, group, resumed })
    if (connections.length > maxConnections) connections.shift()
  },
})

addEventListener('message', (event) => {
  const [port] = (event as MessageEvent).ports
  port?.postMessage(connections)
})

const maxConnections = 50
