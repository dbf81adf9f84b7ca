import { createHash } from 'node:crypto'
import { type Bytes, concatBytes } from '../../src/wire/bytes.js'

/** All that a stream has, until it ends; what it fails with is thrown. */
export async function readAll(readable: ReadableStream<Uint8Array>): Promise<Bytes> {
  const parts: Uint8Array[] = []
  for await (const chunk of readable) parts.push(chunk)
  return concatBytes(...parts)
}

/** Exactly `length` bytes, or fewer where the stream ends. */
export async function readBytes(reader: ReadableStreamDefaultReader<Uint8Array>, length: number): Promise<Bytes> {
  const parts: Uint8Array[] = []
  for (let received = 0; received < length; ) {
    const { done, value } = await reader.read()
    if (done) break
    parts.push(value)
    received += value.length
  }
  return concatBytes(...parts)
}

/** Bytes that show where they were in the stream: a lost, doubled or moved chunk cannot hide. */
export function pattern(length: number, seed = 1): Bytes {
  const bytes = new Uint8Array(length)
  let state = seed
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[index] = state >>> 24
  }
  return bytes
}

/** Compares megabytes in no time, and says no more than whether they differ. */
export const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
