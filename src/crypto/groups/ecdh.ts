import { TlsError } from '../../errors/tls-error.js'
import { NamedGroup } from '../../messages/code-points.js'
import type { Bytes } from '../../wire/bytes.js'
import type { CryptoProvider } from '../provider.js'
import type { KeyExchangeGroup, SharedSecret } from './group.js'
import { isLowOrderX25519Point } from './x25519-low-order.js'

type CurveName = 'x25519' | 'secp256r1' | 'secp384r1' | 'secp521r1'

interface Curve {
  readonly name: CurveName
  readonly algorithm: { readonly name: 'X25519' } | { readonly name: 'ECDH'; readonly namedCurve: string }
  /** Of a public share, in bytes. */
  readonly shareLength: number
  /** Of the shared secret, in bytes: the x-coordinate (RFC 9846 section 7.4.2). */
  readonly secretLength: number
}

const curves: Readonly<Record<CurveName, Omit<Curve, 'name'>>> = {
  //= rfc9846#section-9.1 9.1-5
  //= rfc9846#section-7.4.2 7.4.2-2
  x25519: { algorithm: { name: 'X25519' }, shareLength: 32, secretLength: 32 },
  //= rfc9846#section-9.1 9.1-4
  secp256r1: { algorithm: { name: 'ECDH', namedCurve: 'P-256' }, shareLength: 65, secretLength: 32 },
  secp384r1: { algorithm: { name: 'ECDH', namedCurve: 'P-384' }, shareLength: 97, secretLength: 48 },
  secp521r1: { algorithm: { name: 'ECDH', namedCurve: 'P-521' }, shareLength: 133, secretLength: 66 },
}

/** RFC 9846 section 4.3.8.2: X25519 and the NIST curves. */
export const x25519 = ecdhGroup('x25519')
export const secp256r1 = ecdhGroup('secp256r1')
export const secp384r1 = ecdhGroup('secp384r1')
export const secp521r1 = ecdhGroup('secp521r1')
export const ecdhGroups: readonly KeyExchangeGroup[] = [x25519, secp256r1, secp384r1, secp521r1]

function ecdhGroup(name: CurveName): KeyExchangeGroup {
  const curve: Curve = { name, ...curves[name] }
  return {
    name: curve.name,
    codePoint: NamedGroup[curve.name],
    shareLength: { client: curve.shareLength, server: curve.shareLength },
    isAvailable: (provider) => canGenerate(provider, curve),
    async offer(provider) {
      const { keyShare, privateKey } = await generate(provider, curve)
      return {
        keyShare,
        complete: async (share) => await agree(provider, curve, privateKey, await importShare(provider, curve, share)),
      }
    },
    //= rfc9846#section-4.3.8 4.3.8-12 4.3.8-13
    async respond(provider, clientShare) {
      const [{ keyShare, privateKey }, publicKey] = await Promise.all([
        generate(provider, curve),
        importShare(provider, curve, clientShare),
      ])
      return { keyShare, sharedSecret: await agree(provider, curve, privateKey, publicKey) }
    },
  }
}

const availability = new WeakMap<SubtleCrypto, Map<Curve, Promise<boolean>>>()

/** The NIST curves are everywhere; X25519 is missing from older engines. */
function canGenerate(provider: CryptoProvider, curve: Curve): Promise<boolean> {
  let known = availability.get(provider.subtle)
  if (!known) {
    known = new Map()
    availability.set(provider.subtle, known)
  }
  let answer = known.get(curve)
  if (!answer) {
    answer = generate(provider, curve).then(
      () => true,
      () => false,
    )
    known.set(curve, answer)
  }
  return answer
}

async function generate(provider: CryptoProvider, curve: Curve) {
  const pair = await generateTwice(provider, curve)
  return {
    privateKey: pair.privateKey,
    keyShare: new Uint8Array(await provider.subtle.exportKey('raw', pair.publicKey)),
  }
}

async function generateTwice({ subtle }: CryptoProvider, { algorithm }: Curve): Promise<CryptoKeyPair> {
  const attempt = () => subtle.generateKey(algorithm, false, ['deriveKey', 'deriveBits']) as Promise<CryptoKeyPair>
  // WebKitGTK fails about once in 256, when a coordinate starts with a zero byte
  return await attempt().catch(attempt)
}

/** Section 4.3.8.2: a share must be a valid point; engines check that when they import it. */
async function importShare({ subtle }: CryptoProvider, curve: Curve, share: Bytes): Promise<CryptoKey> {
  if (share.length !== curve.shareLength) {
    throw invalidShare(curve, `it has ${share.length} bytes instead of ${curve.shareLength}`)
  }
  // "legacy_form = 4": nothing but the uncompressed form
  if (curve.algorithm.name === 'ECDH' && share[0] !== 4) throw invalidShare(curve, 'it is not in uncompressed form')
  //= rfc9846#section-7.4.2 7.4.2-3
  if (curve.algorithm.name === 'X25519' && isLowOrderX25519Point(share)) {
    throw invalidShare(curve, 'the shared secret would be all zero')
  }
  try {
    //= rfc9846#section-4.3.8.2 4.3.8.2-1
    return await subtle.importKey('raw', share, curve.algorithm, true, [])
  } catch (cause) {
    throw invalidShare(curve, 'it is not a point of the curve', cause)
  }
}

async function agree(
  provider: CryptoProvider,
  curve: Curve,
  privateKey: CryptoKey,
  publicKey: CryptoKey,
): Promise<SharedSecret> {
  const { subtle } = provider
  const algorithm = { name: curve.algorithm.name, public: publicKey }
  const usages: KeyUsage[] = ['deriveKey', 'deriveBits']
  const bytes = async () => {
    try {
      //= rfc9846#section-7.4.2 7.4.2-1
      return new Uint8Array(await subtle.deriveBits(algorithm, privateKey, curve.secretLength * 8))
    } catch (cause) {
      throw invalidShare(curve, 'no secret can be agreed on', cause)
    }
  }
  return {
    bytes,
    async hkdfKey() {
      if (!derivesOnlyBits.has(subtle)) {
        try {
          return await subtle.deriveKey(algorithm, privateKey, 'HKDF', false, usages)
        } catch {
          // an engine that cannot make an HKDF key this way, or a share that bytes() refuses below
          const secret = await bytes()
          derivesOnlyBits.add(subtle)
          return await subtle.importKey('raw', secret, 'HKDF', false, usages)
        }
      }
      return await subtle.importKey('raw', await bytes(), 'HKDF', false, usages)
    },
  }
}

/** Implementations of SubtleCrypto, such as @peculiar/webcrypto, whose `deriveKey` knows no key without a length. */
const derivesOnlyBits = new WeakSet<SubtleCrypto>()

function invalidShare({ name }: Curve, fault: string, cause?: unknown): TlsError {
  return new TlsError('illegal_parameter', `the peer's key share for ${name} is refused: ${fault}`, { cause })
}
