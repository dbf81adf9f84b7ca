import type { ByteSource } from './byte-source.js'
import { HttpError } from './http-error.js'

export interface HttpHead {
  readonly version: string
  readonly status: number
  readonly reason: string
  /** As they came: names in their own spelling, repeated ones apart. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** RFC 9112 sections 4 and 5. */
export async function readHead(source: ByteSource): Promise<HttpHead> {
  const statusLine = await source.line(maxLine)
  const match = /^(HTTP\/1\.[01]) ([1-9][0-9]{2})(?: (.*))?$/.exec(statusLine)
  if (match === null) throw new HttpError('malformed', `not an HTTP/1.1 answer: "${statusLine.slice(0, 60)}"`)
  const [, version = '', status = '', reason = ''] = match
  const headers: (readonly [string, string])[] = []
  for (let line = await source.line(maxLine); line !== ''; line = await source.line(maxLine)) {
    if (headers.length >= maxHeaders) throw new HttpError('too_large', `more than ${maxHeaders} header fields`)
    headers.push(readHeader(line))
  }
  return { version, status: Number(status), reason, headers }
}

/** All values of a field, in order. */
export function headerValues({ headers }: HttpHead, name: string): string[] {
  return headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value)
}

export const header = (head: HttpHead, name: string): string | undefined => headerValues(head, name)[0]

export function contentLength(head: HttpHead): number | undefined {
  const values = new Set(headerValues(head, 'content-length').flatMap((value) => value.split(/\s*,\s*/)))
  if (values.size === 0) return undefined
  const [text = ''] = values
  if (values.size > 1 || !/^[0-9]{1,15}$/.test(text)) {
    throw new HttpError('malformed', `not a Content-Length: "${[...values].join(', ')}"`)
  }
  return Number(text)
}

export function isChunked(head: HttpHead): boolean {
  const codings = headerValues(head, 'transfer-encoding').flatMap((value) => value.toLowerCase().split(/\s*,\s*/))
  if (codings.length === 0) return false
  if (codings.length === 1 && codings[0] === 'chunked') return true
  throw new HttpError('malformed', `a Transfer-Encoding that was not asked for: ${codings.join(', ')}`)
}

function readHeader(line: string): readonly [string, string] {
  // a line that begins with white space would continue the one before: obs-fold, refused
  const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*(.*?)[\t ]*$/.exec(line)
  if (match === null) throw new HttpError('malformed', `not a header field: "${line.slice(0, 60)}"`)
  return [match[1] ?? '', match[2] ?? '']
}

const maxLine = 8192
const maxHeaders = 128
