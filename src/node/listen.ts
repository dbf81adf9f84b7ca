import { createServer, Server } from 'node:net'
import { TlsServerConfig, type TlsServerOptions } from '../connection/server-config.js'
import { TlsError } from '../errors/tls-error.js'
import { type ListenAt, type ListenOptions, resolveLimits } from './listen-options.js'
import { nodeProvider } from './node-provider.js'
import { transportFailed } from './socket-errors.js'
import { SocketListener, type TlsListener } from './tls-listener.js'

/**
 * Serves TLS on a TCP port: an async iterable of sockets whose handshake is done. It resolves when the port is open.
 *
 * @param where a port or path, or a `net.Server` of yours, which the listener takes over and closes in the end
 * @param config a `TlsServerConfig`, or its options, whose `provider` is then `nodeProvider` if there is none
 * @throws TlsError `transport_failed` when the port cannot be had, `invalid_argument`, `aborted`
 * @example
 * const listener = await listen({ port: 8443, host: '::' }, config, { onError: (error) => console.warn(error.message) })
 * for await (const socket of listener) void serve(socket)
 */
export async function listen(
  where: ListenAt | Server,
  config: TlsServerConfig | TlsServerOptions,
  options: ListenOptions = {},
): Promise<TlsListener> {
  const limits = resolveLimits(options.limits)
  const resolved =
    config instanceof TlsServerConfig ? config : await TlsServerConfig.create({ provider: nodeProvider, ...config })
  if (options.signal?.aborted) {
    throw new TlsError('aborted', 'listening was aborted', { cause: options.signal.reason })
  }
  if (where instanceof Server) return new SocketListener(where, resolved, { ...options, limits })
  // paused: bytes of a connection that waits for its handshake stay in the network, where the client feels them
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true })
  await bind(server, where)
  return new SocketListener(server, resolved, { ...options, limits })
}

function bind(server: Server, where: ListenAt): Promise<void> {
  const asked = 'path' in where ? where : { ...where, host: where.host ?? '127.0.0.1' }
  return new Promise((resolve, reject) => {
    const place = 'path' in asked ? asked.path : `${asked.host} port ${asked.port}`
    const onError = (cause: unknown) => reject(transportFailed(`cannot listen on ${place}`, cause))
    server.once('error', onError)
    try {
      server.listen(asked, () => {
        server.off('error', onError)
        resolve()
      })
    } catch (cause) {
      // Node's complaint about a port that is none
      reject(new TlsError('invalid_argument', `cannot listen on ${place}: ${String(cause)}`, { cause }))
    }
  })
}
