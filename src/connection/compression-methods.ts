import { TlsError } from '../errors/tls-error.js'
import {
  type CertificateCompressor,
  type CompressionMethod,
  platformCompression,
} from '../handshake/certificate-compression.js'
import { CertificateCompressionAlgorithm } from '../messages/code-points.js'
import { isObject } from '../wire/is-object.js'

/** @throws TlsError `invalid_argument` */
export function compressionMethods(
  option: boolean | readonly CertificateCompressor[] | undefined,
): readonly CompressionMethod[] {
  if (option === undefined || option === true) return platformCompression
  if (option === false) return []
  if (!Array.isArray(option)) throw invalid('is true, false or a list of compressors')
  const methods = (option as readonly CertificateCompressor[]).map(methodOf)
  for (const [index, { algorithm }] of methods.entries()) {
    if (methods.findIndex((each) => each.algorithm === algorithm) !== index) throw invalid(`has ${algorithm} twice`)
  }
  return methods
}

/** The same compressor is the same method, so that configs share what it has compressed. */
function methodOf(compressor: CertificateCompressor): CompressionMethod {
  if (!isObject(compressor)) throw invalid('has something that is no compressor')
  const before = known.get(compressor)
  if (before) return before
  const { algorithm, compress, decompress } = compressor
  const codePoint = typeof algorithm === 'number' ? algorithm : CertificateCompressionAlgorithm[algorithm]
  if (!Number.isInteger(codePoint) || codePoint < 1 || codePoint > 0xffff) {
    throw invalid(`has the algorithm ${String(algorithm)}; it is zlib, brotli, zstd or a number up to 65535`)
  }
  for (const each of [compress, decompress]) {
    if (each !== undefined && typeof each !== 'function')
      throw invalid('has a compress or decompress that is no function')
  }
  if (!compress && !decompress) throw invalid(`has an algorithm with neither compress nor decompress: ${algorithm}`)
  const method = Object.freeze({
    algorithm: codePoint,
    ...(compress && { compress: compress.bind(compressor) }),
    ...(decompress && { decompress: decompress.bind(compressor) }),
  })
  known.set(compressor, method)
  return method
}

const known = new WeakMap<CertificateCompressor, CompressionMethod>()

const invalid = (message: string) => new TlsError('invalid_argument', `certificateCompression ${message}`)
