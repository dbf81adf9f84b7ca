import type { CipherSuiteParameters } from '../../crypto/cipher-suites.js'
import { checkVerifyData } from '../../crypto/finished.js'
import type { HashAlgorithm } from '../../crypto/hash.js'
import { EarlyStage } from '../../crypto/key-schedule.js'
import type { Transcript } from '../../crypto/transcript.js'
import { TlsError } from '../../errors/tls-error.js'
import { PskKeyExchangeMode } from '../../messages/code-points.js'
import type { PskIdentity } from '../../messages/extensions/pre-shared-key.js'
import type { Bytes } from '../../wire/bytes.js'
import { withoutBinders } from '../binders.js'
import type { VerifiedPeer } from '../verified-peer.js'
import type { OfferedHello } from './offered-hello.js'
import type { ServerParameters } from './server-parameters.js'

/** A pre-shared key that a server knows for an identity: from a ticket of its own, or agreed on outside TLS. */
export interface KnownPsk {
  readonly key: Bytes
  readonly hash: HashAlgorithm
  readonly kind: 'res binder' | 'ext binder' | 'imp binder'
  /** For a ticket: what the handshake that gave it had established. */
  readonly resumption: ResumedState | undefined
}

export interface ResumedState {
  readonly suite: CipherSuiteParameters
  readonly alpnProtocol: Bytes | undefined
  readonly serverName: string | undefined
  /** 0 where the ticket allows none. */
  readonly maxEarlyDataSize: number
  /** How much older the ticket is by the client's count than by ours, in milliseconds, either way. */
  readonly ageDifference: number
  readonly peer: VerifiedPeer | undefined
  /** In milliseconds since 1970. */
  readonly issuedAt: number
}

/** The PSK of a handshake. */
export interface ChosenPsk extends KnownPsk {
  readonly index: number
  /** The whole identity, by which a replay is known again. */
  readonly identity: PskIdentity
  readonly binder: Bytes
  readonly usesKeyExchange: boolean
  readonly early: EarlyStage
}

/**
 * The first identity that the server knows and whose hash is the suite's, its binder checked: RFC 9846 section 4.3.11.
 * @param before the transcript in front of this ClientHello
 */
export async function choosePsk(
  parameters: ServerParameters,
  hello: OfferedHello,
  suite: CipherSuiteParameters,
  before: Transcript,
): Promise<ChosenPsk | undefined> {
  const { psks, pskModes } = hello
  const lookUp = parameters.lookUpPsk
  if (!psks || !pskModes || !lookUp) return undefined
  const usesKeyExchange = pskModes.includes(PskKeyExchangeMode.psk_dhe_ke)
  if (!usesKeyExchange && !(parameters.allowsPskKe && pskModes.includes(PskKeyExchangeMode.psk_ke))) return undefined
  for (const [index, identity] of psks.identities.slice(0, maxIdentities).entries()) {
    const known = await lookUp(identity, hello)
    if (!known || known.hash !== suite.hash) continue
    const keyLog = parameters.keyLog?.(hello.body.random)
    const early = await EarlyStage.create(parameters.provider, suite.hash, known.key, keyLog)
    const binder = psks.binders[index]
    if (!binder) throw new TlsError('internal', 'a PSK without a binder')
    const chosen = { ...known, index, identity, binder, usesKeyExchange, early }
    await checkBinder(parameters, hello, chosen, before)
    return chosen
  }
  return undefined
}

/** Section 4.3.11: "Prior to accepting PSK key establishment, the server MUST validate the corresponding binder value". */
async function checkBinder(
  { provider }: ServerParameters,
  hello: OfferedHello,
  { early, kind, hash, binder }: ChosenPsk,
  before: Transcript,
): Promise<void> {
  const binders = hello.psks?.binders ?? []
  const [binderKey, transcriptHash] = await Promise.all([
    early.binderKey(kind),
    before.with(withoutBinders(hello.bytes, binders)).digest(provider, hash),
  ])
  if (!(await checkVerifyData(provider, binderKey, transcriptHash, binder))) {
    throw new TlsError('finished_mismatch', 'the binder of the pre-shared key is wrong')
  }
}

/** More cost the server a look-up each and serve no honest client. */
const maxIdentities = 16
