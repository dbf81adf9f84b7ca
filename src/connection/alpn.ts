import { TlsError } from '../errors/tls-error.js'
import type { Bytes } from '../wire/bytes.js'

/** A protocol's name as it stands on the wire: 1 to 255 bytes (RFC 7301 section 3.1). */
export function alpnBytes(protocol: string): Bytes {
  const bytes = new TextEncoder().encode(protocol)
  if (bytes.length < 1 || bytes.length > 255) {
    throw new TlsError('invalid_argument', `an ALPN protocol has 1 to 255 bytes; ${JSON.stringify(protocol)} does not`)
  }
  return bytes
}
