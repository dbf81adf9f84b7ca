import type { CipherSuiteParameters } from '../../crypto/cipher-suites.js'
import { makeVerifyData } from '../../crypto/finished.js'
import type { HashAlgorithm } from '../../crypto/hash.js'
import { EarlyStage } from '../../crypto/key-schedule.js'
import type { Transcript } from '../../crypto/transcript.js'
import type { OfferedPsks } from '../../messages/extensions/pre-shared-key.js'
import type { Bytes } from '../../wire/bytes.js'
import { withoutBinders } from '../binders.js'
import type { VerifiedPeer } from '../verified-peer.js'
import type { ClientParameters } from './client-parameters.js'

/** A pre-shared key that a client can offer: a ticket's, or one agreed on outside TLS. */
export interface ClientPsk {
  readonly identity: Bytes
  readonly key: Bytes
  readonly hash: HashAlgorithm
  readonly kind: 'res binder' | 'ext binder' | 'imp binder'
  /** In milliseconds, as of now; 0 for an external PSK (RFC 9846 section 4.3.11.1). */
  obfuscatedTicketAge(): number
  /** For a ticket: what the handshake that gave it had established. */
  readonly session: SessionToResume | undefined
}

export interface SessionToResume {
  readonly suite: CipherSuiteParameters
  readonly alpnProtocol: string | undefined
  readonly maxEarlyDataSize: number
  /** In milliseconds since 1970. */
  readonly authenticatedAt: number
  /** Judged again now. */
  readonly peer: VerifiedPeer
}

export interface OfferedPsk extends ClientPsk {
  readonly early: EarlyStage
}

export async function preparePsks(
  { provider, keyLog }: ClientParameters,
  random: Bytes,
  psks: readonly ClientPsk[],
): Promise<readonly OfferedPsk[]> {
  return await Promise.all(
    psks.map(async (psk) => ({
      ...psk,
      early: await EarlyStage.create(provider, psk.hash, psk.key, keyLog?.(random)),
    })),
  )
}

/** The extension with binders of the right length, to be filled in once the rest of the ClientHello is there. */
export function unboundPsks(psks: readonly OfferedPsk[]): OfferedPsks {
  return {
    identities: psks.map((psk) => ({ identity: psk.identity, obfuscatedTicketAge: psk.obfuscatedTicketAge() })),
    binders: psks.map(({ hash }) => new Uint8Array(hash.length)),
  }
}

/** Writes the binders into an encoded ClientHello: section 4.3.11.2. @param before the transcript in front of it */
export async function bindPsks(
  { provider }: ClientParameters,
  clientHello: Bytes,
  psks: readonly OfferedPsk[],
  before: Transcript,
): Promise<void> {
  const placeholders = psks.map(({ hash }) => new Uint8Array(hash.length))
  const signed = withoutBinders(clientHello, placeholders)
  const transcript = before.with(signed)
  const binders = await Promise.all(
    psks.map(async ({ early, kind, hash }) => {
      const [binderKey, transcriptHash] = await Promise.all([early.binderKey(kind), transcript.digest(provider, hash)])
      return await makeVerifyData(provider, binderKey, transcriptHash)
    }),
  )
  // the list's length of two bytes, then each binder with its length of one
  let offset = signed.length + 2
  for (const binder of binders) {
    clientHello.set(binder, offset + 1)
    offset += 1 + binder.length
  }
}
