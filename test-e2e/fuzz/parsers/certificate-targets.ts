import { pkcs8Of } from '../../../src/certificates/identity/pkcs8.js'
import { loadPrivateKey } from '../../../src/certificates/identity/private-key.js'
import { ParsedCertificate } from '../../../src/certificates/parsed-certificate.js'
import { formatPem, parsePem } from '../../../src/certificates/pem.js'
import { readCrlFields } from '../../../src/certificates/revocation/read-crl.js'
import { readOcspResponse } from '../../../src/certificates/revocation/read-ocsp-response.js'
import { TrustAnchors } from '../../../src/certificates/trust-anchors.js'
import { platformProvider } from '../../../src/crypto/provider.js'
import { ecdsaSignatureFromDer, ecdsaSignatureToDer } from '../../../src/crypto/signature/ecdsa-der.js'
import { type PublicKey, parseSubjectPublicKeyInfo, publicKeyName } from '../../../src/crypto/signature/public-key.js'
import { parseSignatureAlgorithm, signatureAlgorithmName } from '../../../src/crypto/signature/signature-algorithm.js'
import { noBytes } from '../../../src/wire/bytes.js'
import { checkAnyDer } from '../../../src/wire/der/check-any-der.js'
import { readDer } from '../../../src/wire/der/der-reader.js'
import { expectSame, isTlsError, parsed, type Target } from './target.js'

const latin1 = new TextDecoder('latin1')
const source = { what: 'input', code: 'certificate_malformed' } as const

/** All that is shown of a certificate, whatever is in it. */
const getters = [
  'version',
  'subject',
  'issuer',
  'serialNumber',
  'notBefore',
  'notAfter',
  'dnsNames',
  'ipAddresses',
  'emailAddresses',
  'uris',
  'publicKeyName',
  'signatureAlgorithmName',
  'isSelfIssued',
  'isCa',
  'pathLength',
  'keyUsage',
  'extendedKeyUsage',
  'subjectKeyIdentifier',
  'authorityKeyIdentifier',
  'extensions',
] as const

const keyKinds: readonly PublicKey[] = [
  { kind: 'rsa', bits: 2048, modulus: noBytes, exponent: noBytes, pssParameters: undefined },
  { kind: 'rsa-pss', bits: 2048, modulus: noBytes, exponent: noBytes, pssParameters: undefined },
  { kind: 'ec', curve: 'P-256', fieldBytes: 32, point: noBytes },
  { kind: 'ed25519' },
]

export const certificateTargets: readonly Target[] = [
  {
    name: 'der',
    run(input) {
      parsed(() => readDer(input, source, (reader) => checkAnyDer(reader.element('value'), source)))
    },
  },
  {
    name: 'certificate',
    run(input) {
      const certificate = parsed(() => ParsedCertificate.parse(input))
      if (!certificate) return
      for (const name of getters) void certificate[name]
      parsed(() => certificate.publicKey)
      parsed(() => certificate.signatureAlgorithm)
      expectSame('der', certificate.der, input)
    },
  },
  {
    name: 'crl',
    run(input) {
      parsed(() => readCrlFields(input))
    },
  },
  {
    name: 'ocsp',
    run(input) {
      parsed(() => readOcspResponse(input))
    },
  },
  {
    name: 'public-key',
    run(input) {
      const key = parsed(() => parseSubjectPublicKeyInfo(input))
      if (key) publicKeyName(key)
      const algorithm = parsed(() => parseSignatureAlgorithm(input))
      if (algorithm) signatureAlgorithmName(algorithm)
      for (const fieldBytes of [32, 48, 66]) {
        const signature = parsed(() => ecdsaSignatureFromDer(input, fieldBytes))
        if (signature) expectSame('signature', ecdsaSignatureToDer(signature), input)
      }
    },
  },
  {
    name: 'pem',
    run(input) {
      const blocks = parsed(() => parsePem(latin1.decode(input)))
      for (const { label, der } of blocks ?? []) {
        const [again] = parsePem(formatPem(label, der))
        if (again?.label !== label) throw new Error(`the label ${label} comes back as ${again?.label}`)
        expectSame('PEM', again.der, der)
      }
    },
  },
  {
    name: 'private-key',
    async run(input) {
      const key = keyKinds[(input[0] ?? 0) % keyKinds.length] ?? { kind: 'ed25519' }
      const der = input.slice(1)
      parsed(() => pkcs8Of(der, key))
      parsed(() => pkcs8Of(latin1.decode(der), key))
      try {
        await loadPrivateKey(platformProvider, der, key)
      } catch (error) {
        if (!isTlsError(error)) throw error
      }
    },
  },
  {
    name: 'trust-anchors',
    run(input) {
      parsed(() => TrustAnchors.from(latin1.decode(input)))
      parsed(() => TrustAnchors.from(input, { onUnreadable: 'skip' }))
    },
  },
]
