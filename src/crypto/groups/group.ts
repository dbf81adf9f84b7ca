import type { NamedGroupName } from '../../messages/code-points.js'
import type { Bytes } from '../../wire/bytes.js'
import type { CryptoProvider } from '../provider.js'

/**
 * A key exchange in the shape of a KEM, into which Diffie-Hellman fits as well: the client offers, the server
 * responds, the client completes. A hybrid is then a function of two.
 */
export interface KeyExchange {
  readonly name: string
  /** Length of the client's and of the server's share, in bytes. */
  readonly shareLength: { readonly client: number; readonly server: number }
  /** Whether this provider can do it. */
  isAvailable(provider: CryptoProvider): Promise<boolean>
  /** A fresh key pair: shares are never used twice (RFC 9846 section 4.3.8). */
  offer(provider: CryptoProvider): Promise<KeyOffer>
  /** @throws TlsError `illegal_parameter` when the client's share is not valid */
  respond(provider: CryptoProvider, clientShare: Bytes): Promise<KeyResponse>
}

/** A key exchange with a name of its own in `supported_groups`. */
export interface KeyExchangeGroup extends KeyExchange {
  readonly name: NamedGroupName
  readonly codePoint: number
}

export interface KeyOffer {
  readonly keyShare: Bytes
  /** @throws TlsError `illegal_parameter` when the server's share is not valid */
  complete(serverShare: Bytes): Promise<SharedSecret>
}

export interface KeyResponse {
  readonly keyShare: Bytes
  readonly sharedSecret: SharedSecret
}

/** What the exchange gives: a key of HKDF, or bytes on their way into a hybrid. Taken once, in one of the two forms. */
export interface SharedSecret {
  hkdfKey(): Promise<CryptoKey>
  /** The caller's own copy, to be wiped when it is used. */
  bytes(): Promise<Bytes>
}
