import type { Bytes } from '../../wire/bytes.js'
import { type DerReader, type DerSource, readDer } from '../../wire/der/der-reader.js'
import { contextTag, DerTag } from '../../wire/der/der-tag.js'
import { type Extension, readExtension } from '../extensions/read-extensions.js'
import { type DistinguishedName, readDistinguishedName } from '../names/distinguished-name.js'

/** BasicOCSPResponse (RFC 6960 section 4.2.1). */
export interface OcspResponseFields {
  readonly tbsResponseData: Bytes
  readonly signatureAlgorithm: Bytes
  readonly signature: Bytes
  readonly responder: DistinguishedName | Bytes
  readonly producedAt: Date
  readonly responses: readonly SingleResponse[]
  readonly extensions: readonly Extension[]
  /** DER of the certificates sent along. */
  readonly certificates: readonly Bytes[]
}

export interface SingleResponse {
  readonly hashAlgorithm: string
  readonly issuerNameHash: Bytes
  readonly issuerKeyHash: Bytes
  readonly serialNumber: Bytes
  readonly status: 'good' | 'revoked' | 'unknown'
  readonly revokedAt: Date | undefined
  readonly thisUpdate: Date
  readonly nextUpdate: Date | undefined
  readonly extensions: readonly Extension[]
}

/** Reads an OCSPResponse whose status must be successful and whose type basic. */
export function readOcspResponse(der: Bytes): OcspResponseFields {
  const basic = readDer(der, source, (reader) =>
    reader.whole(DerTag.sequence, 'OCSPResponse', (response) => {
      const status = response.smallInteger('responseStatus', 255, DerTag.enumerated)
      if (status !== 0) response.fail(`the responder says ${statusNames[status] ?? `status ${status}`}`)
      return response.whole(contextTag(0, true), 'responseBytes', (explicit) =>
        explicit.whole(DerTag.sequence, 'ResponseBytes', (bytes) => {
          const type = bytes.objectIdentifier('responseType')
          if (type !== basicResponseOid) bytes.fail(`the response type ${type} is not id-pkix-ocsp-basic`)
          return bytes.octetString('response')
        }),
      )
    }),
  )
  return readDer(basic, source, (reader) => reader.whole(DerTag.sequence, 'BasicOCSPResponse', readBasicResponse))
}

function readBasicResponse(response: DerReader): OcspResponseFields {
  const { der: tbsResponseData, contents, tag } = response.element('tbsResponseData')
  if (tag !== DerTag.sequence) response.fail('tbsResponseData is not a SEQUENCE')
  const signatureAlgorithm = response.element('signatureAlgorithm').der
  const signature = response.bitStringBytes('signature')
  const certificates =
    response.nextTag === contextTag(0, true)
      ? response.whole(contextTag(0, true), 'certs', (explicit) =>
          explicit.listOf(DerTag.sequence, 'certs', (list) => list.element('certificate').der, 0),
        )
      : []
  const data = response.over(contents)
  const fields = readResponseData(data)
  data.end('tbsResponseData')
  return { tbsResponseData, signatureAlgorithm, signature, certificates, ...fields }
}

function readResponseData(data: DerReader) {
  // version [0] EXPLICIT DEFAULT v1, and only v1 exists
  if (data.nextTag === contextTag(0, true)) data.fail('version encodes its default v1 or is unknown')
  const responder =
    data.nextTag === contextTag(1, true)
      ? data.whole(contextTag(1, true), 'byName', (explicit) => readDistinguishedName(explicit, 'byName', source))
      : data.whole(contextTag(2, true), 'byKey', (explicit) => explicit.octetString('byKey'))
  const { date: producedAt } = data.time('producedAt')
  const responses = data.listOf(DerTag.sequence, 'responses', readSingleResponse)
  return { responder, producedAt, responses, extensions: readExtensions(data, 1) }
}

function readSingleResponse(list: DerReader): SingleResponse {
  return list.whole(DerTag.sequence, 'SingleResponse', (single) => {
    const certId = single.whole(DerTag.sequence, 'certID', (id) => {
      const hashAlgorithm = id.whole(DerTag.sequence, 'hashAlgorithm', (algorithm) => {
        const oid = algorithm.objectIdentifier('hashAlgorithm')
        if (!algorithm.isAtEnd) algorithm.null('parameters')
        return oid
      })
      return {
        hashAlgorithm,
        issuerNameHash: id.octetString('issuerNameHash'),
        issuerKeyHash: id.octetString('issuerKeyHash'),
        serialNumber: id.integer('serialNumber'),
      }
    })
    const status = readStatus(single)
    const { date: thisUpdate } = single.time('thisUpdate')
    const nextUpdate =
      single.nextTag === contextTag(0, true)
        ? single.whole(contextTag(0, true), 'nextUpdate', (explicit) => explicit.time('nextUpdate').date)
        : undefined
    return { ...certId, ...status, thisUpdate, nextUpdate, extensions: readExtensions(single, 1) }
  })
}

function readStatus(single: DerReader): Pick<SingleResponse, 'status' | 'revokedAt'> {
  switch (single.nextTag) {
    case contextTag(0, false):
      if (single.contents(contextTag(0, false), 'good').length > 0) single.fail('good has contents')
      return { status: 'good', revokedAt: undefined }
    case contextTag(1, true):
      return single.whole(contextTag(1, true), 'revoked', (revoked) => {
        const { date } = revoked.time('revocationTime')
        if (!revoked.isAtEnd) {
          revoked.whole(contextTag(0, true), 'revocationReason', (explicit) =>
            explicit.smallInteger('revocationReason', 10, DerTag.enumerated),
          )
        }
        return { status: 'revoked', revokedAt: date }
      })
    default:
      if (single.contents(contextTag(2, false), 'certStatus').length > 0) single.fail('unknown has contents')
      return { status: 'unknown', revokedAt: undefined }
  }
}

function readExtensions(reader: DerReader, number: number): Extension[] {
  if (reader.nextTag !== contextTag(number, true)) return []
  return reader.whole(contextTag(number, true), 'extensions', (explicit) =>
    explicit.listOf(DerTag.sequence, 'extensions', readExtension),
  )
}

const source: DerSource = { what: 'OCSP response', code: 'certificate_status_invalid' }

const basicResponseOid = '1.3.6.1.5.5.7.48.1.1'

const statusNames: Readonly<Record<number, string>> = {
  1: 'malformedRequest',
  2: 'internalError',
  3: 'tryLater',
  5: 'sigRequired',
  6: 'unauthorized',
}
