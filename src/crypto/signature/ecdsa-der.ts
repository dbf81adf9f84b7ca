import type { TlsErrorCode } from '../../errors/codes.js'
import { type Bytes, concatBytes } from '../../wire/bytes.js'
import { readDer } from '../../wire/der/der-reader.js'
import { derInteger, derSequence } from '../../wire/der/der-writer.js'

/**
 * Ecdsa-Sig-Value (RFC 3279 section 2.2.3), which TLS and X.509 carry, and IEEE P1363's r || s, which WebCrypto takes.
 * `fieldBytes` is the width of r and of s: 32, 48 or 66.
 */
export function ecdsaSignatureFromDer(der: Bytes, fieldBytes: number): Bytes {
  return readDer(der, { what: 'ECDSA signature', code: 'signature_invalid' satisfies TlsErrorCode }, (reader) =>
    reader.whole(0x30, 'Ecdsa-Sig-Value', (value) => {
      const signature = new Uint8Array(2 * fieldBytes)
      for (const [index, field] of ['r', 's'].entries()) {
        const integer = value.integer(field)
        const digits = integer[0] === 0 ? integer.subarray(1) : integer
        if ((integer[0] ?? 0) >= 0x80) value.fail(`${field} is negative`)
        if (digits.length === 0 || digits.length > fieldBytes) value.fail(`${field} is out of range`)
        signature.set(digits, (index + 1) * fieldBytes - digits.length)
      }
      return signature
    }),
  )
}

export function ecdsaSignatureToDer(signature: Uint8Array): Bytes {
  const half = signature.length / 2
  return derSequence(derInteger(concatBytes(signature.subarray(0, half))), derInteger(signature.subarray(half)))
}
