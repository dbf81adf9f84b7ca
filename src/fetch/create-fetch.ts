import { TlsClientConfig } from '../connection/client-config.js'
import { fieldValues } from '../http/fields.js'
import { HttpError } from '../http/http-error.js'
import { MemorySessionStore } from '../session/session-store.js'
import { ConnectionPool } from './connection-pool.js'
import { decodeContent } from './content-coding.js'
import { type Exchange, exchange } from './exchange.js'
import { fetchError } from './fetch-error.js'
import { type FetchOptions, type FetchSettings, resolveFetchOptions } from './fetch-options.js'
import { HttpConnection } from './http-connection.js'
import { hasNoBody, makeResponse, readerBody } from './make-response.js'
import { isRedirect, redirectedRequest } from './redirect.js'
import { type RequestBody, requestBody } from './request-body.js'
import type { WireRequest } from './request-fields.js'

/** A function with fetch's signature. */
export interface TlsFetch {
  (input: RequestInfo | URL, init?: RequestInit): Promise<Response>
  /** Closes what is idle and takes no more requests. With a reason it also cuts what is under way. */
  close(reason?: unknown): void
}

/**
 * `fetch` over this library's TLS: HTTP/1.1 with connections that are kept, over whatever `dial` opens. It takes and
 * gives the platform's Request and Response and rejects as fetch does: with the signal's reason when it was aborted,
 * else with a TypeError whose `cause` is the TlsError or HttpError. Only https: URLs. docs/fetch.md has the
 * differences from the browser's own.
 *
 * @throws TlsError `invalid_argument`
 * @example
 * const fetch = createFetch({
 *   dial: ({ host, port, signal }) => dialWebSocketRelay(relay, { host, port, signal }),
 *   tls: { trustAnchors: await loadMozillaRoots() },
 * })
 * const response = await fetch('https://www.example.com/')
 */
export function createFetch(options: FetchOptions): TlsFetch {
  const client = new FetchClient(resolveFetchOptions(options))
  const fetch = (input: RequestInfo | URL, init?: RequestInit) => client.fetch(input, init)
  return Object.assign(fetch, { close: (reason?: unknown) => client.close(reason) })
}

class FetchClient {
  readonly #settings: FetchSettings
  readonly #origins = new Map<string, ConnectionPool>()
  readonly #configs = new Map<string, Promise<TlsClientConfig>>()
  readonly #sessionStore = new MemorySessionStore()

  constructor(settings: FetchSettings) {
    this.#settings = settings
  }

  async fetch(input: RequestInfo | URL, init: RequestInit | undefined): Promise<Response> {
    const { request, body } = readArguments(input, init)
    const { signal } = request
    let content: RequestBody | undefined
    try {
      const url = checkRequest(request)
      signal.throwIfAborted()
      content = await requestBody(request, body)
      return await this.#follow({ method: request.method, url, headers: request.headers, body: content }, request)
    } catch (error) {
      content?.giveUp(error)
      throw signal.aborted ? signal.reason : fetchError(error)
    }
  }

  close(reason: unknown): void {
    for (const pool of this.#origins.values()) pool.close(reason)
    this.#isClosed = true
  }
  #isClosed = false

  async #follow(first: WireRequest, { redirect, credentials, signal }: Request): Promise<Response> {
    const jar = credentials === 'omit' ? undefined : this.#settings.cookieJar
    for (let wire = first, redirects = 0; ; redirects++) {
      const cookie = (await jar?.getCookies(wire.url)) ?? ''
      // nothing is waited for before it is used: an empty pool may be dropped
      const answer = await exchange(this.#pool(wire.url), wire, cookie, this.#settings, signal)
      const next = await this.#after(answer, wire, redirect, redirects, jar)
      if (next === undefined) return this.#respond(answer, wire, redirects > 0, signal)
      await drain(answer)
      wire = next
    }
  }

  /** What is to be done once the head is there. A failure must not leave the connection waiting for a reader. */
  async #after(
    { head, body }: Exchange,
    wire: WireRequest,
    redirect: RequestRedirect,
    redirects: number,
    jar: FetchSettings['cookieJar'],
  ): Promise<WireRequest | undefined> {
    try {
      const setCookies = fieldValues(head.fields, 'set-cookie')
      if (jar && setCookies.length > 0) await jar.setCookies(wire.url, setCookies)
      if (!isRedirect(head) || redirect === 'manual') return undefined
      if (redirect === 'error') throw new HttpError('redirect_refused', `${wire.url.href} redirects, which is an error`)
      const next = redirectedRequest(wire, head)
      if (next && redirects >= this.#settings.maxRedirects) {
        throw new HttpError('redirect_refused', `more than ${this.#settings.maxRedirects} redirects`)
      }
      return next
    } catch (error) {
      body.cancel(error).catch(() => undefined)
      throw error
    }
  }

  #respond({ head, body, giveUp }: Exchange, wire: WireRequest, redirected: boolean, signal: AbortSignal): Response {
    try {
      if (wire.method === 'HEAD' || hasNoBody(head.status)) {
        // a reader gives an empty body back; one that is not empty is not wanted
        const reader = body.getReader()
        void reader.read().then(
          ({ done }) => (done ? undefined : reader.cancel()),
          () => undefined,
        )
        return makeResponse(head, undefined, wire.url, redirected)
      }
      const decoded = decodeContent(body, head, this.#settings.maxDecodedLength)
      return makeResponse(head, readerBody(decoded.body, signal, giveUp), wire.url, redirected)
    } catch (error) {
      if (!body.locked) body.cancel(error).catch(() => undefined)
      throw error
    }
  }

  #pool(url: URL): ConnectionPool {
    const { origin } = url
    const known = this.#origins.get(origin)
    if (known) return known
    if (this.#isClosed) throw new HttpError('invalid_argument', 'this fetch was closed')
    for (const [each, pool] of this.#origins) {
      if (this.#origins.size < maxOrigins) break
      if (pool.isEmpty) this.#origins.delete(each)
    }
    const target = { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port || 443) }
    const pool = new ConnectionPool({
      maxConnections: this.#settings.maxConnectionsPerOrigin,
      idleTimeoutMs: this.#settings.idleTimeoutMs,
      open: async (signal) => {
        const config = await this.#config(origin, target.host)
        const connection = await HttpConnection.open(this.#settings, target, config, signal)
        this.#settings.onConnection(origin, connection.info)
        return connection
      },
    })
    this.#origins.set(origin, pool)
    return pool
  }

  /** Made once for each origin: what fails is tried again at the next request. */
  async #config(origin: string, host: string): Promise<TlsClientConfig> {
    const known = this.#configs.get(origin)
    if (known) return await known
    for (const each of this.#configs.keys()) {
      if (this.#configs.size < maxOrigins) break
      this.#configs.delete(each)
    }
    const { tls } = this.#settings
    const made = (async () => {
      const options = typeof tls === 'function' ? await tls(new URL(origin)) : tls
      const defaults = { serverName: host, sessionStore: this.#sessionStore }
      return await TlsClientConfig.create({ ...defaults, ...options, alpnProtocols: ['http/1.1'] })
    })()
    this.#configs.set(origin, made)
    made.catch(() => this.#configs.delete(origin))
    return await made
  }
}

/** As fetch reads its arguments. A stream is kept from the Request where it would be turned into text. */
function readArguments(input: RequestInfo | URL, init: RequestInit | undefined) {
  if (input instanceof Request && init === undefined) return { request: input, body: undefined }
  const body: unknown = init?.body
  if (!(body instanceof ReadableStream)) return { request: new Request(input, init), body }
  const request = new Request(input, { ...init, body: null })
  if (request.method === 'GET' || request.method === 'HEAD') {
    throw new TypeError(`a request with the method ${request.method} has no body`)
  }
  return { request, body }
}

function checkRequest(request: Request): URL {
  const url = new URL(request.url)
  if (url.protocol !== 'https:') {
    throw new HttpError('invalid_argument', `only https: URLs are fetched here, not ${url.protocol}`)
  }
  if (request.integrity) throw new HttpError('invalid_argument', '`integrity` is not checked here, so it is refused')
  if (request.cache === 'only-if-cached') throw new HttpError('invalid_argument', 'there is no cache here')
  return url
}

/** A redirect's body is of no use, but a short one read to its end keeps the connection. */
async function drain({ body }: Exchange): Promise<void> {
  const reader = body.getReader()
  try {
    for (let length = 0; length <= maxDrainedBytes; ) {
      const { done, value } = await reader.read()
      if (done) return
      length += value.length
    }
    await reader.cancel()
  } catch {
    // the redirect was understood: its connection is given up
  }
}

const maxDrainedBytes = 64 * 1024
const maxOrigins = 256
