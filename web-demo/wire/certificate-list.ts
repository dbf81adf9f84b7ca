import { type Certificate, parseCertificate } from '../../src/index.js'

/**
 * The certificates in a Certificate message (RFC 9846 section 4.4.2), for a handshake that failed and so has no info.
 * What cannot be read is left out: it is for people, and judged elsewhere.
 */
export function certificatesInMessage(message: Uint8Array): Certificate[] {
  const certificates: Certificate[] = []
  let offset = headerLength
  /** A vector with a length of `lengthBytes` before it. */
  const vector = (lengthBytes: number) => {
    let length = 0
    for (let count = 0; count < lengthBytes; count++) length = length * 256 + (message[offset++] ?? 0)
    offset += length
    return message.slice(offset - length, offset)
  }
  // certificate_request_context
  vector(1)
  // the length of the list, which ends with the message
  offset += 3
  while (offset < message.length) {
    const der = vector(3)
    // its extensions
    vector(2)
    try {
      certificates.push(parseCertificate(der))
    } catch {
      // not a certificate that could be shown
    }
  }
  return certificates
}

const headerLength = 4
