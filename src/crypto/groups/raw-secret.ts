import { TlsError } from '../../errors/tls-error.js'
import type { Bytes } from '../../wire/bytes.js'
import type { CryptoProvider } from '../provider.js'
import type { SharedSecret } from './group.js'

/** A shared secret that exists as bytes, for as short as can be: they are handed out once and not kept. */
export function rawSecret({ subtle }: CryptoProvider, take: () => Promise<Bytes>): SharedSecret {
  let isTaken = false
  const bytes = async () => {
    if (isTaken) throw new TlsError('internal', 'a shared secret was asked for twice')
    isTaken = true
    return await take()
  }
  return {
    bytes,
    // Not wiped here: a SubtleCrypto in JavaScript that kept our buffer instead of a copy would be left with a key of
    // zeros, on both sides alike, and nobody would notice.
    hkdfKey: async () => await subtle.importKey('raw', await bytes(), 'HKDF', false, ['deriveKey', 'deriveBits']),
  }
}
