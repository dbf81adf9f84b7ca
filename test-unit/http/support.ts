import { ByteSource } from '../../src/http/byte-source.js'
import { HttpError } from '../../src/http/http-error.js'
import { concatBytes } from '../../src/wire/bytes.js'

/** One byte for each code unit. */
export const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))
export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** The bytes, cut after each of these lengths in turn; the rest at once. Counts what was taken. */
export function cutStream(bytes: Uint8Array, lengths: readonly number[] = []) {
  let offset = 0
  let index = 0
  const readable = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (offset >= bytes.length) return controller.close()
        const length = lengths[index++] ?? bytes.length
        controller.enqueue(bytes.slice(offset, offset + length))
        offset += length
      },
    },
    { highWaterMark: 0 },
  )
  return { readable, taken: () => Math.min(offset, bytes.length) }
}

export const sourceOf = (message: string, lengths?: readonly number[]): ByteSource =>
  new ByteSource(cutStream(latin1(message), lengths).readable)

/** The code of the HttpError that it fails with. */
export async function failureOf(action: () => unknown): Promise<string> {
  try {
    await action()
  } catch (error) {
    if (error instanceof HttpError) return error.code
    throw error
  }
  return 'nothing'
}

/** Collects what is written. `writes` has each apart. */
export function collector() {
  const writes: Uint8Array[] = []
  const writable = new WritableStream<Uint8Array>({
    write(chunk) {
      writes.push(chunk)
    },
  })
  return { writer: writable.getWriter(), writes, all: () => text(concatBytes(...writes)) }
}

export function streamOf(...chunks: readonly (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(typeof chunk === 'string' ? latin1(chunk) : chunk)
      controller.close()
    },
  })
}
