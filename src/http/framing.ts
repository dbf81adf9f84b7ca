import { type Fields, fieldValues, listElements, trimWhitespace } from './fields.js'
import { HttpError } from './http-error.js'
import type { RequestHead, ResponseHead } from './message-head.js'

/** How the end of a body is known: RFC 9112 section 6.3. */
export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  /** Up to the end of the connection: responses alone. */
  | { readonly kind: 'close' }

/** @throws HttpError `malformed` or `unsupported_coding` */
export function requestFraming(head: RequestHead): BodyFraming {
  const length = contentLength(head.fields)
  if (isChunked(head, length)) return { kind: 'chunked' }
  return length === undefined || length === 0 ? { kind: 'none' } : { kind: 'length', length }
}

/**
 * @param method of the request that it answers
 * @throws HttpError `malformed` or `unsupported_coding`
 */
export function responseFraming(head: ResponseHead, method: string): BodyFraming {
  const { status, fields } = head
  const hasNoBody = method === 'HEAD' || status < 200 || status === 204 || status === 304
  // looked at in any case: a message that contradicts itself is not trusted with where the next one begins
  const length = contentLength(fields)
  const chunked = isChunked(head, length)
  if (hasNoBody) return { kind: 'none' }
  // RFC 9110 section 9.3.6: after this the connection is a tunnel
  if (method === 'CONNECT' && status < 300) return { kind: 'none' }
  if (chunked) return { kind: 'chunked' }
  return length === undefined ? { kind: 'close' } : { kind: 'length', length }
}

/** RFC 9110 section 8.6: several are allowed if they are the same. */
export function contentLength(fields: Fields): number | undefined {
  const values = fieldValues(fields, 'content-length').flatMap((value) => value.split(',').map(trimWhitespace))
  const [text] = values
  if (text === undefined) return undefined
  if (values.some((value) => value !== text) || !/^[0-9]{1,15}$/.test(text)) {
    throw new HttpError('malformed', `not a Content-Length: ${JSON.stringify(values.join(', ').slice(0, 60))}`)
  }
  return Number(text)
}

function isChunked({ version, fields }: RequestHead | ResponseHead, length: number | undefined): boolean {
  const values = fieldValues(fields, 'transfer-encoding')
  if (values.length === 0) return false
  // RFC 9112 section 6.1: with HTTP/1.0 the framing is faulty; with Content-Length it is how messages are smuggled
  if (version === 'HTTP/1.0') throw new HttpError('malformed', 'Transfer-Encoding in a message of HTTP/1.0')
  if (length !== undefined) throw new HttpError('malformed', 'both Transfer-Encoding and Content-Length')
  const codings = listElements(fields, 'transfer-encoding')
  if (codings.length === 1 && values.length === 1 && codings[0] === 'chunked') return true
  const known = codings.filter((coding) => coding === 'chunked').length
  // section 6.1: chunked is applied once, and last
  if (known > 1 || (known === 1 && codings.at(-1) !== 'chunked') || codings.length === 0) {
    throw new HttpError('malformed', 'chunked is not the last transfer coding, or is there twice')
  }
  throw new HttpError(
    'unsupported_coding',
    `chunked is the only transfer coding spoken here, not ${codings.join(', ')}`,
  )
}
