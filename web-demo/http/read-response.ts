import { ByteSource } from './byte-source.js'
import { HttpError } from './http-error.js'
import { contentLength, type HttpHead, isChunked, readHead } from './response-head.js'

export interface HttpResponse {
  readonly head: HttpHead
  /** How the body's end is known: RFC 9112 section 6.3. */
  readonly framing: 'none' | 'chunked' | 'content-length' | 'close'
  /** Known beforehand for `content-length` alone. */
  readonly expectedLength: number | undefined
  /** To be read once. Throws when it ends too soon. */
  readonly body: AsyncGenerator<Uint8Array, void, undefined>
}

/** Reads one HTTP/1.1 answer from a stream: enough for the demo, and strict about where it ends. */
export async function readResponse(readable: ReadableStream<Uint8Array>, method: string): Promise<HttpResponse> {
  const source = new ByteSource(readable)
  const head = await readFinalHead(source)
  const framing = framingOf(head, method)
  const expectedLength = framing === 'content-length' ? contentLength(head) : undefined
  const bodies = {
    none: noBody,
    chunked: () => chunkedBody(source),
    'content-length': () => sizedBody(source, expectedLength ?? 0),
    close: () => closedBody(source),
  }
  return { head, framing, expectedLength, body: bodies[framing]() }
}

async function readFinalHead(source: ByteSource): Promise<HttpHead> {
  for (let interim = 0; interim <= maxInterimAnswers; interim++) {
    const head = await readHead(source)
    if (head.status >= 200 || head.status === 101) return head
  }
  throw new HttpError('too_large', `more than ${maxInterimAnswers} interim answers (1xx)`)
}

function framingOf(head: HttpHead, method: string): HttpResponse['framing'] {
  if (method === 'HEAD' || head.status === 204 || head.status === 304 || head.status === 101) return 'none'
  const length = contentLength(head)
  if (isChunked(head)) {
    // RFC 9112 section 6.3: both at once is how answers are smuggled
    if (length !== undefined) throw new HttpError('malformed', 'both Transfer-Encoding and Content-Length')
    return 'chunked'
  }
  return length === undefined ? 'close' : 'content-length'
}

async function* noBody(): AsyncGenerator<Uint8Array, void, undefined> {}

async function* sizedBody(source: ByteSource, length: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let left = length; left > 0; ) {
    const piece = await source.some(left)
    if (piece === undefined) {
      throw new HttpError('incomplete', `the answer ended ${left} bytes short of the ${length} that were announced`)
    }
    left -= piece.length
    yield piece
  }
}

async function* closedBody(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  for (let piece = await source.some(pieceLimit); piece; piece = await source.some(pieceLimit)) yield piece
}

/** RFC 9112 section 7.1; extensions and trailers are read and dropped. */
async function* chunkedBody(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const line = await source.line(maxLine)
    const size = /^([0-9A-Fa-f]{1,12})[\t ]*(?:;.*)?$/.exec(line)?.[1]
    if (size === undefined) throw new HttpError('malformed', `not the size of a chunk: "${line.slice(0, 40)}"`)
    const length = Number.parseInt(size, 16)
    if (length === 0) break
    yield* sizedBody(source, length)
    if ((await source.line(maxLine)) !== '') throw new HttpError('malformed', 'a chunk is longer than its size says')
  }
  for (let trailers = 0; (await source.line(maxLine)) !== ''; trailers++) {
    if (trailers >= maxTrailers) throw new HttpError('too_large', `more than ${maxTrailers} trailer fields`)
  }
}

const maxInterimAnswers = 8
const maxTrailers = 64
const maxLine = 8192
const pieceLimit = 64 * 1024
