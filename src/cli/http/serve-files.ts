import type { FileHandle } from 'node:fs/promises'
import type { DuplexStream } from '../../connection/duplex-stream.js'
import { serveHttp } from '../../http-server/serve-http.js'
import type { HttpHandler } from '../../http-server/server-options.js'
import { answerFor } from './answer.js'
import { type FoundFile, findFile } from './find-file.js'
import { Refusal } from './refusal.js'

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

/** Files over HTTP/1.1, until the client has ended or asked to. Rejects with what the connection failed with. */
export async function serveFiles(connection: DuplexStream, service: FileService): Promise<void> {
  let failure: { readonly error: unknown } | undefined
  const { requestTimeoutMs: headTimeoutMs } = service
  const server = serveHttp(connection, fileHandler(service.root), {
    limits: { headTimeoutMs, keepAliveTimeoutMs: headTimeoutMs },
    onResponse: ({ method, target, status, bytes }) => service.onRequest({ method, target, status, bytes }),
    onError: (error) => {
      failure ??= { error }
    },
  })
  await server.finished
  if (failure) throw failure.error
}

function fileHandler(root: string): HttpHandler {
  return async (request, { target }) => {
    try {
      if (hasBody(request)) throw new Refusal(413, 'requests with a body are not taken', { connection: 'close' })
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        throw new Refusal(405, 'only GET and HEAD', { allow: 'GET, HEAD' })
      }
      return await fileResponse(request, await findFile(root, target))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const text = `${error.status} ${error.message}\n`
      const type = { 'content-type': 'text/plain; charset=utf-8', 'content-length': String(text.length) }
      return new Response(text, { status: error.status, headers: { ...error.headers, ...type } })
    }
  }
}

async function fileResponse(request: Request, file: FoundFile): Promise<Response> {
  let isSending = false
  try {
    const { status, headers, body } = answerFor(request, file)
    isSending = body.length > 0
    return new Response(isSending ? fileStream(file.handle, body.start, body.length) : null, { status, headers })
  } finally {
    if (!isSending) await file.handle.close()
  }
}

function fileStream(handle: FileHandle, start: number, length: number): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          // a new buffer each time: a chunk belongs to the stream once it was written
          const buffer = new Uint8Array(Math.min(chunkLength, length - sent))
          const { bytesRead } = await handle.read(buffer, 0, buffer.length, start + sent)
          // the length was promised: a file that shrank meanwhile must not look whole
          if (bytesRead === 0) throw new Error('the file became shorter while it was sent')
          controller.enqueue(buffer.subarray(0, bytesRead))
          sent += bytesRead
          if (sent < length) return
          await handle.close()
          controller.close()
        } catch (error) {
          await handle.close()
          throw error
        }
      },
      cancel: () => handle.close(),
    },
    { highWaterMark: 0 },
  )
}

function hasBody({ headers }: Request): boolean {
  return headers.has('transfer-encoding') || !/^0*$/.test(headers.get('content-length') ?? '')
}

const chunkLength = 256 * 1024
