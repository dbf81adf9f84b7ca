import type { Bytes } from '../../wire/bytes.js'
import { type DerReader, readDer } from '../../wire/der/der-reader.js'
import { contextTag, DerTag } from '../../wire/der/der-tag.js'

export type SignatureHash = 'SHA-256' | 'SHA-384' | 'SHA-512'

/** RSASSA-PSS-params (RFC 4055 section 3.1). In a public key the salt's length is the least allowed. */
export interface PssParameters {
  readonly hash: SignatureHash
  readonly saltLength: number
}

/**
 * MGF1 must be over the same hash, the hash one of SHA-2, the trailer 1. The defaults of the structure mean SHA-1,
 * so a hash left out is refused like SHA-1 itself.
 */
export function readPssParameters(algorithm: DerReader): PssParameters {
  //= rfc9846#section-4.3.3 4.3.3-11
  return algorithm.whole(DerTag.sequence, 'RSASSA-PSS-params', (params) => {
    const hash = readTagged(params, 0, 'hashAlgorithm', readHash)
    const maskHash = readTagged(params, 1, 'maskGenAlgorithm', (mask) =>
      mask.whole(DerTag.sequence, 'maskGenAlgorithm', (mgf) => {
        const oid = mgf.objectIdentifier('maskGenAlgorithm')
        return oid === '1.2.840.113549.1.1.8' ? readHash(mgf) : undefined
      }),
    )
    const saltLength = readTagged(params, 2, 'saltLength', (salt) => salt.smallInteger('saltLength', 1024)) ?? 20
    if (params.nextTag === contextTag(3, true)) params.fail('trailerField is not its default')
    if (hash === undefined) return params.fail('hashAlgorithm is not SHA-256, SHA-384 or SHA-512')
    if (hash !== maskHash) return params.fail(`maskGenAlgorithm is not MGF1 with ${hash}`)
    return { hash, saltLength }
  })
}

export const parsePssParameters = (der: Bytes): PssParameters =>
  readDer(der, { what: 'RSASSA-PSS-params', code: 'certificate_unsupported' }, readPssParameters)

function readTagged<T>(params: DerReader, number: number, field: string, read: (reader: DerReader) => T) {
  return params.nextTag === contextTag(number, true) ? params.whole(contextTag(number, true), field, read) : undefined
}

/** Parameters NULL or absent: RFC 4055 section 2.1 has both accepted. */
function readHash(reader: DerReader): SignatureHash | undefined {
  return reader.whole(DerTag.sequence, 'hashAlgorithm', (algorithm) => {
    const hash = hashes[algorithm.objectIdentifier('hashAlgorithm')]
    if (!algorithm.isAtEnd) algorithm.null('parameters')
    return hash
  })
}

const hashes: Readonly<Record<string, SignatureHash | undefined>> = {
  '2.16.840.1.101.3.4.2.1': 'SHA-256',
  '2.16.840.1.101.3.4.2.2': 'SHA-384',
  '2.16.840.1.101.3.4.2.3': 'SHA-512',
}
