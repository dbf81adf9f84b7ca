import type { CryptoProvider } from '../provider.js'
import type { SignatureAlgorithm } from './signature-algorithm.js'

const answers = new WeakMap<SubtleCrypto, Map<string, Promise<boolean>>>()

/** Whether a provider can verify such signatures at all; tried once for each kind of key. */
export function canVerify({ subtle }: CryptoProvider, algorithm: SignatureAlgorithm): Promise<boolean> {
  const key = keyAlgorithm(algorithm)
  // every WebCrypto has RSA, and a key pair of it takes long to make
  if (key === undefined) return Promise.resolve(true)
  let known = answers.get(subtle)
  if (!known) {
    known = new Map()
    answers.set(subtle, known)
  }
  const kind = JSON.stringify(key)
  let answer = known.get(kind)
  if (!answer) {
    answer = canMakeKey(subtle, key)
    known.set(kind, answer)
  }
  return answer
}

async function canMakeKey(subtle: SubtleCrypto, key: Algorithm): Promise<boolean> {
  const attempt = async () => await subtle.generateKey(key, false, ['sign', 'verify'])
  // WebKitGTK fails about once in 256
  return await attempt()
    .catch(attempt)
    .then(
      () => true,
      () => false,
    )
}

function keyAlgorithm(algorithm: SignatureAlgorithm): Algorithm | undefined {
  switch (algorithm.kind) {
    case 'rsa-pkcs1':
    case 'rsa-pss':
      return undefined
    case 'ecdsa':
      return { name: 'ECDSA', namedCurve: algorithm.curve ?? 'P-256' } as EcKeyGenParams
    case 'ed25519':
      return { name: 'Ed25519' }
    default:
      return { name: algorithm.kind.toUpperCase() }
  }
}
