import { TlsError } from '../../errors/tls-error.js'
import { ownBytes } from '../../wire/bytes.js'
import { parsePem } from '../pem.js'
import { type CrlFields, readCrlFields } from './read-crl.js'

/** A certificate revocation list (RFC 5280 section 5), read once and used for many connections. */
export class RevocationList {
  readonly fields: CrlFields

  private constructor(fields: CrlFields) {
    this.fields = fields
  }

  /** @param source the DER of one list, or PEM text with exactly one X509 CRL block */
  static parse(source: string | Uint8Array | ArrayBuffer): RevocationList {
    if (typeof source !== 'string') return new RevocationList(readCrlFields(ownBytes(source)))
    const [block, ...others] = parsePem(source)
    if (block?.label !== 'X509 CRL' || others.length > 0) {
      throw new TlsError('invalid_argument', 'PEM: expected one X509 CRL block')
    }
    return new RevocationList(readCrlFields(block.der))
  }

  get issuer(): string {
    return this.fields.issuer.toString()
  }

  get thisUpdate(): Date {
    return this.fields.thisUpdate
  }

  get nextUpdate(): Date | undefined {
    return this.fields.nextUpdate
  }
}
