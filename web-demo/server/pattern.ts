import { createHash } from 'node:crypto'

const chunkLength = 64 * 1024
const line = 'Plaintext of a large download, which the relay must never see. '

/** The same bytes each time, readable on purpose: a relay that could see them would be seen to. */
export function* patternChunks(length: number): Generator<Uint8Array> {
  for (let offset = 0; offset < length; offset += chunkLength) {
    yield chunk().subarray(0, Math.min(chunkLength, length - offset))
  }
}

/** SHA-256 of the first `length` bytes, hexadecimal. */
export function patternHash(length: number): string {
  const known = hashes.get(length)
  if (known !== undefined) return known
  const hash = createHash('sha256')
  for (const part of patternChunks(length)) hash.update(part)
  const digest = hash.digest('hex')
  if (hashes.size < 64) hashes.set(length, digest)
  return digest
}

const hashes = new Map<number, string>()

let madeChunk: Uint8Array | undefined

function chunk(): Uint8Array {
  madeChunk ??= new TextEncoder().encode(line.repeat(Math.ceil(chunkLength / line.length)).slice(0, chunkLength))
  return madeChunk
}
