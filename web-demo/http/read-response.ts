import { ByteSource } from '../../src/http/byte-source.js'
import { fieldValues } from '../../src/http/fields.js'
import { responseFraming } from '../../src/http/framing.js'
import { type ResponseHead, readFinalResponseHead } from '../../src/http/message-head.js'
import { readBody } from '../../src/http/read-body.js'

export interface HttpResponse {
  readonly head: ResponseHead
  /** How the body's end is known: RFC 9112 section 6.3. */
  readonly framing: 'none' | 'chunked' | 'content-length' | 'close'
  /** Known beforehand for `content-length` alone. */
  readonly expectedLength: number | undefined
  /** To be read once. Throws when it ends too soon. */
  readonly body: AsyncGenerator<Uint8Array, void, undefined>
}

/** Reads one HTTP/1.1 answer by the library's own reader, and keeps what the page tells of it. */
export async function readResponse(readable: ReadableStream<Uint8Array>, method: string): Promise<HttpResponse> {
  const source = new ByteSource(readable)
  const head = await readFinalResponseHead(source)
  const framing = responseFraming(head, method)
  return {
    head,
    framing: framing.kind === 'length' ? 'content-length' : framing.kind,
    expectedLength: framing.kind === 'length' ? framing.length : undefined,
    body: pieces(readBody(source, framing).readable),
  }
}

/** The first value of a field. @param name in lower case */
export const header = ({ fields }: ResponseHead, name: string): string | undefined => fieldValues(fields, name)[0]

/** Not every engine iterates over streams. */
async function* pieces(readable: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = readable.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
}
