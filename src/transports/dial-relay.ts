import type { DuplexStream } from '../connection/duplex-stream.js'
import { TlsError } from '../errors/tls-error.js'
import { type FramedStreamOptions, framedStream } from './framed-stream.js'
import { framedSubprotocol, plainSubprotocol, tokenSubprotocolPrefix } from './relay-frames.js'
import { asciiHost, base64url, checkHostGiven, unreachable, webSocketConstructor, webSocketUrl } from './relay-url.js'
import { closeError, relayFailed } from './web-socket-like.js'
import { type WebSocketStreamOptions, webSocketStream } from './web-socket-stream.js'

export interface DialRelayOptions extends FramedStreamOptions, WebSocketStreamOptions {
  /** The target's name or address as the relay is to see it; an IPv6 address with or without brackets. */
  readonly host: string
  readonly port: number
  /** The bearer token that the relay asks for. */
  readonly token?: string
  /** Ends the dialling; a connection that was made is ended through its streams. */
  readonly signal?: AbortSignal
  /** For WebSocket and target together, in milliseconds. Default 30 000. */
  readonly timeoutMs?: number
  /**
   * `framed` (default): this library's relay, with flow control, half-close and typed errors. `plain`: any relay that
   * follows the wsproxy convention.
   */
  readonly mode?: 'framed' | 'plain'
  /** npm's `ws` on Node 20, which has no WebSocket. Default: the platform's. */
  readonly WebSocket?: unknown
}

export interface RelayStream extends DuplexStream {
  /** The relay's name for this connection, as its log and its tap have it; none in plain mode. */
  readonly connectionId: string | undefined
}

/**
 * Connects to `host:port` through a relay: `dialWebSocketRelay('wss://relay.example/', { host: 'db.example', port: 5432 })`.
 * Resolves when the relay has reached the target (plain mode: when the relay is reached); rejects with a TlsError
 * `transport_failed` whose cause is a RelayError with the reason.
 */
export async function dialWebSocketRelay(relayUrl: string | URL, options: DialRelayOptions): Promise<RelayStream> {
  const { signal, timeoutMs = 30_000, mode = 'framed' } = options
  const url = targetUrl(relayUrl, options.host, options.port)
  const Constructor = webSocketConstructor(options.WebSocket)
  if (signal?.aborted) throw aborted(signal)
  const token = options.token === undefined ? [] : [tokenSubprotocolPrefix + base64url(options.token)]
  const protocols = [mode === 'framed' ? framedSubprotocol : plainSubprotocol, ...token]
  const socket = new Constructor(url.href, protocols)
  socket.binaryType = 'arraybuffer'

  return new Promise<RelayStream>((resolve, reject) => {
    const timer = setTimeout(() => giveUp(relayFailed('timed_out', `no answer within ${timeoutMs} ms`)), timeoutMs)
    const onAbort = () => giveUp(aborted(signal))
    const settle = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    const giveUp = (error: TlsError) => {
      settle()
      reject(error)
      socket.close()
    }
    signal?.addEventListener('abort', onAbort)
    const connected = async () => {
      if (mode === 'plain') return { ...webSocketStream(socket, options), connectionId: undefined }
      if (socket.protocol !== framedSubprotocol) {
        throw relayFailed('protocol_error', `the relay does not speak ${framedSubprotocol}; try mode "plain"`)
      }
      const { readable, writable, opened } = framedStream(socket, options)
      return { readable, writable, connectionId: await opened }
    }
    socket.addEventListener('open', () => {
      connected().then((stream) => {
        settle()
        resolve(stream)
      }, giveUp)
    })
    // `ws` throws an error that nobody listens to; the close that follows says what there is to say
    socket.addEventListener('error', () => undefined)
    socket.addEventListener('close', (event) => {
      giveUp(event.code === 1006 ? unreachable(url, socket) : (closeError(event) ?? unreachable(url, socket)))
    })
  })
}

/** `<relay>/<host>:<port>`, the wsproxy convention, under whatever path the relay's URL has. */
function targetUrl(relayUrl: string | URL, host: string, port: number): URL {
  const url = webSocketUrl(relayUrl)
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new TlsError('invalid_argument', `a port is 1 to 65535, not ${port}`)
  }
  checkHostGiven(host)
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (bare === '' || /[/?#\s@%\\[\]]/.test(bare)) throw new TlsError('invalid_argument', `not a host: "${host}"`)
  url.pathname += `${bare.includes(':') ? `[${bare}]` : asciiHost(bare)}:${port}`
  return url
}

function aborted(signal: AbortSignal | undefined): TlsError {
  return new TlsError('aborted', 'dialling the relay was aborted', { cause: signal?.reason })
}
