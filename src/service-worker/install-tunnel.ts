import { TlsError } from '../errors/tls-error.js'
import { createFetch, type TlsFetch } from '../fetch/create-fetch.js'
import type { FetchOptions } from '../fetch/fetch-options.js'
import { HttpError } from '../http/http-error.js'
import { dialWebSocketRelay } from '../transports/dial-relay.js'
import { observedBody } from './observed-body.js'
import { failureMessage, foreignRequest, problemResponse, type TunnelFailure, tunnelFailure } from './tunnel-failure.js'
import { type TunnelRule, TunnelRules } from './tunnel-rules.js'
import type { TunnelFetchEvent, TunnelWorkerScope } from './worker-scope.js'

export interface TunnelOptions extends Omit<FetchOptions, 'dial' | 'maxRedirects'> {
  /** The URL of a relay (`wss://relay.example/`) that every connection goes through. This, or `dial`. */
  readonly relay?: string | URL
  /** The bearer token that the relay asks for. */
  readonly relayToken?: string
  /** Opens the transports in another way. */
  readonly dial?: FetchOptions['dial']
  /** Which requests go through the tunnel; all others are left to the network. */
  readonly rules: readonly TunnelRule[]
  /** Paths of the worker's own origin that are left to the network, though a rule has them. */
  readonly passThrough?: readonly string[]
  /** Told of each failure, also of a response that was cut off. */
  readonly onError?: (failure: TunnelFailure) => void
}

/**
 * Makes the service worker that calls it a tunnel: requests of its pages that match a rule are fetched over TLS,
 * through the relay, end to end. To be called when the worker's script starts, not later: that is when browsers ask
 * which events it takes. It takes over open pages at once.
 *
 * A failure before the response is a response with the status 502 or 504 and a reason to read; one within it is a
 * network error for the page, of which `registerTunnel`'s `onError` tells.
 *
 * @throws TlsError `invalid_argument`, also where this is no service worker
 * @example
 * installTunnel({
 *   relay: 'wss://relay.example.com/',
 *   rules: [{ prefix: '/site/', origin: 'https://www.example.com' }],
 *   tls: { trustAnchors },
 * })
 */
export function installTunnel(options: TunnelOptions): void {
  const scope = globalThis as unknown as TunnelWorkerScope
  if (!('skipWaiting' in scope && 'clients' in scope)) {
    throw new TlsError('invalid_argument', 'installTunnel is called in the script of a service worker')
  }
  const { relay, relayToken, dial, rules, passThrough, onError, ...fetchOptions } = options
  const tunnelRules = new TunnelRules(rules, scope.location.origin, passThrough)
  const fetch = createFetch({ ...fetchOptions, dial: dialOf(options) })
  scope.addEventListener('install', (event) => event.waitUntil(scope.skipWaiting()))
  scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()))
  scope.addEventListener('fetch', (event) => {
    const url = tunnelRules.serverUrl(new URL(event.request.url))
    if (url === undefined) return
    let done: () => void = () => undefined
    // a worker is stopped when nothing waits; a response that is still being read must not be cut
    event.waitUntil(
      new Promise<void>((resolve) => {
        done = resolve
      }),
    )
    event.respondWith(respond(event, url, fetch, tunnelRules, scope, onError, done))
  })
}

function dialOf({ relay, relayToken, dial }: TunnelOptions): FetchOptions['dial'] {
  if ((relay === undefined) === (dial === undefined)) {
    throw new TlsError('invalid_argument', 'a tunnel has either a `relay` or a function `dial`')
  }
  if (dial !== undefined) return dial
  const token = relayToken === undefined ? {} : { token: relayToken }
  return ({ host, port, signal }) => dialWebSocketRelay(relay as string | URL, { host, port, signal, ...token })
}

async function respond(
  event: TunnelFetchEvent,
  url: URL,
  fetch: TlsFetch,
  rules: TunnelRules,
  scope: TunnelWorkerScope,
  onError: TunnelOptions['onError'],
  done: () => void,
): Promise<Response> {
  const { request } = event
  const told = (failure: TunnelFailure): TunnelFailure => {
    onError?.(failure)
    return failure
  }
  const report = (error: unknown) => told(tunnelFailure(request.url, error))
  const isSafe = request.method === 'GET' || request.method === 'HEAD'
  const isForeign = comesFromOutside(request, scope.location.origin, isSafe)
  if (isForeign && !isSafe) {
    done()
    return problemResponse(told(foreignRequest(request.url, request.method)), true)
  }
  try {
    const init = await requestInit(request)
    const response = await fetch(url.href, isForeign ? { ...init, credentials: 'omit' } : init)
    const headers = responseHeaders(response, url, rules)
    const body = observedBody(response.body, done, (error) => {
      const failure = report(error)
      // a page that is gone needs no message
      scope.clients.get(event.clientId).then(
        (page) => page?.postMessage({ type: failureMessage, failure }),
        () => undefined,
      )
    })
    return new Response(body, { status: response.status, statusText: response.statusText, headers })
  } catch (error) {
    done()
    // the page gave it up: there is no one to tell
    if (request.signal.aborted) return Response.error()
    return problemResponse(report(error), request.mode === 'navigate')
  }
}

/**
 * Any site can lead the browser here, with a link or a form; nothing else of theirs comes to this worker. The jar knows
 * no sites, and the server is not told the origin: so what would be done in the user's name is judged here. Without a
 * referrer it may have been typed, which only GET and HEAD can be.
 */
function comesFromOutside({ mode, referrer }: Request, ownOrigin: string, isSafe: boolean): boolean {
  if (mode !== 'navigate') return false
  if (referrer === '') return !isSafe
  return !URL.canParse(referrer) || new URL(referrer).origin !== ownOrigin
}

/** Of what the page asks, what the server needs to know. Where the request came from stays here. */
async function requestInit(request: Request): Promise<RequestInit> {
  const { method, credentials, signal } = request
  const headers = [...request.headers].filter(
    ([name]) => !/^(sec-|origin$|referer$|upgrade-insecure-requests$)/.test(name),
  )
  const init = { method, headers, credentials, signal, redirect: 'manual' } as const
  if (method === 'GET' || method === 'HEAD' || request.body === null) return init
  // a browser without `Request.body` (Firefox) gives it whole or not at all
  const body = request.body ?? (await request.arrayBuffer())
  return { ...init, body, duplex: 'half' } as RequestInit
}

/**
 * The browser follows redirects itself, so that each comes back to the rules. One that leads past them would go over
 * the network in the open, and tell others what the tunnel is there to hide: it is refused.
 */
function responseHeaders(response: Response, url: URL, rules: TunnelRules): Headers {
  const headers = new Headers(response.headers)
  // the body is decoded, and the length was that of the coded one
  if (headers.has('content-encoding')) {
    headers.delete('content-encoding')
    headers.delete('content-length')
  }
  const location = headers.get('location')
  if (location !== null && response.status >= 300 && response.status < 400) {
    const target = pageUrl(location, url, rules)
    if (target === undefined) {
      response.body?.cancel().catch(() => undefined)
      throw new HttpError('redirect_refused', `a redirect leads out of the tunnel: ${location.slice(0, 200)}`)
    }
    headers.set('location', target.href)
  }
  return headers
}

function pageUrl(location: string, base: URL, rules: TunnelRules): URL | undefined {
  try {
    return rules.pageUrl(new URL(location, base))
  } catch {
    return undefined
  }
}
