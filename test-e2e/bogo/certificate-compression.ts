import type { CertificateCompressor } from '../../src/handshake/certificate-compression.js'
import { concatBytes } from '../../src/wire/bytes.js'
import type { ShimFlags } from './flags.js'

/** The two bytes that each Certificate of a handshake begins with. */
const shrunk = Uint8Array.of(0, 0)
const grown = Uint8Array.of(1, 2, 3, 4)

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((byte, index) => bytes[index] === byte)
}

/** The runner's mock algorithms, in its order of preference: one takes a prefix away, one adds one, one adds chance. */
const compressors: readonly CertificateCompressor[] = [
  {
    algorithm: 0xff02,
    compress: (certificate) => concatBytes(grown, certificate),
    decompress(compressed) {
      if (!startsWith(compressed, grown)) throw new TypeError('this has another prefix')
      return compressed.subarray(grown.length)
    },
  },
  {
    algorithm: 0xff01,
    compress: (certificate) => (startsWith(certificate, shrunk) ? certificate.subarray(shrunk.length) : undefined),
    decompress: (compressed) => concatBytes(shrunk, compressed),
  },
  {
    algorithm: 0xff03,
    compress: (certificate) => concatBytes(crypto.getRandomValues(new Uint8Array(1)), certificate),
    decompress: (compressed) => compressed.subarray(1),
  },
]

/** The platform's own where the runner asks for none. */
export function compressionOf({ on, values }: ShimFlags): boolean | readonly CertificateCompressor[] {
  const one = values['install-one-cert-compression-alg']
  if (one !== undefined) return compressors.filter(({ algorithm }) => algorithm === one)
  return on.has('install-cert-compression-algs') ? compressors : true
}
