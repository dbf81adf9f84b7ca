import type { PublicKey } from '../../crypto/signature/public-key.js'
import { TlsError } from '../../errors/tls-error.js'
import { asBytes, type Bytes } from '../../wire/bytes.js'
import { readDer } from '../../wire/der/der-reader.js'
import { DerTag } from '../../wire/der/der-tag.js'
import { derInteger, derNull, derObjectIdentifier, derOctetString, derSequence } from '../../wire/der/der-writer.js'
import { parsePem } from '../pem.js'

/**
 * A private key as WebCrypto takes it: PKCS #8 (RFC 5958). PEM may also hold SEC 1 (RFC 5915) or PKCS #1 (RFC 8017),
 * which get their envelope here.
 * @throws TlsError `invalid_argument`; its message has nothing of the key in it
 */
export function pkcs8Of(source: string | Uint8Array, publicKey: PublicKey): Bytes {
  if (typeof source !== 'string') return asRsaEncryption(asBytes(source), publicKey)
  const blocks = parsePem(source)
  const block = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'))
  if (!block) {
    const found = blocks.map(({ label }) => label).join(', ') || 'no block'
    throw new TlsError('invalid_argument', `the privateKey's PEM has ${found}, where PRIVATE KEY must be`)
  }
  switch (block.label) {
    case 'PRIVATE KEY':
      return asRsaEncryption(block.der, publicKey)
    case 'RSA PRIVATE KEY':
      return envelope(rsaEncryption, block.der)
    case 'EC PRIVATE KEY':
      return envelope(ecPublicKey(publicKey), block.der)
    default:
      throw new TlsError(
        'invalid_argument',
        `a privateKey in the form ${block.label} must be decrypted or converted first`,
      )
  }
}

/** Engines refuse id-RSASSA-PSS in PKCS #8: the same key is shown to them as rsaEncryption. */
function asRsaEncryption(der: Bytes, publicKey: PublicKey): Bytes {
  if (publicKey.kind !== 'rsa-pss') return der
  return readDer(der, { what: 'privateKey', code: 'invalid_argument' }, (reader) =>
    reader.whole(DerTag.sequence, 'PrivateKeyInfo', (info) => {
      info.integer('version')
      info.element('privateKeyAlgorithm')
      const privateKey = info.contents(DerTag.octetString, 'privateKey')
      while (!info.isAtEnd) info.element('attributes')
      return envelope(rsaEncryption, privateKey)
    }),
  )
}

const envelope = (algorithm: Bytes, privateKey: Bytes): Bytes =>
  derSequence(derInteger(0), algorithm, derOctetString(privateKey))

const rsaEncryption = derSequence(derObjectIdentifier('1.2.840.113549.1.1.1'), derNull)

function ecPublicKey(publicKey: PublicKey): Bytes {
  if (publicKey.kind !== 'ec') {
    throw new TlsError(
      'invalid_argument',
      `the privateKey is an EC one, the certificate's key of kind ${publicKey.kind}`,
    )
  }
  return derSequence(derObjectIdentifier('1.2.840.10045.2.1'), derObjectIdentifier(curveOid[publicKey.curve]))
}

const curveOid = { 'P-256': '1.2.840.10045.3.1.7', 'P-384': '1.3.132.0.34', 'P-521': '1.3.132.0.35' } as const
