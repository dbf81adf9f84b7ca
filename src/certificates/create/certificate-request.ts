import { type CryptoProvider, platformProvider } from '../../crypto/provider.js'
import { x509SignatureOf } from '../../crypto/signature/sign.js'
import { parseSignatureAlgorithm } from '../../crypto/signature/signature-algorithm.js'
import { verifySignature } from '../../crypto/signature/verify.js'
import { TlsError } from '../../errors/tls-error.js'
import { asBytes, type Bytes } from '../../wire/bytes.js'
import { type DerReader, readDer } from '../../wire/der/der-reader.js'
import { contextTag, DerTag } from '../../wire/der/der-tag.js'
import {
  derBitString,
  derContext,
  derInteger,
  derObjectIdentifier,
  derSequence,
  derSetOf,
} from '../../wire/der/der-writer.js'
import { noExtensions, readExtensions } from '../extensions/read-extensions.js'
import { readDistinguishedName } from '../names/distinguished-name.js'
import type { GeneralName } from '../names/general-name.js'
import { formatIpAddress } from '../names/ip-address.js'
import { formatPem, parsePem } from '../pem.js'
import type { CertificateTemplate } from './certificate-template.js'
import { generateKeyPair, spkiOf } from './create-certificate.js'

export interface CreateCertificateRequestOptions
  extends Omit<CertificateTemplate, 'notBefore' | 'notAfter' | 'validDays'> {
  /** A new pair of ECDSA P-256 when absent, whose private key cannot be exported. */
  readonly keyPair?: CryptoKeyPair
  readonly provider?: CryptoProvider
}

export interface CertificateRequest {
  readonly subject: string
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
  readonly subjectPublicKeyInfo: Bytes
}

/** A certification request (PKCS #10, RFC 2986) for a CA elsewhere; names and usages go in as an extensionRequest. */
export async function createCertificateRequest(options: CreateCertificateRequestOptions) {
  const { provider = platformProvider } = options
  const keyPair = options.keyPair ?? (await generateKeyPair(provider))
  const { extensionList, nameOf, serialize, templateExtensions } = await import('./asn1-parts.js')
  const extensions = serialize(extensionList(templateExtensions(options)))
  const info = derSequence(
    derInteger(0),
    serialize(nameOf(options.subject ?? {})),
    await spkiOf(provider, keyPair.publicKey),
    derContext(0, derSequence(derObjectIdentifier(extensionRequest), derSetOf(extensions))),
  )
  const signature = x509SignatureOf(provider, keyPair.privateKey)
  const der = derSequence(info, signature.algorithm, derBitString(await signature.sign(info)))
  return { der, pem: formatPem('CERTIFICATE REQUEST', der), ...keyPair }
}

/** Reads a request and checks that its sender has the private key: the request signs itself. */
export async function readCertificateRequest(
  source: string | Uint8Array,
  provider: CryptoProvider = platformProvider,
): Promise<CertificateRequest> {
  const der = typeof source === 'string' ? derFromPem(source) : asBytes(source)
  const { info, algorithm, signature, request } = readDer(der, errors, (reader) =>
    reader.whole(DerTag.sequence, 'CertificationRequest', (outer) => {
      const { der: info, contents } = outer.element('certificationRequestInfo')
      const inner = outer.over(contents)
      const request = readInfo(inner)
      inner.end('certificationRequestInfo')
      const algorithm = outer.element('signatureAlgorithm').der
      return { info, algorithm, signature: outer.bitStringBytes('signature'), request }
    }),
  )
  const parsed = parseSignatureAlgorithm(algorithm)
  if (await verifySignature(provider, request.subjectPublicKeyInfo, parsed, signature, info)) return request
  throw new TlsError('invalid_argument', 'the certification request is not signed by its own key')
}

function readInfo(info: DerReader): CertificateRequest {
  info.smallInteger('version', 0)
  const subject = readDistinguishedName(info, 'subject', errors).toString()
  const subjectPublicKeyInfo = info.element('subjectPKInfo').der
  const names = info.isAtEnd ? [] : readRequestedNames(info)
  return {
    subject,
    subjectPublicKeyInfo,
    dnsNames: names.flatMap((name) => (name.kind === 'dns' ? [name.text] : [])),
    ipAddresses: names.flatMap((name) => (name.kind === 'ip' ? [formatIpAddress(name.bytes)] : [])),
  }
}

/** The subjectAltName among the attributes' extensionRequest: RFC 2985 section 5.4.2. */
function readRequestedNames(info: DerReader): readonly GeneralName[] {
  let extensions = noExtensions
  info.listOf(
    contextTag(0, true),
    'attributes',
    (attributes) =>
      attributes.whole(DerTag.sequence, 'Attribute', (attribute) => {
        if (attribute.objectIdentifier('attribute type') !== extensionRequest) attribute.element('attribute values')
        else attribute.whole(DerTag.set, 'values', (values) => (extensions = readExtensions(values, errors)))
      }),
    0,
  )
  return extensions.known.subjectAltName ?? []
}

function derFromPem(text: string): Bytes {
  const [block, ...others] = parsePem(text)
  if (block?.label === 'CERTIFICATE REQUEST' && others.length === 0) return block.der
  throw new TlsError('invalid_argument', 'PEM: expected one CERTIFICATE REQUEST block')
}

const extensionRequest = '1.2.840.113549.1.9.14'
const errors = { what: 'certification request', code: 'invalid_argument' } as const
