import { HttpError } from '../http/http-error.js'

/** The body of a request: sent again after a redirect, or on another connection, only if it can be. */
export interface RequestBody {
  /** In bytes; `undefined` when it is not known beforehand, and the body goes in chunks. */
  readonly length: number | undefined
  readonly isReplayable: boolean
  /** @throws HttpError when it was opened before and cannot be again */
  open(): ReadableStream<Uint8Array>
  /** The request has failed: a stream that was not opened is told so. */
  giveUp(reason: unknown): void
}

/**
 * The body of what fetch was called with. What has a length is sent with it. A stream is read up to 64 KiB ahead: what
 * ends within is sent with its length as well, since not every server takes a request in chunks.
 * @param given `init.body`: some browsers (Firefox) have no `Request.body` and would make text of a stream
 */
export async function requestBody(request: Request, given: unknown): Promise<RequestBody | undefined> {
  if (given instanceof Blob) {
    // not read into memory: it may be a file
    return { length: given.size, isReplayable: true, open: () => given.stream(), giveUp: () => undefined }
  }
  if (given instanceof ReadableStream) return await streamBody(given as ReadableStream<Uint8Array>)
  if (given !== undefined && given !== null) return bytesBody(new Uint8Array(await request.arrayBuffer()))
  // null: there is none; undefined: this browser does not say, so it is read whole
  if (request.body === null || request.method === 'GET' || request.method === 'HEAD') return undefined
  if (request.body === undefined) {
    const bytes = new Uint8Array(await request.arrayBuffer())
    return bytes.length === 0 ? undefined : bytesBody(bytes)
  }
  return await streamBody(request.body)
}

function bytesBody(bytes: Uint8Array): RequestBody {
  return {
    length: bytes.length,
    isReplayable: true,
    open: () =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          if (bytes.length > 0) controller.enqueue(bytes)
          controller.close()
        },
      }),
    giveUp: () => undefined,
  }
}

async function streamBody(stream: ReadableStream<Uint8Array>): Promise<RequestBody> {
  const reader = stream.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  // a stream that waits for the answer, as one of a dialogue may, must not be waited for
  const enough = pause()
  for (let next = reader.read(); ; next = reader.read()) {
    const result = await Promise.race([next, enough])
    if (result === undefined) return chunkedBody(parts, reader, next)
    if (result.done) return bytesBody(joined(parts, length))
    const { value } = result
    if (!(value instanceof Uint8Array)) {
      reader.cancel().catch(() => undefined)
      throw new HttpError('invalid_argument', 'the body of a request is a stream of Uint8Array')
    }
    parts.push(value)
    length += value.length
    if (length > readAheadBytes) return chunkedBody(parts, reader, reader.read())
  }
}

function chunkedBody(
  parts: readonly Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
  first: Promise<ReadableStreamReadResult<Uint8Array>>,
): RequestBody {
  // its failure is met when it is read
  first.catch(() => undefined)
  let isOpened = false
  return {
    length: undefined,
    isReplayable: false,
    giveUp(reason) {
      if (!isOpened) reader.cancel(reason).catch(() => undefined)
    },
    open() {
      if (isOpened) throw new HttpError('invalid_argument', 'the body was sent and cannot be sent again')
      isOpened = true
      const ahead = [...parts]
      let next: typeof first | undefined = first
      return new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            const part = ahead.shift()
            if (part) return controller.enqueue(part)
            const reading: typeof first = next ?? reader.read()
            next = undefined
            const { done, value } = await reading
            if (done) controller.close()
            else controller.enqueue(value)
          },
          cancel: (reason) => reader.cancel(reason),
        },
        { highWaterMark: 0 },
      )
    },
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

/** Long enough for what is in memory, or comes from another thread. */
function pause(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), readAheadMilliseconds))
}

const readAheadBytes = 64 * 1024
const readAheadMilliseconds = 20
