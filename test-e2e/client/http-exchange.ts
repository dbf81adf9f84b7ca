import type { DuplexStream } from '../../src/connection/duplex-stream.js'

export interface HttpRequest {
  readonly method?: 'GET' | 'PUT'
  readonly path: string
  readonly host: string
  readonly body?: Uint8Array
}

export interface HttpAnswer {
  readonly status: number
  readonly head: string
  readonly body: Uint8Array<ArrayBuffer>
}

/**
 * One HTTP/1.1 request, whose answer ends with the connection. It sends and receives at the same time, and knows
 * nothing of what carries it: it runs in pages and in Node.
 */
export async function exchange(stream: DuplexStream, request: HttpRequest): Promise<HttpAnswer> {
  const [, received] = await Promise.all([send(stream, request), readToEnd(stream.readable)])
  return parseAnswer(received)
}

export async function readToEnd(readable: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = readable.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    chunks.push(value)
    length += value.length
  }
  const joined = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    joined.set(chunk, offset)
    offset += chunk.length
  }
  return joined
}

async function send(stream: DuplexStream, request: HttpRequest): Promise<void> {
  const { method = 'GET', path, host, body } = request
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: close']
  if (body !== undefined) lines.push(`Content-Length: ${body.length}`)
  const writer = stream.writable.getWriter()
  await writer.write(new TextEncoder().encode(`${lines.join('\r\n')}\r\n\r\n`))
  if (body !== undefined) {
    for (let offset = 0; offset < body.length; offset += chunkSize) {
      await writer.ready
      // a copy: the stream owns what it was given
      void writer.write(body.slice(offset, offset + chunkSize)).catch(() => {})
    }
  }
  await writer.ready
  writer.releaseLock()
}

function parseAnswer(received: Uint8Array<ArrayBuffer>): HttpAnswer {
  const headEnd = indexOfBlankLine(received)
  const head = new TextDecoder().decode(received.subarray(0, headEnd))
  const status = Number(head.match(/^HTTP\/1\.[01] (\d{3})/)?.[1] ?? Number.NaN)
  const length = head.match(/^content-length: *(\d+)/im)?.[1]
  const body = received.subarray(headEnd + 4)
  if (length !== undefined && body.length !== Number(length)) {
    throw new Error(`the answer has ${body.length} bytes of ${length}`)
  }
  return { status, head, body }
}

function indexOfBlankLine(bytes: Uint8Array): number {
  for (let index = 0; index + 3 < bytes.length; index++) {
    if (bytes[index] === 13 && bytes[index + 1] === 10 && bytes[index + 2] === 13 && bytes[index + 3] === 10) {
      return index
    }
  }
  throw new Error(`no HTTP answer in ${bytes.length} bytes`)
}

const chunkSize = 64 * 1024
