import type { Bytes } from '../../src/wire/bytes.js'

/**
 * The same bytes as a view in the middle of a larger buffer whose other bytes are noise: a parser that reads past
 * either end of the view sees something else than zeros, and one that writes into it is caught by `isIntact`.
 */
export function guarded(bytes: Uint8Array): { readonly view: Bytes; isIntact(): boolean } {
  const buffer = new Uint8Array(bytes.length + 2 * margin).fill(0xa5)
  buffer.set(bytes, margin)
  const before = buffer.slice()
  return {
    view: buffer.subarray(margin, margin + bytes.length),
    isIntact: () => buffer.every((byte, index) => byte === before[index]),
  }
}

/** Whether every part of a parsed value lies within `view`. */
export function liesWithin(value: unknown, view: Bytes): boolean {
  if (value instanceof Uint8Array) {
    // an empty view, or a copy that the codec made for itself, points nowhere into the noise
    if (value.length === 0 || value.buffer !== view.buffer) return true
    return value.byteOffset >= view.byteOffset && value.byteOffset + value.length <= view.byteOffset + view.length
  }
  if (typeof value !== 'object' || value === null) return true
  return Object.values(value).every((each) => liesWithin(each, view))
}

const margin = 64
