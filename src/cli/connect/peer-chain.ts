import { brotliDecompressSync, inflateSync } from 'node:zlib'
import type { Certificate } from '../../certificates/certificate.js'
import { parseCertificate } from '../../certificates/parsed-certificate.js'
import type { TlsEvent } from '../../index.js'

/**
 * The chain that the peer sent, taken from the handshake's messages: when it is refused there is no other way to see
 * it. For people only, and judged elsewhere: what cannot be read is left out.
 */
export class PeerChain {
  #message: Uint8Array | undefined

  readonly onEvent = (event: TlsEvent): void => {
    if (event.kind !== 'message' || event.direction !== 'received') return
    if (event.name === 'certificate') this.#message = event.bytes.subarray(headerLength)
    if (event.name === 'compressed_certificate') this.#message = decompressed(event.bytes.subarray(headerLength))
  }

  get certificates(): readonly Certificate[] {
    return this.#message ? certificatesOf(this.#message) : []
  }
}

/** RFC 9846 section 4.5.1: a context, then entries of a certificate and its extensions. */
function certificatesOf(body: Uint8Array): readonly Certificate[] {
  const certificates: Certificate[] = []
  let offset = 0
  const vector = (lengthBytes: number) => {
    let length = 0
    for (let count = 0; count < lengthBytes; count++) length = length * 256 + (body[offset++] ?? 0)
    offset += length
    return body.slice(offset - length, offset)
  }
  vector(1)
  // the list's length: it ends with the message
  offset += 3
  while (offset < body.length) {
    const der = vector(3)
    vector(2)
    try {
      certificates.push(parseCertificate(der))
    } catch {
      // not one that could be shown
    }
  }
  return certificates
}

/** RFC 8879: algorithm, length, compressed message. */
function decompressed(body: Uint8Array): Uint8Array | undefined {
  const algorithm = (body[0] ?? 0) * 256 + (body[1] ?? 0)
  const compressed = body.subarray(8)
  try {
    if (algorithm === 1) return inflateSync(compressed, { maxOutputLength })
    if (algorithm === 2) return brotliDecompressSync(compressed, { maxOutputLength })
  } catch {
    // the handshake fails by it, and says so
  }
  return undefined
}

const headerLength = 4
const maxOutputLength = 2 ** 17
