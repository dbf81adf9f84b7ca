import type { Bytes } from '../../wire/bytes.js'
import { DerReader, type DerSource, readDer } from '../../wire/der/der-reader.js'
import { DerTag } from '../../wire/der/der-tag.js'
import type { KnownExtensions } from './known-extensions.js'
import { ExtensionOid, extensionNames, type KeyUsageName, type KnownExtensionName, keyUsageNames } from './oids.js'
import {
  readBasicConstraints,
  readCertificatePolicies,
  readNameConstraints,
  readPolicyConstraints,
  readPolicyMappings,
} from './read-constraints.js'
import {
  readAuthorityInfoAccess,
  readAuthorityKeyIdentifier,
  readCrlDistributionPoints,
  readGeneralNames,
} from './read-names.js'

export interface Extension {
  readonly oid: string
  /** For example `subjectAltName`; the OID when it has no name here. */
  readonly name: string
  readonly isCritical: boolean
  /** The DER inside the OCTET STRING. */
  readonly value: Bytes
}

export interface Extensions {
  readonly list: readonly Extension[]
  readonly byOid: ReadonlyMap<string, Extension>
  readonly known: KnownExtensions
}

export const noExtensions: Extensions = { list: [], byOid: new Map(), known: {} }

/** Extensions (RFC 5280 section 4.2): none twice, each known one well formed whether anything asks for it or not. */
export function readExtensions(reader: DerReader, source: DerSource): Extensions {
  const byOid = new Map<string, Extension>()
  const known: Record<string, unknown> = {}
  const list = reader.listOf(DerTag.sequence, 'extensions', (sequence) => {
    const extension = readExtension(sequence)
    if (byOid.has(extension.oid)) sequence.fail(`the extension ${extension.name} is there twice`)
    byOid.set(extension.oid, extension)
    const name = knownNames.get(extension.oid)
    if (name !== undefined) {
      const value = new DerReader(extension.value, { ...source, what: `${source.what}, ${name}` })
      known[name] = valueReaders[name](value, source)
      value.end(name)
    }
    return extension
  })
  return { list, byOid, known }
}

export function readExtension(sequence: DerReader): Extension {
  return sequence.whole(DerTag.sequence, 'Extension', (extension) => {
    const oid = extension.objectIdentifier('extnID')
    const isCritical = extension.defaultFalse('critical')
    const value = extension.octetString('extnValue')
    return { oid, name: extensionNames.get(oid) ?? oid, isCritical, value }
  })
}

/** The value of one extension alone, where it comes without a certificate. */
export function parseExtensionValue<Name extends KnownExtensionName>(
  name: Name,
  value: Bytes,
  source: DerSource,
): NonNullable<KnownExtensions[Name]> {
  return readDer(value, source, (reader) => valueReaders[name](reader, source))
}

type ValueReaders = {
  readonly [Name in KnownExtensionName]: (reader: DerReader, source: DerSource) => NonNullable<KnownExtensions[Name]>
}

const valueReaders: ValueReaders = {
  subjectKeyIdentifier: (reader) => reader.octetString('subjectKeyIdentifier'),
  keyUsage: readKeyUsage,
  subjectAltName: (reader, source) => readGeneralNames(reader, 'subjectAltName', source),
  issuerAltName: (reader, source) => readGeneralNames(reader, 'issuerAltName', source),
  basicConstraints: readBasicConstraints,
  nameConstraints: readNameConstraints,
  crlDistributionPoints: readCrlDistributionPoints,
  certificatePolicies: readCertificatePolicies,
  policyMappings: readPolicyMappings,
  authorityKeyIdentifier: readAuthorityKeyIdentifier,
  policyConstraints: readPolicyConstraints,
  extendedKeyUsage: (reader) =>
    reader.listOf(DerTag.sequence, 'extKeyUsage', (list) => list.objectIdentifier('KeyPurposeId')),
  inhibitAnyPolicy: (reader) => reader.smallInteger('inhibitAnyPolicy', 0x7fffffff),
  authorityInfoAccess: readAuthorityInfoAccess,
  tlsFeature: (reader) => reader.listOf(DerTag.sequence, 'tlsFeature', (list) => list.smallInteger('feature', 0xffff)),
}

/** RFC 5280 section 4.2.1.3: at least one bit. */
function readKeyUsage(reader: DerReader): ReadonlySet<KeyUsageName> {
  const usages = new Set<KeyUsageName>()
  for (const bit of reader.namedBits('keyUsage')) {
    usages.add(keyUsageNames[bit] ?? reader.fail(`keyUsage has the unknown bit ${bit}`))
  }
  if (usages.size === 0) reader.fail('keyUsage has no bit')
  return usages
}

const knownNames: ReadonlyMap<string, KnownExtensionName> = new Map(
  Object.entries(ExtensionOid).map(([name, oid]) => [oid, name as KnownExtensionName]),
)
