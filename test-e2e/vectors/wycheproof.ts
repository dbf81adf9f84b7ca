/**
 * `npm run wycheproof -- [DIR]`: verifies the signatures of a checkout of github.com/C2SP/wycheproof, `../wycheproof`
 * when no DIR is given, with the code that verifies certificates and CertificateVerify.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answerHelp } from '../../scripts/read-options.js'
import { platformProvider } from '../../src/crypto/provider.js'
import type { SignatureHash } from '../../src/crypto/signature/pss-parameters.js'
import type { SignatureAlgorithm } from '../../src/crypto/signature/signature-algorithm.js'
import { verifySignature } from '../../src/crypto/signature/verify.js'
import { TlsError } from '../../src/errors/tls-error.js'
import { type Bytes, fromHex } from '../../src/wire/bytes.js'
import { derBitString, derObjectIdentifier, derSequence } from '../../src/wire/der/der-writer.js'

interface Group {
  readonly type: string
  readonly publicKeyDer?: string
  readonly publicKeyAsn?: string
  readonly publicKey?: string
  readonly sha?: string
  readonly mgf?: string
  readonly mgfSha?: string
  readonly sLen?: number
  readonly tests: readonly {
    readonly tcId: number
    readonly comment: string
    readonly msg: string
    readonly sig: string
    readonly ctx?: string
    readonly result: 'valid' | 'invalid' | 'acceptable'
  }[]
}

/** The files on algorithms that TLS 1.3 and its certificates can have; SHA-3, SHAKE and P1363 are not among them. */
const names =
  /^(?:ecdsa_secp(?:256|384|521)r1_sha(?:256|384|512)|rsa_pss_[0-9]+_sha(?:256|384|512)\w*|rsa_signature_[0-9]+_sha(?:256|384|512)|ed25519|mldsa_(?:44|65|87)_verify)_test\.json$/
const hashes: readonly SignatureHash[] = ['SHA-256', 'SHA-384', 'SHA-512']

answerHelp(import.meta.url)
const directory = process.argv[2] ?? fileURLToPath(new URL('../../../wycheproof', import.meta.url))
const vectors = join(directory, 'testvectors_v1')
if (!existsSync(vectors)) {
  console.error(`wycheproof: there is no ${vectors}; give a checkout: npm run wycheproof -- DIR`)
  process.exit(2)
}

const counts = { ok: 0, 'falsely accepted': 0, 'falsely rejected': 0, 'key refused': 0, 'not for TLS': 0 }
for (const file of readdirSync(vectors).filter((name) => names.test(name))) {
  const { testGroups } = JSON.parse(readFileSync(join(vectors, file), 'utf8')) as { testGroups: Group[] }
  for (const group of testGroups) await runGroup(file, group)
}
console.log(
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', '),
)
process.exitCode = counts['falsely accepted'] + counts['falsely rejected'] > 0 ? 1 : 0

async function runGroup(file: string, group: Group): Promise<void> {
  const algorithm = algorithmOf(file, group)
  const key = keyOf(algorithm, group)
  for (const { tcId, comment, msg, sig, ctx, result } of group.tests) {
    // TLS and X.509 sign with the empty context
    if (algorithm === undefined || key === undefined || (ctx ?? '') !== '') {
      counts['not for TLS']++
      continue
    }
    try {
      const isGood = await verifySignature(platformProvider, key, algorithm, fromHex(sig), fromHex(msg))
      // "acceptable" is what a strict verifier may refuse
      if (result === 'acceptable' || isGood === (result === 'valid')) counts.ok++
      else {
        counts[isGood ? 'falsely accepted' : 'falsely rejected']++
        console.log(`${file} ${tcId} (${comment}): ${result}, we say ${isGood}`)
      }
    } catch (error) {
      if (!(error instanceof TlsError)) throw error
      counts['key refused']++
    }
  }
}

function algorithmOf(file: string, { sha, mgf, mgfSha, sLen }: Group): SignatureAlgorithm | undefined {
  if (file.startsWith('ed25519')) return { kind: 'ed25519' }
  const mlDsa = /^mldsa_(44|65|87)_/.exec(file)?.[1] as '44' | '65' | '87' | undefined
  if (mlDsa !== undefined) return { kind: `ml-dsa-${mlDsa}` }
  const hash = hashes.find((name) => name === sha)
  if (hash === undefined) return undefined
  if (file.startsWith('ecdsa')) return { kind: 'ecdsa', hash }
  if (file.startsWith('rsa_signature')) return { kind: 'rsa-pkcs1', hash }
  return mgf === 'MGF1' && mgfSha === sha && sLen !== undefined
    ? { kind: 'rsa-pss', hash, saltLength: sLen }
    : undefined
}

function keyOf(algorithm: SignatureAlgorithm | undefined, group: Group): Bytes | undefined {
  if (algorithm?.kind.startsWith('ml-dsa') && group.publicKey !== undefined) {
    const arc = { '44': 17, '65': 18, '87': 19 }[algorithm.kind.slice(-2)]
    const identifier = derSequence(derObjectIdentifier(`2.16.840.1.101.3.4.3.${arc}`))
    return derSequence(identifier, derBitString(fromHex(group.publicKey)))
  }
  const der = group.publicKeyDer ?? group.publicKeyAsn
  return der === undefined ? undefined : fromHex(der)
}
