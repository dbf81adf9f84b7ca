import { connect, type Socket } from 'node:net'
import type { DuplexStream } from '../connection/duplex-stream.js'
import { TlsError } from '../errors/tls-error.js'
import { type SocketStreamOptions, socketStream } from '../transports/node-socket.js'
import { transportFailed } from './socket-errors.js'

export interface DialOptions extends SocketStreamOptions {
  /** A name or an address. Default `localhost`. */
  readonly host?: string
  readonly port: number
  /** Ends the dialling; a connection that stands is not touched. */
  readonly signal?: AbortSignal
  /** For name resolution and TCP together, in milliseconds. Default 10 000. */
  readonly timeoutMs?: number
}

/** A TCP connection as a pair of streams. */
export interface DialedStream extends DuplexStream {
  /** Of the peer, `address:port`, an IPv6 address in brackets. */
  readonly remoteAddress: string
  /** Of this end. */
  readonly localAddress: string
}

/**
 * Opens a TCP connection: a transport for `connectTls`.
 *
 * @throws TlsError `transport_failed` with the system's error as its cause, also when it takes longer than `timeoutMs`;
 *   `aborted` when the signal was; `invalid_argument`
 * @example
 * const socket = connectTls(dial({ host, port: 443 }), { serverName: host, trustAnchors: await loadSystemTrustAnchors() })
 */
export async function dial(options: DialOptions): Promise<DialedStream> {
  const { host = 'localhost', port, signal, timeoutMs = defaultTimeoutMs } = options
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new TlsError('invalid_argument', `port is a whole number from 1 to 65535, not ${port}`)
  }
  if (!(timeoutMs > 0 && timeoutMs < 2 ** 31)) {
    throw new TlsError('invalid_argument', `timeoutMs is a number of milliseconds above 0, not ${timeoutMs}`)
  }
  if (signal?.aborted) throw aborted(signal)
  // the peer's FIN ends one direction only
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true })
  await connected(socket, `no connection to ${host} port ${port}`, timeoutMs, signal)
  return {
    ...socketStream(socket, options),
    remoteAddress: endpoint(socket.remoteAddress ?? host, socket.remotePort ?? port),
    localAddress: endpoint(socket.localAddress ?? '', socket.localPort ?? 0),
  }
}

const endpoint = (address: string, port: number): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`

function connected(socket: Socket, what: string, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      socket.off('error', onError)
    }
    const fail = (error: TlsError) => {
      settle()
      // what it still says is about a connection that nobody waits for
      socket.on('error', () => undefined)
      socket.destroy()
      reject(error)
    }
    const onError = (cause: Error) => fail(transportFailed(what, cause))
    const onAbort = () => signal && fail(aborted(signal))
    const timer = setTimeout(
      () => fail(new TlsError('transport_failed', `${what}: it took longer than ${timeoutMs} ms`)),
      timeoutMs,
    )
    socket.once('error', onError)
    signal?.addEventListener('abort', onAbort)
    socket.once('connect', () => {
      settle()
      resolve()
    })
  })
}

const aborted = (signal: AbortSignal) => new TlsError('aborted', 'the dialling was aborted', { cause: signal.reason })

const defaultTimeoutMs = 10_000
