/** How often `needle` occurs in `bytes`, overlaps included. */
export function countOccurrences(bytes: Uint8Array, needle: Uint8Array): number {
  const [first] = needle
  if (first === undefined) return 0
  let count = 0
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (needle.every((byte, index) => bytes[at + index] === byte)) count++
  }
  return count
}
