import { digest, type HashAlgorithm, sha256, sha384 } from '../crypto/hash.js'
import { type CryptoProvider, platformProvider } from '../crypto/provider.js'
import { Secret } from '../crypto/secret.js'
import { TlsError } from '../errors/tls-error.js'
import { ProtocolVersion } from '../messages/code-points.js'
import { asBytes, type Bytes, noBytes, ownBytes } from '../wire/bytes.js'
import { encode, opaque16, struct, uint16 } from '../wire/codec.js'
import { isObject } from '../wire/is-object.js'

/** A key that both sides were given outside TLS (RFC 9846 section 4.3.11). */
export interface ExternalPsk {
  /** Sent in the clear: 1 to 65535 bytes. */
  readonly identity: Uint8Array | string
  /** Of at least 16 bytes with as much entropy: a password is not a key (RFC 9257 section 6). */
  readonly key: Uint8Array
  /** Default SHA-256. */
  readonly hash?: 'SHA-256' | 'SHA-384'
  /** Whether `importPsk` made it, which gives it a binder of its own. */
  readonly isImported?: boolean
}

/** An external PSK, checked. */
export interface ResolvedPsk {
  readonly identity: Bytes
  readonly key: Bytes
  readonly hash: HashAlgorithm
  readonly kind: 'ext binder' | 'imp binder'
}

/** @throws TlsError `invalid_argument` */
export function resolvePsk(psk: ExternalPsk): ResolvedPsk {
  if (!isObject(psk)) throw new TlsError('invalid_argument', 'a PSK is { identity, key }')
  const { identity, key, hash = 'SHA-256', isImported = false } = psk
  const identityBytes = typeof identity === 'string' ? new TextEncoder().encode(identity) : ownBytes(identity)
  if (identityBytes.length < 1 || identityBytes.length > 65535) {
    throw new TlsError('invalid_argument', 'the identity of a PSK has 1 to 65535 bytes')
  }
  if (typeof key === 'string') {
    throw new TlsError(
      'invalid_argument',
      'the key of a PSK is bytes, not a text: decode it, if it is hexadecimal or base64',
    )
  }
  const keyBytes = ownBytes(key)
  if (keyBytes.length < 16) {
    throw new TlsError('invalid_argument', `a PSK has at least 16 bytes, not ${keyBytes.length}`)
  }
  checkHash('hash', hash)
  return {
    identity: identityBytes,
    key: keyBytes,
    //= rfc9846#section-2.2 2.2-2
    //= rfc9846#section-4.3.11 4.3.11-3
    hash: hash === 'SHA-384' ? sha384 : sha256,
    kind: isImported ? 'imp binder' : 'ext binder',
  }
}

/** Any other would be taken for SHA-256. */
function checkHash(what: string, hash: string): void {
  if (Object.hasOwn(kdfIdentifier, hash)) return
  throw new TlsError('invalid_argument', `${what} of a PSK is SHA-256 or SHA-384, not ${JSON.stringify(hash)}`)
}

const importedIdentity = struct({
  externalIdentity: opaque16({ min: 1 }),
  context: opaque16(),
  targetProtocol: uint16,
  targetKdf: uint16,
})

/** RFC 9258 section 3: IANA's TLS KDF identifiers. */
const kdfIdentifier = { 'SHA-256': 0x0001, 'SHA-384': 0x0002 } as const

/**
 * A key for one use derived from one with many: RFC 9258. Both sides import with the same context and hash.
 * @param psk its `hash` is the one the key itself is for; SHA-256 when absent
 */
export async function importPsk(
  psk: ExternalPsk,
  target: { readonly hash?: 'SHA-256' | 'SHA-384'; readonly context?: Uint8Array } = {},
  provider: CryptoProvider = platformProvider,
): Promise<ExternalPsk> {
  const { identity, key, hash } = resolvePsk(psk)
  const targetHash = target.hash ?? 'SHA-256'
  checkHash('the hash to import for', targetHash)
  const imported = encode(importedIdentity, {
    externalIdentity: identity,
    context: asBytes(target.context ?? noBytes),
    targetProtocol: ProtocolVersion['TLSv1.3'],
    targetKdf: kdfIdentifier[targetHash],
  })
  // section 4.1: epskx = HKDF-Extract(0, epsk); ipskx = HKDF-Expand-Label(epskx, "derived psk", Hash(identity), L)
  const zeros = await Secret.import(provider, hash, new Uint8Array(hash.length))
  const extracted = await Secret.import(provider, hash, await zeros.mac(key))
  const length = targetHash === 'SHA-384' ? 48 : 32
  const derived = await extracted.expandLabel('derived psk', await digest(provider, hash, imported), length)
  return { identity: imported, key: derived, hash: targetHash, isImported: true }
}
