import type { FileHandle } from 'node:fs/promises'
import { answerFor, answerHead } from './answer.js'
import { findFile } from './find-file.js'
import { HttpError } from './http-error.js'
import { type HttpRequest, RequestReader } from './read-request.js'

export interface FileService {
  /** As `realpath` has it. */
  readonly root: string
  /** How long a client may take to send a request, or between two, in milliseconds. */
  readonly requestTimeoutMs: number
  onRequest(request: {
    readonly method: string
    readonly target: string
    readonly status: number
    readonly bytes: number
  }): void
}

type Writer = WritableStreamDefaultWriter<Uint8Array>

/** Files over HTTP/1.1, requests one after another, until the client has ended or asked to. */
export async function serveFiles(
  incoming: AsyncIterable<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  service: FileService,
): Promise<void> {
  const requests = new RequestReader(incoming)
  const writer = writable.getWriter()
  for (;;) {
    const request = await nextRequest(requests, service.requestTimeoutMs)
    if (request === undefined) break
    const { status, bytes } = await respond(writer, service.root, request)
    const { method, target } = request instanceof HttpError ? { method: '-', target: '-' } : request
    service.onRequest({ method, target, status, bytes })
    if (request instanceof HttpError || !request.keepsAlive) break
  }
  await writer.close()
}

/** An HttpError is answered like a request, and is the last. `undefined`: the client is gone, or says nothing. */
async function nextRequest(requests: RequestReader, timeoutMs: number): Promise<HttpRequest | HttpError | undefined> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs)
    timer.unref()
  })
  try {
    const next = requests.next()
    next.catch(() => undefined)
    return await Promise.race([next, tooLong])
  } catch (error) {
    if (error instanceof HttpError) return error
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function respond(writer: Writer, root: string, request: HttpRequest | HttpError) {
  try {
    if (request instanceof HttpError) throw request
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw new HttpError(405, 'only GET and HEAD', { allow: 'GET, HEAD' })
    }
    const file = await findFile(root, request.target)
    try {
      const { status, headers, body } = answerFor(request, file)
      const connection = request.keepsAlive ? {} : { connection: 'close' }
      await writer.write(answerHead(status, { ...headers, ...connection }))
      await sendFile(writer, file.handle, body.start, body.length)
      return { status, bytes: body.length }
    } finally {
      await file.handle.close()
    }
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    const text = new TextEncoder().encode(`${error.status} ${error.message}\n`)
    const isLast = request instanceof HttpError || !request.keepsAlive
    const head = answerHead(error.status, {
      ...error.headers,
      'content-type': 'text/plain; charset=utf-8',
      'content-length': text.length,
      ...(isLast && { connection: 'close' }),
    })
    await writer.write(head)
    const hasBody = request instanceof HttpError || request.method !== 'HEAD'
    if (hasBody) await writer.write(text)
    return { status: error.status, bytes: hasBody ? text.length : 0 }
  }
}

async function sendFile(writer: Writer, handle: FileHandle, start: number, length: number): Promise<void> {
  for (let sent = 0; sent < length; ) {
    // a new buffer each time: a chunk belongs to the stream once it was written
    const buffer = new Uint8Array(Math.min(chunkLength, length - sent))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start + sent)
    // the length was promised: a file that shrank meanwhile must not look whole
    if (bytesRead === 0) throw new Error('the file became shorter while it was sent')
    await writer.ready
    // its failure is that of the connection and is met at the next `ready`
    writer.write(buffer.subarray(0, bytesRead)).catch(() => undefined)
    sent += bytesRead
  }
}

const chunkLength = 256 * 1024
