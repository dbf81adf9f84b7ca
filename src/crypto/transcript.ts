import { HandshakeType } from '../messages/code-points.js'
import { type Bytes, concatBytes } from '../wire/bytes.js'
import { digest, type HashAlgorithm } from './hash.js'
import type { CryptoProvider } from './provider.js'

/** The Transcript-Hash of RFC 9846 section 4.1: so that a hash of something else can't take its place. */
export type TranscriptHash = Bytes & { readonly __transcriptHash: unique symbol }

/**
 * The handshake messages so far, as they stood on the wire. Immutable: a step that adds a message gets a new one,
 * and a digest of an earlier state stays what it was.
 */
export class Transcript {
  readonly #bytes: Bytes

  private constructor(bytes: Bytes) {
    this.#bytes = bytes
  }

  static readonly empty = new Transcript(new Uint8Array(0))

  with(...messages: readonly Bytes[]): Transcript {
    return new Transcript(concatBytes(this.#bytes, ...messages))
  }

  /**
   * Section 4.1.1: before a HelloRetryRequest the first ClientHello is replaced by a message of type message_hash,
   * so that a server need not keep it.
   */
  static async afterHelloRetryRequest(
    provider: CryptoProvider,
    hash: HashAlgorithm,
    clientHello: Bytes,
    helloRetryRequest: Bytes,
  ): Promise<Transcript> {
    return Transcript.afterHashedHello(hash, await digest(provider, hash, clientHello), helloRetryRequest)
  }

  /** The same, where only the hash of the first ClientHello is known: from a cookie. */
  static afterHashedHello(hash: HashAlgorithm, clientHelloHash: Bytes, helloRetryRequest: Bytes): Transcript {
    const header = Uint8Array.of(HandshakeType.message_hash, 0, 0, hash.length)
    return new Transcript(concatBytes(header, clientHelloHash, helloRetryRequest))
  }

  async digest(provider: CryptoProvider, hash: HashAlgorithm): Promise<TranscriptHash> {
    return (await digest(provider, hash, this.#bytes)) as TranscriptHash
  }
}
