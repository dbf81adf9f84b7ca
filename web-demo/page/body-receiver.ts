import { sha256 } from '@noble/hashes/sha2.js'
import { type HttpResponse, header } from '../http/read-response.js'

/** How far the answer's body has come. */
export interface ReceivedBody {
  readonly bytes: number
  readonly expected: number | undefined
  /** Milliseconds since the head of the answer. */
  readonly elapsed: number
  readonly isDone: boolean
  /** Once it is done: SHA-256, hexadecimal. */
  readonly hash: string | undefined
  /** The hash that the server announced in X-Content-SHA256. */
  readonly announcedHash: string | undefined
  /** The start of it, to be shown. */
  preview(): Uint8Array<ArrayBuffer>
}

/** Takes a body of any length: hashes it on the way and keeps its start. WebCrypto cannot hash piece by piece. */
export class BodyReceiver implements ReceivedBody {
  readonly expected: number | undefined
  readonly announcedHash: string | undefined
  readonly #hash = sha256.create()
  readonly #started = performance.now()
  readonly #start: Uint8Array[] = []
  bytes = 0
  elapsed = 0
  hash: string | undefined

  constructor(response: HttpResponse) {
    this.expected = response.expectedLength
    this.announcedHash = header(response.head, 'x-content-sha256')
  }

  get isDone(): boolean {
    return this.hash !== undefined
  }

  add(piece: Uint8Array): void {
    this.#hash.update(piece)
    if (this.bytes < previewBytes) this.#start.push(piece.slice(0, previewBytes - this.bytes))
    this.bytes += piece.length
    this.elapsed = performance.now() - this.#started
  }

  finish(): void {
    this.elapsed = performance.now() - this.#started
    this.hash = Array.from(this.#hash.digest(), (byte) => byte.toString(16).padStart(2, '0')).join('')
  }

  preview(): Uint8Array<ArrayBuffer> {
    const joined = new Uint8Array(Math.min(this.bytes, previewBytes))
    let offset = 0
    for (const part of this.#start) {
      joined.set(part, offset)
      offset += part.length
    }
    return joined
  }
}

export const previewBytes = 256 * 1024
