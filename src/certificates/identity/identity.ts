import { type CryptoProvider, platformProvider } from '../../crypto/provider.js'
import { type PublicKey, parseSubjectPublicKeyInfo } from '../../crypto/signature/public-key.js'
import { verifySignature } from '../../crypto/signature/verify.js'
import { keyFitsScheme, type SignatureSchemeParameters, signatureSchemes } from '../../crypto/signature-schemes.js'
import { TlsError } from '../../errors/tls-error.js'
import type { SignatureSchemeName } from '../../messages/code-points.js'
import { asBytes, type Bytes, ownBytes } from '../../wire/bytes.js'
import { isObject } from '../../wire/is-object.js'
import type { Certificate } from '../certificate.js'
import { parseCertificate } from '../parsed-certificate.js'
import { parsePemCertificates } from '../pem.js'
import { loadPrivateKey, type PrivateKeySource } from './private-key.js'

type CertificateSource = string | Uint8Array | Certificate

interface IdentityBase {
  /** Leaf first: PEM text with one or more certificates, or DER or parsed ones. The root need not be in it. */
  readonly certificateChain: CertificateSource | readonly CertificateSource[]
  /** The DER of an OCSPResponse for the leaf, stapled where the peer asks for it (RFC 6066 section 8). */
  readonly ocspResponse?: Uint8Array
  /** Signed certificate timestamps (RFC 6962 section 3.3), each as it came from its log. */
  readonly signedCertificateTimestamps?: readonly Uint8Array[]
}

/** A certificate chain and the use of its private key. */
export type IdentityOptions = IdentityBase &
  (
    | { readonly privateKey: PrivateKeySource }
    | {
        /**
         * Signs where the key is: an HSM, another realm. It gets the content of CertificateVerify (RFC 9846 section
         * 4.5.2) and returns the signature as TLS carries it (ECDSA in DER).
         */
        readonly sign: (scheme: SignatureSchemeName, content: Uint8Array) => Promise<Uint8Array>
        /** What `sign` can make; all that fit the key when absent, but for those of RFC 9963, which must be named. */
        readonly signatureSchemes?: readonly SignatureSchemeName[]
      }
  )

/** An identity, read and tried out. */
export interface Identity {
  /** DER, leaf first. */
  readonly chain: readonly Bytes[]
  readonly leaf: Certificate
  readonly schemes: readonly SignatureSchemeParameters[]
  readonly ocspResponse: Bytes | undefined
  readonly signedCertificateTimestamps: readonly Bytes[]
  makeSignature(scheme: SignatureSchemeParameters, content: Bytes): Promise<Bytes>
}

/**
 * Reads a chain and its key, and tries them out: for a function that chooses identities, and to share one over configs.
 * @throws TlsError `invalid_argument` when the chain or the key cannot be read, or do not belong together
 */
export async function loadIdentity(
  options: IdentityOptions,
  provider: CryptoProvider = platformProvider,
): Promise<Identity> {
  if (!isObject(options) || !('certificateChain' in options) || !('sign' in options || 'privateKey' in options)) {
    throw new TlsError(
      'invalid_argument',
      'an identity is { certificateChain, privateKey } or { certificateChain, sign }',
    )
  }
  const chain = readChain(options.certificateChain)
  const [leafDer] = chain
  if (!leafDer) throw new TlsError('invalid_argument', 'certificateChain is empty')
  const leaf = parseCertificate(leafDer)
  //= rfc9846#section-4.5.1.2 4.5.1.2-3
  if (leaf.keyUsage && !leaf.keyUsage.includes('digitalSignature')) {
    throw new TlsError('invalid_argument', `the keyUsage of ${leaf.subject} is without digitalSignature`)
  }
  const publicKey = parseSubjectPublicKeyInfo(leaf.subjectPublicKeyInfo)
  const signer = 'sign' in options ? callbackSigner(options) : await keySigner(provider, options.privateKey, publicKey)
  const schemes = signatureSchemes.filter((scheme) => keyFitsScheme(publicKey, scheme) && signer.canSign(scheme))
  const [first] = schemes
  if (!first)
    throw new TlsError('invalid_argument', `the key of ${leaf.subject} can make no signature that TLS 1.3 has`)
  const identity: Identity = {
    chain,
    leaf,
    schemes,
    ocspResponse: options.ocspResponse && ownBytes(options.ocspResponse),
    signedCertificateTimestamps: (options.signedCertificateTimestamps ?? []).map(ownBytes),
    makeSignature: signer.sign,
  }
  // a callback may ask a person for a token: it is not tried out
  if (!('sign' in options)) await tryOut(provider, identity, first)
  return Object.freeze(identity)
}

/** Several at once; what `loadIdentity` has made already is taken as it is. */
export async function loadIdentities(
  provider: CryptoProvider,
  sources: readonly (IdentityOptions | Identity)[],
): Promise<readonly Identity[]> {
  return await Promise.all(
    sources.map((each) => (isObject(each) && 'leaf' in each ? each : loadIdentity(each, provider))),
  )
}

interface Signer {
  canSign(scheme: SignatureSchemeParameters): boolean
  sign(scheme: SignatureSchemeParameters, content: Bytes): Promise<Bytes>
}

async function keySigner(provider: CryptoProvider, source: PrivateKeySource, publicKey: PublicKey): Promise<Signer> {
  const key = await loadPrivateKey(provider, source, publicKey)
  return {
    canSign: ({ algorithm }) => key.canSign(algorithm),
    sign: ({ algorithm }, content) => key.sign(algorithm, content),
  }
}

function callbackSigner(options: Extract<IdentityOptions, { sign: unknown }>): Signer {
  const { sign, signatureSchemes: names } = options
  return {
    canSign: ({ name, onlyByClients }) => (names === undefined ? !onlyByClients : names.includes(name)),
    async sign({ name }, content) {
      try {
        return asBytes(await sign(name, content))
      } catch (cause) {
        throw new TlsError('internal', 'the sign callback of the identity failed', { cause })
      }
    },
  }
}

/** A key that belongs to another certificate is found now and not by the first peer. */
async function tryOut(provider: CryptoProvider, identity: Identity, scheme: SignatureSchemeParameters): Promise<void> {
  const content = new TextEncoder().encode('webtls: does this key belong to this certificate?')
  const signature = await identity.makeSignature(scheme, content)
  const { subject, subjectPublicKeyInfo } = identity.leaf
  if (!(await verifySignature(provider, subjectPublicKeyInfo, scheme.algorithm, signature, content))) {
    throw new TlsError('invalid_argument', `the privateKey does not belong to the certificate of ${subject}`)
  }
}

function readChain(source: CertificateSource | readonly CertificateSource[]): readonly Bytes[] {
  const sources = Array.isArray(source) ? (source as readonly CertificateSource[]) : [source as CertificateSource]
  return sources.flatMap((each) => {
    if (typeof each === 'string') return parsePemCertificates(each)
    if (each instanceof Uint8Array) return [ownBytes(each)]
    if (isObject(each) && 'der' in each) return [ownBytes(each.der)]
    throw new TlsError('invalid_argument', 'certificateChain is PEM text, DER bytes, certificates, or a list of these')
  })
}
