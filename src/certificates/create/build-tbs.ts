import { AsnConvert } from '@peculiar/asn1-schema'
import { AlgorithmIdentifier, Name, SubjectPublicKeyInfo, TBSCertificate, Validity, Version } from '@peculiar/asn1-x509'
import { TlsError } from '../../errors/tls-error.js'
import type { Bytes } from '../../wire/bytes.js'
import { extensionList, keyIdentifierExtensions, nameOf, serialize, templateExtensions } from './asn1-parts.js'
import type { CertificateTemplate } from './certificate-template.js'

export interface TbsParts {
  readonly algorithm: Bytes
  readonly serialNumber: Bytes
  readonly subjectPublicKeyInfo: Bytes
  readonly subjectKeyIdentifier: Bytes
  /** DER; `undefined`: the subject's own. */
  readonly issuerName: Bytes | undefined
  readonly issuerKeyIdentifier: Bytes
}

/** The DER of a TBSCertificate (RFC 5280 section 4.1.2), version 3. */
export function buildTbsCertificate(template: CertificateTemplate, parts: TbsParts): Bytes {
  const subject = nameOf(template.subject ?? {})
  const issuer = parts.issuerName === undefined ? subject : AsnConvert.parse(parts.issuerName, Name)
  if (issuer.length === 0) {
    throw new TlsError('invalid_argument', 'a certificate needs an issuer: give a self-signed one a subject')
  }
  const notBefore = wholeSeconds(template.notBefore ?? new Date(Date.now() - 3_600_000))
  const notAfter = wholeSeconds(
    template.notAfter ?? new Date(notBefore.getTime() + (template.validDays ?? 90) * 86_400_000),
  )
  if (!(notAfter > notBefore)) throw new TlsError('invalid_argument', 'notAfter must be later than notBefore')
  return serialize(
    new TBSCertificate({
      version: Version.v3,
      serialNumber: parts.serialNumber.buffer,
      signature: AsnConvert.parse(parts.algorithm, AlgorithmIdentifier),
      issuer,
      validity: new Validity({ notBefore, notAfter }),
      subject,
      subjectPublicKeyInfo: AsnConvert.parse(parts.subjectPublicKeyInfo, SubjectPublicKeyInfo),
      extensions: extensionList([
        ...templateExtensions(template),
        ...keyIdentifierExtensions(parts.subjectKeyIdentifier, parts.issuerKeyIdentifier),
      ]),
    }),
  )
}

/** RFC 5280 section 4.1.2.5: no fractions. */
const wholeSeconds = (date: Date): Date => new Date(Math.floor(date.getTime() / 1000) * 1000)
