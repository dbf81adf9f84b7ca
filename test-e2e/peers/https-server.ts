import type { TlsError, TlsServerOptions } from '../../src/index.js'
import { listen } from '../../src/node.js'
import { answerHttp, identityOf } from '../node/serving.js'
import { testPki } from '../support/pki.js'

export interface HttpsServer {
  readonly port: number
  /** Of the handshakes that were done, in order. */
  readonly connections: readonly ServedConnection[]
  /** Of those that failed. */
  readonly errors: readonly TlsError[]
  stop(): Promise<void>
}

type Listener = Awaited<ReturnType<typeof listen>>
type Accepted = Listener extends AsyncIterable<infer Socket> ? Socket : never
export type ServedConnection = Awaited<Accepted['opened']>

/** An HTTPS server on `listen()`, as a program that has users would have it: one request for each connection. */
export async function startHttpsServer(options: Partial<TlsServerOptions> = {}): Promise<HttpsServer> {
  const connections: ServedConnection[] = []
  const errors: TlsError[] = []
  const identities = [identityOf(testPki().leaf['ecdsa-p256'])]
  const config = { identities, alpnProtocols: ['http/1.1'], ...options }
  const listener = await listen({ port: 0 }, config, { onError: (error) => void errors.push(error) })
  const serving = (async () => {
    for await (const socket of listener) {
      connections.push(await socket.opened)
      answerHttp(socket).catch(() => undefined)
    }
  })()
  const { address } = listener
  if (address === undefined || !('port' in address)) throw new Error('it listens on a port')
  return {
    port: address.port,
    connections,
    errors,
    async stop() {
      await listener.close()
      await serving
    },
  }
}
