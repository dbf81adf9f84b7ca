import { messageBytes } from '../transports/web-socket-like.js'

/** A string as well, since the specification's own example writes one. `undefined` for what cannot be written. */
export function bytesToWrite(chunk: unknown): Uint8Array<ArrayBuffer> | undefined {
  const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : messageBytes(chunk)
  return bytes as Uint8Array<ArrayBuffer> | undefined
}

/** Large chunks go on in parts, so that it shows whether anything is being taken. */
export function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes)
}

/** As many as TLS sends at once: 16 records. */
const pieceBytes = 256 * 1024
