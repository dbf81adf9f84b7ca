import { TlsError } from '../errors/tls-error.js'
import { type Bytes, fromHex } from '../wire/bytes.js'
import { emptyHash, type HashAlgorithm } from './hash.js'
import { hkdfLabel } from './hkdf-label.js'
import type { CryptoProvider } from './provider.js'
import { Secret } from './secret.js'
import type { TranscriptHash } from './transcript.js'

/**
 * The key schedule of RFC 9846 section 7.1, a type for each stage with that stage's secrets alone, so that one cannot
 * be used before it is due.
 *
 * Each stage is an HKDF-Extract of some input keying material with the stage before as the salt. WebCrypto's HKDF is
 * Extract then Expand, so a stage is just that pair, and `deriveKey` makes each of its secrets in one call, as a key
 * that cannot be exported.
 */
export class EarlyStage {
  readonly #stage: Stage

  private constructor(stage: Stage) {
    this.#stage = stage
  }

  /** @param psk the pre-shared key, or `undefined` where there is none */
  static async create(
    provider: CryptoProvider,
    hash: HashAlgorithm,
    psk: Bytes | undefined,
    keyLog?: SecretLog,
  ): Promise<EarlyStage> {
    const zeros = new Uint8Array(hash.length)
    const inputKey = await importHkdfKey(provider, psk ?? zeros)
    // "0" as the salt is Hash.length zero bytes; engines refuse an HMAC key of length zero
    return new EarlyStage({ provider, hash, inputKey, salt: zeros, keyLog, hasPsk: psk !== undefined })
  }

  /** The key of the binder: section 4.3.11.2. */
  async binderKey(kind: 'ext binder' | 'res binder' | 'imp binder'): Promise<Secret> {
    return await deriveSecret(this.#stage, kind, emptyHash[this.#stage.hash.name])
  }

  clientEarlyTrafficSecret(clientHello: TranscriptHash): Promise<Secret> {
    return deriveSecret(this.#stage, 'c e traffic', clientHello, 'CLIENT_EARLY_TRAFFIC_SECRET')
  }

  earlyExporterSecret(clientHello: TranscriptHash): Promise<Secret> {
    return deriveSecret(this.#stage, 'e exp master', clientHello, 'EARLY_EXPORTER_SECRET')
  }

  /** @param sharedSecret a key of HKDF: the result of the key exchange, which only psk_ke does without */
  async handshakeStage(sharedSecret: CryptoKey | 'psk_ke'): Promise<HandshakeStage> {
    const { provider, hash, keyLog, hasPsk } = this.#stage
    if (sharedSecret === 'psk_ke' && !hasPsk) throw new TlsError('internal', 'neither a key exchange nor a PSK')
    const [salt, inputKey] = await Promise.all([
      //= rfc9846#section-F.1.1 F.1.1-1
      hasPsk ? derivedSalt(this.#stage) : derivedWithoutPsk[hash.name],
      sharedSecret === 'psk_ke' ? importHkdfKey(provider, new Uint8Array(hash.length)) : sharedSecret,
    ])
    return new HandshakeStage({ provider, hash, inputKey, salt, keyLog, hasPsk })
  }
}

export class HandshakeStage {
  readonly #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
  }

  clientHandshakeTrafficSecret(serverHello: TranscriptHash): Promise<Secret> {
    return deriveSecret(this.#stage, 'c hs traffic', serverHello, 'CLIENT_HANDSHAKE_TRAFFIC_SECRET')
  }

  serverHandshakeTrafficSecret(serverHello: TranscriptHash): Promise<Secret> {
    return deriveSecret(this.#stage, 's hs traffic', serverHello, 'SERVER_HANDSHAKE_TRAFFIC_SECRET')
  }

  async applicationStage(): Promise<ApplicationStage> {
    const { provider, hash } = this.#stage
    const [salt, inputKey] = await Promise.all([
      derivedSalt(this.#stage),
      importHkdfKey(provider, new Uint8Array(hash.length)),
    ])
    return new ApplicationStage({ ...this.#stage, salt, inputKey })
  }
}

export class ApplicationStage {
  readonly #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
  }

  clientApplicationTrafficSecret(serverFinished: TranscriptHash): Promise<Secret> {
    return deriveSecret(this.#stage, 'c ap traffic', serverFinished, 'CLIENT_TRAFFIC_SECRET_0')
  }

  serverApplicationTrafficSecret(serverFinished: TranscriptHash): Promise<Secret> {
    return deriveSecret(this.#stage, 's ap traffic', serverFinished, 'SERVER_TRAFFIC_SECRET_0')
  }

  exporterSecret(serverFinished: TranscriptHash): Promise<Secret> {
    return deriveSecret(this.#stage, 'exp master', serverFinished, 'EXPORTER_SECRET')
  }

  resumptionSecret(clientFinished: TranscriptHash): Promise<Secret> {
    return deriveSecret(this.#stage, 'res master', clientFinished)
  }
}

/** Takes a secret for a key log, with its label in the NSS key log format. */
export type SecretLog = (label: string, secret: Bytes) => void

interface Stage {
  readonly provider: CryptoProvider
  readonly hash: HashAlgorithm
  /** A key of HKDF. */
  readonly inputKey: CryptoKey
  readonly salt: Bytes
  readonly keyLog: SecretLog | undefined
  readonly hasPsk: boolean
}

/** Derive-Secret(stage, label, messages) */
async function deriveSecret(stage: Stage, label: string, context: Bytes, logLabel?: string): Promise<Secret> {
  const { provider, hash, keyLog } = stage
  const key = await provider.subtle.deriveKey(
    hkdfParameters(stage, label, context),
    stage.inputKey,
    // without the length, HMAC's key would be of the hash's block size
    { name: 'HMAC', hash: hash.name, length: hash.length * 8 },
    keyLog !== undefined,
    ['sign', 'verify'],
  )
  const secret = new Secret(provider, hash, key)
  if (keyLog && logLabel) keyLog(logLabel, await secret.export())
  return secret
}

/** Derive-Secret(stage, "derived", ""), the salt of the next stage, which WebCrypto takes as bytes only. */
async function derivedSalt(stage: Stage): Promise<Bytes> {
  const parameters = hkdfParameters(stage, 'derived', emptyHash[stage.hash.name])
  return new Uint8Array(await stage.provider.subtle.deriveBits(parameters, stage.inputKey, stage.hash.length * 8))
}

function hkdfParameters({ hash, salt }: Stage, label: string, context: Bytes): HkdfParams {
  return { name: 'HKDF', hash: hash.name, salt, info: hkdfLabel(hash.length, label, context) }
}

async function importHkdfKey(provider: CryptoProvider, bytes: Bytes): Promise<CryptoKey> {
  return await provider.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey', 'deriveBits'])
}

/** Without a PSK the early stage has no secret in it, and what is derived from it is a constant. */
const derivedWithoutPsk = {
  'SHA-256': fromHex('6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba'),
  'SHA-384': fromHex(
    '1591dac5cbbf0330a4a84de9c753330e92d01f0a88214b4464972fd668049e93e52f2b16fad922fdc0584478428f282b',
  ),
}
