import { type Bytes, concatBytes } from '../../src/wire/bytes.js'
import {
  derBitString,
  derBoolean,
  derContext,
  derContextPrimitive,
  derElement,
  derInteger,
  derNamedBits,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derTime,
  derUtf8String,
} from '../../src/wire/der/der-writer.js'
import {
  defaultSignature,
  generateTestKey,
  signatureAlgorithmIdentifier,
  signWithTestKey,
  type TestKey,
  type TestKeyType,
  type TestSignature,
  toPem,
} from './test-keys.js'

/** A certificate of tests with its key, made in the runtime's WebCrypto: Node 20 and browsers alike. */
export interface TestCertificate {
  readonly der: Bytes
  readonly pem: string
  readonly key: TestKey
  /** Extractable; RSA-PSS over SHA-256 for both kinds of RSA. */
  readonly privateKey: CryptoKey
  readonly pkcs8Pem: string
  /** DER of the subject's Name. */
  readonly subject: Bytes
  readonly isSelfSigned: boolean
  /** Leaf first, the self-signed root left out: what a server sends. A root alone is its own chain. */
  readonly chain: readonly Bytes[]
  readonly chainPem: string
}

export interface TestCertificateOptions {
  /** Who signs; absent: the certificate signs itself. */
  readonly ca?: TestCertificate
  readonly keyType?: TestKeyType
  /** A key made before; otherwise one of `keyType` is generated. */
  readonly key?: TestKey
  /** The CN of the subject, or the DER of a whole Name. */
  readonly subject?: string | Bytes
  /** Other than the subject of `ca`. */
  readonly issuer?: Bytes
  readonly dnsNames?: readonly string[]
  /** In text, `192.0.2.1` or `2001:db8::1`. */
  readonly ipAddresses?: readonly string[]
  readonly emailAddresses?: readonly string[]
  readonly uris?: readonly string[]
  /** Further GeneralNames, whole elements. */
  readonly otherNames?: readonly Bytes[]
  readonly notBefore?: Date
  readonly notAfter?: Date
  readonly serialNumber?: number | bigint | Uint8Array
  readonly isCa?: boolean
  readonly pathLength?: number
  /** Names of RFC 5280 section 4.2.1.3; `[]` leaves the extension out. */
  readonly keyUsage?: readonly (keyof typeof keyUsageBits)[]
  /** `serverAuth`, `clientAuth`, ... or object identifiers; `[]` leaves the extension out. */
  readonly extendedKeyUsage?: readonly string[]
  /** Contents as `nameConstraintsValue` makes them; the extension is critical. */
  readonly nameConstraints?: Bytes
  /** Added last; one with the OID of a standard extension takes its place. */
  readonly extensions?: readonly TestExtension[]
  /** OIDs of standard extensions to leave out. */
  readonly omit?: readonly string[]
  readonly signature?: TestSignature
  /** Changes the TBSCertificate before it is signed. */
  readonly changeTbs?: (tbs: Bytes) => Bytes
}

export interface TestExtension {
  readonly oid: string
  readonly critical?: boolean
  readonly value: Bytes
}

export const createTestCa = (options: TestCertificateOptions = {}): Promise<TestCertificate> =>
  createTestCertificate({
    subject: 'Test CA',
    isCa: true,
    keyUsage: ['keyCertSign', 'cRLSign'],
    extendedKeyUsage: [],
    ...options,
  })

export async function createTestCertificate(options: TestCertificateOptions = {}): Promise<TestCertificate> {
  const key = options.key ?? (await generateTestKey(options.keyType))
  const signer = options.ca?.key ?? key
  const signature = options.signature ?? defaultSignature(signer.type)
  const algorithm = signatureAlgorithmIdentifier(signature)
  const subject = nameOf(options.subject ?? options.dnsNames?.[0] ?? 'Test certificate')
  const extensions = await extensionsOf(options, key, signer)
  const tbs = derSequence(
    derContext(0, derInteger(2)),
    derInteger(options.serialNumber ?? randomSerialNumber()),
    algorithm,
    options.issuer ?? options.ca?.subject ?? subject,
    derSequence(derTime(options.notBefore ?? daysFromNow(-1)), derTime(options.notAfter ?? daysFromNow(90))),
    subject,
    key.subjectPublicKeyInfo,
    ...(extensions.length === 0 ? [] : [derContext(3, derSequence(...extensions.map(encodeExtension)))]),
  )
  const signed = options.changeTbs?.(tbs) ?? tbs
  const der = derSequence(signed, algorithm, derBitString(await signWithTestKey(signer, signature, signed)))
  const above = options.ca === undefined || options.ca.isSelfSigned ? [] : options.ca.chain
  const chain = [der, ...above]
  return {
    der,
    pem: toPem('CERTIFICATE', der),
    key,
    privateKey: key.privateKey,
    pkcs8Pem: key.pkcs8Pem,
    subject,
    chain,
    chainPem: chain.map((each) => toPem('CERTIFICATE', each)).join(''),
    isSelfSigned: options.ca === undefined,
  }
}

export const testOid = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
} as const

export const generalName = {
  dns: (name: string): Bytes => derContextPrimitive(2, ascii(name)),
  email: (address: string): Bytes => derContextPrimitive(1, ascii(address)),
  uri: (uri: string): Bytes => derContextPrimitive(6, ascii(uri)),
  /** `192.0.2.1`, or for a constraint `192.0.2.0/255.255.255.0`. */
  ip: (address: string): Bytes => derContextPrimitive(7, concatBytes(...address.split('/').map(ipBytes))),
  directory: (name: string | Bytes): Bytes => derContext(4, nameOf(name)),
  other: (oid: string, value: Bytes): Bytes => derContext(0, derObjectIdentifier(oid), derContext(0, value)),
  registeredId: (oid: string): Bytes => derContextPrimitive(8, derObjectIdentifier(oid).subarray(2)),
}

/** The value of a nameConstraints extension: RFC 5280 section 4.2.1.10. */
export function nameConstraintsValue(subtrees: {
  readonly permitted?: readonly Bytes[]
  readonly excluded?: readonly Bytes[]
}): Bytes {
  const list = (number: number, names: readonly Bytes[] = []) =>
    names.length === 0 ? [] : [derContext(number, ...names.map((name) => derSequence(name)))]
  return derSequence(...list(0, subtrees.permitted), ...list(1, subtrees.excluded))
}

/** A Name of one RDN for each attribute, for example `distinguishedName({ CN: 'a', O: 'b' })`. */
export const distinguishedName = (attributes: Readonly<Record<string, string>>): Bytes =>
  derSequence(
    ...Object.entries(attributes).map(([type, value]) =>
      derElement(0x31, derSequence(derObjectIdentifier(attributeTypes[type] ?? type), derUtf8String(value))),
    ),
  )

export const daysFromNow = (days: number): Date => new Date(Math.floor(Date.now() / 1000 + days * 86400) * 1000)

const keyUsageBits = {
  digitalSignature: 0,
  nonRepudiation: 1,
  keyEncipherment: 2,
  dataEncipherment: 3,
  keyAgreement: 4,
  keyCertSign: 5,
  cRLSign: 6,
  encipherOnly: 7,
  decipherOnly: 8,
} as const

const purposes: Readonly<Record<string, string>> = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
  any: '2.5.29.37.0',
}

const attributeTypes: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  DC: '0.9.2342.19200300.100.1.25',
  emailAddress: '1.2.840.113549.1.9.1',
}

async function extensionsOf(options: TestCertificateOptions, key: TestKey, signer: TestKey) {
  const names = [
    ...(options.dnsNames ?? []).map(generalName.dns),
    ...(options.ipAddresses ?? []).map(generalName.ip),
    ...(options.emailAddresses ?? []).map(generalName.email),
    ...(options.uris ?? []).map(generalName.uri),
    ...(options.otherNames ?? []),
  ]
  const usages = options.keyUsage ?? ['digitalSignature']
  const extendedUsages = options.extendedKeyUsage ?? ['serverAuth', 'clientAuth']
  const standard: (TestExtension | undefined)[] = [
    options.isCa === undefined
      ? undefined
      : { oid: testOid.basicConstraints, critical: true, value: basicConstraints(options.isCa, options.pathLength) },
    usages.length === 0
      ? undefined
      : { oid: testOid.keyUsage, critical: true, value: derNamedBits(usages.map((usage) => keyUsageBits[usage])) },
    extendedUsages.length === 0
      ? undefined
      : {
          oid: testOid.extendedKeyUsage,
          value: derSequence(...extendedUsages.map((usage) => derObjectIdentifier(purposes[usage] ?? usage))),
        },
    names.length === 0 ? undefined : { oid: testOid.subjectAltName, value: derSequence(...names) },
    options.nameConstraints && { oid: testOid.nameConstraints, critical: true, value: options.nameConstraints },
    { oid: testOid.subjectKeyIdentifier, value: derOctetString(await keyIdentifier(key)) },
    {
      oid: testOid.authorityKeyIdentifier,
      value: derSequence(derContextPrimitive(0, await keyIdentifier(signer))),
    },
  ]
  const replaced = new Set([...(options.omit ?? []), ...(options.extensions ?? []).map((extension) => extension.oid)])
  return [
    ...standard.filter((extension) => extension !== undefined).filter(({ oid }) => !replaced.has(oid)),
    ...(options.extensions ?? []),
  ]
}

const basicConstraints = (isCa: boolean, pathLength: number | undefined): Bytes =>
  derSequence(...(isCa ? [derBoolean(true)] : []), ...(pathLength === undefined ? [] : [derInteger(pathLength)]))

const encodeExtension = ({ oid, critical, value }: TestExtension): Bytes =>
  derSequence(derObjectIdentifier(oid), ...(critical ? [derBoolean(true)] : []), derOctetString(value))

/** RFC 7093 section 2, method 1: twenty bytes of the SHA-256 hash of the key. */
async function keyIdentifier(key: TestKey): Promise<Bytes> {
  const hash = await globalThis.crypto.subtle.digest('SHA-256', key.subjectPublicKeyInfo)
  return new Uint8Array(hash).slice(0, 20)
}

const nameOf = (name: string | Bytes): Bytes => (typeof name === 'string' ? distinguishedName({ CN: name }) : name)

const ascii = (text: string): Bytes => Uint8Array.from(text, (character) => character.charCodeAt(0))

function randomSerialNumber(): Bytes {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes
}

function ipBytes(text: string): Bytes {
  if (!text.includes(':')) return Uint8Array.from(text.split('.'), Number)
  const [head = '', tail] = text.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)))
  const start = groups(head)
  const end = groups(tail ?? '')
  const all = tail === undefined ? start : [...start, ...new Array(8 - start.length - end.length).fill(0), ...end]
  return Uint8Array.from(all.flatMap((group: number) => [group >> 8, group & 0xff]))
}
