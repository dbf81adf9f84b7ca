import type { Bytes } from '../../wire/bytes.js'
import type { CipherSuiteParameters } from '../cipher-suites.js'
import type { CryptoProvider } from '../provider.js'
import { importAesGcmKey } from './aes-gcm.js'
import { importChaCha20Poly1305Key } from './chacha20-poly1305.js'

/**
 * A key of an AEAD (RFC 5116). Inputs are copied at the call, so the caller may reuse their buffers; nonces and
 * additional data must stay as they are until the promise settles.
 */
export interface AeadKey {
  seal(nonce: Bytes, additionalData: Bytes, plaintext: Bytes): Promise<ArrayBuffer>
  /** Rejects when the tag is wrong. */
  open(nonce: Bytes, additionalData: Bytes, ciphertext: Bytes): Promise<ArrayBuffer>
}

/** Length of the authentication tag of every suite, in bytes. */
//= rfc9846#section-5.2 5.2-4
export const tagLength = 16
//= rfc9846#section-5.3 5.3-3
export const nonceLength = 12

export async function importAeadKey(
  provider: CryptoProvider,
  suite: CipherSuiteParameters,
  key: Bytes,
): Promise<AeadKey> {
  return suite.aead === 'AES-GCM'
    ? await importAesGcmKey(provider, key)
    : await importChaCha20Poly1305Key(provider, key)
}
