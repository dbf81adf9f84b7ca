import { TlsError } from '../errors/tls-error.js'

/** Bytes that SubtleCrypto takes: never over a shared buffer. */
export type Bytes = Uint8Array<ArrayBuffer>

export const noBytes: Bytes = new Uint8Array(0)

export function concatBytes(...parts: readonly Uint8Array[]): Bytes {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** A copy of what a caller handed in, who may go on to use its buffer for something else. */
export function ownBytes(chunk: Uint8Array | ArrayBuffer): Bytes {
  return new Uint8Array(asBytes(chunk))
}

/** For public values only: it stops at the first difference. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

/** For secrets: looks at every byte whatever the outcome. */
export function equalBytesConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length
  for (let index = 0; index < a.length; index++) difference |= (a[index] ?? 0) ^ (b[index] ?? 0)
  return difference === 0
}

const hexDigits = /^(?:[0-9a-fA-F]{2})*$/

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function fromHex(hex: string): Bytes {
  if (!hexDigits.test(hex)) throw new RangeError('not a hexadecimal string of whole bytes')
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  )
}

/** What a stream gave, if it is bytes at all: a Uint8Array or any other view, or an ArrayBuffer. */
export function chunkBytes(chunk: unknown): Bytes | undefined {
  if (chunk instanceof Uint8Array || chunk instanceof ArrayBuffer) return asBytes(chunk)
  if (!ArrayBuffer.isView(chunk)) return undefined
  return asBytes(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))
}

/**
 * A view that SubtleCrypto accepts. Buffers that are shared or can be resized are copied: another thread could change
 * them between a check and its use.
 * @throws TlsError `invalid_argument` for what is not bytes
 */
export function asBytes(chunk: Uint8Array | ArrayBuffer): Bytes {
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk)
  // of a text JavaScript makes zeros: a key of one would be known to everybody
  if (!ArrayBuffer.isView(chunk)) {
    throw new TlsError('invalid_argument', `bytes are a Uint8Array or an ArrayBuffer, not a ${typeof chunk}`)
  }
  const buffer = chunk.buffer
  if (buffer instanceof ArrayBuffer && !(buffer as { resizable?: boolean }).resizable) return chunk as Bytes
  return Uint8Array.from(chunk)
}
