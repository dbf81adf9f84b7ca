import { type Fields, isFieldValue, isToken } from './fields.js'
import { HttpError } from './http-error.js'

/** How a body is sent. */
export type SentFraming = { readonly kind: 'length'; readonly length: number } | { readonly kind: 'chunked' }

/**
 * Sends a body after its head: RFC 9112 sections 6.2 and 7.1. Reads on only when the writer takes more. The writer
 * stays open and is the caller's; when this fails, the connection is of no more use and the body was cancelled.
 * @throws HttpError `body_mismatch` when the body is not as long as was said, or the writer's or the body's own error
 */
export async function writeBody(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  framing: SentFraming,
  body: ReadableStream<Uint8Array>,
  trailers: Fields = [],
): Promise<void> {
  const reader = body.getReader()
  try {
    if (framing.kind === 'length') await writeSized(writer, framing.length, reader)
    else await writeChunked(writer, reader, trailers)
  } catch (error) {
    // its own failure is known already, or is of no interest: nobody reads it any more
    reader.cancel(error).catch(() => undefined)
    throw error
  }
}

async function writeSized(writer: Writer, length: number, reader: Reader): Promise<void> {
  let sent = 0
  for await (const chunk of chunksOf(reader)) {
    sent += chunk.length
    // RFC 9110 section 8.6: what is more would be taken for the next message
    if (sent > length) throw new HttpError('body_mismatch', `the body has more than the ${length} bytes announced`)
    await write(writer, chunk)
  }
  if (sent < length) throw new HttpError('body_mismatch', `the body has ${sent} of the ${length} bytes announced`)
}

async function writeChunked(writer: Writer, reader: Reader, trailers: Fields): Promise<void> {
  for await (const chunk of chunksOf(reader)) await write(writer, encodeChunk(chunk))
  await write(writer, encodeLastChunk(trailers))
}

function encodeChunk(data: Uint8Array): Uint8Array {
  const size = ascii(`${data.length.toString(16)}\r\n`)
  // one write, so one run of records
  const chunk = new Uint8Array(size.length + data.length + 2)
  chunk.set(size)
  chunk.set(data, size.length)
  chunk.set(lineEnd, size.length + data.length)
  return chunk
}

function encodeLastChunk(trailers: Fields): Uint8Array {
  for (const [name, value] of trailers) {
    if (!isToken(name) || !isFieldValue(value)) throw new HttpError('invalid_argument', 'not a trailer field')
  }
  return ascii(`0\r\n${trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
}

async function* chunksOf(reader: Reader): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    if (!(value instanceof Uint8Array)) throw new TypeError('a body is a stream of Uint8Array')
    // an empty chunk would be the last one
    if (value.length > 0) yield value
  }
}

/** Waits for room, not for the write's end: several may be on their way. */
async function write(writer: Writer, chunk: Uint8Array): Promise<void> {
  await writer.ready
  // its failure is met at the next `ready`, or at the end by whoever reads the answer
  writer.write(chunk).catch(() => undefined)
}

type Writer = WritableStreamDefaultWriter<Uint8Array>
type Reader = ReadableStreamDefaultReader<Uint8Array>

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))
const lineEnd = ascii('\r\n')
