import type { Certificate } from '../certificates/certificate.js'
import { extensionNames } from '../certificates/extensions/oids.js'
import { parseCertificate } from '../certificates/parsed-certificate.js'
import { decodeObjectIdentifier } from '../wire/der/der-values.js'
import type { DecodedField, FieldNote } from './decoded-field.js'
import { derElement, derHeader } from './der-fields.js'
import { FieldReader } from './field-reader.js'

/**
 * A certificate in DER, field by field: RFC 5280 section 4.1. Never throws. It shows what stands there; whether the
 * certificate may be trusted is another matter.
 */
export function decodeCertificate(der: Uint8Array): DecodedField {
  return FieldReader.decode('certificate', der, certificateData)
}

/** The certificate that a reader holds. @returns its subject, and until when it holds */
export function certificateData(reader: FieldReader): FieldNote {
  const certificate = readable(reader.peek(reader.remaining))
  derElement(reader, 'Certificate', (outer) => {
    derElement(outer, 'tbsCertificate', (fields) => toBeSigned(fields, certificate), {
      meaning: 'what the CA has signed',
      section: 'RFC 5280 section 4.1.2',
    })
    derElement(outer, 'signatureAlgorithm', undefined, { value: certificate?.signatureAlgorithmName })
    derElement(outer, 'signatureValue', undefined, { meaning: 'the CA’s signature over tbsCertificate' })
  })
  if (!certificate) return { value: 'a certificate that cannot be read', section: 'RFC 5280 section 4.1' }
  const { subject, dnsNames, issuer, notAfter } = certificate
  return {
    value: dnsNames[0] ?? subject,
    meaning: `${subject || dnsNames.join(', ')}, by ${issuer}, until ${date(notAfter)}`,
    section: 'RFC 5280 section 4.1',
  }
}

function toBeSigned(fields: FieldReader, certificate: Certificate | undefined): void {
  if (derHeader(fields)?.tag === explicit(0)) {
    derElement(fields, 'version', undefined, { value: certificate && `v${certificate.version}` })
  }
  derElement(fields, 'serialNumber', undefined, { value: certificate?.serialNumber })
  derElement(fields, 'signature', undefined, { meaning: 'the algorithm again, this time under the signature' })
  derElement(fields, 'issuer', undefined, { value: certificate?.issuer })
  derElement(fields, 'validity', (validity) => {
    derElement(validity, 'notBefore', undefined, { value: certificate && date(certificate.notBefore) })
    derElement(validity, 'notAfter', undefined, { value: certificate && date(certificate.notAfter) })
  })
  derElement(fields, 'subject', undefined, { value: certificate && (certificate.subject || 'empty') })
  derElement(fields, 'subjectPublicKeyInfo', undefined, {
    value: certificate?.publicKeyName,
    meaning: 'the key that the certificate is about',
  })
  fields.list((inner) => {
    if (derHeader(inner)?.tag !== explicit(3)) return derElement(inner, 'uniqueID')
    derElement(inner, 'extensions', (explicitTag) =>
      derElement(explicitTag, 'Extensions', (list) => list.list(extension), { section: 'RFC 5280 section 4.2' }),
    )
  })
}

function extension(reader: FieldReader): void {
  derElement(reader, 'Extension', (fields) => {
    const header = derHeader(fields)
    const oid = header && decodeObjectIdentifier(fields.peek(header.total).subarray(header.length))
    const name = (oid && (extensionNames.get(oid) ?? oid)) || 'unreadable'
    derElement(fields, 'extnID', undefined, { value: oid, meaning: name })
    const isCritical = derHeader(fields)?.tag === booleanTag
    if (isCritical) derElement(fields, 'critical', undefined, { meaning: 'who does not know it must refuse' })
    derElement(fields, 'extnValue')
    return { value: isCritical ? `${name}, critical` : name }
  })
}

function readable(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(Uint8Array.from(der))
  } catch {
    return undefined
  }
}

const date = (value: Date): string => `${value.toISOString().slice(0, 16).replace('T', ' ')} UTC`
const explicit = (number: number) => 0xa0 | number
const booleanTag = 1
