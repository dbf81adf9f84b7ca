import { createServer, type Server } from 'node:https'
import type { Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { DemoPki } from './demo-pki.js'
import { closeServer, listenFrom } from './listen.js'
import { answerRequest } from './target-resources.js'

export interface HttpsTarget {
  readonly port: number
  close(): Promise<void>
}

/**
 * An ordinary HTTPS server, by Node's own TLS, that knows nothing of webtls: what the page talks to through the relay.
 * @param expiredName for this name it shows a certificate that has expired
 */
export async function startHttpsTarget(pki: DemoPki, expiredName: string, port: number): Promise<HttpsTarget> {
  const expired = createSecureContext({
    cert: pki.expiredIdentity.certificatePem,
    key: pki.expiredIdentity.privateKeyPem,
  })
  const current = createSecureContext({ cert: pki.identity.certificatePem, key: pki.identity.privateKeyPem })
  const sockets = new Set<Socket>()
  const server: Server = createServer(
    {
      cert: pki.identity.certificatePem,
      key: pki.identity.privateKeyPem,
      minVersion: 'TLSv1.3',
      ALPNProtocols: ['http/1.1'],
      SNICallback: (name, answer) => answer(null, name === expiredName ? expired : current),
      requestTimeout: 0,
    },
    (request, response) => {
      const { remotePort } = request.socket
      answerRequest(request, response, {
        cut: () => [...sockets].find((socket) => socket.remotePort === remotePort)?.destroy(),
      })
    },
  )
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  })
  // clients that break a handshake off are part of the demo
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  return { port: await listenFrom(server, port), close: () => closeServer(server, sockets) }
}
