import { type Bytes, concatBytes } from '../wire/bytes.js'

/** What CertificateVerify signs: RFC 9846 section 4.5.2. */
export function signedContent(signer: 'server' | 'client', transcriptHash: Bytes): Bytes {
  const context = signer === 'server' ? 'TLS 1.3, server CertificateVerify' : 'TLS 1.3, client CertificateVerify'
  return concatBytes(new Uint8Array(64).fill(0x20), new TextEncoder().encode(context), Uint8Array.of(0), transcriptHash)
}
