import { listElements } from '../http/fields.js'
import { HttpError } from '../http/http-error.js'
import type { ResponseHead } from '../http/message-head.js'

/** HTTP's names of content codings and those of DecompressionStream; "deflate" is zlib's format in both. */
const formats: readonly (readonly [coding: string, format: string])[] = [
  ['gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'brotli'],
  ['zstd', 'zstd'],
]

/** What this platform decodes, as Accept-Encoding says it; `identity` where it decodes nothing. */
export function acceptedCodings(): string {
  accepted ??=
    formats
      .filter(([, format]) => isKnown(format))
      .map(([coding]) => coding)
      .join(', ') || 'identity'
  return accepted
}
let accepted: string | undefined

/**
 * The body as it was before its content codings (RFC 9110 section 8.4), in reverse order; as it is when there is one
 * that this platform does not know, which nobody asked for.
 * @param maxLength in bytes; more is an error
 */
export function decodeContent(
  body: ReadableStream<Uint8Array>,
  head: ResponseHead,
  maxLength: number,
): { readonly body: ReadableStream<Uint8Array>; readonly isDecoded: boolean } {
  const codings = listElements(head.fields, 'content-encoding').filter((coding) => coding !== 'identity')
  const decoders = codings.map((coding) => formats.find(([name]) => name === coding.replace(/^x-gzip$/, 'gzip'))?.[1])
  if (decoders.length > maxCodings) throw new HttpError('decoding_failed', `more than ${maxCodings} content codings`)
  const isDecoded = decoders.length > 0 && decoders.every((format) => format !== undefined && isKnown(format))
  if (!isDecoded) return { body: bounded(body, maxLength), isDecoded: false }
  let decoded = body
  for (const format of decoders.reverse()) decoded = decompress(decoded, format as CompressionFormat)
  return { body: bounded(decoded, maxLength), isDecoded: true }
}

/** Pulled piece by piece: what is not read is not decompressed, and so not held. */
function decompress(body: ReadableStream<Uint8Array>, format: CompressionFormat): ReadableStream<Uint8Array> {
  const source = body.getReader()
  let sourceFailure: { readonly error: unknown } | undefined
  let decoded: ReadableStreamDefaultReader<Uint8Array> | undefined
  let piece: Uint8Array = new Uint8Array(0)
  const next = async (): Promise<Uint8Array | undefined> => {
    if (piece.length === 0) {
      try {
        const { done, value } = await source.read()
        if (done) return undefined
        piece = value
      } catch (error) {
        sourceFailure = { error }
        throw error
      }
    }
    const part = piece.subarray(0, inputPieceBytes)
    piece = piece.subarray(part.length)
    return part
  }
  const start = async () => {
    const first = await next()
    // servers announce a coding for what is empty
    if (first === undefined) return undefined
    const stream = new DecompressionStream(format)
    const input = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        start: (controller) => controller.enqueue(first as Uint8Array<ArrayBuffer>),
        async pull(controller) {
          const part = await next()
          if (part === undefined) controller.close()
          else controller.enqueue(part as Uint8Array<ArrayBuffer>)
        },
        cancel: (reason) => source.cancel(reason),
      },
      { highWaterMark: 0 },
    )
    return input.pipeThrough(stream).getReader()
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          decoded ??= await start()
          const result = await decoded?.read()
          if (result === undefined || result.done) controller.close()
          else controller.enqueue(result.value)
        } catch (cause) {
          if (sourceFailure) throw sourceFailure.error
          source.cancel(cause).catch(() => undefined)
          throw new HttpError('decoding_failed', `the body is not well-formed ${format}`, { cause })
        }
      },
      async cancel(reason) {
        await (decoded ?? source).cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

function bounded(body: ReadableStream<Uint8Array>, maxLength: number): ReadableStream<Uint8Array> {
  if (maxLength === Number.POSITIVE_INFINITY) return body
  const reader = body.getReader()
  let length = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) return controller.close()
        length += value.length
        if (length <= maxLength) return controller.enqueue(value)
        const error = new HttpError('body_too_large', `the decoded body has more than ${maxLength} bytes`)
        reader.cancel(error).catch(() => undefined)
        throw error
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

function isKnown(format: string): boolean {
  try {
    new DecompressionStream(format as CompressionFormat)
    return true
  } catch {
    return false
  }
}

/** What a decompressor is fed at once, in bytes: deflate makes at most a thousand times as much of it. */
const inputPieceBytes = 4096
const maxCodings = 4
