import { type Certificate, parseCertificate } from '../../src/index.js'

/**
 * The certificates in a Certificate message (RFC 9846 section 4.4.2), for a handshake that failed and so has no info.
 * What cannot be read is left out: it is for people, and judged elsewhere.
 */
export function certificatesInMessage(message: Uint8Array): Certificate[] {
  const certificates: Certificate[] = []
  let offset = headerLength
  const length = (bytes: number) => {
    let value = 0
    for (let end = offset + bytes; offset < end; offset++) value = value * 256 + (message[offset] ?? 0)
    return value
  }
  offset += length(1)
  const end = length(3) + offset
  while (offset < Math.min(end, message.length)) {
    const size = length(3)
    const der = message.slice(offset, offset + size)
    offset += size
    offset += length(2)
    try {
      certificates.push(parseCertificate(der))
    } catch {
      // not a certificate that could be shown
    }
  }
  return certificates
}

const headerLength = 4
