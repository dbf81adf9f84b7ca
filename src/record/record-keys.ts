import { type AeadKey, importAeadKey, nonceLength } from '../crypto/aead/aead.js'
import type { CipherSuiteParameters } from '../crypto/cipher-suites.js'
import type { CryptoProvider } from '../crypto/provider.js'
import type { Secret } from '../crypto/secret.js'
import { TlsError } from '../errors/tls-error.js'
import { ContentType } from '../messages/code-points.js'
import { type Bytes, noBytes } from '../wire/bytes.js'

/** The keys of one direction in one epoch, with the sequence number that goes with them: RFC 9846 sections 5.2, 5.3. */
export class RecordKeys {
  readonly #aead: AeadKey
  readonly #iv: Bytes
  readonly recordLimit: number
  //= rfc9846#section-5.3 5.3-1
  #sequenceNumber = 0

  private constructor(aead: AeadKey, iv: Bytes, recordLimit: number) {
    this.#aead = aead
    this.#iv = iv
    this.recordLimit = recordLimit
  }

  /** RFC 9846 section 7.3: [sender]_write_key and [sender]_write_iv from a traffic secret. */
  static async derive(provider: CryptoProvider, suite: CipherSuiteParameters, trafficSecret: Secret) {
    const [key, iv] = await Promise.all([
      trafficSecret.expandLabel('key', noBytes, suite.keyLength),
      trafficSecret.expandLabel('iv', noBytes, nonceLength),
    ])
    return new RecordKeys(await importAeadKey(provider, suite, key), iv, suite.recordLimit)
  }

  /** How many records these keys have protected, or opened. */
  get sequenceNumber(): number {
    return this.#sequenceNumber
  }

  /** Gives sequence numbers back: what was opened ahead with them is opened again, in another order. */
  rewind(sequenceNumber: number): void {
    this.#sequenceNumber = sequenceNumber
  }

  /** Takes the next sequence number before anything is awaited, so that calls keep their order. */
  seal(innerPlaintext: Bytes, ciphertextLength: number): Promise<ArrayBuffer> {
    return this.#aead.seal(this.#nextNonce(), recordHeader(ciphertextLength), innerPlaintext)
  }

  open(ciphertext: Bytes): Promise<ArrayBuffer> {
    return this.#aead.open(this.#nextNonce(), recordHeader(ciphertext.length), ciphertext)
  }

  /** The 64-bit sequence number, big-endian, padded to the left, XORed with the IV. */
  #nextNonce(): Bytes {
    const sequenceNumber = this.#sequenceNumber++
    // section 5.3: sequence numbers do not wrap
    //= rfc9846#section-5.3 5.3-2
    if (sequenceNumber >= Number.MAX_SAFE_INTEGER) throw new TlsError('internal', 'the sequence numbers are used up')
    const nonce = this.#iv.slice()
    const view = new DataView(nonce.buffer)
    view.setUint32(nonceLength - 4, view.getUint32(nonceLength - 4) ^ (sequenceNumber >>> 0))
    view.setUint32(nonceLength - 8, view.getUint32(nonceLength - 8) ^ Math.floor(sequenceNumber / 2 ** 32))
    return nonce
  }
}

/** The header of a protected record, which is also its additional data. */
export function recordHeader(length: number, type: number = ContentType.application_data, version = 0x0303): Bytes {
  return Uint8Array.of(type, version >> 8, version & 0xff, length >> 8, length & 0xff)
}
