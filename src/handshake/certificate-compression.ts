import { TlsError } from '../errors/tls-error.js'
import { type CertificateMessage, certificate } from '../messages/certificate.js'
import { CertificateCompressionAlgorithm, nameOf } from '../messages/code-points.js'
import type { CompressedCertificate } from '../messages/compressed-certificate.js'
import { type Bytes, concatBytes } from '../wire/bytes.js'
import { decode, encode } from '../wire/codec.js'

/** RFC 8879, by the platform's compression streams. "deflate" is there the name of zlib's format (RFC 1950). */
const formats: readonly (readonly [number, string])[] = [
  [CertificateCompressionAlgorithm.brotli, 'brotli'],
  [CertificateCompressionAlgorithm.zstd, 'zstd'],
  [CertificateCompressionAlgorithm.zlib, 'deflate'],
]

/** What this platform can do, in order of preference. */
export const compressionAlgorithms: readonly number[] = formats
  .filter(([, format]) => isKnown(format))
  .map(([algorithm]) => algorithm)

/** The first of ours that the peer takes. */
export const chooseAlgorithm = (accepted: readonly number[]): number | undefined =>
  compressionAlgorithms.find((each) => accepted.includes(each))

/** The message, if it gets smaller, by the first of our algorithms that the peer takes. */
export async function compressCertificate(
  message: CertificateMessage,
  accepted: readonly number[],
): Promise<CompressedCertificate | undefined> {
  const algorithm = chooseAlgorithm(accepted)
  if (algorithm === undefined) return undefined
  const plain = encode(certificate, message)
  const compressed = await pump(plain, new CompressionStream(formatOf(algorithm)), plain.length)
  if (!compressed || compressed.length >= plain.length) return undefined
  return { algorithm, uncompressedLength: plain.length, compressedCertificateMessage: compressed }
}

/**
 * The message inside. It never grows beyond what is announced, nor beyond `maxLength`.
 * @throws TlsError `illegal_parameter` for an algorithm that was not offered, `certificate_malformed` for what does not
 *   decompress to just the announced length (RFC 8879 section 4)
 */
export async function decompressCertificate(
  { algorithm, uncompressedLength, compressedCertificateMessage }: CompressedCertificate,
  maxLength: number,
): Promise<CertificateMessage> {
  const name = nameOf(CertificateCompressionAlgorithm, algorithm)
  if (!compressionAlgorithms.includes(algorithm)) {
    throw new TlsError('illegal_parameter', `compressed_certificate: the algorithm ${name} was not offered`)
  }
  if (uncompressedLength > maxLength) {
    throw new TlsError(
      'certificate_malformed',
      `compressed_certificate announces ${uncompressedLength} bytes, where at most ${maxLength} are taken`,
    )
  }
  const stream = new DecompressionStream(formatOf(algorithm))
  const plain = await pump(compressedCertificateMessage, stream, uncompressedLength)
  if (plain?.length !== uncompressedLength) {
    throw new TlsError('certificate_malformed', `compressed_certificate does not decompress to what it announces`)
  }
  return decode(certificate, plain, 'certificate')
}

/** @returns what comes out, or `undefined` when that is more than `maxLength` bytes or the input is damaged */
async function pump(
  input: Bytes,
  { readable, writable }: CompressionStream | DecompressionStream,
  maxLength: number,
): Promise<Bytes | undefined> {
  const writer = writable.getWriter()
  // its failure shows on the readable side
  writer.write(input).catch(() => undefined)
  writer.close().catch(() => undefined)
  const reader = readable.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return concatBytes(...parts)
      length += value.length
      if (length > maxLength) {
        await reader.cancel()
        return undefined
      }
      parts.push(value)
    }
  } catch {
    return undefined
  }
}

function isKnown(format: string): boolean {
  try {
    return Boolean(
      new CompressionStream(format as CompressionFormat) && new DecompressionStream(format as CompressionFormat),
    )
  } catch {
    return false
  }
}

const formatOf = (algorithm: number): CompressionFormat =>
  (formats.find(([each]) => each === algorithm)?.[1] ?? 'deflate') as CompressionFormat
