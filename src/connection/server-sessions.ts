import { cipherSuiteByCodePoint } from '../crypto/cipher-suites.js'
import type { CryptoProvider } from '../crypto/provider.js'
import { maxAuthenticationSeconds } from '../handshake/handshake-result.js'
import type { ReceivedChain } from '../handshake/received-chain.js'
import type { OfferedHello } from '../handshake/server/offered-hello.js'
import type { TicketContent, TicketIssuer } from '../handshake/server/server-parameters.js'
import type { ChosenPsk, KnownPsk } from '../handshake/server/server-psk.js'
import type { VerifiedPeer } from '../handshake/verified-peer.js'
import type { PskIdentity } from '../messages/extensions/pre-shared-key.js'
import type { ReplayGuard } from '../session/replay-guard.js'
import type { TicketKeys } from '../session/ticket-keys.js'
import { decodeTicketState, encodeTicketState } from '../session/ticket-state.js'
import { type Bytes, toHex } from '../wire/bytes.js'
import { neededCertificates, withoutStaple } from './client-sessions.js'

export interface ServerSessionSettings {
  readonly provider: CryptoProvider
  readonly keys: TicketKeys
  readonly count: number
  readonly lifetimeSeconds: number
  readonly maxEarlyDataSize: number
  readonly requiresClientCertificate: boolean
  verifyClient(chain: ReceivedChain): Promise<VerifiedPeer>
  readonly approveClient: ((peer: VerifiedPeer) => Promise<void>) | undefined
}

export function ticketIssuer(settings: ServerSessionSettings): TicketIssuer {
  const { provider, keys, count, lifetimeSeconds, maxEarlyDataSize } = settings
  return {
    count,
    lifetimeSeconds,
    maxEarlyDataSize,
    async seal({ secret, ticketAgeAdd, lifetimeSeconds, result }: TicketContent) {
      const text = new TextEncoder()
      const needed = neededCertificates(result)
      if (needed.reduce((length, der) => length + der.length, 0) > maxTicketCertificates) return undefined
      return await keys.seal(
        encodeTicketState({
          cipherSuite: result.suite.codePoint,
          secret,
          issuedAt: provider.now(),
          authenticatedAt: result.authenticatedAt,
          ticketAgeAdd,
          lifetimeSeconds,
          maxEarlyDataSize,
          alpnProtocol: text.encode(result.alpnProtocol ?? ''),
          serverName: text.encode(result.serverName ?? ''),
          peerCertificates: needed,
        }),
      )
    },
  }
}

/** What a ticket says, if it is ours, still lives, and would be given again today. */
export async function openTicket(
  settings: ServerSessionSettings,
  { identity, obfuscatedTicketAge }: PskIdentity,
  hello: OfferedHello,
): Promise<KnownPsk | undefined> {
  const { provider, keys } = settings
  const opened = await keys.open(identity)
  const state = opened && decodeTicketState(opened)
  const suite = state && cipherSuiteByCodePoint.get(state.cipherSuite)
  if (!state || !suite) return undefined
  const now = provider.now()
  const age = now - state.issuedAt
  //= rfc9846#section-4.7.1 4.7.1-15
  if (age < 0 || age >= state.lifetimeSeconds * 1000) return undefined
  const sinceProof = now - state.authenticatedAt
  if (sinceProof < 0 || sinceProof >= maxAuthenticationSeconds * 1000) return undefined
  const text = new TextDecoder()
  const serverName = text.decode(state.serverName) || undefined
  // RFC 9846 section 4.3.11: a session of one name is not resumed under another
  if (serverName !== hello.serverName) return undefined
  if (state.peerCertificates.length === 0 && settings.requiresClientCertificate) return undefined
  const clientsAge = (obfuscatedTicketAge - state.ticketAgeAdd + 2 ** 32) % 2 ** 32
  return {
    key: state.secret,
    //= rfc9846#section-4.7.1 4.7.1-6
    hash: suite.hash,
    kind: 'res binder',
    resumption: {
      suite,
      alpnProtocol: state.alpnProtocol.length > 0 ? state.alpnProtocol : undefined,
      serverName,
      maxEarlyDataSize: Math.min(state.maxEarlyDataSize, settings.maxEarlyDataSize),
      arrivedAt: now,
      ageDifference: clientsAge - age,
      judgePeer: () => judgeAgain(settings, state.peerCertificates),
      issuedAt: state.issuedAt,
      authenticatedAt: state.authenticatedAt,
    },
  }
}

/** The client's certificate may have expired since, or the rules may have changed. */
async function judgeAgain(settings: ServerSessionSettings, chain: readonly Bytes[]): Promise<VerifiedPeer | undefined> {
  if (chain.length === 0) return undefined
  const peer = await settings.verifyClient(withoutStaple(chain))
  await settings.approveClient?.(peer)
  return peer
}

/** In bytes: a longer ticket would make a ClientHello that no server likes. Who has more proves itself each time. */
const maxTicketCertificates = 2 ** 14 - 2 ** 10

/**
 * RFC 9846 section 8: each ClientHello's early data is taken once. It counts for the guard from when its age was
 * measured: a judge of the client may take longer than the guard remembers, and a second copy must not come in by that.
 */
export async function admitEarlyData(guard: ReplayGuard, { binder, resumption }: ChosenPsk): Promise<boolean> {
  if (!resumption) return false
  //= rfc9846#section-8 8-1 8-3
  //= rfc9846#section-8.2 8.2-4
  return await guard.admit({ id: toHex(binder), issuedAt: resumption.issuedAt, now: resumption.arrivedAt })
}
