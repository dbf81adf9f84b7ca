import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import type { Credentials } from './pki.js'

export interface NodeServer {
  readonly host: string
  readonly port: number
  stop(): Promise<void>
}

/** node:tls as a server, limited to TLS 1.3: for what a command line cannot do, such as closing one way only. */
export async function startNodeServer(
  credentials: Credentials,
  serve: (socket: TLSSocket) => void,
  options: TlsOptions = {},
  ocspResponse?: Buffer,
): Promise<NodeServer> {
  const sockets = new Set<Socket>()
  const server = createServer({
    cert: readFileSync(credentials.chainFile),
    key: readFileSync(credentials.keyFile),
    minVersion: 'TLSv1.3',
    allowHalfOpen: true,
    ...options,
  })
  // also those whose handshake never ends
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('secureConnection', (socket) => {
    // a client that breaks off is the test's subject, not this server's failure
    socket.on('error', () => {})
    serve(socket)
  })
  server.on('tlsClientError', () => {})
  if (ocspResponse) server.on('OCSPRequest', (_certificate, _issuer, answer) => answer(null, ocspResponse))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return {
    host: '127.0.0.1',
    port: address.port,
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
