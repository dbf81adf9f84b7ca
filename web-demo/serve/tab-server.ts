import { type HttpHandler, type HttpResponseEvent, serveHttp } from '../../src/http.js'
import { openServerIdentity } from '../../src/page-identity.js'
import { listenOnRelay, type RelayListenerStatus } from '../../src/websocket.js'
import { createAuthority } from '../page/authority.js'

export interface TabServerOptions {
  readonly relayUrl: string
  readonly name: string
  readonly token: string
  readonly isKept: boolean
  readonly handler: HttpHandler
  onStatus(status: RelayListenerStatus): void
  onResponse(event: HttpResponseEvent): void
}

export interface TabServer {
  readonly name: string
  readonly port: number | undefined
  readonly caPem: string
  readonly wasKept: boolean
  readonly connections: () => number
  /** Rejects with what ended it. */
  readonly finished: Promise<void>
  close(): Promise<void>
}

/** A key and a certificate of this tab, a name at the relay, HTTP over TLS on what arrives. */
export async function startTabServer(options: TabServerOptions): Promise<TabServer> {
  const { relayUrl, name, token, isKept, handler, onStatus, onResponse } = options
  const identity = await openServerIdentity({
    names: [name],
    ...(isKept && { keep: name }),
    // a CA for this one certificate: nothing else holds it
    certificate: async ({ createRequest }) => {
      const authority = await createAuthority(`CA for ${name}`)
      return await authority.sign((await createRequest()).pem, name)
    },
  })
  const listener = await listenOnRelay(relayUrl, { name, token, onStatus })
  const server = serveHttp(listener, handler, { tls: { identities: identity.identities }, onResponse })
  return {
    name,
    port: listener.port,
    caPem: identity.certificateChain.slice(identity.certificateChain.lastIndexOf('-----BEGIN')),
    wasKept: identity.wasKept,
    connections: () => server.connections,
    finished: Promise.all([server.finished, listener.closed]).then(() => undefined),
    close: () => server.close({ graceMs: 2000 }),
  }
}
