import type { Field } from '../http/fields.js'
import { acceptedCodings } from './content-coding.js'
import type { RequestBody } from './request-body.js'

/** What is sent for each hop of a fetch; the rest of the Request has no meaning on the wire. */
export interface WireRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Headers
  readonly body: RequestBody | undefined
}

/** The fields of a request in the order that servers are used to. @param cookie what the jar has for this URL */
export function requestFields({ method, url, headers, body }: WireRequest, cookie: string): readonly Field[] {
  const given = [...headers].filter(([name]) => !ownNames.has(name) && !/^(proxy-|sec-fetch-)/.test(name))
  const has = (name: string) => given.some(([each]) => each === name)
  return [
    // RFC 9110 section 7.2: the first, for those who cannot wait
    ['host', url.host],
    ...given.filter(([name]) => name !== 'cookie' || cookie === ''),
    ...(has('accept') ? [] : [['accept', '*/*'] as const]),
    // the fetch standard: a part of a compressed body could not be decoded
    ...(has('accept-encoding') ? [] : [['accept-encoding', has('range') ? 'identity' : acceptedCodings()] as const]),
    ...(cookie === '' ? [] : [['cookie', joinCookies(headers.get('cookie'), cookie)] as const]),
    ...bodyFields(method, body),
  ]
}

function bodyFields(method: string, body: RequestBody | undefined): readonly Field[] {
  if (body === undefined) return bodyMethods.has(method) ? [['content-length', '0']] : []
  return body.length === undefined ? [['transfer-encoding', 'chunked']] : [['content-length', String(body.length)]]
}

const joinCookies = (own: string | null, kept: string): string => (own ? `${own}; ${kept}` : kept)

/**
 * What says how the message is framed and the connection kept is ours alone: a caller who could set it could smuggle
 * a second request. Where the platform's Request drops more, that is gone before.
 */
const ownNames: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** RFC 9110 section 8.6: these say a length even without a body. */
const bodyMethods: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])
