/** Part of bytes without end, in which each word of 4 depends on its number: any part can be checked by itself. */
export function countedBytes(start: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index++) bytes[index] = countedByte(start + index)
  return bytes
}

export function areCountedBytes(bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < bytes.length; index++) {
    if (bytes[index] !== countedByte(start + index)) return false
  }
  return true
}

/** Multiplied by the golden ratio of 2^32, as in Fibonacci hashing. */
function countedByte(position: number): number {
  return (Math.imul(position >>> 2, 0x9e3779b1) >>> (8 * (position & 3))) & 0xff
}
