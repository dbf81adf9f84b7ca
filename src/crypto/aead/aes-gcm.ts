import type { Bytes } from '../../wire/bytes.js'
import type { CryptoProvider } from '../provider.js'
import type { AeadKey } from './aead.js'

/** AES-128-GCM and AES-256-GCM of RFC 5116: every engine has them. */
export async function importAesGcmKey({ subtle }: CryptoProvider, bytes: Bytes): Promise<AeadKey> {
  const key = await subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
  return {
    seal: (iv, additionalData, plaintext) => subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, plaintext),
    open: (iv, additionalData, ciphertext) => subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, key, ciphertext),
  }
}
