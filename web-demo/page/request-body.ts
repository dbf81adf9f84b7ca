import type { FormValues } from './form-values.js'

/** A request's body, made as it is sent: a file of any size is never in memory as a whole. */
export interface RequestBody {
  readonly contentType: string
  readonly length: number
  open(): ReadableStream<Uint8Array>
}

/** The body for what the form says; none for a method that has none. @throws RangeError when no file was chosen */
export function requestBody(values: FormValues, file: File | undefined): RequestBody | undefined {
  if (values.method !== 'POST' && values.method !== 'PUT') return undefined
  if (values.bodyKind === 'file') {
    if (file === undefined) throw new RangeError('choose the file to send')
    return { contentType: file.type || 'application/octet-stream', length: file.size, open: () => file.stream() }
  }
  if (values.bodyKind === 'generated') {
    const length = Math.round(values.bodyMegabytes * 1_000_000)
    return { contentType: 'application/octet-stream', length, open: () => generated(length) }
  }
  const text = new Blob([values.bodyText])
  return { contentType: 'text/plain; charset=utf-8', length: text.size, open: () => text.stream() }
}

/** @param onChunk called before each chunk is written, with how much was written before it and with it */
export async function sendBody(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  body: RequestBody,
  onChunk: (chunk: Uint8Array, sent: number) => void,
): Promise<void> {
  let sent = 0
  const reader = body.open().getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      await writer.ready
      sent += next.value.length
      onChunk(next.value, sent)
      await writer.write(next.value)
    }
  } catch (error) {
    await reader.cancel(error).catch(() => undefined)
    throw error
  }
}

function generated(length: number): ReadableStream<Uint8Array> {
  const line = 'A line of an upload that the relay carries and cannot read.\n'
  const chunk = new TextEncoder().encode(line.repeat(Math.ceil(chunkLength / line.length)).slice(0, chunkLength))
  let left = length
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (left > 0) controller.enqueue(chunk.slice(0, Math.min(left, chunkLength)))
        left -= chunkLength
        if (left <= 0) controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}

const chunkLength = 64 * 1024
