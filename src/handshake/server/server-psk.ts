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
import { findCipherSuite } from './negotiate.js'
import type { OfferedHello } from './offered-hello.js'
import type { ServerParameters } from './server-parameters.js'

/** A pre-shared key that a server knows for an identity: from a ticket of its own, or agreed on outside TLS. */
export interface KnownPsk {
  readonly key: Bytes
  readonly hash: HashAlgorithm
  readonly kind: 'res binder' | 'ext binder' | 'imp binder'
  /** For a ticket: what the handshake that gave it had established. */
  readonly resumption: TicketContents | undefined
}

/** What a ticket of ours says. Whoever has seen one can send it: nobody is judged by it before the binder is checked. */
export interface TicketContents extends Omit<ResumedState, 'peer'> {
  /** Judges the client again, by today's rules. @returns `undefined` for one without a certificate @throws TlsError */
  judgePeer(): Promise<VerifiedPeer | undefined>
}

export interface ResumedState {
  readonly suite: CipherSuiteParameters
  readonly alpnProtocol: Bytes | undefined
  readonly serverName: string | undefined
  /** 0 where the ticket allows none. */
  readonly maxEarlyDataSize: number
  /** When the ClientHello came, by our clock, in milliseconds since 1970. */
  readonly arrivedAt: number
  /** How much older the ticket is by the client's count than by ours, in milliseconds, either way. */
  readonly ageDifference: number
  readonly peer: VerifiedPeer | undefined
  /** In milliseconds since 1970. */
  readonly issuedAt: number
  /** When the client was last proved by more than a ticket; in milliseconds since 1970. */
  readonly authenticatedAt: number
}

/** The PSK of a handshake. */
export interface ChosenPsk extends Omit<KnownPsk, 'resumption'> {
  readonly resumption: ResumedState | undefined
  readonly index: number
  /** The whole identity, by which a replay is known again. */
  readonly identity: PskIdentity
  readonly binder: Bytes
  readonly usesKeyExchange: boolean
  readonly early: EarlyStage
}

/** A PSK that the server knows, its binder not checked yet. */
export interface FoundPsk extends KnownPsk {
  readonly index: number
  readonly identity: PskIdentity
}

/** The first identity that the server knows, of a hash that a suite of both sides has. */
export async function findPsk(parameters: ServerParameters, hello: OfferedHello): Promise<FoundPsk | undefined> {
  const { psks } = hello
  const lookUp = parameters.lookUpPsk
  if (!psks || !lookUp || !mayUsePsk(parameters, hello)) return undefined
  for (const [index, identity] of psks.identities.slice(0, maxIdentities).entries()) {
    const known = await lookUp(identity, hello)
    //= rfc9846#section-4.3.11 4.3.11-4 4.3.11-6 4.3.11-12
    if (known && findCipherSuite(parameters, hello, known.hash)) return { ...known, index, identity }
  }
  return undefined
}

/**
 * Section 4.3.11: the binder of the identity that was found must be right. Then a ticket's client is judged.
 * @returns `undefined` for a client that may not resume, and can still prove itself anew
 * @param before the transcript in front of this ClientHello
 */
export async function acceptPsk(
  parameters: ServerParameters,
  hello: OfferedHello,
  found: FoundPsk,
  before: Transcript,
): Promise<ChosenPsk | undefined> {
  const keyLog = parameters.keyLog?.(hello.body.random)
  const early = await EarlyStage.create(parameters.provider, found.hash, found.key, keyLog)
  const binder = hello.psks?.binders[found.index]
  if (!binder) throw new TlsError('internal', 'a PSK without a binder')
  const usesKeyExchange = hello.pskModes?.includes(PskKeyExchangeMode.psk_dhe_ke) ?? false
  //= rfc9846#section-4.3.11 4.3.11-9 4.3.11-11
  await checkBinder(parameters, hello, { ...found, binder, early }, before)
  if (!found.resumption) return { ...found, resumption: undefined, binder, usesKeyExchange, early }
  const { judgePeer, ...state } = found.resumption
  try {
    return { ...found, resumption: { ...state, peer: await judgePeer() }, binder, usesKeyExchange, early }
  } catch {
    // its certificate may have expired since, or the rules may have changed
    return undefined
  }
}

function mayUsePsk({ allowsPskKe }: ServerParameters, { pskModes }: OfferedHello): boolean {
  //= rfc9846#section-4.2.1 4.2.1-2
  //= rfc9846#section-4.3.9 4.3.9-4
  if (pskModes?.includes(PskKeyExchangeMode.psk_dhe_ke)) return true
  return allowsPskKe && (pskModes?.includes(PskKeyExchangeMode.psk_ke) ?? false)
}

/** Section 4.3.11: "Prior to accepting PSK key establishment, the server MUST validate the corresponding binder value". */
async function checkBinder(
  { provider }: ServerParameters,
  hello: OfferedHello,
  { early, kind, hash, binder }: Pick<ChosenPsk, 'early' | 'kind' | 'hash' | 'binder'>,
  before: Transcript,
): Promise<void> {
  const binders = hello.psks?.binders ?? []
  const [binderKey, transcriptHash] = await Promise.all([
    early.binderKey(kind),
    before.with(withoutBinders(hello.bytes, binders)).digest(provider, hash),
  ])
  //= rfc9846#section-4.3.11 4.3.11-10
  if (!(await checkVerifyData(provider, binderKey, transcriptHash, binder))) {
    throw new TlsError('finished_mismatch', 'the binder of the pre-shared key is wrong')
  }
}

/** More cost the server a look-up each and serve no honest client. */
const maxIdentities = 16
