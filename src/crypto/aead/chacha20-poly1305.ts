import type { Bytes } from '../../wire/bytes.js'
import type { CryptoProvider } from '../provider.js'
import type { AeadKey } from './aead.js'

const name = 'ChaCha20-Poly1305'

/**
 * RFC 8439. The engine's where it has one (the "Modern Algorithms in the Web Cryptography API" draft), else noble's,
 * which is loaded when it is first needed.
 */
export async function importChaCha20Poly1305Key(provider: CryptoProvider, bytes: Bytes): Promise<AeadKey> {
  return (await importNativeKey(provider.subtle, bytes)) ?? (await importNobleKey(bytes))
}

async function importNativeKey(subtle: SubtleCrypto, bytes: Bytes): Promise<AeadKey | undefined> {
  if (withoutChaCha.has(subtle)) return undefined
  let key: CryptoKey
  try {
    // the draft's format name is newer than the DOM's types
    key = await subtle.importKey('raw-secret' as 'raw', bytes, name, false, ['encrypt', 'decrypt'])
  } catch {
    // the only reason for a key of 32 bytes to be refused; asked once per engine
    withoutChaCha.add(subtle)
    return undefined
  }
  return {
    seal: (iv, additionalData, plaintext) =>
      subtle.encrypt({ name, iv, additionalData } as AesGcmParams, key, plaintext),
    open: (iv, additionalData, ciphertext) =>
      subtle.decrypt({ name, iv, additionalData } as AesGcmParams, key, ciphertext),
  }
}

const withoutChaCha = new WeakSet<SubtleCrypto>()

async function importNobleKey(key: Bytes): Promise<AeadKey> {
  const { chacha20poly1305 } = await import('@noble/ciphers/chacha.js')
  return {
    seal: async (nonce, additionalData, plaintext) =>
      wholeBuffer(chacha20poly1305(key, nonce, additionalData).encrypt(plaintext)),
    open: async (nonce, additionalData, ciphertext) =>
      wholeBuffer(chacha20poly1305(key, nonce, additionalData).decrypt(ciphertext)),
  }
}

function wholeBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer } = bytes
  return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length ? buffer : Uint8Array.from(bytes).buffer
}
