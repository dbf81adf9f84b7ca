import { TlsError } from '../../errors/tls-error.js'
import { webSocketConstructor, webSocketUrl } from '../relay-url.js'
import { readyState, type WebSocketConstructor, type WebSocketLike } from '../web-socket-like.js'
import { WispError, wispFailed } from './wisp-error.js'
import { ClientSession, type WispSession, type WispSessionOptions } from './wisp-session.js'

export interface ConnectWispOptions extends WispSessionOptions {
  /** Ends the session whenever it is aborted, with all of its streams. */
  readonly signal?: AbortSignal
  /** For the WebSocket and the server's first packet together, in milliseconds. Default 30 000. */
  readonly timeoutMs?: number
  /** npm's `ws` on Node 20, which has no WebSocket. Default: the platform's. */
  readonly WebSocket?: unknown
}

/**
 * Connects to a Wisp server, over which any number of TCP connections can be made:
 * `connectTls(await session.dial({ host: 'db.example', port: 5432 }), ...)`. It resolves when the server has said how
 * much it takes at once.
 *
 * @param server its URL, `wss://relay.example/wisp/`: the path ends with a slash, which is added where it is missing, and
 *   `https:` and `http:` are taken for `wss:` and `ws:`. Or a WebSocket to it that has had no message yet
 * @throws TlsError `transport_failed` whose cause is a WispError (`server_unreachable`, `timed_out`, `protocol_error`, …),
 *   `invalid_argument`, `aborted`; `unsupported` without a WebSocket
 * @example
 * const session = await connectWisp('wss://relay.example.com/wisp/')
 * const socket = connectTls(session.dial({ host: 'db.example.com', port: 5432 }), { serverName: 'db.example.com', trustAnchors })
 */
export async function connectWisp(
  server: string | URL | WebSocketLike,
  options: ConnectWispOptions = {},
): Promise<WispSession> {
  const { signal, timeoutMs = 30_000 } = options
  const isUrl = typeof server === 'string' || server instanceof URL
  const url = isUrl ? webSocketUrl(server) : undefined
  if (!isUrl) checkWebSocket(server)
  const Constructor = isUrl ? webSocketConstructor(options.WebSocket) : undefined
  if (signal?.aborted) throw aborted(signal)
  const socket = url && Constructor ? openWebSocket(Constructor, url) : (server as WebSocketLike)
  const session = new ClientSession(socket, options, ({ code, reason }, isOpen) => lost(url, isOpen, code, reason))

  const timer = setTimeout(() => {
    const message = `no Wisp server answered within ${timeoutMs} ms${url ? ` at ${url.origin}` : ''}`
    session.end(wispFailed(new WispError('timed_out', message)))
  }, timeoutMs)
  const onAbort = () => session.end(aborted(signal))
  signal?.addEventListener('abort', onAbort)
  session.closed.catch(() => undefined).then(() => signal?.removeEventListener('abort', onAbort))
  try {
    await session.opened
  } finally {
    clearTimeout(timer)
  }
  return session
}

/** No subprotocol: Wisp 1 has none, and servers take one for a later version. */
function openWebSocket(Constructor: WebSocketConstructor, url: URL): WebSocketLike {
  try {
    return new Constructor(url.href, [])
  } catch (cause) {
    // a page of https may not open ws:, and says so at once
    const what = cause instanceof Error ? cause.message : String(cause)
    const message = `no WebSocket can be opened to ${url.origin}: ${what}`
    throw wispFailed(new WispError('server_unreachable', message, { cause }))
  }
}

function checkWebSocket(socket: WebSocketLike): void {
  if (typeof socket?.addEventListener !== 'function' || typeof socket.send !== 'function') {
    throw new TlsError('invalid_argument', 'a Wisp server is given by its URL, or by a WebSocket to it')
  }
  if (socket.readyState >= readyState.closing) throw new TlsError('closed', 'the WebSocket is closed')
}

/** A page is not told why a WebSocket broke, or never came to be. */
function lost(url: URL | undefined, isOpen: boolean, code: number, reason: string): TlsError {
  const said = reason === '' ? '' : `: ${reason}`
  if (isOpen) {
    return wispFailed(new WispError('session_lost', `the WebSocket closed with code ${code}${said}; connect again`))
  }
  const where = url ? ` at ${url.origin}${url.pathname}` : ''
  const what =
    'it is not there, is no Wisp server, or refused the WebSocket (origin, path, a token in the path; its log tells). ' +
    "A program has no origin: webtls's relay takes it with a token, or with allowMissingOrigin"
  return wispFailed(new WispError('server_unreachable', `no Wisp session${where}: ${what}; close code ${code}${said}`))
}

function aborted(signal: AbortSignal | undefined): TlsError {
  return new TlsError('aborted', 'the Wisp session was aborted', { cause: signal?.reason })
}
