import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  ExtendedKeyUsage as ExtendedKeyUsageSyntax,
  Extension,
  Extensions,
  GeneralName,
  KeyIdentifier,
  KeyUsage,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
} from '@peculiar/asn1-x509'
import { TlsError } from '../../errors/tls-error.js'
import { asBytes, type Bytes } from '../../wire/bytes.js'
import { ExtendedKeyUsage, ExtensionOid, type KeyUsageName, keyUsageNames } from '../extensions/oids.js'
import { attributeTypeNames } from '../names/attribute-types.js'
import { isDnsPattern } from '../names/dns-name.js'
import { formatIpAddress, parseIpAddress } from '../names/ip-address.js'
import type { CertificateTemplate } from './certificate-template.js'

/** One RDN for each attribute, values as UTF8String; countries as the PrintableString that X.520 has. */
export function nameOf(attributes: Readonly<Record<string, string>>): Name {
  return new Name(
    Object.entries(attributes).map(([shortName, text]) => {
      const type = attributeOids.get(shortName)
      if (type === undefined) throw new TlsError('invalid_argument', `the subject attribute ${shortName} is not known`)
      const value = new AttributeValue(
        printable.has(shortName)
          ? { printableString: text }
          : ia5.has(shortName)
            ? { ia5String: text }
            : { utf8String: text },
      )
      return new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value })])
    }),
  )
}

/** The extensions of a template, without key identifiers. */
export function templateExtensions(template: CertificateTemplate): Extension[] {
  const isCa = template.isCa === true
  const names = alternativeNames(template)
  const hasSubject = Object.keys(template.subject ?? {}).length > 0
  const usages = template.keyUsage ?? (isCa ? ['keyCertSign', 'cRLSign'] : ['digitalSignature'])
  const purposes = template.extendedKeyUsage ?? (isCa ? [] : ['serverAuth', 'clientAuth'])
  return [
    ...(isCa ? [extension(ExtensionOid.basicConstraints, true, basicConstraints(template.pathLength))] : []),
    ...(usages.length > 0 ? [extension(ExtensionOid.keyUsage, true, keyUsage(usages))] : []),
    ...(purposes.length > 0
      ? [extension(ExtensionOid.extendedKeyUsage, false, new ExtendedKeyUsageSyntax(purposes.map(purposeOid)))]
      : []),
    // RFC 5280 section 4.2.1.6: critical when it alone names the subject
    ...(names.length > 0
      ? [extension(ExtensionOid.subjectAltName, !hasSubject, new SubjectAlternativeName(names))]
      : []),
  ]
}

export const keyIdentifierExtensions = (subject: Bytes, authority: Bytes): Extension[] => [
  extension(ExtensionOid.subjectKeyIdentifier, false, new SubjectKeyIdentifier(subject)),
  extension(
    ExtensionOid.authorityKeyIdentifier,
    false,
    new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(authority) }),
  ),
]

export const extensionList = (extensions: readonly Extension[]): Extensions => new Extensions([...extensions])

export const serialize = (value: unknown): Bytes => asBytes(new Uint8Array(AsnConvert.serialize(value)))

function extension(extnID: string, critical: boolean, value: unknown): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })
}

const basicConstraints = (pathLength: number | undefined): BasicConstraints =>
  new BasicConstraints({ cA: true, ...(pathLength === undefined ? {} : { pathLenConstraint: pathLength }) })

const keyUsage = (usages: readonly KeyUsageName[]): KeyUsage =>
  new KeyUsage(usages.reduce((flags, usage) => flags | (1 << keyUsageNames.indexOf(usage)), 0))

function alternativeNames(template: CertificateTemplate): GeneralName[] {
  const { dnsNames = [], ipAddresses = [], emailAddresses = [], uris = [] } = template
  for (const name of dnsNames) {
    if (!isDnsPattern(name, { allowUnderscore: true }))
      throw new TlsError('invalid_argument', `"${name}" is no DNS name`)
  }
  return [
    ...dnsNames.map((dNSName) => new GeneralName({ dNSName })),
    ...ipAddresses.map((text) => {
      const bytes = parseIpAddress(text)
      if (bytes === undefined) throw new TlsError('invalid_argument', `"${text}" is no IP address`)
      return new GeneralName({ iPAddress: formatIpAddress(bytes) })
    }),
    ...emailAddresses.map((rfc822Name) => new GeneralName({ rfc822Name })),
    ...uris.map((uniformResourceIdentifier) => new GeneralName({ uniformResourceIdentifier })),
  ]
}

const purposeOid = (purpose: string): string =>
  Object.entries(ExtendedKeyUsage).find(([name]) => name === purpose)?.[1] ?? purpose

const attributeOids: ReadonlyMap<string, string> = new Map([...attributeTypeNames].map(([oid, name]) => [name, oid]))
const printable: ReadonlySet<string> = new Set(['C', 'serialNumber'])
const ia5: ReadonlySet<string> = new Set(['DC', 'emailAddress'])
