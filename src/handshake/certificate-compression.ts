import { TlsError } from '../errors/tls-error.js'
import { type CertificateMessage, certificate } from '../messages/certificate.js'
import {
  CertificateCompressionAlgorithm,
  type CertificateCompressionAlgorithmName,
  nameOf,
} from '../messages/code-points.js'
import type { CompressedCertificate } from '../messages/compressed-certificate.js'
import { asBytes, type Bytes, concatBytes, ownBytes } from '../wire/bytes.js'
import { decode, encode } from '../wire/codec.js'

/** One way of RFC 8879 to make a certificate shorter, as the application has it. */
export interface CertificateCompressor {
  /** IANA's name, or the number of another: 4 to 65535, those from 16384 on for private use. */
  readonly algorithm: CertificateCompressionAlgorithmName | number
  /**
   * For one's own certificate; without it none is sent so. It is called once for a chain and a form of its message, and
   * what it returns is sent, be it shorter or not; `undefined`: uncompressed.
   */
  readonly compress?: (certificate: Uint8Array) => Uint8Array | undefined | Promise<Uint8Array | undefined>
  /**
   * For a peer's certificate; without it none is taken so. The input comes from anyone: what is longer than `length`
   * bytes, or shorter, is refused anyway, and should not be made. To throw refuses the peer.
   */
  readonly decompress?: (compressed: Uint8Array, length: number) => Uint8Array | Promise<Uint8Array>
}

/** A compressor with its code point. */
export interface CompressionMethod extends Omit<CertificateCompressor, 'algorithm'> {
  readonly algorithm: number
}

/** What this platform can do, in order of preference. "deflate" is there the name of zlib's format (RFC 1950). */
export const platformCompression: readonly CompressionMethod[] = (
  [
    [CertificateCompressionAlgorithm.brotli, 'brotli'],
    [CertificateCompressionAlgorithm.zstd, 'zstd'],
    [CertificateCompressionAlgorithm.zlib, 'deflate'],
  ] as const
)
  .filter(([, format]) => isKnown(format))
  .map(([algorithm, format]) => ({
    algorithm,
    async compress(certificate) {
      const { length } = certificate
      const compressed = await pump(certificate, new CompressionStream(format as CompressionFormat), length)
      return compressed && compressed.length < length ? compressed : undefined
    },
    async decompress(compressed, length) {
      const plain = await pump(compressed, new DecompressionStream(format as CompressionFormat), length)
      if (!plain) throw new TypeError(`this is no ${format} of ${length} bytes`)
      return plain
    },
  }))

/** Those by which a peer's certificate may come: what is offered. */
export const offeredAlgorithms = (methods: readonly CompressionMethod[]): readonly number[] =>
  methods.filter(({ decompress }) => decompress).map(({ algorithm }) => algorithm)

/** How to compress one's own certificate: the first of our methods that the peer takes. */
export const chooseMethod = (
  methods: readonly CompressionMethod[],
  accepted: readonly number[],
): CompressionMethod | undefined => methods.find(({ algorithm, compress }) => compress && accepted.includes(algorithm))

/** @returns the message, or `undefined` when it is better sent as it is */
export async function compressCertificate(
  message: CertificateMessage,
  { algorithm, compress }: CompressionMethod,
): Promise<CompressedCertificate | undefined> {
  const plain = encode(certificate, message)
  const uncompressedLength = plain.length
  let compressed: Uint8Array | undefined
  try {
    compressed = await compress?.(plain)
  } catch (cause) {
    throw new TlsError('internal', 'the compress callback of certificateCompression failed', { cause })
  }
  if (compressed === undefined) return undefined
  // kept for later connections, while the callback may use its buffer again
  return { algorithm, uncompressedLength, compressedCertificateMessage: ownBytes(compressed) }
}

/**
 * The message inside, no longer than what is announced, which may be no more than `maxLength`.
 * @throws TlsError `illegal_parameter` for an algorithm that was not offered, `certificate_malformed` for what does not
 *   decompress to just the announced length (RFC 8879 section 4)
 */
export async function decompressCertificate(
  { algorithm, uncompressedLength, compressedCertificateMessage }: CompressedCertificate,
  methods: readonly CompressionMethod[],
  maxLength: number,
): Promise<CertificateMessage> {
  const name = nameOf(CertificateCompressionAlgorithm, algorithm)
  const decompress = methods.find((method) => method.algorithm === algorithm)?.decompress
  if (!decompress) {
    throw new TlsError('illegal_parameter', `compressed_certificate: the algorithm ${name} was not offered`)
  }
  if (uncompressedLength > maxLength) {
    throw new TlsError(
      'certificate_malformed',
      `compressed_certificate announces ${uncompressedLength} bytes, where at most ${maxLength} are taken`,
    )
  }
  let plain: Bytes | undefined
  let cause: unknown
  try {
    // copies both: ours is the message's, which the transcript still needs, and a callback may use its own again, as one
    // over the memory of WebAssembly does, while the certificate is being judged
    const decompressed = await decompress(compressedCertificateMessage.slice(), uncompressedLength)
    if (decompressed.length === uncompressedLength) plain = ownBytes(decompressed)
  } catch (error) {
    cause = error
  }
  if (!plain) {
    const message = 'compressed_certificate does not decompress to what it announces'
    throw new TlsError('certificate_malformed', message, { cause })
  }
  return decode(certificate, plain, 'certificate')
}

/** @returns what comes out, or `undefined` when that is more than `maxLength` bytes or the input is damaged */
async function pump(
  input: Uint8Array,
  { readable, writable }: CompressionStream | DecompressionStream,
  maxLength: number,
): Promise<Bytes | undefined> {
  const writer = writable.getWriter()
  // its failure shows on the readable side
  writer.write(asBytes(input)).catch(() => undefined)
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
