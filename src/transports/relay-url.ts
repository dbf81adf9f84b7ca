import { TlsError } from '../errors/tls-error.js'
import { relayFailed, type WebSocketConstructor, type WebSocketLike } from './web-socket-like.js'

/** A relay's URL as `ws:` or `wss:`, its path with a slash at the end. */
export function webSocketUrl(relayUrl: string | URL): URL {
  let url: URL
  try {
    url = new URL(relayUrl)
  } catch (cause) {
    throw new TlsError('invalid_argument', `not a URL of a relay: ${relayUrl}`, { cause })
  }
  if (url.protocol === 'http:') url.protocol = 'ws:'
  if (url.protocol === 'https:') url.protocol = 'wss:'
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new TlsError('invalid_argument', `a relay's URL begins with ws: or wss:, not ${url.protocol}`)
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

/** Untyped callers leave it out, or call it `hostname`, as other interfaces do. */
export function checkHostGiven(host: unknown): void {
  if (typeof host === 'string') return
  const message = `host is missing: the target is { host, port }, its host a text, not ${host === null ? 'null' : typeof host}`
  throw new TlsError('invalid_argument', message)
}

/** The relay takes a name's ASCII form; the URL parser knows UTS #46. */
export function asciiHost(host: string): string {
  return /^[!-~]*$/.test(host) ? host : new URL(`http://${host}`).hostname
}

export function webSocketConstructor(given: unknown): WebSocketConstructor {
  const Constructor = (given ?? globalThis.WebSocket) as WebSocketConstructor | undefined
  if (Constructor === undefined) {
    throw new TlsError('unsupported', 'this platform has no WebSocket: pass that of the package "ws" as `WebSocket`')
  }
  return Constructor
}

/** A WebSocket that broke, or never came to be: a page is not told why. */
export function unreachable(url: URL, socket: WebSocketLike): TlsError {
  const what =
    socket.protocol === ''
      ? 'it is not there, or it refused the WebSocket (origin, token, path; its log tells)'
      : 'the WebSocket was lost'
  return relayFailed('relay_unreachable', `no connection through ${url.origin}: ${what}`)
}

/** Of the text's UTF-8, without padding. */
export function base64url(data: string | Uint8Array): string {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
