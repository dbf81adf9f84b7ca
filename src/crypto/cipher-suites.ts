import { CipherSuite, type CipherSuiteName } from '../messages/code-points.js'
import { type HashAlgorithm, sha256, sha384 } from './hash.js'

export type AeadName = 'AES-GCM' | 'ChaCha20-Poly1305'

export interface CipherSuiteParameters {
  readonly name: CipherSuiteName
  readonly codePoint: number
  readonly hash: HashAlgorithm
  readonly aead: AeadName
  /** In bytes. */
  readonly keyLength: 16 | 32
  /**
   * How many records one key may protect. RFC 9846 section 5.5: about 2^24.5 full-size records for AES-GCM; for
   * ChaCha20-Poly1305 the sequence number would wrap first, and here it may not pass what a double counts exactly.
   */
  readonly recordLimit: number
}

const aesGcmRecordLimit = 2 ** 24
const exactIntegers = 2 ** 52

/** RFC 9846 appendix B.4 */
export const cipherSuites: readonly CipherSuiteParameters[] = [
  {
    //= rfc9846#section-9.1 9.1-1
    //= rfc9846#section-E.5 E.5-2 E.5-3
    name: 'TLS_AES_128_GCM_SHA256',
    codePoint: CipherSuite.TLS_AES_128_GCM_SHA256,
    hash: sha256,
    aead: 'AES-GCM',
    keyLength: 16,
    recordLimit: aesGcmRecordLimit,
  },
  {
    //= rfc9846#section-9.1 9.1-2
    name: 'TLS_AES_256_GCM_SHA384',
    codePoint: CipherSuite.TLS_AES_256_GCM_SHA384,
    hash: sha384,
    aead: 'AES-GCM',
    keyLength: 32,
    recordLimit: aesGcmRecordLimit,
  },
  {
    //= rfc9846#section-9.1 9.1-2
    name: 'TLS_CHACHA20_POLY1305_SHA256',
    codePoint: CipherSuite.TLS_CHACHA20_POLY1305_SHA256,
    hash: sha256,
    aead: 'ChaCha20-Poly1305',
    keyLength: 32,
    recordLimit: exactIntegers,
  },
]

export const cipherSuiteByCodePoint: ReadonlyMap<number, CipherSuiteParameters> = new Map(
  cipherSuites.map((suite) => [suite.codePoint, suite]),
)
