import { type Fields, fieldValues } from '../http/fields.js'
import type { BodyFraming } from '../http/framing.js'
import { HttpError } from '../http/http-error.js'
import type { RequestHead } from '../http/message-head.js'

export interface RequestParts {
  readonly head: RequestHead
  readonly framing: BodyFraming
  readonly body: ReadableStream<Uint8Array>
  readonly scheme: 'https' | 'http'
  /** Where the request names no host: HTTP/1.0. */
  readonly fallbackHost: string
  readonly signal: AbortSignal
}

/**
 * The platform's Request for a message. Browsers drop some fields (Cookie, Host, …) from a Request's headers, and some
 * take no stream as its body: where they do, the Request is given its own.
 * @throws HttpError `malformed` for what has no URL
 */
export function makeRequest({ head, framing, body, scheme, fallbackHost, signal }: RequestParts): Request {
  const { method, fields } = head
  const url = requestUrl(head, scheme, fallbackHost)
  const headers = headersOf(fields)
  const hasBody = framing.kind !== 'none'
  const init = { method, headers, signal }
  // a GET with a body has no meaning (RFC 9110 section 9.3.1), and a Request cannot have one
  if (!hasBody || method === 'GET' || method === 'HEAD') return withOwn(new Request(url, init), { headers })
  if (takesStreams()) {
    // not yet in TypeScript's own types
    const streaming: RequestInit & { duplex: 'half' } = { ...init, body: body as BodyInit, duplex: 'half' }
    return withOwn(new Request(url, streaming), { headers })
  }
  return withBody(new Request(url, init), headers, body)
}

/** Whether the method can be that of a Request at all: Fetch forbids some. */
export function isServable(method: string): boolean {
  return !/^(?:CONNECT|TRACE|TRACK)$/i.test(method)
}

/** RFC 9112 section 3.3 */
function requestUrl({ target, fields }: RequestHead, scheme: string, fallbackHost: string): string {
  const [host] = fieldValues(fields, 'host')
  // section 3.2.2: a whole URL in the target counts more than Host
  const authority =
    /^https?:\/\/([^/?#]+)/i.exec(target)?.[1] ?? (host === undefined || host === '' ? fallbackHost : host)
  const path = target === '*' ? '/' : target.replace(/^https?:\/\/[^/?#]+/i, '')
  const text = `${scheme}://${authority}${path.startsWith('/') ? path : `/${path}`}`
  try {
    const url = new URL(text)
    if (url.username === '' && url.password === '' && url.host !== '') return url.href
  } catch {
    // answered below
  }
  throw new HttpError('malformed', 'the target and Host make no URL')
}

function headersOf(fields: Fields): Headers {
  const headers = new Headers()
  for (const [name, value] of fields) headers.append(name, value)
  return headers
}

function withOwn<T extends object>(request: Request, own: T): Request {
  for (const [name, value] of Object.entries(own)) Object.defineProperty(request, name, { value, enumerable: true })
  return request
}

/** Every platform makes a Response of a stream. */
function withBody(request: Request, headers: Headers, body: ReadableStream<Uint8Array>): Request {
  const type = headers.get('content-type')
  const holder = new Response(body as BodyInit, { headers: type === null ? {} : { 'content-type': type } })
  Object.defineProperty(request, 'bodyUsed', { get: () => holder.bodyUsed })
  return withOwn(request, {
    headers,
    body: holder.body,
    text: () => holder.text(),
    json: () => holder.json(),
    arrayBuffer: () => holder.arrayBuffer(),
    blob: () => holder.blob(),
    formData: () => holder.formData(),
    bytes: async () => new Uint8Array(await holder.arrayBuffer()),
    clone: () => withBody(new Request(request), headers, holder.clone().body ?? body),
  })
}

let streams: boolean | undefined

/** A platform that does not takes the stream for an object to be shown as text, or throws. */
function takesStreams(): boolean {
  if (streams !== undefined) return streams
  try {
    let isAsked = false
    const init = {
      method: 'POST',
      body: new ReadableStream(),
      get duplex() {
        isAsked = true
        return 'half'
      },
    }
    const request = new Request('https://a.invalid/', init as RequestInit)
    streams = isAsked && !request.headers.has('content-type')
  } catch {
    streams = false
  }
  return streams
}
