import { HttpError } from './http-error.js'

export interface HttpRequest {
  readonly method: string
  /** The path and the query, as they came. */
  readonly target: string
  /** By their lower-case names. */
  readonly headers: ReadonlyMap<string, string>
  /** Whether another request may follow. */
  readonly keepsAlive: boolean
}

/** Reads requests without a body (RFC 9112), one after the other, strictly. */
export class RequestReader {
  readonly #source: AsyncIterator<Uint8Array>
  #received = Buffer.alloc(0)

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** `undefined` when the client has ended. @throws HttpError for what is no request, or one too large */
  async next(): Promise<HttpRequest | undefined> {
    for (;;) {
      // section 2.2: empty lines before a request are let pass
      while (this.#received.indexOf('\r\n') === 0) this.#received = this.#received.subarray(2)
      const end = this.#received.indexOf('\r\n\r\n')
      if (end > maxHeadLength || (end < 0 && this.#received.length > maxHeadLength)) {
        throw new HttpError(431, `the head of a request has at most ${maxHeadLength} bytes`)
      }
      if (end >= 0) {
        const head = this.#received.toString('latin1', 0, end)
        this.#received = this.#received.subarray(end + 4)
        return parseRequest(head)
      }
      const { done, value } = await this.#source.next()
      if (done) return undefined
      this.#received = Buffer.concat([this.#received, value])
    }
  }
}

export function parseRequest(head: string): HttpRequest {
  const [first = '', ...lines] = head.split('\r\n')
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([\x21-\x7e]{1,8192}) HTTP\/1\.([0-9])$/.exec(first)
  if (!match) throw new HttpError(400, 'this is no request of HTTP/1.1')
  const [, method = '', target = '', minor] = match
  if (lines.length > maxFields) throw new HttpError(431, `a request has at most ${maxFields} fields`)
  const headers = new Map<string, string>()
  for (const line of lines) {
    // section 5.1: no space before the colon, no folded lines, no control characters
    const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/.exec(line)
    if (!field) throw new HttpError(400, 'a field of the request is malformed')
    const [, name = '', value = ''] = field
    const key = name.toLowerCase()
    const before = headers.get(key)
    if (before !== undefined && singleFields.has(key)) throw new HttpError(400, `${key} came twice`)
    headers.set(key, before === undefined ? value : `${before}, ${value}`)
  }
  if (minor !== '0' && !headers.has('host')) throw new HttpError(400, 'Host is missing')
  if (headers.has('transfer-encoding') || !/^0*$/.test(headers.get('content-length') ?? '')) {
    throw new HttpError(413, 'requests with a body are not taken')
  }
  const connection = (headers.get('connection') ?? '').toLowerCase().split(/[ \t]*,[ \t]*/)
  const keepsAlive = minor === '0' ? connection.includes('keep-alive') : !connection.includes('close')
  return { method, target, headers, keepsAlive }
}

const singleFields: ReadonlySet<string> = new Set(['host', 'content-length', 'range', 'if-range'])
const maxHeadLength = 16 * 1024
const maxFields = 100
